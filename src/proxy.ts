/**
 * One proxy, put together: engines and pool behind ports, the broker, the data plane, the routes. The command
 * line and the embedding API make theirs here; two proxies in one process do not know of each other.
 */
import { randomBytes } from "node:crypto";
import { Broker, fileJournal, noStateFile, type StateStore, systemClock } from "./broker/index.ts";
import { createEngineClient, Versions } from "./engine/index.ts";
import { createApp } from "./http/app.ts";
import type { Peer } from "./http/clients.ts";
import type { Crowd } from "./http/crowd.ts";
import type { AppSettings } from "./http/routes.ts";
import { LeaseHolder, type StorePort } from "./leases/index.ts";
import { DRAIN_REPORTS_MS, DRAIN_STOPS_MS } from "./limits.ts";
import type { RoomLogs } from "./log.ts";
import { createOrchestratorPool, createOutbox, createStaticPool } from "./orchestrator/index.ts";
import { Channels } from "./playlist/index.ts";
import type { PoolPort, ReportPort } from "./ports.ts";
import type { Address, Comparator, EngineId } from "./slots/index.ts";
import { createStreams, type Streams } from "./stream/index.ts";
import { createSlates } from "./stream/slate/index.ts";

/** What a reload may change. A value is never changed itself: another one takes its place as a whole. */
export interface ProxySettings extends AppSettings {
  /** The pool; with an orchestrator its fallback. */
  readonly engines: readonly Address[];
  readonly orchestratorKey: string | null;
  readonly maxStreamsPerEngine: number;
  readonly queueTimeoutMs: number;
  readonly startTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly clientTimeoutMs: number;
  /** The same for one that watches by HLS; null: as above. */
  readonly hlsTimeoutMs: number | null;
  readonly lingerMs: number;
  readonly releaseTimeoutMs: number;
  /** Of streams that begin from now on. */
  readonly bufferBytes: number;
  readonly journal: string | null;
}

