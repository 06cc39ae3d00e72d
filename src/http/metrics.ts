/**
 * `/metrics`: what Prometheus reads. Nothing is counted here; each value is read where it is known when somebody asks.
 * Loaded with the first scrape: a proxy that nobody scrapes does without the client library.
 */
import type { Broker } from "../broker/index.ts";
import { type Engine, loadOf, type StreamId } from "../slots/index.ts";
import { measureChannels, type Surroundings } from "./channel-metrics.ts";
import { measureRequests, measureStarts } from "./count-metrics.ts";
import type { Crowd } from "./crowd.ts";
import { measureLeases } from "./lease-metrics.ts";
import { Meter } from "./meter.ts";
import { measureProcess } from "./process-metrics.ts";
import { readiness } from "./readiness.ts";
import { NO_SUMS, type StreamCounts, StreamTotals } from "./stream-totals.ts";
import type { Traffic } from "./traffic.ts";

export interface Metrics {
  readonly contentType: string;
  /** The text of one scrape. */
  scrape(): Promise<string>;
}

export interface Measured extends Surroundings {
  readonly broker: Broker;
  readonly bodies: {
    /** What is known of a stream's bytes; null: nothing yet, or nothing more. */
    figures(stream: StreamId): StreamCounts | null;
    readonly hlsSessions: number;
  };
  readonly traffic: Traffic;
  /** Left out: everybody is let in. */
  readonly crowd?: Crowd | undefined;
  /** Why a crash would forget open sessions; null: it would not. */
  readonly stateTrouble: string | null;
  /** Aborted when the proxy ends. */
  readonly ending?: AbortSignal;
}

export function createMetrics(measured: Measured): Metrics {
  const { broker } = measured;
  const meter = new Meter();
  const lookAtProcess = measureProcess(meter, measured.ending);
  measureService(meter, measured);
  measureSlots(meter, broker);
  measureRequests(meter, broker);
  measureStarts(meter, broker);
  const lookAtStreams = measureStreams(meter, measured);
  measureChannels(meter, measured);
  const lookAtLeases = measureLeases(meter, broker);
  return {
    contentType: meter.contentType,
    scrape() {
      lookAtProcess();
      lookAtStreams();
      lookAtLeases();
      return meter.scrape();
    },
  };
}

function measureService(meter: Meter, { broker, traffic, stateTrouble, crowd }: Measured): void {
  meter.gauge("aceslot_ready", "1: a stream can be taken now; 0: it cannot, and /readyz says why.", () =>
    Number(readiness(broker, stateTrouble, [], crowd).ready),
  );
  meter.gauge(
    "aceslot_crowded",
    "0: clients are let in; 1: new ones are refused for want of descriptors; 2: no connection is accepted.",
    () => ["open", "full", "shut"].indexOf(crowd?.level ?? "open"),
  );
  meter.counter(
    "aceslot_crowded_refusals_total",
    "Clients that were refused for want of descriptors.",
    () => crowd?.refusals ?? 0,
  );
  meter.counter(
    "aceslot_crowded_closings_total",
    "Times that no connection was accepted any more, for want of descriptors.",
    () => crowd?.closings ?? 0,
  );
  meter.gauge(
    "aceslot_halted",
    "1: the slot books contradict themselves, and nothing is granted until a restart; a bug.",
    () => Number(broker.trouble !== null),
  );
  meter.gauge(
    "aceslot_state_saved",
    "1: a crash would forget no open session; 0: it would, and /readyz says why.",
    () => Number(broker.saveTrouble === null && stateTrouble === null),
  );
  meter.counter(
    "aceslot_http_requests_total",
    "HTTP requests by route and status; a stream counts when it is answered.",
    () => traffic,
    "route",
    "code",
  );
  meter.counter("aceslot_journal_lines_total", "Lines of the journal.", () => broker.journal.lines);
  meter.counter(
    "aceslot_journal_lines_lost_total",
    "Lines of the journal that could not be written to its file.",
    () => broker.journal.linesLost,
  );
  meter.gauge(
    "aceslot_reports_pending",
    "Reports to the orchestrator that it has not acknowledged yet.",
    () => broker.reportsPending,
  );
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
  perEngine(
    "aceslot_engine_set_aside",
    "1: it gets nothing new until it answers, after a fault or because it is new.",
    ({ resting }) => Number(resting),
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
function measureStreams(meter: Meter, { broker, bodies }: Measured): () => void {
  const totals = new StreamTotals();
  let sums = NO_SUMS;
  meter.gauge("aceslot_streams", "Streams by phase.", () => streamsByPhase(broker), "phase");
  meter.gauge("aceslot_clients", "Clients; those that wait are among them.", () => broker.state.clients.size);
  meter.gauge("aceslot_queue_length", "Streams that wait for a slot.", () => broker.state.queue.length);
  meter.gauge("aceslot_hls_sessions", "Clients that watch by HLS.", () => bodies.hlsSessions);
  meter.counter("aceslot_received_bytes_total", "Media bytes from engines.", () => sums.bytesIn);
  meter.counter("aceslot_sent_bytes_total", "Media bytes to clients.", () => sums.bytesOut);
  meter.counter(
    "aceslot_client_skips_total",
    "Times that a client was too slow and was moved forward.",
    () => sums.skips,
  );
  meter.counter(
    "aceslot_source_holds_total",
    "Times that an engine was kept waiting for a client.",
    () => sums.holds,
  );
  meter.counter(
    "aceslot_filler_packets_total",
    "Null packets that stood in for bytes while there were none.",
    () => sums.fillerPackets,
  );
  meter.counter(
    "aceslot_continuity_errors_total",
    "Packets that were missing in what engines sent.",
    () => sums.continuityErrors,
  );
  meter.counter(
    "aceslot_discarded_bytes_total",
    "Bytes from engines that belonged to no packet.",
    () => sums.discardedBytes,
  );
  return () => {
    sums = totals.look(openFigures(broker, bodies), endedFigures(broker));
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

function* openFigures({ state }: Broker, bodies: Measured["bodies"]) {
  for (const id of state.streams.keys()) {
    const figures = bodies.figures(id);
    if (figures !== null) yield [id, figures] as const;
  }
}

function* endedFigures({ ended }: Broker) {
  for (const { stream, last } of ended.all) if (last !== null) yield [stream, last] as const;
}
