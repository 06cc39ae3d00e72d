/**
 * The explorer that checks aceslot, for models of one's own; and aceslot's own small worlds of engines and slots, for
 * a selector of one's own. What they find is data, and reports are made of it.
 *
 * Importing it does nothing, and nothing here touches files or the network. What stands under "The selector's inside"
 * follows the selector and changes with it, in any version; the rest may be relied on.
 *
 * @example
 * ```ts
 * import { checkModel, EXIT_CODE, report } from "aceslot/check";
 *
 * const result = checkModel({
 *   name: "two cups",
 *   begin: { full: 0 },
 *   happenings: ({ full }) => (full < 2 ? ["fill"] : ["drink"]),
 *   next: ({ full }, what) => ({ full: what === "fill" ? full + 1 : full - 1 }),
 *   properties: [
 *     {
 *       kind: "always",
 *       name: "no spill",
 *       sentence: "No more than two cups are full.",
 *       sometimes: "two cups are full",
 *       check: ({ full }) => (full > 2 ? `${full} are full` : full === 2),
 *     },
 *   ],
 * });
 * console.log(report("pretty", result));
 * process.exitCode = EXIT_CODE[result.verdict];
 * ```
 *
 * @module
 */

// For others: nothing in `model/` or `src/` imports this file.

// A model of one's own: write a `Model`, then `checkModel`, `replayModel`, `walkModel`.

export { type CheckModelOptions, checkModel, STATES_MAX } from "./library/check.ts";
export { stableKey } from "./library/key.ts";
export {
  type Happens,
  type Model,
  type ModelAnswer,
  type ModelMoment,
  type ModelProperty,
  type PropertyWords,
  Several,
  several,
  type TakenStep,
  type TestedWords,
} from "./library/model.ts";
export { replayModel } from "./library/replay.ts";
export { walkModel } from "./library/walk.ts";

// A selector of one's own: in our worlds, by `createStep({ ...PARTS, rank })`, then `checkSelector`.

export { type Comparator, createStep, PARTS, type Parts, RANKING, step } from "../src/slots/index.ts";
export {
  type CheckSelectorOptions,
  checkSelector,
  replaySelector,
  type Stepper,
  walkSelector,
} from "./library/selector.ts";
export { SMALLEST, size, sizeName, type WorldSize } from "./world/size.ts";

// The whole check: of the selector and the broker that ship, as `aceslot check` does it.

export { type CheckOptions, check } from "./checker.ts";
export { MUTANTS, type Mutant, stepOf } from "./mutants/index.ts";
export { PRESETS, type Preset } from "./presets.ts";

// Results and reports.

export type { GraphWalker, View } from "./explorer.ts";
export {
  type ExploreApp,
  exploreApp,
  githubSummary,
  REPORT_FILE,
  REPORT_FORMATS,
  type ReportFormat,
  type ReportOptions,
  report,
} from "./report/index.ts";
export {
  type CheckResult,
  type Coverage,
  type EngineNow,
  EXIT_CODE,
  type Lane,
  type Message,
  type Method,
  type PropertyKind,
  type PropertyResult,
  type RungResult,
  type TraceFile,
  type TraceStep,
  type Verdict,
  type Violation,
} from "./result.ts";

// The selector's inside: what `Parts` and steps are made of.

export type {
  Address,
  Blocked,
  Claim,
  Claimed,
  Client,
  ClientId,
  ContentKey,
  Draft,
  Effect,
  Engine,
  EngineId,
  Fault,
  FormerSession,
  Health,
  JournalRecord,
  ListedEngine,
  ListedStream,
  Owner,
  Phase,
  Place,
  Provisioning,
  RankedEngine,
  RejectCode,
  SelectorEvent,
  Session,
  SessionId,
  SessionUrls,
  Slot,
  SlotEvent,
  SlotState,
  Started,
  State,
  Step,
  Stream,
  StreamId,
  Timer,
} from "../src/slots/index.ts";
export { InvariantError } from "../src/slots/index.ts";