/** What one proxy is made of. */
export interface ProxyParts extends ProxySettings {
  /** Base URL of the orchestrator; null: the engines above are the pool. */
  readonly orchestrator: string | null;
  /** A source of engines instead of both; null: there is none. It is not closed with the proxy. */
  readonly pool?: PoolPort | null;
  /** Which engine comes first; left out: our ranking. */
  readonly rank?: Comparator;
  /** Path under which it is mounted, without a slash at its end; left out: none. */
  readonly basePath?: string;
  /** Whether there is room for one more client; left out: always. */
  readonly crowd?: Crowd;
  readonly logs: RoomLogs;
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
  readonly bodies: Streams;
  /** An engine's version, if it is known; asks for it if that was not done yet. */
  versionOf(engine: EngineId): string | null;
  fetch(request: Request, peer: Peer): Promise<Response>;
  /** Sessions of a former life, then the first look at the pool. */
  start(): Promise<void>;
  /** Goes on with other settings; whoever watches or waits notices nothing. */
  configure(settings: ProxySettings): void;
  /** Gives everything back, within 8 s; what is not proved gone stays in the state file. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

export function createProxyFrom(options: ProxyParts): RunningProxy {
  let inForce: ProxySettings = options;
  const current = (): ProxySettings => inForce;
  const engine = createEngineClient();
  const store = options.store ?? noStateFile(`aceslot-${options.name.replaceAll(/[^0-9A-Za-z.]+/g, "_")}`);
  const { logs } = options;
  const { pool, reports, closePool } = createPool(options, current);
  const life = randomBytes(4).toString("hex");
  const leases = createLeases(options, current, `${store.instance}/${life}`);
  let streams: Streams | undefined;
  const broker: Broker = new Broker(
    {
      engine,
      pool,
      reports,
      streams: (events) => {
        const log = logs("stream");
        streams = createStreams(following(current, PLAYING, { engine, clock: systemClock, events, log }));
        return streams;
      },
      journal: fileJournal(() => current().journal, logs("journal")),
      store,
      leases,
      clock: systemClock,
      log: logs("broker"),
    },
    following(current, DECIDING, {
      ...{ cap: options.maxStreamsPerEngine, proxy: options.name, life },
      ...(options.rank === undefined ? {} : { rank: options.rank }),
    }),
  );
  if (!streams) throw new Error("the broker made no data plane");
  const bodies = streams;
  const slates = createSlates({ clock: systemClock, log: logs("slate") });
  const ending = new AbortController();
  const versions = new Versions((address) => engine.version(address), systemClock.monotonicMs);
  const versionOf = (id: EngineId): string | null => {
    const known = broker.state.engines.get(id);
    // One that nothing is asked of is not asked for this either.
    return known?.listed && !known.resting ? versions.of(known.address) : null;
  };
  const channels = new Channels(options, logs("playlist"));
  const app = createApp({
    ...{ channels, name: options.name, log: logs("http"), basePath: options.basePath ?? "" },
    ...{ broker, bodies, slates, stateTrouble: options.stateTrouble, current, ending: ending.signal },
    ...{ versionOf, crowd: options.crowd },
  });
  return {
    ...{ broker, bodies, versionOf },
    fetch: app,
    start() {
      void channels.start();
      return broker.start();
    },
    configure(settings) {
      const before = inForce;
      inForce = settings;
      const cap = settings.maxStreamsPerEngine;
      // A journal begins with the cap that its lines are to be held against.
      if (cap !== before.maxStreamsPerEngine || settings.journal !== before.journal) broker.configure(cap);
      if (cap !== before.maxStreamsPerEngine) leases?.announce();
      if (settings.engines !== before.engines) void broker.looking.look();
      void channels.configure(settings);
    },
    async drain() {
      await broker.drain(DRAIN_STOPS_MS, DRAIN_REPORTS_MS);
      ending.abort();
    },
    async close() {
      ending.abort();
      channels.close();
      await broker.close();
      closePool();
      bodies.shutDown();
      slates.shutDown();
    },
  };
}

/** What the data plane and the broker read of the settings. */
const PLAYING = ["bufferBytes", "stallTimeoutMs", "clientTimeoutMs", "hlsTimeoutMs"] as const;
const DECIDING = [
  "queueTimeoutMs",
  "startTimeoutMs",
  "stallTimeoutMs",
  "lingerMs",
  "releaseTimeoutMs",
] as const;

/** `fixed`, together with these settings as they are at the moment of reading. */
function following<Name extends keyof ProxySettings, Fixed extends object>(
  current: () => ProxySettings,
  names: readonly Name[],
  fixed: Fixed,
): Fixed & Pick<ProxySettings, Name> {
  const getters = names.map((name) => [name, { get: () => current()[name], enumerable: true }] as const);
  return Object.defineProperties({ ...fixed }, Object.fromEntries(getters)) as Fixed &
    Pick<ProxySettings, Name>;
}

/** `member`: begins the labels of this life's sessions, which are the names of its leases. */
function createLeases(
  { name, leases, logs }: ProxyParts,
  current: () => ProxySettings,
  member: string,
): LeaseHolder | null {
  if (leases === null) return null;
  const { store, ttlMs, whenDown } = leases;
  return new LeaseHolder({
    store,
    member,
    info: () => ({ name, cap: current().maxStreamsPerEngine, ttlMs }),
    ttlMs,
    whenDown,
    clock: systemClock,
    log: logs("leases"),
  });
}

function createPool(
  { orchestrator, name, logs, pool: own = null }: ProxyParts,
  current: () => ProxySettings,
): {
  readonly pool: PoolPort;
  readonly reports: ReportPort;
  closePool(): void;
} {
  if (own !== null) return { pool: own, reports: NO_REPORTS, closePool() {} };
  if (orchestrator === null)
    return { pool: createStaticPool(() => current().engines), reports: NO_REPORTS, closePool() {} };
  const log = logs("orchestrator");
  const pool = createOrchestratorPool({
    baseUrl: orchestrator,
    get key() {
      return current().orchestratorKey;
    },
    get fallback() {
      return current().engines;
    },
    instance: name,
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
