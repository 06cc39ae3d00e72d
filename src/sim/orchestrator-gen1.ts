/**
 * The first generation's rules and shapes (a Python service). Its trap: an end whose stream it does not know ends
 * the newest running stream of that container, or of any container when none is named.
 */
import {
  type Books,
  type EndedEvent,
  type EngineRecord,
  findEngine,
  runningStreams,
  type StartedEvent,
  type StreamRecord,
  streamOf,
} from "./books.ts";
import type { Generation } from "./generation.ts";
import type { ProvisionBlock } from "./orchestrator-faults.ts";

/** Python writes times of its database without a zone, and microseconds. */
const withoutZone = (time: Date): string => `${time.toISOString().slice(0, -1)}000`;

function engineJson(record: EngineRecord): Record<string, unknown> {
  return {
    container_id: record.containerId,
    container_name: record.containerName,
    host: record.host,
    port: record.port,
    labels: record.labels,
    forwarded: record.forwarded,
    first_seen: withoutZone(record.firstSeen),
    last_seen: record.lastSeen.toISOString(),
    streams: [...record.streamIds],
    health_status: record.health,
    last_health_check: record.health === "unknown" ? null : withoutZone(record.lastSeen),
    last_stream_usage: record.lastStreamUsage === null ? null : withoutZone(record.lastStreamUsage),
    vpn_container: null,
  };
}

function streamJson(record: StreamRecord): Record<string, unknown> {
  return {
    id: record.id,
    key_type: record.keyType,
    key: record.key,
    container_id: record.containerId,
    playback_session_id: record.playbackSessionId,
    stat_url: record.statUrl,
    command_url: record.commandUrl,
    is_live: record.isLive,
    started_at: withoutZone(record.startedAt),
    ended_at: record.endedAt === null ? null : withoutZone(record.endedAt),
    status: record.status,
  };
}

/** The streams asked for; without filters everything since the start, ended ones too. */
function listStreams(books: Books, query: URLSearchParams): StreamRecord[] {
  const status = query.get("status");
  const containerId = query.get("container_id");
  return [...books.streams.values()].filter(
    (stream) =>
      (status === null || stream.status === status) &&
      (containerId === null || stream.containerId === containerId),
  );
}

/** Books a start; an unknown engine becomes a phantom in the list, and a known one takes the event's address. */
function streamStarted(books: Books, event: StartedEvent): StreamRecord {
  let engine = findEngine(books, event);
  if (engine === undefined) {
    engine = phantom(event);
    books.engines.set(engine.containerId, engine);
  } else {
    engine.host = event.host;
    engine.port = event.port;
    engine.lastSeen = event.at;
    engine.lastStreamUsage = event.at;
    engine.labels = { ...engine.labels, ...event.labels };
  }
  const id = event.labels.stream_id || `${event.key}|${event.playbackSessionId}`;
  const stream = streamOf(event, id, engine.containerId);
  books.streams.set(id, stream);
  if (!engine.streamIds.includes(id)) engine.streamIds.push(id);
  return stream;
}

function phantom(event: StartedEvent): EngineRecord {
  return {
    containerId: event.containerId ?? `${event.host}:${event.port}`,
    containerName:
      event.containerId === null
        ? `engine-${event.host}-${event.port}`
        : `container-${event.containerId.slice(0, 12)}`,
    host: event.host,
    port: event.port,
    engine: null,
    labels: { ...event.labels },
    firstSeen: event.at,
    lastSeen: event.at,
    lastStreamUsage: event.at,
    health: "unknown",
    forwarded: false,
    draining: false,
    streamIds: [],
    streamCount: 0,
  };
}

/** Books an end and tells which stream it was taken for. */
function streamEnded(books: Books, event: EndedEvent): StreamRecord | null {
  const named = event.streamId === null ? undefined : books.streams.get(event.streamId);
  const ended = named ?? newestRunning(books, event.containerId);
  if (ended === undefined) return null;
  ended.endedAt = event.at;
  ended.status = "ended";
  const engine = books.engines.get(ended.containerId);
  if (engine !== undefined) engine.streamIds = engine.streamIds.filter((id) => id !== ended.id);
  return ended;
}

const newestRunning = (books: Books, containerId: string | null): StreamRecord | undefined =>
  runningStreams(books)
    .filter((stream) => containerId === null || stream.containerId === containerId)
    .at(-1);

function removeEngine(books: Books, containerId: string, at: Date): void {
  books.engines.delete(containerId);
  for (const stream of runningStreams(books)) {
    if (stream.containerId !== containerId) continue;
    stream.status = "ended";
    stream.endedAt = at;
  }
}

