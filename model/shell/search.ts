/**
 * Breadth first through everything that can happen in a world of the shell. A promise cannot be copied, so each edge
 * begins anew with the recorded choices; a world that has just been reached is kept for its first edge.
 */

import type { Settle } from "./drain.ts";
import { choose, happenings } from "./happenings.ts";
import { keyOf } from "./key.ts";
import type { ShellProperty } from "./properties.ts";
import type { ShellSize } from "./size.ts";
import type { SubjectClass } from "./subject.ts";
import { ShellWorld } from "./world.ts";

export interface Search {
  readonly size: ShellSize;
  readonly subject: SubjectClass;
  readonly settle: Settle;
  /** What is watched; the search ends at the first of them that is broken. */
  readonly properties: readonly ShellProperty[];
  readonly statesMax: number;
  /** Answers true when time is up. */
  readonly isOver: () => boolean;
  /** Told of the first turn, and of every edge's. */
  onTurn(world: ShellWorld): void;
}

export interface Broken {
  readonly property: ShellProperty;
  readonly detail: string;
  readonly choices: readonly number[];
}

export interface Found {
  readonly states: number;
  readonly edges: number;
  /** Turns run, those of going back included. */
  readonly turns: number;
  readonly depth: number;
  readonly terminals: number;
  readonly acyclic: boolean;
  readonly complete: boolean;
  readonly broken: Broken | null;
}

interface Node {
  readonly parent: Node | null;
  readonly choice: number;
  readonly depth: number;
  readonly index: number;
  readonly branches: number;
  world: ShellWorld | null;
}

/** Reached worlds kept alive at once, for memory's sake. */
const WORLDS_KEPT_MAX = 2_000;
/** Edges between two breaths for the rest of the process. */
const BREATH_EDGES = 512;

export async function search(order: Search): Promise<Found> {
  const { settle, statesMax } = order;
  const seen = new Map<string, number>();
  const nodes: Node[] = [];
  const edges: [number, number][] = [];
  let turns = 0;
  let kept = 0;
  let edgeCount = 0;
  let depth = 0;
  let terminals = 0;

  const begin = async (): Promise<ShellWorld> => beginWorld(order.size, order.subject, settle);
  const turn = async (world: ShellWorld, choice: number): Promise<void> => {
    choose(world, choice);
    const wait = settle();
    if (wait) await wait;
    world.endTurn();
    turns++;
  };
  const result = (complete: boolean, broken: Broken | null): Found => ({
    states: seen.size,
    edges: edgeCount,
    turns,
    depth,
    terminals,
    acyclic: complete && isAcyclic(seen.size, edges),
    complete,
    broken,
  });

  /** Takes a reached world in; answers what is broken in it. */
  const reach = (world: ShellWorld, parent: Node | null, choice: number): Broken | null => {
    const branches = happenings(world).length;
    for (const property of order.properties) {
      if (property.kind === "atRest" && branches > 0) continue;
      const detail = property.check(world);
      if (detail !== null)
        return { property, detail, choices: [...pathOf(parent), choice].slice(parent ? 0 : 1) };
    }
    const key = keyOf(world);
    let index = seen.get(key);
    if (index === undefined) {
      index = seen.size;
      seen.set(key, index);
      if (branches === 0) terminals++;
      const isKept = kept < WORLDS_KEPT_MAX && branches > 0;
      if (isKept) kept++;
      depth = Math.max(depth, (parent?.depth ?? -1) + 1);
      nodes.push({
        parent,
        choice,
        depth: (parent?.depth ?? -1) + 1,
        index,
        branches,
        world: isKept ? world : null,
      });
    }
    if (parent && parent.index !== index) edges.push([parent.index, index]);
    return null;
  };

  const first = await begin();
  order.onTurn(first);
  const broken = reach(first, null, -1);
  if (broken) return result(false, broken);
  for (let next = 0; next < nodes.length; next++) {
    const node = nodes[next];
    if (!node) break;
    if (seen.size > statesMax || order.isOver()) return result(false, null);
    const path = pathOf(node);
    for (let choice = 0; choice < node.branches; choice++) {
      let { world } = node;
      if (world) {
        node.world = null;
        kept--;
      } else {
        world = await begin();
        for (const earlier of path) await turn(world, earlier);
      }
      await turn(world, choice);
      edgeCount++;
      order.onTurn(world);
      const wrong = reach(world, node, choice);
      if (wrong) return result(false, wrong);
      if (edgeCount % BREATH_EDGES === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return result(true, null);
}

/** A world whose first turn is over. */
export async function beginWorld(
  size: ShellSize,
  subject: SubjectClass,
  settle: Settle,
): Promise<ShellWorld> {
  const world = new ShellWorld(size, subject);
  let wait = settle();
  if (wait) await wait;
  world.begin();
  wait = settle();
  if (wait) await wait;
  return world;
}

function pathOf(node: Node | null): number[] {
  const path: number[] = [];
  for (let at = node; at?.parent; at = at.parent) path.push(at.choice);
  return path.reverse();
}

/** Peels states off that nothing leads to any more; a cycle is what cannot be peeled. */
function isAcyclic(states: number, edges: readonly (readonly [number, number])[]): boolean {
  const incoming = new Uint32Array(states);
  const outgoing: number[][] = Array.from({ length: states }, () => []);
  for (const [from, to] of edges) {
    outgoing[from]?.push(to);
    incoming[to] = (incoming[to] ?? 0) + 1;
  }
  const free: number[] = [];
  for (let state = 0; state < states; state++) if (incoming[state] === 0) free.push(state);
  let peeled = 0;
  for (let state = free.pop(); state !== undefined; state = free.pop()) {
    peeled++;
    for (const to of outgoing[state] ?? []) {
      const left = (incoming[to] ?? 0) - 1;
      incoming[to] = left;
      if (left === 0) free.push(to);
    }
  }
  return peeled === states;
}
