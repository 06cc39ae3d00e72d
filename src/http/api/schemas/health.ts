/** Is it alive, and can it take a stream? */
import { z } from "@hono/zod-openapi";
import { count } from "./words.ts";

export const HealthAnswer = z.object({ status: z.literal("ok"), version: z.string() }).openapi("Health");

/** Why no stream can be taken, for machines. */
export const UNREADY_CODES = [
  "draining",
  "books_broken",
  "no_descriptors",
  "no_grants",
  "no_engine",
  "no_usable_engine",
  "full",
  "provisioning_blocked",
] as const;

export const ReadyAnswer = z
  .object({
    ready: z.boolean(),
    codes: z
      .array(z.enum(UNREADY_CODES))
      .describe("The reasons for machines, in the same order; these words stay as they are"),
    reasons: z.array(z.string()).describe("The same for people"),
    warnings: z.array(z.string()).describe("What deserves a look, though streams can be taken"),
    engines: z.object({ known: count("All"), usable: count("Those that may get something new") }),
    places: count("Streams that could be taken now"),
    illegal_moves: count("Anything but 0 is a bug"),
    snapshot_age_ms: count("Age of what is known of the pool, ms").nullable(),
    lease: z
      .object({
        store: z.string(),
        member: z.string(),
        grants: z.enum(["shared", "local", "nothing"]),
        trouble: z.string().nullable(),
        valid_ms: count("Until this proxy's leases end unless they are renewed"),
        round_trip_ms: z.number().min(0).nullable(),
        members: count("Proxies that share the store"),
        drift: count("Differences between this proxy and the store"),
      })
      .nullable()
      .describe("Null: no store is shared"),
  })
  .openapi("Readiness");
