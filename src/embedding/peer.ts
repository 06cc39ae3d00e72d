/**
 * Who is at the other end, by what each runtime's server hands on beside the request. Nothing here trusts a header.
 */
import type { Peer } from "../http/clients.ts";
import { IDLE_SECONDS_MAX } from "../http/limits.ts";
import { BunSilence } from "../http/silence.ts";
import { breakOffOf } from "../stream/sinks/connection-node.ts";

/** What `proxy.fetch` understands as its second argument; anything else tells nothing. */
export type Connection =
  /** Of `Deno.serve`. */
  | { readonly remoteAddr: object }
  /** Of `Bun.serve`. */
  | BunServer
  /** Of a Hono app on Bun that is called with the server as a part of its bindings. */
  | { readonly server: BunServer }
  /** Of `@hono/node-server`; `outgoing` is how a client is broken off for certain. */
  | { readonly incoming: object; readonly outgoing?: object }
  /** Of a server of one's own: the address at the other end of the socket. */
  | { readonly address: string };

/** As much of Bun's server as is asked. */
export interface BunServer {
  /** The address at the other end of a request's socket; null: the request is not its own, or its client is gone. */
  requestIP(request: Request): { readonly address: string } | null;
  /** The longest silence before it ends a request, in seconds; 0: none. */
  timeout(request: Request, seconds: number): void;
}

/**
 * The peer; its address is empty where nothing tells it. On Bun this also lifts the server's limit on silence (10 s
 * unless it was told otherwise), which would end clients that wait: the proxy has limits of its own. With the answer a
 * limit comes back, or the connection would stay for ever. `unknown` is called where Bun's server does not know the
 * request.
 */
export function peerOf(
  request: Request,
  connection: unknown,
  unknown: () => void = () => {},
): Peer & { readonly silence?: BunSilence } {
  try {
    return told(request, connection, unknown);
  } catch {
    // Deno's info of a connection that is gone throws, for one.
    return { address: "" };
  }
}

function told(
  request: Request,
  connection: unknown,
  unknown: () => void,
): Peer & { readonly silence?: BunSilence } {
  const { remoteAddr, incoming, server, address } = fieldsOf(connection);
  const bun = [connection, server].find(isBunServer);
  if (bun !== undefined) {
    const known = fieldsOf(bun.requestIP(request)).address;
    // It does not know those either whose client is gone already.
    if (typeof known === "string")
      return { address: known, silence: new BunSilence(bun, request, IDLE_SECONDS_MAX) };
    if (!request.signal.aborted) unknown();
    return { address: "" };
  }
  const found = [
    fieldsOf(remoteAddr).hostname,
    fieldsOf(fieldsOf(incoming).socket).remoteAddress,
    address,
  ].find((each) => typeof each === "string");
  return { address: typeof found === "string" ? found : "", breakOff: breakOffOf(connection) };
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

const isBunServer = (value: unknown): value is BunServer =>
  typeof fieldsOf(value).requestIP === "function" && typeof fieldsOf(value).timeout === "function";
