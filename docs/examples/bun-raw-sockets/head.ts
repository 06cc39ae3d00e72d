/** The head of an HTTP/1.1 request, read strictly: what two readers could understand differently is refused. */

/** The request that a head asks for, or the answer to a head that cannot be understood. */
export function read(head: string, signal: AbortSignal): Request | Response {
  const [first = "", ...lines] = head.split("\r\n");
  const [, method = "", target = "", minor] = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/.exec(first) ?? [];
  if (minor === undefined) return refused(400);
  if (method !== "GET" && method !== "HEAD") return refused(405, { Allow: "GET, HEAD" });
  const headers = new Headers();
  for (const line of lines) {
    const [, name, value] = /^([!#-'*+.0-9A-Z^-z|~-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return refused(400);
    headers.append(name, value);
  }
  const host = headers.get("host");
  // A body would be taken for the next request. Two Host headers are joined by a comma, which no host has.
  if (headers.has("transfer-encoding") || Number(headers.get("content-length") ?? 0) !== 0)
    return refused(400);
  if (host === null ? minor === "1" : !/^[^\s,/?#@]+$/.test(host)) return refused(400);
  try {
    return new Request(target.startsWith("/") ? `http://${host ?? "localhost"}${target}` : target, {
      method,
      headers,
      signal,
    });
  } catch {
    return refused(400);
  }
}

export const refused = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(null, { status, headers });
