/** The slot worlds' own check, of a selector that is somebody's own: another ranking, another queue. */
import { ASSUMPTIONS, limitsOf } from "../assumptions.ts";
import { EFFECTS, EVENTS, MOVES } from "../checker.ts";
import { exploreCore, replayCore } from "../core.ts";
import type { GraphWalker } from "../explorer.ts";
import { PRESETS } from "../presets.ts";
import { PROPERTIES } from "../properties/index.ts";
import type { CheckResult, RungResult, TraceFile, Violation } from "../result.ts";
import { createWalker } from "../walker.ts";
import type { Stepper } from "../world/answers.ts";
import { SMALLEST, type WorldSize } from "../world/size.ts";
import { STATES_MAX } from "./check.ts";
import { expectSelector } from "./expecting.ts";
import { outcome } from "./outcome.ts";

export type { Stepper } from "../world/answers.ts";

/** Which selector {@link checkSelector} explores, in which worlds, and for how long. */
export interface CheckSelectorOptions {
  /** Names the check in reports. */
  readonly name: string;
  /** The selector: `createStep({ ...PARTS, rank: mine })`, or a function of one's own with the same promise. */
  readonly step: Stepper;
  /**
   * Worlds, small ones first.
   *
   * @default PRESETS.ci.ladder
   */
  readonly worlds?: readonly WorldSize[];
  /**
   * States of one world that are looked at before it ends as incomplete.
   *
   * @default 1_000_000
   */
  readonly maxStates?: number;
  /**
   * Milliseconds for all worlds together, before the check ends as incomplete.
   *
   * @default Infinity
   */
  readonly maxMs?: number;
  /**
   * Milliseconds since some moment.
   *
   * @default performance.now
   */
  readonly clock?: () => number;
}

/**
 * Explores every order of events in small worlds of engines and slots, with a selector of one's own in the place of
 * ours. Properties that none of the worlds can put to the test are left out. Ends with the first violation.
 *
 * @returns data for {@link report}; `EXIT_CODE[result.verdict]` is the exit code. A violation's trace is run again by
 * {@link replaySelector}, and walked by hand with {@link walkSelector}.
 * @throws {TypeError} if `step` is no function.
 * @throws {RangeError} without a world, or for one without engines, slots, clients or contents.
 *
 * @example
 * ```ts
 * import { checkSelector, createStep, PARTS, type Parts, size } from "aceslot/check";
 *
 * const fullestFirst: Parts["rank"] = (a, b) => b.own - a.own || PARTS.rank(a, b);
 * const result = checkSelector({
 *   name: "fullest first",
 *   step: createStep({ ...PARTS, rank: fullestFirst }),
 *   worlds: [size(2, 1, 2)],
 * });
 * if (result.verdict !== "holds") throw new Error(result.violation?.detail);
 * ```
 */
export function checkSelector(options: CheckSelectorOptions): CheckResult {
  const { name, step, worlds = PRESETS.ci.ladder, maxStates = STATES_MAX } = options;
  const { maxMs = Number.POSITIVE_INFINITY, clock = () => performance.now() } = options;
  expectSelector(name, step, worlds);
  const began = clock();
  const rungs: RungResult[] = [];
  const reached = new Map<string, string>();
  const coverage = { moves: zeros(MOVES), events: zeros(EVENTS), effects: zeros(EFFECTS) };
  let violation: Violation | null = null;
  for (const size of worlds) {
    const left = maxMs - (clock() - began);
    const rung = exploreCore({ size, step, mutant: null, limits: { maxStates, maxMs: left, clock } });
    rungs.push(rung.result);
    for (const one of rung.world.tested) if (!reached.has(one)) reached.set(one, rung.result.name);
    for (const what of ["moves", "events", "effects"] as const)
      for (const [one, times] of rung.world.answers[what])
        coverage[what][one] = (coverage[what][one] ?? 0) + times;
    violation = rung.violation;
    if (violation) break;
  }
  return outcome({
    name,
    rungs,
    violation,
    properties: PROPERTIES.filter(({ needs }) => worlds.some((size) => needs?.(size) ?? true)).map(
      ({ name, sentence, sometimes, of }) => ({
        name,
        sentence,
        sometimes,
        kind: of === "rest" || of === "graph" ? ("eventually" as const) : ("always" as const),
      }),
    ),
    reached,
    coverage,
    required: [],
    assumptions: ASSUMPTIONS,
    limits: limitsOf(worlds),
    seconds: (clock() - began) / 1000,
  });
}

/**
 * Takes the choices of a recorded violation again, with a selector that may have been mended since.
 *
 * @returns what goes wrong on their way or at their end; null: nothing does, any more.
 * @throws {RangeError} where a choice is not possible any more, since the selector does something else there.
 *
 * @example
 * ```ts
 * import { checkSelector, MUTANTS, replaySelector, size, step, stepOf } from "aceslot/check";
 *
 * const bug = MUTANTS.find(({ name }) => name === "lost-wakeup");
 * if (!bug) throw new Error("there is no such bug");
 * const { violation } = checkSelector({ name: bug.name, step: stepOf(bug), worlds: [size(1, 1, 2)] });
 * if (violation) console.log(violation.detail, replaySelector(step, violation.replay)); // the second one is null
 * ```
 */
export function replaySelector(step: Stepper, trace: TraceFile): Violation | null {
  const { mutant, choices, symmetry = true } = trace;
  return replayCore({ size: { ...SMALLEST, ...trace.size }, step, mutant, symmetry }, choices);
}

/**
 * A world of engines and slots to be walked by hand: for the page of {@link exploreApp}, or for one's own. Nothing is
 * explored in advance.
 *
 * @example
 * ```ts
 * import { size, step, walkSelector } from "aceslot/check";
 *
 * const walker = walkSelector(step, size(1, 1, 2));
 * console.log(walker.view([]).enabled.map(({ happening }) => happening));
 * ```
 */
export function walkSelector(step: Stepper, size: WorldSize): GraphWalker {
  return createWalker({ size, step, mutant: null });
}

const zeros = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries(names.map((name) => [name, 0]));
