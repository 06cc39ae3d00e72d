/** One world of the core, explored: what was seen, what went wrong, and how it came about. */

import { liveness } from "./explore/liveness.ts";
import { roundTrip } from "./explore/round.ts";
import { type Limits, search, type Wrong } from "./explore/search.ts";
import { type GraphProperty, PROPERTIES, type Property } from "./properties/index.ts";
import type { RungResult, TraceFile, Violation } from "./result.ts";
import { sourceOf } from "./where.ts";
import type { Stepper } from "./world/answers.ts";
import { createWorld } from "./world/create.ts";
import type { Explored } from "./world/explored.ts";
import { retell, type Tale } from "./world/retell.ts";
import { sizeName, type WorldSize } from "./world/size.ts";
import { tell } from "./world/telling.ts";

export interface CoreRung {
  readonly result: RungResult;
  readonly violation: Violation | null;
  readonly world: Explored;
}

export interface CoreOptions {
  readonly size: WorldSize;
  readonly step: Stepper;
  readonly mutant: string | null;
  readonly limits: Limits;
  readonly symmetry?: boolean;
}

const GRAPH: readonly GraphProperty[] = PROPERTIES.filter((property) => property.of === "graph");

export function exploreCore(options: CoreOptions): CoreRung {
  const { size, step, limits } = options;
  const began = limits.clock();
  const world = createWorld({ size, step, properties: PROPERTIES, symmetry: options.symmetry ?? true });
  const graph = search(world, limits);
  let violation: Violation | null = null;
  let acyclic: boolean | null = null;
  if (graph.found) violation = violationOf(world, options, graph.found.wrong, graph.found.path, null);
  else if (graph.complete) {
    const life = liveness(
      graph,
      {
        sceneOf: (state) => ({ ...world.stateOf(state), size }),
        ways: (state, visit) =>
          void world.each(state, (code, _, to) => visit(code >> 16, to, world.fairAt(code, state))),
      },
      GRAPH,
    );
    acyclic = life.acyclic;
    noteTested(world);
    if (life.wrong) {
      const path = graph.pathTo(life.wrong.state);
      const round = roundTrip(
        (state, visit) => void world.each(state, (_, choice, to) => visit(to, choice)),
        life.wrong.state,
        new Set(life.wrong.cycle),
      );
      const loopsTo = round.length > 0 ? path.length : null;
      violation = violationOf(world, options, life.wrong, [...path, ...round], loopsTo);
    }
  }
  const result: RungResult = {
    name: sizeName(size),
    method: "core",
    states: graph.states,
    edges: graph.edges,
    depth: graph.depth,
    terminals: graph.terminals,
    acyclic,
    complete: graph.complete,
    seconds: (limits.clock() - began) / 1000,
  };
  return { result, violation, world };
}

/** Properties of the graph are put to the test where some state owes what they speak of. */
function noteTested(world: Explored): void {
  for (const property of GRAPH)
    for (let state = 0; state < world.count && !world.tested.has(property.name); state++)
      if (property.owes({ ...world.stateOf(state), size: world.size })) world.tested.add(property.name);
}

function violationOf(
  world: Explored,
  options: CoreOptions,
  wrong: Wrong,
  path: readonly number[],
  loopsTo: number | null,
): Violation {
  const property = PROPERTIES.find((one) => one.name === wrong.property);
  const rung = sizeName(options.size);
  const tale = retell(world, path);
  return {
    property: wrong.property,
    sentence: property?.sentence ?? "",
    detail: detailOf(tale, property, options.size) ?? wrong.detail,
    rung,
    method: "core",
    trace: tale.steps.map(tell),
    loopsTo,
    replay: traceFile(options, wrong.property, path),
    source: sourceOf(wrong.property),
  };
}

/** What is wrong, in the names that the trace uses. */
function detailOf(tale: Tale, property: Property | undefined, size: WorldSize): string | null {
  if (tale.wrong) return tale.wrong.detail;
  const last = tale.steps.at(-1);
  if (!last) return null;
  const scene = { state: last.after, env: last.env, size };
  const answer =
    property?.of === "rest"
      ? property.check(scene)
      : property?.of === "state"
        ? property.check(scene.state, size)
        : null;
  return typeof answer === "string" ? answer : null;
}

export const traceFile = (options: CoreOptions, property: string, choices: readonly number[]): TraceFile => ({
  aceslotTrace: 1,
  rung: sizeName(options.size),
  method: "core",
  size: { ...options.size },
  mutant: options.mutant,
  property,
  choices,
  ...(options.symmetry === false ? { symmetry: false } : {}),
});

/** Runs recorded choices again: what goes wrong, or null. Throws a RangeError where a choice is not possible. */
export function replayCore(
  options: Omit<CoreOptions, "limits">,
  choices: readonly number[],
): Violation | null {
  const world = createWorld({
    size: options.size,
    step: options.step,
    properties: PROPERTIES,
    symmetry: options.symmetry ?? true,
  });
  let state = 0;
  for (const [index, choice] of choices.entries()) {
    const way = world.wayOf(state, choice);
    if (!way)
      throw new RangeError(`choice ${index + 1} of ${choices.length} (${choice}) is not possible there`);
    if (way.wrong)
      return violationOf(
        world,
        { ...options, limits: UNLIMITED },
        way.wrong,
        choices.slice(0, index + 1),
        null,
      );
    state = way.to;
  }
  const wrong = world.expand(state, () => {});
  if (!wrong) return null;
  const path = wrong.choice === null ? choices : [...choices, wrong.choice];
  return violationOf(world, { ...options, limits: UNLIMITED }, wrong, path, null);
}

const UNLIMITED: Limits = {
  maxStates: Number.POSITIVE_INFINITY,
  maxMs: Number.POSITIVE_INFINITY,
  clock: () => 0,
};
