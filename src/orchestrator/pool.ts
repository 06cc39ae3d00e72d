/**
 * An orchestrator of either generation as the pool's source: one look is one call for the engines and one for
 * the streams, however many wait for it. Which generation it is, and at which path, is found out by asking,
 * anew after every failure: an update changes both under us.
 */
import type { Log } from "../log.ts";
import type { Clock, PoolPort, PoolView, ProvisionOutcome } from "../ports.ts";
import type { Address, EngineId } from "../slots/index.ts";
import { createCalls, type Reply } from "./calls.ts";
import type { Delivery, EventDoor, Whereabouts } from "./door.ts";
import { idSchema, readEngines } from "./engines.ts";
import { type Generation, type Listing, readListing } from "./generation.ts";
import { namedHosts } from "./hosts.ts";
import {
  EVENT_TIMEOUT_MS,
  LIST_BYTES_MAX,
  LIST_RECORDS_MAX,
  LOOK_TIMEOUT_MS,
  PROVISION_TIMEOUT_MS,
  SEARCH_PAUSE_MS_MAX,
  SEARCH_PAUSE_MS_MIN,
  STATUS_TIMEOUT_MS,
} from "./limits.ts";
import { blockedByAnswer, blockedByStatus } from "./refusals.ts";
import { Skipped } from "./skipped.ts";
import { listedEngines } from "./static.ts";
import { readStreams } from "./streams.ts";

export interface OrchestratorPoolOptions {
  /** `http(s)://host[:port][/prefix]`. */
  readonly baseUrl: string;
  /** Read with each call: may be a getter. */
  readonly key: string | null;
  /** Read when they are needed: may be a getter. Engines for the time when it is down. */
  readonly fallback: readonly Address[];
  /** Our name, for the orchestrator's logs. */
  readonly instance?: string;
  readonly clock?: Pick<Clock, "now" | "monotonicMs">;
  readonly log?: Log;
  readonly lookTimeoutMs?: number;
  readonly provisionTimeoutMs?: number;
  readonly eventTimeoutMs?: number;
}

export interface OrchestratorStatus {
  /** Null until a list with engines has been seen. */
  readonly generation: Generation | null;
  /** Whether the last look succeeded. */
  readonly up: boolean;
  /** Wall time of the last look that succeeded, ms since 1970. */
  readonly lastSuccessAtMs: number | null;
  /** How old that look is. */
  readonly ageMs: number | null;
  /** Why the last look failed; null when it did not. */
  readonly lastError: string | null;
}

export interface OrchestratorPool extends PoolPort {
  readonly provision: () => Promise<ProvisionOutcome>;
  status(): OrchestratorStatus;
  /** Whether the orchestrator has listed this engine in this life; the fallback's never are. */
  isListed(engine: EngineId): boolean;
  /** Where events go: for the outbox. */
  readonly events: EventDoor;
  /** Ends all calls; looks reject afterwards. */
  close(): void;
}

const REAL_TIME = { now: () => Date.now(), monotonicMs: () => performance.now() };

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Where the routes may be, in the order of trying. Later releases of generation 1 answer at both. */
const PREFIXES = ["/api/v1", ""] as const;

/** Engines that were listed once and are remembered as such; past that the oldest are forgotten. */
const LISTED_IDS_MAX = 100_000;

