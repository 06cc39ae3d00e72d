/** The last minutes. */
import { z } from "@hono/zod-openapi";
import { At, count, ms } from "./words.ts";

export const RecentSample = z
  .object({
    at: At,
    load: count("The sum of all engines' loads"),
    clients: count("Clients; those that wait are among them"),
    sentBitsPerSecond: count("To all clients together, since the sample before"),
  })
  .openapi("RecentSample");

export const RecentAnswer = z.object({
  everyMs: ms("Between two samples"),
  samples: z.array(RecentSample).readonly(),
});
