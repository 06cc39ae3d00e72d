/**
 * Two engines behind one address, on Deno. It may reach the two engines and listen, and nothing else: no file, no
 * variable of the environment, no other host.
 *
 *     deno run --allow-net=0.0.0.0:6879,192.168.1.20:6878,192.168.1.21:6878 main.ts 6879 192.168.1.20:6878 192.168.1.21:6878
 */
import { createProxy } from "aceslot";

const [port = "6879", ...engines] = Deno.args;

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => stop.abort());

const proxy = createProxy({ engines, maxStreamsPerEngine: 1, signal: stop.signal });
const server = Deno.serve(
  {
    port: Number(port),
    signal: stop.signal,
    onListen: ({ port }) => console.log(`http://127.0.0.1:${port}/`),
  },
  proxy.fetch,
);
await server.finished;
await proxy.close(); // Resolves when the engines have stopped what was playing.
Deno.exit();
