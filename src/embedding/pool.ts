/**
 * A source of engines of one's own, held to its word: what it answers is looked at record by record, as the
 * orchestrator's lists are, and what makes no sense is left out and named. It may hang, throw and answer anything.
 */
import * as z from "zod";
import { deadline } from "#async";
import { bareHost } from "../config/addresses.ts";
import { messageOf } from "../foreign.ts";
import { POOL_LOOK_MS, POOL_SKIPPED_TOLD_MAX } from "../limits.ts";
import type { PoolPort, PoolView, ProvisionOutcome } from "../ports.ts";
import type { Blocked, ListedEngine, ListedStream } from "../slots/index.ts";

/** As in `engines`: a name or an address, and nothing that would make another URL of it. */
const hostSchema = z.string().transform((text, context) => {
  const found = bareHost.parse(text);
  if (found.ok) return found.value;
  context.addIssue(`it must be ${found.rule}`);
  return z.NEVER;
});

const engineSchema = z.object({
  id: z.string().min(1),
  name: z.string().optional(),
  address: z.object({
    scheme: z.enum(["http", "https"]),
    host: hostSchema,
    port: z.number().int().min(1).max(65_535),
  }),
  health: z.enum(["healthy", "unknown", "unhealthy"]).default("unknown"),
  draining: z.boolean().default(false),
  forwarded: z.boolean().default(false),
  usedAtMs: z.number().nullable().default(null),
});

const streamSchema = z.object({
  engine: z.string().min(1),
  contents: z.array(z.string()).default([]),
  playbackSession: z.string().nullable().default(null),
  label: z.string().nullable().default(null),
  urls: z.object({ playback: z.string(), stat: z.string(), command: z.string() }).nullable().default(null),
});

const viewSchema = z.object({
  engines: z.array(z.unknown()),
  streams: z.array(z.unknown()).default([]),
  skipped: z.array(z.string()).default([]),
});

const provisionSchema = z.union([
  z.object({ kind: z.literal("provisioned"), engine: z.string().nullable().default(null) }),
  z.object({
    kind: z.literal("failed"),
    blocked: z.object({
      code: z.string(),
      message: z.string(),
      retryAfterSeconds: z.number().min(0).nullable().default(null),
    }),
  }),
]);

/** `over`: aborted when the proxy has ended, and waits for no answer any more. */
export function guarded(pool: PoolPort, over?: AbortSignal, lookMs = POOL_LOOK_MS): PoolPort {
  const { provision } = pool;
  return {
    async look() {
      const answer = await inTime(Promise.resolve(pool.look()), lookMs, over);
      const view = viewSchema.safeParse(answer);
      if (!view.success) throw new Error(`look() answered no { engines, streams }: ${whatIn(view.error)}`);
      return readView(view.data);
    },
    provision: provision ? () => ask(() => provision.call(pool)) : null,
    get fallback() {
      return fallbackOf(pool);
    },
    describe() {
      try {
        return String(pool.describe());
      } catch {
        return "a pool of one's own";
      }
    },
  };
}

/** Only what comes too late is told in our words. */
async function inTime(look: Promise<unknown>, ms: number, signal: AbortSignal | undefined): Promise<unknown> {
  const outcome = look.then(
    (view) => ({ view }),
    (error: unknown) => ({ error }),
  );
  const first = await deadline(outcome, ms, signal ? { signal } : {}).catch(() => ({
    error: new Error(`look() has not answered within ${ms / 1000} s`),
  }));
  if ("error" in first) throw first.error;
  return first.view;
}

/** Read while the source is down: one that makes no sense is none. */
function fallbackOf(pool: PoolPort): PoolView["engines"] {
  try {
    const view = viewSchema.safeParse({ engines: pool.fallback });
    return view.success ? readView(view.data).engines : [];
  } catch {
    return [];
  }
}

function readView({ engines, streams, skipped }: z.infer<typeof viewSchema>): PoolView {
  const told = [...skipped];
  const each = <T>(what: string, records: readonly unknown[], schema: z.ZodType<T>): T[] =>
    records.flatMap((record, index) => {
      const read = schema.safeParse(record);
      if (read.success) return [read.data];
      if (told.length < POOL_SKIPPED_TOLD_MAX) told.push(`${what} ${index + 1}: ${whatIn(read.error)}`);
      return [];
    });
  const listed: ListedEngine[] = each("engine", engines, engineSchema).map((engine) => ({
    ...engine,
    name: engine.name ?? engine.id,
  }));
  const started: ListedStream[] = each("stream", streams, streamSchema);
  return { engines: listed, streams: started, skipped: told };
}

async function ask(provision: () => Promise<unknown>): Promise<ProvisionOutcome> {
  const failed = (message: string): ProvisionOutcome => {
    const blocked: Blocked = { code: "provision_failed", message, retryAfterSeconds: null };
    return { kind: "failed", blocked };
  };
  try {
    const outcome = provisionSchema.safeParse(await provision());
    return outcome.success ? outcome.data : failed(`provision() answered nonsense: ${whatIn(outcome.error)}`);
  } catch (error) {
    return failed(messageOf(error));
  }
}

/** The first thing that is wrong, and where. */
function whatIn({ issues: [first] }: z.ZodError): string {
  return first === undefined
    ? "it makes no sense"
    : [first.path.join("."), first.message].filter(Boolean).join(": ");
}
