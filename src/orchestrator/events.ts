/** The bodies of events. Both generations take nearly the same; what differs is by which name a stream ends. */
import type { StartReport } from "../ports.ts";
import type { ContentKey, EngineId } from "../slots/index.ts";
import type { Generation } from "./generation.ts";

export interface EndReport {
  readonly label: string;
  readonly engine: EngineId;
  readonly content: ContentKey;
  readonly reason: string;
}

/** `id:<hex>` as the orchestrator's words. */
function keyOf(content: ContentKey): { readonly key_type: "content_id" | "infohash"; readonly key: string } {
  const [kind, key = ""] = content.split(":");
  return { key_type: kind === "infohash" ? "infohash" : "content_id", key };
}

export function startedBody(report: StartReport, generation: Generation): unknown {
  const { answer, address, engine } = report;
  const stream = keyOf(report.content);
  return {
    container_id: engine,
    engine: { host: address.host, port: address.port },
    stream,
    session: {
      playback_session_id: answer.playbackSession,
      stat_url: answer.urls.stat,
      command_url: answer.urls.command,
      is_live: answer.isLive ? 1 : 0,
    },
    labels: { stream_id: report.label },
    ...(generation === 1 ? {} : { content_id: stream.key, engine_id: engine }),
  };
}

/**
 * In generation 1 a stream ends by its label, together with its container: an end that names no known stream
 * ends somebody else's. In generation 2 a stream's id is its content.
 */
export function endedBody(report: EndReport, generation: Generation): unknown {
  const { engine, reason } = report;
  if (generation === 1) return { container_id: engine, stream_id: report.label, reason };
  const { key } = keyOf(report.content);
  return { container_id: engine, engine_id: engine, stream_id: key, content_id: key, reason };
}
