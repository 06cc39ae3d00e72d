/**
 * Who got which slot, and why did a stream end? The proxy's events as lines of JSON on standard output, for a file, jq
 * or a log collector.
 *
 *     node main.ts [PORT] [ENGINE…] >> events.ndjson
 */
import { serve } from "@hono/node-server";
import { createProxy } from "aceslot";

const [port = "6879", ...engines] = process.argv.slice(2);

const proxy = createProxy({ engines: engines.length > 0 ? engines : undefined });

const log = (event: string, fields: object): void =>
  console.log(JSON.stringify({ at: new Date().toISOString(), event, ...fields }));

// What an event holds follows from its name: the fields below are checked when this is compiled.
proxy.on("grant", ({ stream, content, engine, slot, load }) =>
  log("slot taken", { stream, content, engine, slot, load }),
);
proxy.on("reject", ({ content, code, message }) => log("refused", { content, code, message }));
proxy.on("ended", ({ stream, engineName, reason, played, last }) =>
  log("ended", { stream, engine: engineName, reason, played, bytes: last?.bytesOut ?? 0 }),
);
// Every move of a slot goes past here: free → pending → active → released → free.
proxy.on("transition", ({ engine, slot, to, cause }) => {
  if (to === "free") log("slot free", { engine, slot, cause });
});

serve({ fetch: proxy.fetch, port: Number(port) }, ({ port }) => log("listening", { port }));

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, async () => {
    await proxy.close(); // The last streams end, which is logged as well.
    process.exit();
  });
