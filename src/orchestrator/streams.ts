/** The list of streams, record by record. Only what occupies an engine counts. */
import { z } from "zod";
import { rebasedOn, toldBriefly } from "../net/exchange.ts";
import type { ContentKey, ListedEngine, ListedStream, SessionUrls } from "../slots/index.ts";
import { type EngineList, idSchema, nameOf } from "./engines.ts";
import type { Generation } from "./generation.ts";
import { Skipped } from "./skipped.ts";

/** `pending_failover` is generation 2's: such a stream still has its place. */
const LOADING = ["started", "pending_failover"];
/** Known, and over. Anything else is a word of a release that we do not know. */
const OVER = ["ended", "stopped", "failed"];

const streamSchema = z.object({
  id: z.unknown().optional(),
  status: z.enum([...LOADING, ...OVER]),
  container_id: idSchema.nullish().catch(null),
  engine_id: idSchema.nullish().catch(null),
  key_type: z.string().catch(""),
  key: z.string().catch(""),
  playback_session_id: z.string().min(1).nullish().catch(null),
  stat_url: z.unknown().optional(),
  command_url: z.unknown().optional(),
});

export function readStreams(
  records: readonly unknown[],
  skipped: Skipped,
  generation: Generation | null,
  list: EngineList,
): readonly ListedStream[] {
  const engines = new Map(list.engines.map((engine) => [engine.id, engine]));
  const streams: ListedStream[] = [];
  for (const record of records) {
    const parsed = streamSchema.safeParse(record);
    if (!parsed.success) {
      skipped.add(nameOf("stream", record), Skipped.reason(parsed.error));
      continue;
    }
    const stream = parsed.data;
    if (!LOADING.includes(stream.status)) continue;
    const listedEngine = stream.container_id ?? stream.engine_id ?? null;
    if (listedEngine === null) {
      skipped.add(nameOf("stream", record), "no engine");
      continue;
    }
    const engine = list.aliases.get(listedEngine) ?? listedEngine;
    streams.push({
      engine,
      contents: contentsOf(stream.key_type, stream.key),
      playbackSession: stream.playback_session_id == null ? null : toldBriefly(stream.playback_session_id),
      // In generation 2 a stream's id is its content, whatever label its start had.
      label: generation === 1 && typeof stream.id === "string" && stream.id !== "" ? stream.id : null,
      urls: urlsOf(engines.get(engine), stream.stat_url, stream.command_url),
    });
  }
  return streams;
}

function contentsOf(keyType: string, key: string): readonly ContentKey[] {
  if (!/^[0-9a-f]{40}$/i.test(key)) return [];
  if (keyType === "content_id") return [`id:${key.toLowerCase()}`];
  return keyType === "infohash" ? [`infohash:${key.toLowerCase()}`] : [];
}

/** Enough to ask and to stop a session. Lists do not tell where it is played: `playback` is empty. */
function urlsOf(engine: ListedEngine | undefined, statUrl: unknown, commandUrl: unknown): SessionUrls | null {
  if (engine === undefined) return null;
  const stat = rebasedOn(engine.address, statUrl);
  const command = rebasedOn(engine.address, commandUrl);
  return stat === null || command === null ? null : { playback: "", stat, command };
}
