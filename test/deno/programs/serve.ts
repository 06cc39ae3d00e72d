/**
 * A program as a user of Deno writes it: `serve.ts OPTIONS`, with `createProxy`'s options as JSON. It prints its URL,
 * then the proxy's log lines, and ends on SIGTERM.
 */
import { createProxy } from "aceslot";

const [options = "{}"] = Deno.args;

const stop = new AbortController();
Deno.addSignalListener("SIGTERM", () => stop.abort());

await using proxy = createProxy({ ...JSON.parse(options), signal: stop.signal, log: console });
const server = Deno.serve(
  {
    hostname: "127.0.0.1",
    port: 0,
    signal: stop.signal,
    onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`),
  },
  proxy.fetch,
);
await server.finished;
await proxy.close();
console.log("closed");
