/** What a simulated orchestrator's list of engines becomes when something is wrong with it. */
import { containerIdOf } from "./books.ts";
import type { OrchestratorFaults } from "./orchestrator-faults.ts";

type EngineJson = Record<string, unknown>;

/** Applies the listing faults to the true records. */
export function distortEngines(records: EngineJson[], faults: OrchestratorFaults): unknown[] {
  const twins = faults.enginesTwice === false ? [] : records.map((record) => twinOf(record, faults));
  const extra = faults.extraEngines;
  const strangers = extra === null ? [] : strangersLike(records[0] ?? {}, extra.count, extra.health);
  const listed = [...records, ...twins].map((record) => {
    const isPortless =
      faults.withoutPort === "all" || faults.withoutPort.includes(String(record.container_id));
    if (!isPortless) return record;
    const { port: _port, ...rest } = record;
    return rest;
  });
  return [...faults.extraEngineRecords, ...listed, ...strangers];
}

function twinOf(record: EngineJson, faults: OrchestratorFaults): EngineJson {
  if (faults.enginesTwice === "same") return { ...record };
  const id = String(record.container_id);
  return {
    ...record,
    container_id: containerIdOf(`twin of ${id}`),
    container_name: `${record.container_name}-twin`,
    host: "localhost",
    streams: [],
  };
}

/** Engines on loopback addresses of their own (127.77.x.y), where every connection is refused. */
function strangersLike(pattern: EngineJson, count: number, health: string): EngineJson[] {
  return Array.from({ length: count }, (_, n) => ({
    ...pattern,
    container_id: `${"5".repeat(56)}${n.toString(16).padStart(8, "0")}`,
    container_name: `acestream-stranger-${n}`,
    host: `127.77.${n >> 8}.${n & 255}`,
    port: 6878,
    streams: [],
    health_status: health,
    last_stream_usage: null,
    ...("stream_count" in pattern ? { stream_count: 0 } : {}),
  }));
}
