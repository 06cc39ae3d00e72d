/** How a simulated orchestrator is set up, and what a test can see of it and do to it. */
import type { EngineRecord, StreamRecord } from "./books.ts";
import type { ListedEngine, SimEngine } from "./engine.ts";
import type { OrchestratorFaults, OrchestratorRoute } from "./orchestrator-faults.ts";

/** How a simulated orchestrator is set up. Times are milliseconds. */
export interface SimOrchestratorOptions {
  /** Whose rules and shapes it follows. */
  generation: 1 | 2;
  /**
   * Where its routes are: `plain` (`/engines`), `v1` (`/api/v1/engines`) or `both`. Generation 1 default `plain`;
   * generation 2 always `v1`, or `internal`: its second listener with plain paths, wrapped lists, and a key asked
   * for on everything.
   */
  paths?: "plain" | "v1" | "both" | "internal";
  /** Default 0: any. */
  port?: number;
  /** Asked of writes, where the generation does so. */
  key?: string;
  /** Registered from the start, healthy. */
  engines?: readonly ListedEngine[];
  /** Lists show events so much later; default 0. */
  lagMs?: number;
  /** How engines are provisioned; none: every provision call fails for good. */
  provision?: ProvisionPlan | null;
  /** A provisioned engine is `unknown` for so long, then `healthy`; default 0. */
  healthyAfterMs?: number;
  /** Takes an engine off the list when its last stream has ended, and kills it when `kill` is set. */
  autoDelete?: boolean | { afterMs?: number; kill?: boolean };
  /** Order of lists of generation 2; default Math.random. */
  random?: () => number;
  /** What is wrong with it from the start. */
  faults?: Partial<OrchestratorFaults>;
}

/** How engines come into being on demand. */
export interface ProvisionPlan {
  /** From the call to the container's being there: the answer of generation 1, the listing of both. */
  delayMs: number;
  /** Starts one. */
  make(): Promise<SimEngine>;
  /** The most engines that may be listed. */
  max: number;
}

/** How an engine is listed. */
export interface EngineListing {
  /** 64 hex digits; default: made from the engine's address. */
  containerId?: string;
  /** Default: made from the engine's name. */
  containerName?: string;
  /** Default: the engine's own. */
  host?: string;
  /** Default: the engine's own. */
  port?: number;
  /** Whether its VPN forwards a port; default false. */
  forwarded?: boolean;
  /** Default `healthy`. */
  health?: "healthy" | "unhealthy" | "unknown";
  /** Generation 2: it is to take no further stream; default false. */
  draining?: boolean;
}

/** One request that came. */
export interface OrchestratorCall {
  /** As `GET`. */
  readonly method: string;
  /** As asked, without the query. */
  readonly path: string;
  /** What stands behind the `?`; empty where nothing does. */
  readonly query: string;
  /** Milliseconds of the process's monotonic clock. */
  readonly atMs: number;
  /** The JSON that was sent. */
  readonly body?: unknown;
}

/** A stream of another player, listed and carried. */
export interface ForeignStream {
  /** The id under which it is listed. */
  readonly id: string;
  /** The engine's session. */
  readonly playbackSessionId: string;
  /** Ends it on the engine and in the books. */
  end(): void;
}

/** A simulated orchestrator that runs, and what a test can see of it and do to it. */
export interface SimOrchestrator {
  /** Its base URL, without a slash at the end. */
  readonly url: string;
  /** Where it listens. */
  readonly port: number;
  /** Whose rules it follows. */
  readonly generation: 1 | 2;
  /** Change at any time. */
  faults: OrchestratorFaults;
  /** Change at any time; events of before keep their lag. */
  lagMs: number;
  /** Every request, oldest first; bounded. */
  readonly calls: readonly OrchestratorCall[];
  /** Calls per route: `engines`, `streams`, `status`, `provision`, `stream_started`, `stream_ended`, `other`. */
  readonly counters: Readonly<Record<OrchestratorRoute | "other", number>>;
  /** Registers an engine (its container id is given back), seen at once. */
  addEngine(engine: ListedEngine, listing?: EngineListing): string;
  /** Takes an engine off the list, and its streams off the books; nothing happens to the engine itself. */
  removeEngine(containerId: string): void;
  /** Changes what is listed of an engine, at once. */
  relist(containerId: string, listing: Omit<EngineListing, "containerId">): void;
  /** The container id of a listed engine. */
  containerIdOf(engine: ListedEngine): string;
  /** Another player starts a content through this orchestrator: real load on the engine, and a listed stream. */
  addForeignStream(engine: SimEngine, content: string): ForeignStream;
  /** Restarts it: its engines are found again, its streams are forgotten. */
  forget(): void;
  /** What the lists show now (copies), and what they will have caught up with. */
  view(): { engines: EngineRecord[]; streams: StreamRecord[] };
  /** What the lists would show without any lag (copies). */
  truth(): { engines: EngineRecord[]; streams: StreamRecord[] };
  /** Sockets reset, the port refuses. */
  down(): Promise<void>;
  /** Listens again after `down()`. */
  up(): Promise<void>;
  /** Ends it for good; the engines go on. */
  close(): Promise<void>;
  /** As `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}
