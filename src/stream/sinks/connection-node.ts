/**
 * How a connection of Node's own server is broken off.
 *
 * Found on Node 20.20 with `@hono/node-server` 2.1.9: a body that errs while the last write waits for the socket to
 * drain is ended *cleanly*, with the error's text as its last bytes, and each body that errs is printed. When the
 * connection has ended before, the server cancels the body without a word.
 */
import type { BreakOff } from "./sink.ts";

/** What `@hono/node-server` hands on of a request, as far as it is needed. */
interface NodeConnection {
  readonly outgoing: { destroy(): void; readonly socket?: { resetAndDestroy?(): void } | null };
}

/** Undefined: it is no connection of Node's. */
export function breakOffOf(connection: unknown): BreakOff | undefined {
  if (!isNodeConnection(connection)) return undefined;
  const { outgoing } = connection;
  return () => {
    try {
      // To HTTP/1.0 an orderly end of the connection is the body's proper end.
      outgoing.socket?.resetAndDestroy?.();
    } catch {
      // TLS and HTTP/2 have no such thing, and tell an end in mid-body by themselves.
    }
    outgoing.destroy();
  };
}

function isNodeConnection(connection: unknown): connection is NodeConnection {
  if (typeof connection !== "object" || connection === null || !("outgoing" in connection)) return false;
  const { outgoing } = connection;
  return (
    typeof outgoing === "object" &&
    outgoing !== null &&
    "destroy" in outgoing &&
    typeof outgoing.destroy === "function"
  );
}
