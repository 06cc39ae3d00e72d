/**
 * `/metrics`: what Prometheus reads. Nothing is counted here; each value is read from the broker when somebody asks.
 * Loaded with the first scrape: a proxy that nobody scrapes does without the client library.
 */
import { readdirSync } from "node:fs";
import type { Broker } from "../broker/index.ts";
import { type Engine, loadOf, type StreamId } from "../slots/index.ts";
import { VERSION } from "../version.ts";
import { type Bytes, ByteTotals } from "./byte-totals.ts";
import { measureLeases } from "./lease-metrics.ts";
import { Meter } from "./meter.ts";

export interface Metrics {
  readonly contentType: string;
  /** The text of one scrape. */
  scrape(): Promise<string>;
}

/** `figuresOf`: what is known of a stream's bytes; null: nothing yet, or nothing more. */
export function createMetrics(broker: Broker, figuresOf: (stream: StreamId) => Bytes | null): Metrics {
  const meter = new Meter();
  measureProcess(meter);
  measureSlots(meter, broker);
  const lookAtStreams = measureStreams(meter, broker, figuresOf);
  const lookAtLeases = measureLeases(meter, broker);
  return {
    contentType: meter.contentType,
    scrape() {
      lookAtStreams();
      lookAtLeases();
      return meter.scrape();
    },
  };
}

function measureProcess(meter: Meter): void {
  const startedAt = Date.now() / 1000 - process.uptime();
  meter.gauge(
    "aceslot_build_info",
    "Always 1; its label is the version.",
    () => [[{ version: VERSION }, 1]],
    "version",
  );
  meter.gauge("process_start_time_seconds", "When the process began, seconds since 1970.", () => startedAt);
  meter.counter("process_cpu_seconds_total", "CPU time of the process, user and system.", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  meter.gauge("process_resident_memory_bytes", "Memory of the process that is in RAM.", () =>
    process.memoryUsage.rss(),
  );
  meter.gauge("process_open_fds", "Open files and sockets; on Linux only.", openFiles);
}

function measureSlots(meter: Meter, broker: Broker): void {
  meter.gauge("aceslot_cap", "The most streams that an engine may carry.", () => broker.state.cap);
  meter.gauge(
    "aceslot_slots",
    "Own slots of each engine by state. A free one may be of no use: see aceslot_engine_load.",
    () => slotsByState(broker),
    "engine",
    "state",
  );
  const perEngine = (name: string, help: string, of: (engine: Engine) => number): void =>
    meter.gauge(name, help, () => eachEngine(broker, of), "engine");
  perEngine(
    "aceslot_engine_load",
    "What counts against the cap: own slots that are not free, streams of others, slots that other proxies claim.",
    loadOf,
  );
  perEngine(
    "aceslot_engine_foreign_streams",
    "Streams of others that the pool's source shows on the engine.",
    ({ foreign }) => foreign.length,
  );
  perEngine(
    "aceslot_engine_claims",
    "Slots of the engine that other proxies claim in the shared store.",
    ({ claims }) => claims.length,
  );
  perEngine(
    "aceslot_engine_usable",
    "1: it may be given something new, its load aside; 0: it is not listed, draining or set aside.",
    ({ listed, draining, resting }) => Number(listed && !draining && !resting),
  );
  meter.counter(
    "aceslot_illegal_moves_total",
    "Moves that a slot refused; anything but 0 is a bug.",
    () => broker.counters.illegalMoves,
  );
  meter.counter(
    "aceslot_decisions_total",
    "Events that the selector has taken in.",
    () => broker.counters.decisions,
  );
  meter.gauge("aceslot_pool_up", "1: the pool's source answered last time; 0: it did not.", () =>
    Number(broker.looking.health.up),
  );
  meter.gauge("aceslot_pool_age_seconds", "Age of what is known of the pool.", () => {
    const { ageMs } = broker.looking.health;
    return ageMs === null ? null : ageMs / 1000;
  });
}

/** Gives a function that is to be called before each scrape. */
function measureStreams(
  meter: Meter,
  broker: Broker,
  figuresOf: (stream: StreamId) => Bytes | null,
): () => void {
  const totals = new ByteTotals();
  let bytes: Bytes = { bytesIn: 0, bytesOut: 0 };
  meter.gauge("aceslot_streams", "Streams by phase.", () => streamsByPhase(broker), "phase");
  meter.gauge("aceslot_clients", "Clients; those that wait are among them.", () => broker.state.clients.size);
  meter.gauge("aceslot_queue_length", "Streams that wait for a slot.", () => broker.state.queue.length);
  meter.counter("aceslot_received_bytes_total", "Media bytes from engines.", () => bytes.bytesIn);
  meter.counter("aceslot_sent_bytes_total", "Media bytes to clients.", () => bytes.bytesOut);
  return () => {
    bytes = totals.look(openBytes(broker, figuresOf), endedBytes(broker));
  };
}

function* eachEngine({ state }: Broker, of: (engine: Engine) => number) {
  for (const engine of state.engines.values()) yield [{ engine: engine.name }, of(engine)] as const;
}

function* slotsByState({ state }: Broker) {
  for (const { name: engine, slots } of state.engines.values()) {
    const counts = { free: 0, pending: 0, active: 0, released: 0 };
    for (const slot of slots) counts[slot.state]++;
    for (const [of, count] of Object.entries(counts)) yield [{ engine, state: of }, count] as const;
  }
}

/** Phases that no stream is in are there as well, or an alert on one would see nothing. */
function streamsByPhase({ state }: Broker) {
  const counts = { waiting: 0, starting: 0, playing: 0 };
  for (const { phase } of state.streams.values()) counts[phase]++;
  return Object.entries(counts).map(([phase, count]) => [{ phase }, count] as const);
}

function* openBytes({ state }: Broker, figuresOf: (stream: StreamId) => Bytes | null) {
  for (const id of state.streams.keys()) {
    const figures = figuresOf(id);
    if (figures !== null) yield [id, figures] as const;
  }
}

function* endedBytes({ ended }: Broker) {
  for (const { stream, last } of ended.all) if (last !== null) yield [stream, last] as const;
}

function openFiles(): number | null {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return null;
  }
}
