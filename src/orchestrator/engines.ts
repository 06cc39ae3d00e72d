/** The list of engines, record by record: what makes no sense is skipped and named, the rest serves. */
import { z } from "zod";
import { hostPortOf, toldBriefly } from "../net/exchange.ts";
import { type EngineId, type ListedEngine, placeKey } from "../slots/index.ts";
import { hostVerdict } from "./hosts.ts";
import { Skipped } from "./skipped.ts";
import { timeMsOf } from "./times.ts";

const PORT_MAX = 65_535;

/** An id goes into URLs, journals and pages: short, printable, without spaces. */
export const idSchema = z.string().regex(/^[\x21-\x7e]{1,200}$/, "no usable id");

const engineSchema = z.object({
  container_id: idSchema.nullish().catch(null),
  container_name: z.string().catch(""),
  host: z.unknown().optional(),
  port: z.int().min(1).max(PORT_MAX),
  health_status: z.enum(["healthy", "unhealthy", "unknown"]).catch("unknown"),
  // Generation 2 only.
  draining: z.boolean().catch(false),
  forwarded: z.boolean().catch(false),
  last_stream_usage: z.unknown().optional(),
  last_assigned_at: z.unknown().optional(),
});

export interface ReadingEngines {
  /** Hosts that the operator has named as engines. */
  readonly named: ReadonlySet<string>;
  /** A text of the orchestrator's as it may be shown. */
  told(text: string): string;
}

export interface EngineList {
  readonly engines: readonly ListedEngine[];
  /** Ids that turned out to name an engine that is listed under another id. */
  readonly aliases: ReadonlyMap<EngineId, EngineId>;
}

/**
 * Reads a list. `formerIds` has the id that an address had the last time, and is brought up to date: which of two
 * ids of one engine counts must not change from look to look. `how`: whom to believe more, and what to leave out.
 */
export function readEngines(
  records: readonly unknown[],
  skipped: Skipped,
  formerIds: Map<string, EngineId>,
  how: ReadingEngines,
): EngineList {
  const read = records.flatMap((record) => readEngine(record, skipped, how) ?? []);
  // Generation 2 lists in random order.
  read.sort(
    (a, b) =>
      compare(a.id, b.id) || compare(a.address.host, b.address.host) || a.address.port - b.address.port,
  );

  const byId = new Map<EngineId, ListedEngine>();
  for (const engine of read) {
    if (byId.has(engine.id)) skipped.add(`engine ${engine.id}`, "listed twice");
    else byId.set(engine.id, engine);
  }
  const byPlace = new Map<string, ListedEngine>();
  const aliases = new Map<EngineId, EngineId>();
  for (const engine of byId.values()) {
    const place = placeKey(engine.address);
    const other = byPlace.get(place);
    if (other === undefined) {
      byPlace.set(place, engine);
      continue;
    }
    const [kept, dropped] = formerIds.get(place) === engine.id ? [engine, other] : [other, engine];
    byPlace.set(place, kept);
    aliases.set(dropped.id, kept.id);
    skipped.add(`engine ${dropped.id}`, `the same address as engine ${kept.id}`);
  }
  for (const [dropped, kept] of aliases) aliases.set(dropped, aliases.get(kept) ?? kept);
  formerIds.clear();
  for (const [place, engine] of byPlace) formerIds.set(place, engine.id);
  return { engines: [...byPlace.values()], aliases };
}

function readEngine(record: unknown, skipped: Skipped, how: ReadingEngines): ListedEngine | null {
  const parsed = engineSchema.safeParse(record);
  if (!parsed.success) {
    skipped.add(nameOf("engine", record), Skipped.reason(parsed.error));
    return null;
  }
  const { container_id: containerId, container_name: name, port, health_status: health } = parsed.data;
  const verdict = hostVerdict(parsed.data.host, how.named);
  if ("refused" in verdict) {
    skipped.add(nameOf("engine", record), `host: ${verdict.refused}`);
    return null;
  }
  const id = containerId ?? hostPortOf({ host: verdict.host, port });
  return {
    id,
    name: how.told(name) || id,
    address: { scheme: "http", host: verdict.host, port },
    health,
    draining: parsed.data.draining,
    forwarded: parsed.data.forwarded,
    usedAtMs: timeMsOf(parsed.data.last_stream_usage) ?? timeMsOf(parsed.data.last_assigned_at),
  };
}

/** How a record is called that makes no sense: by whatever name it has. */
export function nameOf(kind: string, record: unknown): string {
  const fields: Record<string, unknown> = typeof record === "object" && record !== null ? { ...record } : {};
  const names = [fields.container_id, fields.id, fields.container_name];
  const name = names.find((value) => typeof value === "string" && value !== "");
  return typeof name === "string" ? `${kind} ${toldBriefly(name).slice(0, 64)}` : `${kind} without a name`;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
