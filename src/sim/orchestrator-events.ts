/** Reads the bodies of events; both generations send nearly the same. */
import type { EndedEvent, StartedEvent } from "./books.ts";

type Fields = Record<string, unknown>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const textOrNull = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value : null;

export function startedEventOf(body: unknown): StartedEvent {
  const fields = fieldsOf(body);
  const engine = fieldsOf(fields.engine);
  const stream = fieldsOf(fields.stream);
  const session = fieldsOf(fields.session);
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(fieldsOf(fields.labels))) labels[name] = textOf(value);
  return {
    containerId: textOrNull(fields.engine_id) ?? textOrNull(fields.container_id),
    host: textOf(engine.host),
    port: typeof engine.port === "number" ? engine.port : 0,
    keyType: textOf(stream.key_type),
    key: textOrNull(fields.content_id) ?? textOf(stream.key),
    playbackSessionId: textOf(session.playback_session_id),
    statUrl: textOf(session.stat_url),
    commandUrl: textOf(session.command_url),
    isLive: session.is_live === 1 || session.is_live === true,
    labels,
    at: new Date(),
  };
}

export function endedEventOf(body: unknown): EndedEvent {
  const fields = fieldsOf(body);
  return {
    containerId: textOrNull(fields.container_id),
    streamId: textOrNull(fields.stream_id),
    contentId: textOrNull(fields.content_id),
    at: new Date(),
  };
}

/** The content that an event is about, for faults that are limited to one. */
export function contentOf(body: unknown): string {
  const fields = fieldsOf(body);
  return textOrNull(fields.content_id) ?? textOf(fieldsOf(fields.stream).key);
}
