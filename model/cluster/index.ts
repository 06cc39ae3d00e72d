/**
 * Several proxies that share engines through a store of leases, explored to the end: real selectors, real books; the
 * proxies' holders and brokers are told by what they may do (`course.ts`). One such world, and traces of it.
 */
import { liveness, type Owing } from "../explore/liveness.ts";
import { roundTrip } from "../explore/round.ts";
import { type Limits, search, type Wrong } from "../explore/search.ts";
import type { PropertyResult, RungResult, TraceFile, Violation } from "../result.ts";
import { sourceOf } from "../where.ts";
import { sizeName, type WorldSize } from "../world/size.ts";
import { CLUSTER_MUTANTS, clusterMutant, rulesOf, stepOf } from "./mutants/index.ts";
import { CLUSTER_PROPERTIES, noEndlessWaiting, rests } from "./properties.ts";
import { tellPath } from "./telling.ts";
import { ClusterWorld } from "./world.ts";

export { CLUSTER_ASSUMPTIONS, CLUSTER_LIMITS } from "./assumptions.ts";
export { CONTENTS_MAX } from "./hearing.ts";
export { CLUSTER_PROPERTIES } from "./properties.ts";

export const clusterMutants: readonly {
  readonly name: string;
  readonly history: string;
  readonly property: string;
  readonly world?: Partial<WorldSize>;
}[] = CLUSTER_MUTANTS.map(({ name, history, property, world }) => ({
  name,
  history,
  property,
  world: { proxies: 2, ...world },
}));

export interface ClusterRung {
  readonly result: RungResult;
  readonly violation: Violation | null;
  readonly tested: ReadonlySet<string>;
  readonly counts: ClusterWorld["selectors"]["counts"];
}

export interface ClusterOptions {
  readonly size: WorldSize;
  /** One of `clusterMutants`; null: none. */
  readonly mutant: string | null;
  readonly limits: Limits;
  readonly symmetry?: boolean;
}

export function exploreCluster(options: ClusterOptions): ClusterRung {
  const { size, limits } = options;
  const began = limits.clock();
  const world = worldOf(options);
  const graph = search(world, limits);
  let violation: Violation | null = null;
  let acyclic: boolean | null = null;
  if (graph.found) violation = violationOf(world, options, graph.found.wrong, graph.found.path, null);
  else if (graph.complete) {
    const owing: readonly Owing<number>[] = [
      { id: "answers", name: noEndlessWaiting.name, owes: (state) => world.isWaiting(state) },
      { id: "rests", name: rests.name, owes: (state) => !world.isAtRest(state) },
    ];
    const living = {
      sceneOf: (state: number) => state,
      ways: (state: number, visit: (kind: number, to: number, fair: boolean) => void) =>
        world.ways(state, visit),
    };
    const life = liveness(graph, living, owing);
    acyclic = life.acyclic;
    if (life.wrong) {
      const path = graph.pathTo(life.wrong.state);
      const each = (state: number, visit: (to: number, choice: number) => void) =>
        void world.expand(state, visit);
      const round = roundTrip(each, life.wrong.state, new Set(life.wrong.cycle));
      const loopsTo = round.length > 0 ? path.length : null;
      violation = violationOf(world, options, life.wrong, [...path, ...round], loopsTo);
    }
  }
  for (const name of world.selectors.tested) world.tested.add(name);
  const { states, edges, depth, terminals, complete } = graph;
  const seconds = (limits.clock() - began) / 1000;
  return {
    result: {
      name: sizeName(size),
      method: "cluster",
      states,
      edges,
      depth,
      terminals,
      acyclic,
      complete,
      seconds,
    },
    violation,
    tested: world.tested,
    counts: world.selectors.counts,
  };
}

/** Runs recorded choices again: what goes wrong, or null. Throws a RangeError where a choice is not possible. */
export function replayCluster(
  options: Omit<ClusterOptions, "limits">,
  choices: readonly number[],
): Violation | null {
  const world = worldOf(options);
  const { detail, state, steps } = tellPath(world, choices);
  const last = choices.slice(0, steps.length);
  if (detail !== null) {
    const way = world.wayOf(stateBefore(world, last), last.at(-1) ?? 0);
    return way?.wrong ? violationOf(world, options, way.wrong, last, null) : null;
  }
  const wrong = world.expand(state, () => {});
  if (!wrong) return null;
  return violationOf(
    world,
    options,
    wrong,
    wrong.choice === null ? choices : [...choices, wrong.choice],
    null,
  );
}

/** What became of each property. */
export function clusterResults(
  reached: ReadonlyMap<string, string>,
  sizes: readonly WorldSize[],
  violated: string | null,
  isCut: boolean,
): PropertyResult[] {
  return CLUSTER_PROPERTIES.filter(
    ({ name, needs }) =>
      reached.has(name) || violated === name || sizes.some((size) => needs?.(size) ?? true),
  ).map(({ name, sentence, kind, sometimes }) => {
    const reachedIn = reached.get(name) ?? null;
    const held = isCut || violated !== null ? "incomplete" : reachedIn === null ? "vacuous" : "holds";
    const status = violated === name ? "violated" : held;
    return { name, sentence, kind, status, sometimes, reachedIn, methods: ["cluster"] };
  });
}

function worldOf({ size, mutant, symmetry }: Omit<ClusterOptions, "limits">): ClusterWorld {
  const bug = mutant === null ? null : clusterMutant(mutant);
  if (bug === undefined) throw new RangeError(`there is no mutant ${mutant} among several proxies`);
  return new ClusterWorld({ size, step: stepOf(bug), rules: rulesOf(bug), symmetry: symmetry ?? true });
}

function stateBefore(world: ClusterWorld, path: readonly number[]): number {
  let state = 0;
  for (const choice of path.slice(0, -1)) state = world.wayOf(state, choice)?.to ?? state;
  return state;
}

function violationOf(
  world: ClusterWorld,
  { size, mutant, symmetry }: Omit<ClusterOptions, "limits">,
  wrong: Wrong,
  path: readonly number[],
  loopsTo: number | null,
): Violation {
  const property = CLUSTER_PROPERTIES.find((one) => one.name === wrong.property);
  const rung = sizeName(size);
  const tale = tellPath(world, path);
  const replay: TraceFile = {
    aceslotTrace: 1,
    rung,
    method: "cluster",
    size: { ...size },
    mutant,
    property: wrong.property,
    choices: path,
    ...(symmetry === false ? { symmetry: false } : {}),
  };
  return {
    property: wrong.property,
    sentence: property?.sentence ?? "",
    detail: tale.detail ?? tale.named(wrong.detail),
    rung,
    method: "cluster",
    trace: tale.steps,
    loopsTo,
    replay,
    source: sourceOf(wrong.property),
  };
}
