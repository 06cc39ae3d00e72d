/**
 * A simulated world for tests of what plays through AceStream: engines, both generations of the orchestrator, and
 * content, all over real HTTP on this machine. They do what real ones do, late answers, lost stops and broken
 * MPEG-TS included, and each engine counts what it really carries. Nothing of it is shared with the proxy.
 *
 * Times are milliseconds. Everything that is started has `close()` and can be declared with `await using`; faults are
 * plain data that may be changed at any time.
 *
 * @example
 * ```ts
 * import { contentId, startWorld } from "aceslot/sim";
 *
 * await using world = await startWorld({ engines: 2, startDelayMs: 20 });
 * const [engine] = world.engines;
 * if (!engine) throw new Error("no engine");
 * engine.faults.start = { kind: "error", words: "failed to load content", times: 1 };
 *
 * const start = `http://${engine.address}/ace/getstream?id=${contentId(1)}&format=json`;
 * console.log(await (await fetch(start)).json()); // refused
 * console.log(await (await fetch(start)).json()); // plays
 * console.log(world.realLoad()); // 1
 * ```
 *
 * @module
 */

// It never shares code with the proxy that it stands in front of. The demo, the tests and the benches may import it.

// A world: engines, and the orchestrator that lists them.

export { contentId, infohashOf } from "./content.ts";
export { type SimWorld, startWorld, type WorldOptions } from "./world.ts";

// An engine.

export { type ListedEngine, type SimEngine, type SimEngineOptions, startSimEngine } from "./engine.ts";
export type { EngineCounters } from "./engine-routes.ts";
export type { EngineLogEntry, EngineLogWhat, SessionEnd, SimSession, WatchLoad } from "./engine-sessions.ts";

// An orchestrator.

export type { EngineRecord, StreamRecord } from "./books.ts";
export { startSimOrchestrator } from "./orchestrator.ts";
export type {
  EngineListing,
  ForeignStream,
  OrchestratorCall,
  ProvisionPlan,
  SimOrchestrator,
  SimOrchestratorOptions,
} from "./orchestrator-options.ts";

// What can go wrong.

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
export type { AnswerFault, Effect, FaultScope, Faults, ScopedAnswerFault } from "./faults.ts";
export {
  BAD_ENGINE_RECORDS,
  BAD_STREAM_RECORDS,
  noOrchestratorFaults,
  type OrchestratorFaults,
  type OrchestratorRoute,
  type ProvisionBlock,
} from "./orchestrator-faults.ts";

// What is played.

export { bareMedia, type MediaSource, mediaNowMs, type OpenMedia } from "./source.ts";
