/** A server that says OK to all that a client of Redis begins with, and one thing to what it asks then. */

import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";

/** What clients say of themselves before they ask anything. */
const GREETINGS = /\b(?:AUTH|HELLO|CLIENT|SELECT|PING)\b/i;

/** `answer`: as it goes over the wire, to each command that is no greeting. */
export async function onceRedis(answer: string): Promise<{ readonly port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      // One array for each command: `*2\r\n$4\r\nPING…`.
      for (const command of chunk.toString("latin1").split(/(?=\*\d+\r\n)/))
        socket.write(GREETINGS.test(command) ? "+OK\r\n" : answer, "latin1");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
