/** Everything that can be wrong with a simulated orchestrator. Set at run time. */
import type { Faults, ScopedAnswerFault } from "./faults.ts";

export type OrchestratorRoute =
  | "engines"
  | "streams"
  | "status"
  | "provision"
  | "stream_started"
  | "stream_ended";

/** Why nothing may be provisioned; told by the status and by the provision call. */
export interface ProvisionBlock {
  code: "vpn_disconnected" | "circuit_breaker" | "vpn_error" | "general_error";
  message: string;
  recoveryEtaSeconds?: number | null;
  canRetry?: boolean;
  shouldWait?: boolean;
  /** `detail` as a plain string (older releases) or as an object; default object. Generation 1 only. */
  form?: "string" | "object";
  /** 503 temporary (default), 500 permanent. */
  status?: 500 | 503;
}

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
  extraStreamRecords: readonly unknown[];
  provisionBlock: ProvisionBlock | null;
  /** What becomes of a provisioned engine. `other_port`: the answer names a port that is not the engine's. */
  provisioned: "listed" | "never_listed" | "unhealthy" | "other_port";
}

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
