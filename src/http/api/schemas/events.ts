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
  .openapi("HelloEvent", {
    description: "`event: hello`, the first one. Its id is that of the line before those that follow",
  });

export const ResetEvent = z
  .object({
    reason: z
      .enum(["not of this life", "too old"])
      .describe(
        "Of the id that was given: it is another life's or nobody's; lines after it are not kept any more",
      ),
    from: z.number().int().min(1).describe("The seq of the first line that follows: the oldest that is kept"),
  })
  .openapi("ResetEvent", {
    description: "`event: reset`: the listener has missed lines. All lines that are still kept follow",
  });

export const FiguresEvent = z
  .object({
    at: At,
    engines: z.array(EngineView),
    streams: z.array(StreamView),
    clients: z.array(ClientView),
    queue: QueueAnswer,
    ended: z.array(EndedView).describe("The last 20 that ended, newest first; /api/v1/streams has more"),
    leases: LeasesAnswer.optional().describe("Missing where no store is shared"),
  })
  .openapi("FiguresEvent", { description: "`event: figures`, about once a second: all that there is" });
