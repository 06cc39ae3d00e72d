/**
 * `aceslot/check`: the explorer for models of one's own, and the slot worlds for a selector of one's own. What they
 * find is data, and reports are made of it. No import has a side effect; nothing here touches files or the network
 * until it is called. It is for others: nothing in `model/` or `src/` imports it.
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
 * console.log(report("pretty", result, { color: false, columns: 100, command: null }));
 * process.exitCode = EXIT_CODE[result.verdict];
 * ```
 */

// A selector of one's own in our worlds: `createStep({ ...PARTS, rank })`, then `checkSelector`.
export { byRank, createStep, PARTS, type Parts, RANKING, step } from "../src/slots/index.ts";
// The whole check of the selector and the broker that ship, as `aceslot check` does it.
export { type CheckOptions, check } from "./checker.ts";
export { type CoreOptions, type CoreRung, exploreCore, replayCore } from "./core.ts";
// What was found, and reports of it.
export type { GraphWalker, View } from "./explorer.ts";
// A model of one's own: write a `Model`, then `checkModel`, `replayModel`, `walkModel`.
export { type CheckModelOptions, checkModel, STATES_MAX } from "./library/check.ts";
export { stableKey } from "./library/key.ts";
export {
  type Happens,
  type Model,
  type ModelAnswer,
  type ModelMoment,
  type ModelProperty,
  Several,
  several,
  type TakenStep,
} from "./library/model.ts";
export { replayModel } from "./library/replay.ts";
export { type CheckSelectorOptions, checkSelector } from "./library/selector.ts";
export { walkModel } from "./library/walk.ts";
export { MUTANTS, mutantNamed } from "./mutants/index.ts";
export { type Mutant, stepOf } from "./mutants/mutant.ts";
export { PRESETS, type Preset } from "./presets.ts";
export { PROPERTIES, type Property } from "./properties/index.ts";
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
  EXIT_CODE,
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
export { createWalker, type WalkerOptions } from "./walker.ts";
export type { Stepper } from "./world/answers.ts";
export { SMALLEST, size, sizeName, type WorldSize } from "./world/size.ts";
