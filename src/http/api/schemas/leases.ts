/** The store that several proxies share. */
import { z } from "@hono/zod-openapi";
import { Content, count, EngineId, ms } from "./words.ts";

export const MemberView = z
  .object({
    member: z.string().describe("`<instance>/<life>`"),
    name: z.string(),
    url: z.string().nullable().describe("Where its own page is, if it tells"),
    cap: z.number().nullable(),
    ttlMs: z.number().nullable(),
    leases: count("Slots that it answers for"),
  })
  .openapi("Member");

export const LeaseEntry = z
  .object({
    lease: z.string(),
    owner: z.string(),
    place: z.string().describe("The engine's address as all proxies know it: host:port"),
    engine: EngineId.nullable().describe("Null: this proxy does not know it"),
    fence: count("Higher than those of all grants before it"),
    contents: z.array(Content),
  })
  .openapi("Lease");

export const LeasesAnswer = z
  .object({
    store: z.string().nullable().describe("Null: no store is shared"),
    member: z.string().nullable().describe("This proxy's own name there"),
    grants: z
      .enum(["alone", "shared", "local", "nothing"])
      .describe(
        "`local`: the store cannot be asked, and only slots of before are used; `nothing`: no slot is granted",
      ),
    trouble: z.string().nullable().describe("Why no slot is granted; null: they are"),
    validMs: ms("Until this proxy's leases end unless they are renewed").nullable(),
    roundTripMs: z
      .number()
      .min(0)
      .nullable()
      .describe("From the last question to the store to its answer, ms"),
    fence: count("The highest that was seen").nullable(),
    members: z.array(MemberView),
    leases: z.array(LeaseEntry),
    queue: z.array(z.string()).describe("Proxies that wait for a slot, in the order of their turns"),
    drift: z.array(z.string()).describe("Where this proxy and the store differ; empty: nowhere"),
  })
  .openapi("Leases");
