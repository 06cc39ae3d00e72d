/** How a simulated orchestrator is set up, and what a test can see of it and do to it. */
import type { EngineRecord, StreamRecord } from "./books.ts";
import type { SimEngine } from "./engine.ts";
import type { OrchestratorFaults, OrchestratorRoute } from "./orchestrator-faults.ts";

export interface SimOrchestratorOptions {
  generation: 1 | 2;
  /**
   * Where its routes are: `plain` (`/engines`), `v1` (`/api/v1/engines`) or `both`. Generation 1 default `plain`;
   * generation 2 always `v1`, or `internal`: its second listener with plain paths, wrapped lists, and a key asked
   * for on everything.
   */
  paths?: "plain" | "v1" | "both" | "internal";
  port?: number;
  /** Asked of writes, where the generation does so. */
  key?: string;
  /** Registered from the start, healthy. */
  engines?: readonly SimEngine[];
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
  faults?: Partial<OrchestratorFaults>;
}

export interface ProvisionPlan {
  /** From the call to the container's being there: the answer of generation 1, the listing of both. */
  delayMs: number;
  make(): Promise<SimEngine>;
  /** The most engines that may be listed. */
  max: number;
}

export interface EngineListing {
  /** 64 hex digits; default: made from the engine's address. */
  containerId?: string;
  containerName?: string;
  /** Default: the engine's own. */
  host?: string;
  port?: number;
  forwarded?: boolean;
  health?: "healthy" | "unhealthy" | "unknown";
  draining?: boolean;
}

export interface OrchestratorCall {
  readonly method: string;
  /** As asked, without the query. */
  readonly path: string;
  readonly query: string;
  readonly atMs: number;
  readonly body?: unknown;
}

export interface ForeignStream {
  /** The id under which it is listed. */
  readonly id: string;
  readonly playbackSessionId: string;
  /** Ends it on the engine and in the books. */
  end(): void;
}

export interface SimOrchestrator {
  readonly url: string;
  readonly port: number;
  readonly generation: 1 | 2;
  /** Change at any time. */
  faults: OrchestratorFaults;
  /** Change at any time; events of before keep their lag. */
  lagMs: number;
  readonly calls: readonly OrchestratorCall[];
  /** Calls per route: `engines`, `streams`, `status`, `provision`, `stream_started`, `stream_ended`, `other`. */
  readonly counters: Readonly<Record<OrchestratorRoute | "other", number>>;
  /** Registers an engine (its container id is given back), seen at once. */
  addEngine(engine: SimEngine, listing?: EngineListing): string;
  /** Takes an engine off the list, and its streams off the books; nothing happens to the engine itself. */
  removeEngine(containerId: string): void;
  /** Changes what is listed of an engine, at once. */
  relist(containerId: string, listing: Omit<EngineListing, "containerId">): void;
  /** The container id of a listed engine. */
  containerIdOf(engine: SimEngine): string;
  /** Another player starts a content through this orchestrator: real load on the engine, and a listed stream. */
  addForeignStream(engine: SimEngine, content: string): ForeignStream;
  /** Restarts it: its engines are found again, its streams are forgotten. */
  forget(): void;
  /** What the lists show now (copies), and what they will have caught up with. */
  view(): { engines: EngineRecord[]; streams: StreamRecord[] };
  truth(): { engines: EngineRecord[]; streams: StreamRecord[] };
  /** Sockets reset, the port refuses. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