function statusJson(books: Books, block: ProvisionBlock | null, replicasMax: number): unknown {
  const engines = [...books.engines.values()];
  const active = runningStreams(books).length;
  const healthy = engines.filter((engine) => engine.health === "healthy").length;
  return {
    status: engines.length === 0 ? "unavailable" : block === null ? "healthy" : "degraded",
    engines: {
      total: engines.length,
      running: engines.length,
      healthy,
      unhealthy: engines.filter((engine) => engine.health === "unhealthy").length,
    },
    streams: { active, total: books.streams.size },
    capacity: {
      total: engines.length,
      used: active,
      // One stream per engine is what this service believes, whatever the cap is.
      available: Math.max(0, engines.length - active),
      max_replicas: replicasMax,
      min_replicas: 0,
    },
    vpn: { enabled: false, connected: false, health: "unknown", container: null, forwarded_port: null },
    provisioning: {
      can_provision: block === null,
      circuit_breaker_state: block?.code === "circuit_breaker" ? "open" : "closed",
      last_failure: null,
      blocked_reason: block?.message ?? null,
      blocked_reason_details: block === null ? null : blockDetails(block),
    },
    config: { auto_delete: false, grace_period_s: 30, engine_variant: "krinkuto11-amd64" },
    timestamp: withoutZone(new Date()),
  };
}

const blockDetails = (block: ProvisionBlock): Record<string, unknown> => ({
  code: block.code,
  message: block.message,
  recovery_eta_seconds: block.recoveryEtaSeconds ?? null,
  can_retry: block.canRetry ?? true,
  should_wait: block.shouldWait ?? true,
});

/** The answer to a provision call that may not be: `detail` as an object, or as older releases do, a string. */
function blockedJson(block: ProvisionBlock): unknown {
  if (block.form === "string") return { detail: block.message };
  return { detail: { error: "provisioning_blocked", ...blockDetails(block) } };
}

const KEY_TYPES = ["content_id", "infohash", "url", "magnet"];

type Fields = Record<string, unknown>;
const fieldsOf = (value: unknown): Fields | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;

/** What is wrong with the body of a start, as the validation layer tells it; empty when it is right. */
function invalidStart(body: unknown): unknown[] {
  const fields = fieldsOf(body);
  if (fields === null)
    return [complaint(["body"], "model_attributes_type", "Input should be a valid dictionary")];
  const wrong: unknown[] = [];
  const need = (part: string, name: string, fits: (value: unknown) => boolean, type: string): void => {
    const value = fieldsOf(fields[part])?.[name];
    if (value === undefined) wrong.push(complaint(["body", part, name], "missing", "Field required"));
    else if (!fits(value))
      wrong.push(complaint(["body", part, name], type, `Input should be valid: ${type}`));
  };
  need("engine", "host", isText, "string_type");
  need("engine", "port", Number.isInteger, "int_type");
  need("stream", "key_type", (value) => isText(value) && KEY_TYPES.includes(value), "literal_error");
  need("stream", "key", isText, "string_type");
  need("session", "playback_session_id", isText, "string_type");
  need("session", "stat_url", isUrl, "url_parsing");
  need("session", "command_url", isUrl, "url_parsing");
  need("session", "is_live", Number.isInteger, "int_type");
  return wrong;
}

/** An end has no required field at all. */
const invalidEnd = (body: unknown): unknown[] =>
  fieldsOf(body) === null
    ? [complaint(["body"], "model_attributes_type", "Input should be a valid dictionary")]
    : [];

const complaint = (loc: string[], type: string, msg: string): unknown => ({ type, loc, msg });
const isText = (value: unknown): value is string => typeof value === "string";
const isUrl = (value: unknown): boolean => isText(value) && /^https?:\/\//.test(value) && URL.canParse(value);

export const gen1: Generation = {
  engineJson,
  streamJson,
  statusJson,
  listStreams,
  // The list of engines is in order of registration.
  inOrder: (list) => list,
  streamStarted,
  streamEnded,
  removeEngine,
  foreignStreamId: (key, playbackSessionId) => `${key}|${playbackSessionId}`,
  invalidEvent(route, body) {
    const wrong = route === "stream_started" ? invalidStart(body) : invalidEnd(body);
    return wrong.length === 0 ? null : { status: 422, body: { detail: wrong } };
  },
  startedAnswer: (stream) => ({ status: 200, body: streamJson(stream) }),
  endedAnswer: (stream) => ({
    status: 200,
    body: { updated: stream !== null, stream: stream === null ? null : streamJson(stream) },
  }),
  blockedAnswer: (block, status) => ({ status, body: blockedJson(block) }),
  notFound: { type: "application/json", body: '{"detail":"Not Found"}' },
  provisionsLater: false,
};
