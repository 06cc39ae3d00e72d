/** The HTTP server on Bun. */
import { type Peer, pathWithoutToken } from "./clients.ts";
import { internalError } from "./errors.ts";
import { targetOf } from "./target.ts";

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
  /** Told of what `fetch` throws; the client gets a 500. `path` holds no token. */
  failed: (error: unknown, asked: { readonly method: string; readonly path: string }) => void = () => {},
): Server {
  const listen = (hostname: string) =>
    Bun.serve({
      hostname,
      port: address.port,
      // A stream may be silent for long, and a request may wait for its slot; clients have deadlines of our own.
      idleTimeout: 0,
      // In development mode Bun prints a stack trace for every stream that is broken off on purpose.
      development: false,
      // Which it turns on outside development mode: a second proxy would get half of the connections, silently.
      reusePort: false,
      async fetch(request, server) {
        const { method } = request;
        try {
          return await fetch(request, { address: server.requestIP(request)?.address ?? "" });
        } catch (error) {
          failed(error, { method, path: pathWithoutToken(targetOf(request)?.pathname ?? "?") });
          return internalError();
        }
      },
      error: internalError,
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
