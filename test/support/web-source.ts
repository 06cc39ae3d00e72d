/** A web server with one document, which behaves as a test wants it to. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface WebSource {
  readonly url: string;
  /** Requests so far: path, and the conditions and credentials that came. */
  readonly asked: {
    readonly path: string;
    readonly etag: string | null;
    readonly authorization: string | null;
  }[];
  /** What comes from now on: a text or bytes with 200 and an ETag of their own, a status, or an answer by hand. */
  answer: string | Buffer | number | ((request: IncomingMessage, response: ServerResponse) => void);
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startWebSource(answer: WebSource["answer"], host = "127.0.0.1"): Promise<WebSource> {
  const asked: WebSource["asked"] = [];
  const server = createServer((request, response) => {
    const etag = request.headers["if-none-match"] ?? null;
    asked.push({ path: request.url ?? "", etag, authorization: request.headers.authorization ?? null });
    const now = source.answer;
    if (typeof now === "function") return now(request, response);
    if (typeof now === "number") return response.writeHead(now).end();
    const own = `"${Bun.hash(now)}"`;
    if (etag === own) return response.writeHead(304).end();
    return response.writeHead(200, { ETag: own }).end(now);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const source: WebSource = {
    url: `http://${host}:${port}`,
    asked,
    answer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return source;
}
