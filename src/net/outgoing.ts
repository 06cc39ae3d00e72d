/**
 * Connections that this process has asked for and that are not closed yet, by what they are for: counted for the
 * process as a whole, however many proxies are in it, since that is what runs out of sockets.
 */
import type { ClientRequest } from "node:http";

const open = {
  /** One question, one answer: to engines and orchestrators. */
  exchanges: 0,
  /** Media from engines. */
  playbacks: 0,
};

export function countOpen(kind: keyof typeof open, request: ClientRequest): void {
  open[kind] += 1;
  request.once("close", () => {
    open[kind] -= 1;
  });
}

/** How many are open now. */
export const openConnections = (): Readonly<typeof open> => ({ ...open });
