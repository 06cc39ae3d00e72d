/**
 * One proxy, put together: engines and pool behind ports, the broker, the data plane, the routes. The command
 * line and the embedding API make theirs here; two proxies in one process do not know of each other.
 */
import { randomBytes } from "node:crypto";
import { Broker, fileJournal, noStateFile, type StateStore, systemClock } from "./broker/index.ts";
import { createEngineClient } from "./engine/index.ts";
import { createApp } from "./http/app.ts";
import type { Peer } from "./http/clients.ts";
import { LeaseHolder, type StorePort } from "./leases/index.ts";
import { DRAIN_REPORTS_MS, DRAIN_STOPS_MS } from "./limits.ts";
import { roomLog } from "./log.ts";
import { createOrchestratorPool, createOutbox, createStaticPool } from "./orchestrator/index.ts";
import type { LeasePort, PoolPort, ReportPort } from "./ports.ts";
import type { Address } from "./slots/index.ts";
import { createStreams, type Streams } from "./stream/index.ts";

export interface ProxyOptions {
  readonly engines: readonly Address[];
  /** Base URL of the orchestrator; null: the engines above are the pool, else they are its fallback. */
  readonly orchestrator: string | null;
  readonly orchestratorKey: string | null;
  readonly maxStreamsPerEngine: number;
  readonly queueTimeoutMs: number;
  readonly startTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly clientTimeoutMs: number;
  /** The same for one that watches by HLS; null: as above. */
  readonly hlsTimeoutMs: number | null;
  /** Whether `/ace/getstream` answers HLS as well. */
  readonly m3u8: boolean;
  readonly lingerMs: number;
  readonly releaseTimeoutMs: number;
  readonly bufferBytes: number;
  readonly journal: string | null;
  readonly token: string | null;
  readonly trustedProxies: readonly string[];
  readonly playlists: readonly string[];
  readonly guides: readonly string[];
  readonly playlistRefreshMs: number;
  readonly publicUrl: string | null;
  readonly slate: "off" | "on";
  /** The proxy's name in the journal. */
  readonly name: string;
  /** Where open sessions survive a crash; null: nowhere, and `stateTrouble` says why. */
  readonly store: StateStore | null;
  readonly stateTrouble: string | null;
  /** Null: the slots are not shared with other proxies. */
  readonly leases: SharedLeases | null;
}

/** The store of leases that several proxies share. */
export interface SharedLeases {
  readonly store: StorePort;
  /** A proxy that has not renewed for so long has ended. */
  readonly ttlMs: number;
  readonly whenDown: "refuse" | "local";
}

export interface RunningProxy {
  readonly broker: Broker;
  fetch(request: Request, peer: Peer): Promise<Response>;
  /** Sessions of a former life, then the first look at the pool. */
  start(): Promise<void>;
  /** Gives everything back, within 8 s; what is not proved gone stays in the state file. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

export function createProxyFrom(options: ProxyOptions): RunningProxy {
  const engine = createEngineClient();
  const store = options.store ?? noStateFile(`aceslot-${options.name.replaceAll(/[^0-9A-Za-z.]+/g, "_")}`);
  const { pool, reports, closePool } = createPool(options);
  const life = randomBytes(4).toString("hex");
  let streams: Streams | undefined;
  const broker: Broker = new Broker(
    {
      engine,
      pool,
      reports,
      streams: (events) => {
        streams = createStreams({ ...options, engine, clock: systemClock, events, log: roomLog("stream") });
        return streams;
      },
      journal: options.journal === null ? null : fileJournal(options.journal, roomLog("journal")),
      store,
      leases: createLeases(options, `${store.instance}/${life}`),
      clock: systemClock,
      log: roomLog("broker"),
    },
    {
      ...options,
      cap: options.maxStreamsPerEngine,
      proxy: options.name,
      life,
    },
  );
  if (!streams) throw new Error("the broker made no data plane");
  const bodies = streams;
  const app = createApp({ broker, bodies, stateTrouble: options.stateTrouble, current: () => options });
  return {
    broker,
    fetch: app,
    start: () => broker.start(),
    drain: () => broker.drain(DRAIN_STOPS_MS, DRAIN_REPORTS_MS),
    async close() {
      await broker.close();
      closePool();
      bodies.shutDown();
    },
  };
}

/** `member`: begins the labels of this life's sessions, which are the names of its leases. */
function createLeases(options: ProxyOptions, member: string): LeasePort | null {
  if (options.leases === null) return null;
  const { name, maxStreamsPerEngine: cap } = options;
  const { store, ttlMs, whenDown } = options.leases;
  const info = { name, cap, ttlMs };
  return new LeaseHolder({
    store,
    member,
    info,
    ttlMs,
    whenDown,
    clock: systemClock,
    log: roomLog("leases"),
  });
}

function createPool(options: ProxyOptions): {
  readonly pool: PoolPort;
  readonly reports: ReportPort;
  closePool(): void;
} {
  if (options.orchestrator === null)
    return { pool: createStaticPool(options.engines), reports: NO_REPORTS, closePool() {} };
  const log = roomLog("orchestrator");
  const pool = createOrchestratorPool({
    baseUrl: options.orchestrator,
    key: options.orchestratorKey,
    fallback: options.engines,
    instance: options.name,
    log,
  });
  const outbox = createOutbox({ pool, isListed: pool.isListed, log, clock: systemClock });
  return {
    pool,
    reports: outbox,
    closePool() {
      outbox.close();
      pool.close();
    },
  };
}

/** A plain list of engines wants no reports. */
const NO_REPORTS: ReportPort = { started() {}, ended() {}, flush: async () => {}, pending: 0 };
