/**
 * A proxy with a ranking of one's own, which `check.ts` beside it checks: one engine is filled before the next is
 * touched.
 *
 *     node main.ts [PORT] [ENGINE…]
 */
import { serve } from "@hono/node-server";
import { createProxy } from "aceslot";
import { fullestFirst } from "./ranking.ts";

const [port = "6879", ...engines] = process.argv.slice(2);

const proxy = createProxy({
  maxStreamsPerEngine: 2,
  rank: fullestFirst,
  engines: engines.length > 0 ? engines : undefined,
});

serve({ fetch: proxy.fetch, port: Number(port) }, ({ port }) => console.log(`http://127.0.0.1:${port}/`));

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, async () => {
    await proxy.close(); // Every engine is told to stop what plays.
    process.exit();
  });
