/** The slot worlds' own check, of a selector that is somebody's own: another ranking, another queue. */
import { ASSUMPTIONS, limitsOf } from "../assumptions.ts";
import { EFFECTS, EVENTS, MOVES } from "../checker.ts";
import { exploreCore } from "../core.ts";
import { PRESETS } from "../presets.ts";
import { PROPERTIES } from "../properties/index.ts";
import type { CheckResult, RungResult, Violation } from "../result.ts";
import type { Stepper } from "../world/answers.ts";
import type { WorldSize } from "../world/size.ts";
import { STATES_MAX } from "./check.ts";
import { outcome } from "./outcome.ts";

export interface CheckSelectorOptions {
  /** Names the check in reports. */
  readonly name: string;
  /** The selector: `createStep({ ...PARTS, rank: mine })`, or a function of one's own with the same promise. */
  readonly step: Stepper;
  /** Worlds, small ones first; those of the preset `ci` unless said otherwise. */
  readonly worlds?: readonly WorldSize[];
  /** States of one world that are looked at before it ends as incomplete; 1,000,000 unless said otherwise. */
  readonly maxStates?: number;
  /** Milliseconds for all worlds together; no limit unless said otherwise. */
  readonly maxMs?: number;
  /** Milliseconds since some moment; the runtime's own unless said otherwise. */
  readonly clock?: () => number;
}

/**
 * Explores every order of events in small worlds of engines and slots, with a selector of one's own in the place of
 * ours. Properties that none of the worlds can put to the test are left out. Ends with the first violation.
 *
 * @returns data for `report`; `EXIT_CODE[result.verdict]` is the exit code. A trace is run again by `replayCore`.
 *
 * @example
 * ```ts
 * const fullestFirst: Parts["rank"] = (a, b) => PARTS.loadOf(b) - PARTS.loadOf(a) || PARTS.rank(a, b);
 * const result = checkSelector({ name: "fullest first", step: createStep({ ...PARTS, rank: fullestFirst }) });
 * ```
 */
export function checkSelector(options: CheckSelectorOptions): CheckResult {
  const { name, step, worlds = PRESETS.ci.ladder, maxStates = STATES_MAX } = options;
  const { maxMs = Number.POSITIVE_INFINITY, clock = () => performance.now() } = options;
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

const zeros = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries(names.map((name) => [name, 0]));
