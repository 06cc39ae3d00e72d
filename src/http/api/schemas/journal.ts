/** The journal's lines. */
import { z } from "@hono/zod-openapi";
import { At, ClientNumber, Content, count, EngineId, SlotState, StreamNumber } from "./words.ts";

const LINE = {
  seq: z.number().int().min(1).describe("Rises by one from line to line; begins anew with each life"),
  at: At,
  proxy: z.string().describe("The proxy's name"),
};
const SESSION = z.number().int().min(1).describe("The run of a stream in a slot");
const line = <Shape extends z.core.$ZodLooseShape>(name: string, words: string, shape: Shape) =>
  z.object({ ...LINE, ...shape }).openapi(name, { description: words });

export const JOURNAL_LINES = {
  transition: line("TransitionLine", "A slot went from one state to another; the one line without a type", {
    engine: EngineId,
    slot: count("The slot's number"),
    from: SlotState,
    to: SlotState,
    stream: StreamNumber.nullable(),
    content: Content.nullable(),
    cause: z.string(),
  }),
  engine_seen: line("EngineSeenLine", "An engine is in the pool", {
    type: z.literal("engine_seen"),
    engine: EngineId,
    name: z.string(),
    address: z.string(),
  }),
  engine_gone: line("EngineGoneLine", "An engine is forgotten", {
    type: z.literal("engine_gone"),
    engine: EngineId,
  }),
  snapshot: line("SnapshotLine", "What the pool's source showed, if it differs from what it showed before", {
    type: z.literal("snapshot"),
    engines: count("Engines that it lists"),
    foreign: z.record(z.string(), z.number()).describe("Streams of others by engine"),
    missing: z.array(EngineId).readonly().describe("Known engines that it does not list"),
  }),
  grant: line("GrantLine", "A stream gets a slot", {
    type: z.literal("grant"),
    engine: EngineId,
    slot: count("The slot's number"),
    session: SESSION,
    stream: StreamNumber,
    content: Content,
    load: count("The engine's load with it"),
  }),
  reject: line("RejectLine", "A client does not get its stream", {
    type: z.literal("reject"),
    client: ClientNumber,
    content: Content,
    code: z.enum([
      ...(["no_capacity", "provisioning_blocked", "draining"] as const),
      ...(["engine_error", "engine_timeout", "ended"] as const),
    ]),
    message: z.string(),
  }),
  provision: line("ProvisionLine", "A new engine is asked for, comes, or does not", {
    type: z.literal("provision"),
    outcome: z.enum(["asked", "provisioned", "failed"]),
    detail: z.string(),
  }),
  configure: line("ConfigureLine", "The cap is set", { type: z.literal("configure"), cap: count("The cap") }),
  lease: line("LeaseLine", "What became of a slot's lease in the shared store", {
    type: z.literal("lease"),
    outcome: z.enum(["granted", "refused", "lost", "released", "adopted"]),
    lease: z.string(),
    place: z.string(),
    engine: EngineId,
    slot: count("The slot's number").nullable(),
    session: SESSION.nullable(),
    fence: count("Of a grant").nullable(),
    message: z.string(),
  }),
};

export const JournalEntry = z.union(Object.values(JOURNAL_LINES)).openapi("JournalLine");

export const JournalAnswer = z
  .object({ lines: z.array(JournalEntry).readonly().describe("Oldest first") })
  .openapi("Journal");
