/** A model, explored to its end: every state once, by a shortest way; then what can go on for ever. */
import { components } from "../explore/components.ts";
import { type Limits, search, type Wrong } from "../explore/search.ts";
import type { CheckResult, Violation } from "../result.ts";
import { edgesOf, findRound, mustHappen } from "./cycles.ts";
import { ASSERTION, type Happens, type Model } from "./model.ts";
import { outcome } from "./outcome.ts";
import { ModelSpace, type Way } from "./space.ts";
import { retell, tellStep } from "./tale.ts";

/** Where nothing else is said: about what a laptop holds in a minute or two. */
export const STATES_MAX = 1_000_000;

export interface CheckModelOptions {
  /** States that are looked at before the check ends as incomplete; 1,000,000 unless said otherwise. */
  readonly maxStates?: number;
  /** Milliseconds before it ends as incomplete; no limit unless said otherwise. */
  readonly maxMs?: number;
  /** Milliseconds since some moment; the runtime's own unless said otherwise. */
  readonly clock?: () => number;
}

/**
 * Explores every state that a model can get into, and looks whether its properties hold. The first violation ends it,
 * with a shortest trace; what can go on for ever is looked for when every state is known. The same model gives the
 * same result every time, apart from times and memory.
 *
 * @returns data for `report`; `EXIT_CODE[result.verdict]` is the exit code: 0 holds, 1 violated, 2 incomplete, 3 vacuous
 * (a property was never put to the test, or one of `names` never occurred).
 * @throws TypeError where a state has no key, or is changed after it was handed out; RangeError for a model without a
 * beginning, or with two properties of one name. What `happenings` and checks throw is thrown on; what `next` throws
 * is a violation.
 *
 * @example
 * ```ts
 * const result = checkModel(model, { maxMs: 60_000 });
 * console.log(report("pretty", result, { color: false, columns: 100, command: null }));
 * process.exitCode = EXIT_CODE[result.verdict];
 * ```
 */
export function checkModel<State, Happening extends Happens>(
  model: Model<State, Happening>,
  options: CheckModelOptions = {},
): CheckResult {
  const { maxStates = STATES_MAX, maxMs = Number.POSITIVE_INFINITY } = options;
  const clock = options.clock ?? (() => performance.now());
  const assertion = model.assertion ?? ASSERTION;
  expectDifferent([assertion, ...model.properties].map(({ name }) => name));
  const began = clock();
  const space = new ModelSpace(model);
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

/**
 * Takes recorded choices again, such as those of `violation.replay.choices`: what goes wrong on their way or at their
 * end; null: nothing does, any more.
 *
 * @throws RangeError that names the first choice which is not possible, since the model has changed.
 *
 * @example
 * ```ts
 * const found = checkModel(model).violation;
 * if (found) replayModel(mended, found.replay.choices); // null, if it is mended
 * ```
 */
export function replayModel<State, Happening extends Happens>(
  model: Model<State, Happening>,
  choices: readonly number[],
): Violation | null {
  const space = new ModelSpace(model);
  const numbers = [0];
  const explored: Way<State, Happening>[] = [];
  const first = space.stateOf(0);
  const wrongFirst = first === null ? null : space.wrongIn(first);
  if (wrongFirst) return violationOf(space, wrongFirst, [], null);
  for (const [index, choice] of choices.entries()) {
    const number = numbers.at(-1) ?? 0;
    const before = space.stateOf(number);
    const way = space.waysFrom(before)[choice];
    if (!way)
      throw new RangeError(`choice ${index + 1} of ${choices.length} (${choice}) is not possible there`);
    const wrong =
      (before === null ? null : space.wrongStep(before, way)) ??
      (way.after === null ? null : space.wrongIn(way.after));
    if (wrong) return violationOf(space, wrong, choices.slice(0, index + 1), null);
    if (way.after !== null) numbers.push(space.number(way.after));
    explored.push(way);
  }
  const last = numbers.at(-1) ?? 0;
  const state = space.stateOf(last);
  if (state !== null && mustHappen(edgesOf(space, last)).size === 0) {
    const owed = space.owedIn(state);
    if (owed) return violationOf(space, owed, choices, null);
  }
  return roundOf(space, numbers, choices);
}

/** A path that returns to one of its states, with something owed all the way round. */
function roundOf<State, Happening extends Happens>(
  space: ModelSpace<State, Happening>,
  numbers: readonly number[],
  choices: readonly number[],
): Violation | null {
  const from = numbers.indexOf(numbers.at(-1) ?? 0);
  const around = numbers.slice(from + 1);
  if (around.length < 2) return null;
  const edges = around.map((number) => edgesOf(space, number));
  const taken = new Set(
    around.map((_, index) => {
      const number = numbers[from + index] ?? 0;
      return edgesOf(space, number).find(({ choice }) => choice === choices[from + index])?.label;
    }),
  );
  const neglected = [...mustHappen(edges.flat())].some(
    (label) => !taken.has(label) && edges.every((ways) => mustHappen(ways).has(label)),
  );
  if (neglected) return null;
  for (const property of space.model.properties) {
    if (property.kind !== "eventually") continue;
    const owed = around.map((number) => {
      const state = space.stateOf(number);
      return state !== null && property.check(state);
    });
    const detail = owed.at(-1);
    if (typeof detail === "string" && owed.every((one) => typeof one === "string"))
      return violationOf(space, { property: property.name, detail }, choices, from);
  }
  return null;
}

function violationOf<State, Happening extends Happens>(
  space: ModelSpace<State, Happening>,
  wrong: Wrong,
  path: readonly number[],
  loopsTo: number | null,
): Violation {
  const { model } = space;
  const { property } = wrong;
  const told = retell(space, path, property);
  const last = told.at(-1);
  // Said again with the names of the trace.
  const said =
    last &&
    [
      last.before === null ? null : space.wrongStep(last.before, last.way),
      last.way.after === null ? null : (space.wrongIn(last.way.after) ?? space.owedIn(last.way.after)),
    ].find((one) => one?.property === property);
  const detail = said?.detail ?? wrong.detail;
  const named = [...model.properties, model.assertion ?? ASSERTION].find(({ name }) => name === property);
  return {
    property,
    sentence: named?.sentence ?? "",
    detail: loopsTo === null ? detail : `it can go on for ever: ${detail}`,
    rung: model.name,
    method: "model",
    trace: told.map((one) => tellStep(model, one)),
    loopsTo,
    replay: {
      aceslotTrace: 1,
      rung: model.name,
      method: "model",
      size: {},
      mutant: null,
      property,
      choices: path,
    },
    source: null,
  };
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
