/**
 * The proxy behind sockets of one's own: `door.ts` speaks HTTP on bare TCP, and hands every request to `proxy.fetch`.
 * `curl http://127.0.0.1:6879/throughput` tells what flows.
 *
 *     bun main.ts [PORT] [ENGINE…]
 */
import { createProxy } from "aceslot";
import { openDoor } from "./door.ts";

const [port = "6879", ...engines] = process.argv.slice(2);

const proxy = createProxy({ engines: engines.length > 0 ? engines : undefined });
const door = openDoor(Number(port), (request, connection) =>
  new URL(request.url).pathname === "/throughput" ? throughput() : proxy.fetch(request, connection),
);
console.log(`http://127.0.0.1:${door.port}/`);

/** One second of it. */
async function throughput(): Promise<Response> {
  const [bytes, began] = [door.bytes, performance.now()];
  await Bun.sleep(1000);
  const megabits = ((door.bytes - bytes) * 8) / 1000 / (performance.now() - began);
  return new Response(`${door.connections - 1} connections, ${megabits.toFixed(1)} Mbit/s\n`);
}

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, async () => {
    await proxy.close(); // Every engine is told to stop what plays.
    door.stop();
  });
