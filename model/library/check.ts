/** A model, explored to its end: every state once, by a shortest way; then what can go on for ever. */
import { components } from "../explore/components.ts";
import { type Limits, search } from "../explore/search.ts";
import type { CheckResult } from "../result.ts";
import { findRound } from "./cycles.ts";
import { ASSERTION, type Happens, type Model } from "./model.ts";
import { outcome } from "./outcome.ts";
import { ModelSpace } from "./space.ts";
import { violationOf } from "./violation.ts";

/** States that a check looks at where nothing else is said: about what a laptop holds in a minute or two. */
export const STATES_MAX = 1_000_000;

/** How far {@link checkModel} goes. */
export interface CheckModelOptions {
  /**
   * States that are looked at before the check ends as incomplete.
   *
   * @default 1_000_000
   */
  readonly maxStates?: number;
  /**
   * Milliseconds before it ends as incomplete.
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
 * Explores every state that a model can get into, and looks whether its properties hold. The first violation ends it,
 * with a shortest trace; what can go on for ever is looked for when every state is known. The same model gives the
 * same result every time, apart from times and memory.
 *
 * @returns data for {@link report}; `EXIT_CODE[result.verdict]` is the exit code: 0 holds, 1 violated, 2 incomplete,
 * 3 vacuous (a property was never put to the test, or one of `names` never occurred).
 * @throws {TypeError} where a state has no key, or is changed after it was handed out; where the model lacks something,
 * or a happening or a check's answer is none.
 * @throws {RangeError} for a model without a beginning, or with two properties of one name.
 * @throws what `happenings` and checks throw; what `next` throws is a violation.
 *
 * @example
 * ```ts
 * import { checkModel, EXIT_CODE, report } from "aceslot/check";
 *
 * const result = checkModel(
 *   {
 *     name: "a counter that must stop at 3",
 *     begin: 0,
 *     happenings: () => ["count"],
 *     next: (count) => Math.min(count + 1, 3),
 *     properties: [
 *       {
 *         kind: "always",
 *         name: "stops",
 *         sentence: "It never goes beyond 3.",
 *         sometimes: "it gets to 3",
 *         check: (count) => (count > 3 ? `it is at ${count}` : count === 3),
 *       },
 *     ],
 *   },
 *   { maxMs: 60_000 },
 * );
 * console.log(report("pretty", result));
 * process.exitCode = EXIT_CODE[result.verdict];
 * ```
 */
export function checkModel<State, Happening extends Happens>(
  model: Model<State, Happening>,
  options: CheckModelOptions = {},
): CheckResult {
  const { maxStates = STATES_MAX, maxMs = Number.POSITIVE_INFINITY } = options;
  const clock = options.clock ?? (() => performance.now());
  const began = clock();
  const space = new ModelSpace(model);
  const assertion = model.assertion ?? ASSERTION;
  expectDifferent([assertion, ...model.properties].map(({ name }) => name));
  const graph = search(space, limits(maxStates + space.before, maxMs, clock));
  const round = graph.complete ? findRound(space, graph) : null;
  const way = round && graph.pathTo(round.start);
  const violation = graph.found
    ? violationOf(space, graph.found.wrong, graph.found.path, null)
    : round && way
      ? violationOf(space, round.wrong, [...way, ...round.choices], way.length)
      : null;
  const seconds = (clock() - began) / 1000;
  const rung = {
    name: model.name,
    method: "model" as const,
    states: graph.states - space.before,
    edges: graph.edges - (space.before && space.waysFrom(null).length),
    depth: Math.max(0, graph.depth - space.before),
    terminals: graph.terminals,
    acyclic: graph.complete ? components(graph).cycles.length === 0 : null,
    complete: graph.complete,
    seconds,
  };
  const stopped = `Stopped after ${rung.states} states, ${rung.depth} steps deep: what lies beyond was not looked at.`;
  return outcome({
    name: model.name,
    rungs: [rung],
    violation,
    properties: [
      ...model.properties.map((property) => ({
        name: property.name,
        sentence: property.sentence,
        sometimes: property.kind === "sometimes" ? property.sentence : property.sometimes,
        kind: property.kind === "step" ? ("always" as const) : property.kind,
      })),
      { ...assertion, sometimes: "A step is taken.", kind: "always" as const },
    ],
    reached: new Map([...space.tested].map((name) => [name, model.name])),
    coverage: { moves: {}, events: Object.fromEntries(space.counts), effects: {} },
    required: model.names ?? [],
    assumptions: assumptionsOf(model),
    limits: [...(model.limits ?? []), ...(graph.complete || graph.found ? [] : [stopped])],
    seconds,
  });
}

/** The search looks at its clock now and then; a model's steps may be slow, so this one is looked at every time. */
function limits(maxStates: number, maxMs: number, clock: () => number): Limits {
  const deadline = clock() + maxMs;
  return {
    get maxStates() {
      return clock() > deadline ? 0 : maxStates;
    },
    maxMs,
    clock,
  };
}

function expectDifferent(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new RangeError(`two properties are called ${twice}; give them different names`);
}

function assumptionsOf<State, Happening extends Happens>(model: Model<State, Happening>): string[] {
  const own = [...(model.assumptions ?? [])];
  if (model.properties.some(({ kind }) => kind === "eventually"))
    own.push(
      model.isFair
        ? "Fair: what must happen and stays possible happens some day; what need not happen may never happen."
        : "Fair: whatever stays possible happens some day.",
    );
  if (model.canonical) own.push("States that differ only in names are one, as the model's canonical() says.");
  return own;
}
