/**
 * The second generation's rules and shapes (a Go service). Streams are known by their content only; a doubled
 * start counts twice and is cleared once; an unknown end does nothing and says nothing.
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

/** How Go writes a time that was never set. */
const ZERO_TIME = "0001-01-01T00:00:00Z";

function engineJson(record: EngineRecord): Record<string, unknown> {
  return {
    container_id: record.containerId,
    container_name: record.containerName,
    host: record.host,
    port: record.port,
    api_port: record.port + 1,
    labels: record.labels,
    first_seen: record.firstSeen.toISOString(),
    last_seen: record.lastSeen.toISOString(),
    last_stream_usage: record.lastStreamUsage?.toISOString() ?? ZERO_TIME,
    last_assigned_at: record.lastStreamUsage?.toISOString() ?? ZERO_TIME,
    last_health_check: record.health === "unknown" ? ZERO_TIME : record.lastSeen.toISOString(),
    streams: [...record.streamIds],
    stream_count: record.streamCount,
    health_status: record.health,
    vpn_container: "",
    p2p_port: 0,
    forwarded: record.forwarded,
    forwarded_port: 0,
    draining: record.draining,
    drain_reason: record.draining ? "rebalance" : "",
    total_peers: 0,
    cpu_percent: 0.5,
    memory_usage: 104857600,
  };
}

function streamJson(record: StreamRecord): Record<string, unknown> {
  return {
    id: record.id,
    key_type: record.keyType,
    key: record.key,
    container_id: record.containerId,
    engine_id: record.containerId,
    playback_session_id: record.playbackSessionId,
    stat_url: record.statUrl,
    command_url: record.commandUrl,
    is_live: record.isLive,
    started_at: record.startedAt.toISOString(),
    status: record.status,
  };
}

/** Go's maps have no order; neither has this list. */
function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const mixed = [...list];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other] as T, mixed[last] as T];
  }
  return mixed;
}

/** Filters are ignored; what has ended is not kept. */
const listStreams = (books: Books): StreamRecord[] => [...books.streams.values()];

/** Books a start under its content; an older record of that content is replaced, but stays counted. */
function streamStarted(books: Books, event: StartedEvent): StreamRecord {
  const engine = findEngine(books, event);
  const containerId = engine?.containerId ?? event.containerId ?? "";
  const replaced = books.streams.get(event.key);
  if (replaced !== undefined) unlist(books, replaced);
  const stream = streamOf(event, event.key, containerId);
  books.streams.set(event.key, stream);
  if (engine === undefined) return stream;
  engine.streamIds.push(event.key);
  engine.streamCount++;
  engine.lastStreamUsage = event.at;
  return stream;
}

/** Books an end by content; an unknown one is passed over. */
function streamEnded(books: Books, event: EndedEvent): StreamRecord | null {
  const ended = books.streams.get(event.contentId ?? event.streamId ?? "");
  if (ended === undefined) return null;
  books.streams.delete(ended.id);
  unlist(books, ended);
  ended.status = "ended";
  ended.endedAt = event.at;
  const engine = books.engines.get(ended.containerId);
  if (engine !== undefined) engine.streamCount = Math.max(0, engine.streamCount - 1);
  return ended;
}

function unlist(books: Books, stream: StreamRecord): void {
  const engine = books.engines.get(stream.containerId);
  if (engine !== undefined) engine.streamIds = engine.streamIds.filter((id) => id !== stream.id);
}

function removeEngine(books: Books, containerId: string): void {
  books.engines.delete(containerId);
  for (const stream of runningStreams(books)) {
    if (stream.containerId === containerId) books.streams.delete(stream.id);
  }
}

function statusJson(books: Books, block: ProvisionBlock | null, replicasMax: number): unknown {
  const engines = [...books.engines.values()];
  const active = runningStreams(books).length;
  const healthy = engines.filter((engine) => engine.health === "healthy").length;
  return {
    status: engines.length === 0 ? "unavailable" : block === null ? "healthy" : "degraded",
    engines: { total: engines.length, running: engines.length, healthy, unhealthy: engines.length - healthy },
    streams: { active, total: active },
    capacity: {
      total: engines.length,
      used: active,
      available: Math.max(0, engines.length - active),
      max_replicas: replicasMax,
      min_replicas: 0,
    },
    vpn: { enabled: true, nodes_total: 2, healthy: 2 },
    provisioning: {
      can_provision: block === null,
      circuit_breaker_state: block?.code === "circuit_breaker" ? "open" : "closed",
      blocked_reason: block === null ? null : { code: block.code, message: block.message },
    },
    timestamp: new Date().toISOString(),
  };
}

export const gen2: Generation = {
  engineJson,
  streamJson,
  statusJson,
  listStreams,
  inOrder: shuffled,
  streamStarted,
  streamEnded,
  removeEngine,
  foreignStreamId: (key) => key,
  invalidEvent: (_route, body) =>
    typeof body === "object" && body !== null
      ? null
      : { status: 400, body: { error: "invalid request body" } },
  startedAnswer: () => ({ status: 200, body: { status: "ok" } }),
  endedAnswer: () => ({ status: 200, body: { status: "ok" } }),
  blockedAnswer: (block, status) => ({ status, body: { error: block.message } }),
  notFound: { type: "text/plain; charset=utf-8", body: "404 page not found\n" },
  provisionsLater: true,
};
