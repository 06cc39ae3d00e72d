/**
 * Breadth first through a space of numbered states: every state once, by a shortest way, so that the first thing
 * that is wrong has a shortest trace. Knows nothing of what a state is.
 */
import { Ints } from "./tables.ts";

/** Something that does not hold. */
export interface Wrong {
  readonly property: string;
  readonly detail: string;
}

/** A state is its number; a space numbers states from 0 as it finds them, in the order in which it shows them. */
export interface Space {
  /** States found so far; 0 is the first one. */
  readonly count: number;
  /**
   * Shows every way on from a state, in an order that is always the same: `choice` is its place in that order.
   * Answers what is wrong there, with the choice that leads to it (null: the state itself is wrong).
   */
  expand(
    state: number,
    visit: (to: number, choice: number) => void,
  ): (Wrong & { readonly choice: number | null }) | null;
}

export interface Limits {
  readonly maxStates: number;
  /** Milliseconds. */
  readonly maxMs: number;
  /** Milliseconds since some moment; a check that ends by states alone needs none. */
  readonly clock: () => number;
}

export interface Found {
  /** Choices from the first state to the one from which `wrong.choice` goes wrong. */
  readonly path: readonly number[];
  readonly wrong: Wrong;
}

export interface Graph {
  readonly states: number;
  readonly edges: number;
  readonly depth: number;
  readonly terminals: number;
  readonly complete: boolean;
  readonly found: Found | null;
  /** Where the ways on of a state begin in `targets`; one entry more than states. Empty unless asked for. */
  readonly offsets: Ints;
  readonly targets: Ints;
  pathTo(state: number): number[];
}

const CLOCK_EVERY = 256;

export function search(space: Space, limits: Limits, keepEdges = true): Graph {
  const parents = new Ints();
  const choices = new Ints();
  const depths = new Ints();
  const offsets = new Ints();
  const targets = new Ints();
  parents.push(-1);
  choices.push(-1);
  depths.push(0);
  let edges = 0;
  let depth = 0;
  let terminals = 0;
  let complete = true;
  let found: Found | null = null;
  const deadline = limits.clock() + limits.maxMs;

  const pathTo = (state: number): number[] => {
    const path: number[] = [];
    for (let at = state; parents.at(at) >= 0; at = parents.at(at)) path.push(choices.at(at));
    return path.reverse();
  };

  for (let state = 0; state < space.count; state++) {
    if (state >= limits.maxStates || (state % CLOCK_EVERY === 0 && limits.clock() > deadline)) {
      complete = false;
      break;
    }
    if (keepEdges) offsets.push(targets.length);
    let ways = 0;
    const wrong = space.expand(state, (to, choice) => {
      edges++;
      if (to === state) return;
      ways++;
      if (keepEdges) targets.push(to);
      if (to < parents.length) return;
      parents.push(state);
      choices.push(choice);
      const its = depths.at(state) + 1;
      depths.push(its);
      if (its > depth) depth = its;
    });
    if (wrong) {
      const path = pathTo(state);
      if (wrong.choice !== null) path.push(wrong.choice);
      found = { path, wrong: { property: wrong.property, detail: wrong.detail } };
      complete = false;
      break;
    }
    if (ways === 0) terminals++;
  }
  if (keepEdges) offsets.push(targets.length);
  return { states: space.count, edges, depth, terminals, complete, found, offsets, targets, pathTo };
}
