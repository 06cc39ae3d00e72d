/** What acexy's users ask for. */
import { z } from "@hono/zod-openapi";
import { count } from "./words.ts";

const HASH = z.string().regex(/^[0-9a-f]{40}$/);

export const StatusAnswer = z
  .object({
    clients: count("Of all streams, or of the one that was asked for"),
    streams: count("Streams in all; null: one was asked for").nullable(),
    streamId: z
      .union([z.object({ id: HASH }), z.object({ infohash: HASH })])
      .nullable()
      .describe("The one that was asked for"),
    stat_url: z.string().describe("Where the engine tells its statistics; empty: nowhere"),
  })
  .openapi("Status");
