/**
 * What can be owed for ever. A round counts only if it is fair: nothing that must happen some day stays possible all
 * the way round and never happens.
 */
import { components, only } from "../explore/components.ts";
import type { Graph, Wrong } from "../explore/search.ts";
import { stableKey } from "./key.ts";
import { type Happens, nameOf } from "./model.ts";
import type { ModelSpace } from "./space.ts";

export interface Edge {
  readonly choice: number;
  readonly to: number;
  /** What fairness takes for the same happening. */
  readonly label: string;
  readonly fair: boolean;
}

/** A round in which something is owed: choices from its first state back to it. */
export interface Round {
  readonly wrong: Wrong;
  readonly start: number;
  readonly choices: readonly number[];
}

/** Ways on that lead somewhere else. */
export function edgesOf<State, Happening extends Happens>(
  space: ModelSpace<State, Happening>,
  number: number,
): Edge[] {
  const edges: Edge[] = [];
  for (const way of space.waysFrom(space.stateOf(number))) {
    const { happening, choice, after } = way;
    if (happening === null || after === null) continue;
    const to = space.number(after);
    const label = space.model.canonical ? nameOf(happening) : stableKey(happening);
    if (to !== number) edges.push({ choice, to, label, fair: space.mustHappen(way) });
  }
  return edges;
}

export const mustHappen = (edges: readonly Edge[]): Set<string> =>
  new Set(edges.filter(({ fair }) => fair).map(({ label }) => label));

/** The first property that can be owed for ever, and how; null: none. The graph must be complete. */
export function findRound<State, Happening extends Happens>(
  space: ModelSpace<State, Happening>,
  graph: Graph,
): Round | null {
  for (const property of space.model.properties) {
    if (property.kind !== "eventually") continue;
    const isOwed = (number: number): boolean => {
      const state = space.stateOf(number);
      return state !== null && typeof property.check(state) === "string";
    };
    for (const members of components(only(graph, isOwed)).cycles) {
      const start = members.reduce((least, one) => Math.min(least, one));
      const inside = new Map(members.map((one) => [one, edgesOf(space, one)]));
      if (!isFairWithin(inside)) continue;
      const state = space.stateOf(start);
      const owed = state === null ? "" : property.check(state);
      return {
        wrong: { property: property.name, detail: `it can go on for ever: ${owed}` },
        start,
        choices: roundTrip(inside, start),
      };
    }
  }
  return null;
}

type Inside = ReadonlyMap<number, readonly Edge[]>;

function isFairWithin(inside: Inside): boolean {
  const taken = new Set<string>();
  let always: Set<string> | null = null;
  for (const edges of inside.values()) {
    const here = mustHappen(edges);
    always = always === null ? here : intersection(always, here);
    for (const { label, to } of edges) if (inside.has(to)) taken.add(label);
  }
  return [...(always ?? [])].every((label) => taken.has(label));
}

/** A way back to the start that is fair itself: by all that must happen, or by states in which it is not possible. */
function roundTrip(inside: Inside, start: number): number[] {
  const choices: number[] = [];
  let at = start;
  let owing = mustHappen(inside.get(start) ?? []);
  const go = (route: readonly Edge[]): void => {
    for (const { choice, to, label } of route) {
      choices.push(choice);
      at = to;
      owing = intersection(owing, mustHappen(inside.get(to) ?? []));
      owing.delete(label);
    }
  };
  for (let [label] = owing; label !== undefined; [label] = owing) {
    const wanted = label;
    const route = shortest(
      inside,
      at,
      (edge) => edge.label === wanted || !mustHappen(inside.get(edge.to) ?? []).has(wanted),
    );
    if (route.length === 0) break;
    go(route);
  }
  if (choices.length === 0 || at !== start) go(shortest(inside, at, ({ to }) => to === start));
  return choices;
}

/** The shortest way that ends with an edge as wanted and never leaves. */
function shortest(inside: Inside, from: number, isWanted: (edge: Edge) => boolean): Edge[] {
  const cameBy = new Map<number, { readonly before: number; readonly edge: Edge }>();
  const seen = new Set([from]);
  const queue = [from];
  for (const at of queue)
    for (const edge of inside.get(at) ?? []) {
      if (!inside.has(edge.to)) continue;
      if (isWanted(edge)) {
        const route = [edge];
        for (let back = at; back !== from; ) {
          const by = cameBy.get(back);
          if (!by) break;
          route.unshift(by.edge);
          back = by.before;
        }
        return route;
      }
      if (seen.has(edge.to)) continue;
      seen.add(edge.to);
      cameBy.set(edge.to, { before: at, edge });
      queue.push(edge.to);
    }
  return [];
}

const intersection = (a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> =>
  new Set([...a].filter((one) => b.has(one)));
