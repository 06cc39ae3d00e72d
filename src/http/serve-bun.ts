/** The HTTP server on Bun. */
import type { Peer } from "./clients.ts";

export interface Server {
  readonly host: string;
  readonly port: number;
  /** Takes no new connections and breaks off those that are left. */
  stop(): Promise<void>;
}

/** Listens; `host` empty: all addresses, IPv6 and IPv4. Rejects with the system's error when it cannot. */
export function serveBun(
  address: { readonly host: string; readonly port: number },
  fetch: (request: Request, peer: Peer) => Promise<Response>,
): Server {
  const listen = (hostname: string) =>
    Bun.serve({
      hostname,
      port: address.port,
      // A stream may be silent for long, and a request may wait for its slot; clients have deadlines of our own.
      idleTimeout: 0,
      // In development mode Bun prints a stack trace for every stream that is broken off on purpose.
      development: false,
      async fetch(request, server) {
        const answer = await fetch(request, { address: server.requestIP(request)?.address ?? "" });
        // For HEAD Bun would claim a length of 0; an endless stream has none.
        if (request.method === "HEAD") answer.headers.set("Transfer-Encoding", "chunked");
        return answer;
      },
      error: () => new Response("internal error", { status: 500 }),
    });
  const server = address.host === "" ? listenAnywhere(listen) : listen(address.host);
  return {
    host: server.hostname ?? address.host,
    port: server.port ?? address.port,
    stop: () => server.stop(true),
  };
}

/** Both families where there is IPv6, else IPv4. */
function listenAnywhere<T>(listen: (hostname: string) => T): T {
  try {
    return listen("::");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") throw error;
    return listen("0.0.0.0");
  }
}
