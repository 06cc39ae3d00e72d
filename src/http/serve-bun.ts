/** The HTTP server on Bun. */
import type { Log } from "../log.ts";
import { type Peer, pathWithoutToken } from "./clients.ts";
import type { Crowd } from "./crowd.ts";
import { watchCrowd } from "./crowd-watch.ts";
import { failureId, internalError } from "./errors.ts";
import { BODY_BYTES_MAX, IDLE_SECONDS } from "./limits.ts";
import { BunSilence } from "./silence.ts";
import { targetOf } from "./target.ts";

export interface Server {
  readonly host: string;
  readonly port: number;
  /** Takes no new connections and breaks off those that are left. */
  stop(): Promise<void>;
}

/** What `serveBun` can do without. */
export interface ServeOptions {
  /** Told of what `fetch` throws; the client gets a 500. `path` holds no token. */
  readonly failed?: (
    error: unknown,
    asked: { readonly id: string; readonly method: string; readonly path: string },
  ) => void;
  /** Kept up to date, and obeyed: connections are not accepted while it is shut. Left out: they always are. */
  readonly crowd?: Crowd;
  readonly log?: Log;
}

type BunServer = ReturnType<typeof Bun.serve>;

/** Listens; `host` empty: all addresses, IPv6 and IPv4. Throws the system's error when it cannot. */
export function serveBun(
  address: { readonly host: string; readonly port: number },
  fetch: (request: Request, peer: Peer) => Promise<Response>,
  { failed = () => {}, crowd, log }: ServeOptions = {},
): Server {
  const listen = (hostname: string, port: number): BunServer =>
    Bun.serve({
      hostname,
      port,
      idleTimeout: IDLE_SECONDS,
      maxRequestBodySize: BODY_BYTES_MAX,
      // In development mode Bun prints a stack trace for every stream that is broken off on purpose.
      development: false,
      // Which it turns on outside development mode: a second proxy would get half of the connections, silently.
      reusePort: false,
      async fetch(request, server) {
        const { method } = request;
        const silence = new BunSilence(server, request, IDLE_SECONDS);
        const peer = { address: server.requestIP(request)?.address ?? "", silence };
        try {
          return silence.answered(await fetch(request, peer));
        } catch (error) {
          const id = failureId();
          failed(error, { id, method, path: pathWithoutToken(targetOf(request)?.pathname ?? "?") });
          return silence.answered(internalError(id));
        }
      },
      error: () => internalError(failureId()),
    });
  let server =
    address.host === "" ? listenAnywhere(listen, address.port) : listen(address.host, address.port);
  const { hostname: host = address.host, port = address.port } = server;
  /** Those that accept nothing any more, but have connections. */
  const former = new Set<BunServer>();
  const ending = crowd
    ? watchCrowd(
        crowd,
        {
          shut() {
            const shut = server;
            former.add(shut);
            void shut.stop(false).then(() => former.delete(shut));
          },
          open() {
            server = listen(host, port);
          },
          closeIdle() {
            for (const each of [server, ...former]) each.closeIdleConnections();
          },
        },
        log,
      )
    : () => {};
  return {
    host,
    port,
    async stop() {
      ending();
      await Promise.all([server, ...former].map((each) => each.stop(true)));
    },
  };
}

/** Both families where there is IPv6, else IPv4. */
function listenAnywhere<T>(listen: (hostname: string, port: number) => T, port: number): T {
  try {
    return listen("::", port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") throw error;
    return listen("0.0.0.0", port);
  }
}
