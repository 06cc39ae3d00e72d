/**
 * What never ends, and what can never come to rest: looked for in the graph itself. A cycle counts only if it is
 * fair: no kind of happening that must happen some day could happen in all its states and never does.
 */
import { components, only } from "./components.ts";
import type { Graph, Wrong } from "./search.ts";

/** Something that may be owed in a state; `rests`: it must be possible to owe it no more. */
export interface Owing<Scene> {
  readonly id: string;
  readonly name: string;
  readonly owes: (scene: Scene) => boolean;
}

export interface Living<Scene> {
  sceneOf(state: number): Scene;
  /** Ways on: the kind, where it leads, and whether it must happen some day. */
  ways(state: number, visit: (kind: number, to: number, fair: boolean) => void): void;
}

export interface Liveness {
  readonly acyclic: boolean;
  readonly wrong: (Wrong & { readonly state: number; readonly cycle: readonly number[] }) | null;
}

export function liveness<Scene>(
  graph: Graph,
  living: Living<Scene>,
  properties: readonly Owing<Scene>[],
): Liveness {
  const { cycles, sinks } = components(graph);
  const onCycle = new Map<number, readonly number[]>();
  for (const cycle of cycles) for (const state of cycle) onCycle.set(state, cycle);
  const acyclic = cycles.length === 0;
  for (const property of properties) {
    if (property.id === "rests") {
      for (const sink of sinks) {
        const states = onCycle.get(sink) ?? [sink];
        if (states.every((state) => property.owes(living.sceneOf(state))))
          return {
            acyclic,
            wrong: {
              property: property.name,
              detail: "from here nothing is ever at rest",
              state: first(states),
              cycle: states.length > 1 ? states : [],
            },
          };
      }
      continue;
    }
    // Rounds on which something is owed all the way: those of the graph's part in which it is.
    const owing = acyclic
      ? []
      : components(only(graph, (state) => property.owes(living.sceneOf(state)))).cycles;
    for (const cycle of owing)
      if (isFairCycle(cycle, living))
        return {
          acyclic,
          wrong: {
            property: property.name,
            detail: `it can go on for ever (${cycle.length} states)`,
            state: first(cycle),
            cycle,
          },
        };
  }
  return { acyclic, wrong: null };
}

const first = (states: readonly number[]): number => states.reduce((least, state) => Math.min(least, state));

function isFairCycle<Scene>(cycle: readonly number[], living: Living<Scene>): boolean {
  const inside = new Set(cycle);
  const taken = new Set<number>();
  let always: Set<number> | null = null;
  for (const state of cycle) {
    const enabled = new Set<number>();
    living.ways(state, (kind, to, fair) => {
      if (fair && to !== state) enabled.add(kind);
      if (inside.has(to) && to !== state) taken.add(kind);
    });
    const before: Set<number> = always ?? enabled;
    always = new Set([...before].filter((kind) => enabled.has(kind)));
  }
  return [...(always ?? [])].every((kind) => taken.has(kind));
}
