/**
 * The whole system in one Deno process, with nothing installed: two simulated engines, the orchestrator that lists them,
 * and the proxy in front. `deno task demo`, then open what it prints.
 */
import { createProxy } from "aceslot";
import { contentId, startWorld } from "aceslot/sim";

const [port = "6879"] = Deno.args;
const stop = new AbortController();
Deno.addSignalListener("SIGINT", () => stop.abort());
Deno.addSignalListener("SIGTERM", () => stop.abort());

await using world = await startWorld({ engines: 2, startDelayMs: 300 });
await using proxy = createProxy({ orchestrator: world.url, signal: stop.signal });
await proxy.ready;
const server = Deno.serve(
  {
    hostname: "127.0.0.1",
    port: Number(port),
    signal: stop.signal,
    onListen({ port }) {
      const url = `http://127.0.0.1:${port}`;
      console.log(`The page:   ${url}/`);
      console.log(`A stream:   ${url}/ace/getstream?id=${contentId(1)}`);
      console.log(`Another:    ${url}/ace/getstream?id=${contentId(2)}`);
      console.log("A third finds no slot until one of them is closed.");
    },
  },
  proxy.fetch,
);
await server.finished;