export function createOrchestratorPool(options: OrchestratorPoolOptions): OrchestratorPool {
  const { clock = REAL_TIME, log, lookTimeoutMs = LOOK_TIMEOUT_MS, instance = "" } = options;
  const closing = new AbortController();
  const { baseUrl } = options;
  const calls = createCalls({ baseUrl, key: () => options.key, instance, signal: closing.signal });

  /** The path that answered last; null: to be found out. */
  let prefix: string | null = null;
  let generation: Generation | null = null;
  let flying: Promise<PoolView> | null = null;
  let success: { readonly atMs: number; readonly monotonicMs: number } | null = null;
  let lastError: string | null = null;
  /** Looks that failed since the last one that did not. */
  let failures = 0;
  let failedAtMs = 0;
  /** By path: the read of a list of streams that is under way, and the one after it. */
  const reading = new Map<string, { readonly now: Promise<Reply>; next: Promise<Reply> | null }>();
  let isRefusalTold = false;
  const listedIds = new Set<EngineId>();
  const formerIds = new Map<string, EngineId>();

  function look(): Promise<PoolView> {
    flying ??= lookNow().finally(() => {
      flying = null;
    });
    return flying;
  }

  async function lookNow(): Promise<PoolView> {
    try {
      const view = await lookAtEither();
      success = { atMs: clock.now(), monotonicMs: clock.monotonicMs() };
      lastError = null;
      failures = 0;
      return view;
    } catch (error) {
      prefix = null;
      failures++;
      failedAtMs = clock.monotonicMs();
      lastError = wordsOf(error);
      throw error;
    }
  }

  async function lookAtEither(): Promise<PoolView> {
    const candidates = prefix === null ? PREFIXES : [prefix];
    const misses: string[] = [];
    for (const candidate of candidates) {
      const bounds = { timeoutMs: lookTimeoutMs, bytesMax: LIST_BYTES_MAX };
      const [engines, streams] = await Promise.all([
        calls.get(`${candidate}/engines`, bounds),
        calls.get(`${candidate}/streams?status=started`, bounds),
      ]);
      const engineList = listingOf(engines, "engines", candidate);
      if (typeof engineList === "string") {
        misses.push(engineList);
        continue;
      }
      const streamList = listingOf(streams, "streams", candidate);
      if (typeof streamList === "string") throw new Error(`the orchestrator ${calls.base}: ${streamList}`);
      prefix = candidate;
      return viewOf(engineList, streamList);
    }
    throw new Error(`the orchestrator ${calls.base} has no list of engines: ${misses.join("; ")}`);
  }

  /** The list; or, as a text, that there is none at this path. Throws when no other path would do better. */
  function listingOf(reply: Reply, name: "engines" | "streams", at: string): Listing | string {
    if (reply.kind === "failed") {
      throw new Error(`the orchestrator ${calls.base} cannot be asked: ${reply.message}`);
    }
    const { status, json } = reply;
    if (status === 401 || status === 403) throw new Error(calls.keyRefused(status));
    const listing = status === 200 ? readListing(json, name) : null;
    if (listing !== null && listing.records.length > LIST_RECORDS_MAX) {
      const found = `${listing.records.length} records, more than ${LIST_RECORDS_MAX}`;
      throw new Error(`the orchestrator ${calls.base} has a list of ${name} that is not believed: ${found}`);
    }
    if (listing !== null) return listing;
    const what =
      status !== 200 ? `status ${status}` : json === undefined ? "no JSON" : "JSON that is no list";
    return `${at}/${name} answered ${what}`;
  }

  /** For a write: who looks tells what became of it itself. */
  function keyRefused(status: number): string {
    const message = calls.keyRefused(status);
    if (!isRefusalTold) log?.error(message);
    isRefusalTold = true;
    return message;
  }

  function viewOf(engines: Listing, streams: Listing): PoolView {
    const told = engines.generation ?? generation;
    if (told !== generation && generation !== null)
      log?.info(`the orchestrator is now of generation ${told}`);
    generation = told;
    const skipped = new Skipped();
    const how = { named: namedHosts(options.fallback), told: calls.told };
    const list = readEngines(engines.records, skipped, formerIds, how);
    const view = {
      engines: list.engines,
      streams: readStreams(streams.records, skipped, told, list),
      skipped: skipped.list.map((line) => calls.told(line)),
    };
    for (const engine of list.engines) listedIds.add(engine.id);
    for (const oldest of listedIds) {
      if (listedIds.size <= LISTED_IDS_MAX) break;
      listedIds.delete(oldest);
    }
    return view;
  }

  /** The path to use for anything but a look. Throws as a look does. */
  async function knownPrefix(): Promise<string> {
    if (prefix === null) await look();
    return prefix ?? "";
  }

  async function provision(): Promise<ProvisionOutcome> {
    let at: string;
    try {
      at = await knownPrefix();
    } catch (error) {
      const blocked = { code: "unreachable", message: wordsOf(error), retryAfterSeconds: null };
      return { kind: "failed", blocked };
    }
    const status = await calls.get(`${at}/orchestrator/status`, { timeoutMs: STATUS_TIMEOUT_MS });
    const blocked = blockedByStatus(status, calls);
    if (blocked !== null) return { kind: "failed", blocked };

    const timeoutMs = options.provisionTimeoutMs ?? PROVISION_TIMEOUT_MS;
    const reply = await calls.post(`${at}/provision/acestream`, { labels: {}, env: {} }, { timeoutMs });
    const isDone = reply.kind === "answered" && reply.status >= 200 && reply.status < 300;
    if (!isDone || typeof reply.json !== "object" || reply.json === null) {
      if (reply.kind === "answered" && (reply.status === 401 || reply.status === 403))
        keyRefused(reply.status);
      return { kind: "failed", blocked: blockedByAnswer(reply, calls) };
    }
    // Generation 2 only says that it has begun; the new engine shows in the list.
    const id = "container_id" in reply.json ? reply.json.container_id : null;
    const named = idSchema.safeParse(id);
    return { kind: "provisioned", engine: named.success ? named.data : null };
  }

  /** Generation 1 can be asked for those of one engine; the others list them all, whatever they are asked. */
  function readStreamList(at: string, engine: EngineId): Promise<Reply> {
    const started = `${at}/streams?status=started`;
    return readShared(generation === 1 ? `${started}&container_id=${encodeURIComponent(engine)}` : started);
  }

  /**
   * One read at a time for all who ask. Whoever asks during one gets the next: the list that is coming may be older
   * than what is asked about, and a start that is not in it would be told, and counted, twice.
   */
  function readShared(path: string): Promise<Reply> {
    const under = reading.get(path);
    if (under !== undefined) {
      under.next ??= under.now.then(() => readShared(path));
      return under.next;
    }
    const bounds = { timeoutMs: lookTimeoutMs, bytesMax: LIST_BYTES_MAX };
    const now = calls.get(path, bounds).finally(() => reading.delete(path));
    reading.set(path, { now, next: null });
    return now;
  }

  const events: EventDoor = {
    async where(isUrgent = false): Promise<Whereabouts | null> {
      // The broker looks as well: what waits to be told must not ask more often than it does.
      const pauseMs = Math.min(SEARCH_PAUSE_MS_MIN * 2 ** failures, SEARCH_PAUSE_MS_MAX);
      const isPaused = failures > 0 && clock.monotonicMs() - failedAtMs < pauseMs;
      if (prefix === null && flying === null && isPaused && !isUrgent) return null;
      try {
        await knownPrefix();
      } catch {
        return null;
      }
      return generation === null ? null : { generation };
    },
    async post(event, body): Promise<Delivery> {
      const before = prefix;
      if (before === null) return { kind: "failed", sent: false, message: lastError ?? "not asked yet" };
      const timeoutMs = options.eventTimeoutMs ?? EVENT_TIMEOUT_MS;
      const reply = await calls.post(`${before}/events/${event}`, body, { timeoutMs });
      if (reply.kind === "failed") return { kind: "failed", sent: reply.sent, message: reply.message };
      const { status } = reply;
      if (status >= 200 && status < 300) {
        isRefusalTold = false;
        return { kind: "taken" };
      }
      if (status === 401 || status === 403) return { kind: "refused", message: keyRefused(status) };
      const message = `status ${status}`;
      // Busy, or redirected by something in between.
      if (status < 400 || status >= 500 || status === 408 || status === 425 || status === 429) {
        return { kind: "failed", message };
      }
      if (status !== 404) return { kind: "refused", message };
      // Perhaps an update took the path away: look where it is now.
      const was = generation;
      prefix = null;
      try {
        await look();
      } catch {
        return { kind: "failed", message };
      }
      return prefix === before && was === generation
        ? { kind: "refused", message }
        : { kind: "failed", message: `${message} after an update` };
    },
    async streams(engine) {
      const at = prefix;
      if (at === null) return null;
      const reply = await readStreamList(at, engine);
      const listing =
        reply.kind === "answered" && reply.status === 200 ? readListing(reply.json, "streams") : null;
      if (listing === null) return null;
      const noEngines = { engines: [], aliases: new Map() };
      return readStreams(listing.records, new Skipped(), generation, noEngines).filter(
        (stream) => stream.engine === engine,
      );
    },
  };

  const describe = (): string =>
    `orchestrator ${calls.base}${generation === null ? "" : ` (generation ${generation === "control" ? 2 : generation})`}`;

  return {
    look,
    provision,
    get fallback() {
      return listedEngines(options.fallback);
    },
    describe,
    events,
    isListed: (engine) => listedIds.has(engine),
    status: () => ({
      generation,
      up: success !== null && lastError === null,
      lastSuccessAtMs: success?.atMs ?? null,
      ageMs: success === null ? null : clock.monotonicMs() - success.monotonicMs,
      lastError,
    }),
    close: () => closing.abort(),
  };
}
