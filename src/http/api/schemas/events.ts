/** What `/api/v1/events` sends as the data of its events, besides the journal's lines. */
import { z } from "@hono/zod-openapi";
import { ClientView, QueueAnswer } from "./clients.ts";
import { EngineView } from "./engines.ts";
import { LeasesAnswer } from "./leases.ts";
import { EndedView, StreamView } from "./streams.ts";
import { At } from "./words.ts";

export const HelloEvent = z
  .object({
    version: z.string(),
    name: z.string().describe("The proxy's name, as in its journal"),
    life: z.string().describe("Tells this run of the proxy from its others; begins the ids of its events"),
  })
  .openapi("HelloEvent", { description: "`event: hello`, the first one" });

export const ResetEvent = z
  .object({
    reason: z.enum(["another life", "too old"]),
    oldest: z.number().int().min(0).describe("The first line that follows has this seq or a higher one"),
  })
  .openapi("ResetEvent", {
    description: "`event: reset`: the listener has missed lines. What it knows is to be asked for anew",
  });

export const FiguresEvent = z
  .object({
    at: At,
    engines: z.array(EngineView),
    streams: z.array(StreamView),
    clients: z.array(ClientView),
    queue: QueueAnswer,
    ended: z.array(EndedView),
    leases: LeasesAnswer.optional().describe("Missing where no store is shared"),
  })
  .openapi("FiguresEvent", { description: "`event: figures`, about once a second: all that there is" });
