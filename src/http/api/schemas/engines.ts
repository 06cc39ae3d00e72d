/** Engines and their slots. */
import { z } from "@hono/zod-openapi";
import { Content, count, EngineId, ms, SlotState, StreamNumber } from "./words.ts";

export const SlotView = z
  .object({
    slot: count("Its number, from 0"),
    state: SlotState,
    forMs: ms("How long it has been in this state; null: since before this proxy knew it").nullable(),
    stream: StreamNumber.nullable().describe("Null: none, or its stream needs it no more"),
    content: Content.nullable(),
  })
  .openapi("Slot");

export const ClaimView = z
  .object({
    lease: z.string().describe("`<instance>/<life>/<session>` of the proxy that holds it"),
    contents: z.array(Content),
  })
  .openapi("Claim", { description: "A slot that another proxy claims in the shared store" });

export const EngineView = z
  .object({
    id: EngineId,
    name: z.string(),
    address: z.string().describe("host:port"),
    version: z
      .string()
      .nullable()
      .describe("As the engine tells it; null: it has not been asked, or does not tell"),
    listed: z
      .boolean()
      .describe("Named by the pool's source the last time; one that is not gets nothing new"),
    health: z.enum(["healthy", "unknown", "unhealthy"]).describe("As the pool's source tells it"),
    draining: z.boolean().describe("On its way out: gets nothing new"),
    forwarded: z.boolean().describe("Has a forwarded port, and so finds peers faster"),
    resting: z.boolean().describe("Set aside after a fault, or not ready yet, until it answers"),
    faults: count("Faults in a row"),
    cap: count("The most streams it may carry"),
    load: count("Own slots that are not free, streams of others, and claims of other proxies"),
    foreign: count("Streams of others on it"),
    claims: z.array(ClaimView),
    slots: z.array(SlotView).describe("At least `cap`; more only while slots above a lowered cap are held"),
  })
  .openapi("Engine");

export const EnginesAnswer = z.object({ engines: z.array(EngineView) }).openapi("Engines");
