/**
 * The simulated world: engines, both generations of the orchestrator, and content, all over real HTTP.
 * It never shares code with the proxy that it stands in front of.
 * The demo, the tests and the benches may import it.
 */
export type { EngineRecord, StreamRecord } from "./books.ts";
export { contentId, infohashOf } from "./content.ts";
export { type SimEngine, type SimEngineOptions, startSimEngine } from "./engine.ts";
export {
  type Ending,
  type EngineFaults,
  FOREIGN_URL_BASES,
  noEngineFaults,
  type PlaybackFault,
  type StartFault,
  type StatFault,
  type StopFault,
} from "./engine-faults.ts";
export type { EngineCounters } from "./engine-routes.ts";
export type { EngineLogEntry, EngineLogWhat, SessionEnd, SimSession, WatchLoad } from "./engine-sessions.ts";
export type { AnswerFault, Effect, FaultScope, Faults, ScopedAnswerFault } from "./faults.ts";
export { startSimOrchestrator } from "./orchestrator.ts";
export {
  BAD_ENGINE_RECORDS,
  BAD_STREAM_RECORDS,
  noOrchestratorFaults,
  type OrchestratorFaults,
  type OrchestratorRoute,
  type ProvisionBlock,
} from "./orchestrator-faults.ts";
export type {
  EngineListing,
  ForeignStream,
  OrchestratorCall,
  ProvisionPlan,
  SimOrchestrator,
  SimOrchestratorOptions,
} from "./orchestrator-options.ts";
export { bareMedia, type MediaSource, mediaNowMs, type OpenMedia } from "./source.ts";
export { type SimWorld, startWorld, type WorldOptions } from "./world.ts";
