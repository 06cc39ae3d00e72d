/** Everything that can be wrong with a simulated orchestrator. Set at run time. */
import type { Faults, ScopedAnswerFault } from "./faults.ts";

/** What is asked of an orchestrator. */
export type OrchestratorRoute =
  | "engines"
  | "streams"
  | "status"
  | "provision"
  | "stream_started"
  | "stream_ended";

/** Why nothing may be provisioned; told by the status and by the provision call. */
export interface ProvisionBlock {
  /** The reason, as both generations name it. */
  code: "vpn_disconnected" | "circuit_breaker" | "vpn_error" | "general_error";
  /** The reason, for people. */
  message: string;
  /** When it may be over; null or missing: nobody knows. */
  recoveryEtaSeconds?: number | null;
  /** Whether asking again may help. */
  canRetry?: boolean;
  /** Whether a client is to wait for it. */
  shouldWait?: boolean;
  /** `detail` as a plain string (older releases) or as an object; default object. Generation 1 only. */
  form?: "string" | "object";
  /** 503 temporary (default), 500 permanent. */
  status?: 500 | 503;
}

/** Everything that can be wrong with a simulated orchestrator. */
export interface OrchestratorFaults {
  /**
   * Faults of single routes. With `effect: "after"` the event is taken and only its answer is lost
   * (`{ kind: "reset", effect: "after" }`) or wrong (`{ kind: "status", status: 500, effect: "after" }`).
   */
  routes: Partial<Record<OrchestratorRoute, Faults<ScopedAnswerFault>>>;
  /** Every engine is listed twice: the same record again, or as another container on host `localhost`. */
  enginesTwice: false | "same" | "other_name";
  /** Container ids whose records are listed without a port; `all` for every one. */
  withoutPort: readonly string[] | "all";
  /** So many further engines are listed, each on a loopback address of its own where nobody answers. */
  extraEngines: { count: number; health: "healthy" | "unhealthy" | "unknown" } | null;
  /** Put in front of the true records as they are. */
  extraEngineRecords: readonly unknown[];
  /** The same for records of streams. */
  extraStreamRecords: readonly unknown[];
  /** Null: provisioning works. */
  provisionBlock: ProvisionBlock | null;
  /** What becomes of a provisioned engine. `other_port`: the answer names a port that is not the engine's. */
  provisioned: "listed" | "never_listed" | "unhealthy" | "other_port";
}

/**
 * An orchestrator that does everything right: what it begins with, and how it is mended.
 *
 * @example
 * ```ts
 * import { noOrchestratorFaults, startWorld } from "aceslot/sim";
 *
 * await using world = await startWorld({ engines: 1 });
 * world.orchestrator.faults.routes = { engines: { kind: "status", status: 500 } };
 * console.log((await fetch(`${world.url}/engines`)).status); // 500
 * world.orchestrator.faults = noOrchestratorFaults();
 * console.log((await fetch(`${world.url}/engines`)).status); // 200
 * ```
 */
export const noOrchestratorFaults = (): OrchestratorFaults => ({
  routes: {},
  enginesTwice: false,
  withoutPort: [],
  extraEngines: null,
  extraEngineRecords: [],
  extraStreamRecords: [],
  provisionBlock: null,
  provisioned: "listed",
});

/** Engine records that no orchestrator should list, and some have. */
export const BAD_ENGINE_RECORDS: readonly unknown[] = [
  null,
  42,
  "engine",
  [],
  {},
  { container_id: "a".repeat(64), host: "127.0.0.1", port: "6878x" },
  { container_id: "b".repeat(64), host: "", port: 6878 },
  { container_id: "c".repeat(64), host: 127, port: 6878 },
  { container_id: "d".repeat(64), host: "127.0.0.1", port: 70000, health_status: "healthy" },
  { container_id: "e".repeat(64), host: "169.254.169.254", port: 80, health_status: "healthy" },
  { container_id: null, host: "127.0.0.1", port: -1, streams: "none" },
  { container_id: "f".repeat(64), container_name: "<b>\u001b[31m\nname", host: "a b", port: 1 },
];

/** Stream records of the same kind. */
export const BAD_STREAM_RECORDS: readonly unknown[] = [
  null,
  "stream",
  [],
  {},
  { id: 7, key: null, container_id: 12, status: "started" },
  { id: "x", status: "confused", started_at: "yesterday", is_live: "maybe" },
  { id: "<script>\u001b[2J", key: "\n", container_id: "", status: "started", playback_session_id: {} },
];
