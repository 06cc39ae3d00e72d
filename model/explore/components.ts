/** Strongly connected components: where a graph can go round and round, and where it must end. */
import type { Graph } from "./search.ts";
import { Ints } from "./tables.ts";

export interface Components {
  /** States that lie on a cycle, by component; single states without one are left out. */
  readonly cycles: readonly (readonly number[])[];
  /** Components that nothing leads out of: one state of each. */
  readonly sinks: readonly number[];
}

/** Tarjan's algorithm, without recursion: a graph may be millions of states deep. */
export function components(graph: Graph): Components {
  const { states, offsets, targets } = graph;
  const index = new Int32Array(states);
  const low = new Int32Array(states);
  const next = new Int32Array(states);
  /** The component's number, once it is known; 0: not yet. */
  const component = new Int32Array(states);
  const stack = new Int32Array(states);
  const calls = new Int32Array(states);
  let stacked = 0;
  let visited = 0;
  let numbered = 0;
  const cycles: number[][] = [];
  const sinks: number[] = [];

  for (let root = 0; root < states; root++) {
    if (index[root] !== 0) continue;
    let called = 0;
    calls[called++] = root;
    index[root] = low[root] = ++visited;
    next[root] = offsets.at(root);
    stack[stacked++] = root;
    while (called > 0) {
      const state = calls[called - 1] as number;
      const at = next[state] as number;
      if (at < offsets.at(state + 1)) {
        next[state] = at + 1;
        const to = targets.at(at);
        if (index[to] === 0) {
          index[to] = low[to] = ++visited;
          next[to] = offsets.at(to);
          stack[stacked++] = to;
          calls[called++] = to;
        } else if (component[to] === 0 && (index[to] as number) < (low[state] as number))
          low[state] = index[to] as number;
        continue;
      }
      called--;
      const caller = called > 0 ? (calls[called - 1] as number) : -1;
      if (caller >= 0 && (low[state] as number) < (low[caller] as number)) low[caller] = low[state] as number;
      if (low[state] !== index[state]) continue;
      numbered++;
      const from = stacked;
      let member: number;
      do {
        member = stack[--stacked] as number;
        component[member] = numbered;
      } while (member !== state);
      const members = Array.from(stack.subarray(stacked, from));
      if (members.length > 1) cycles.push(members);
      const leaves = members.some((one) => {
        for (let way = offsets.at(one); way < offsets.at(one + 1); way++)
          if (component[targets.at(way)] !== numbered) return true;
        return false;
      });
      if (!leaves) sinks.push(state);
    }
  }
  return { cycles, sinks };
}

/** The part of a graph in which all states are of one kind. */
export function only(graph: Graph, isOf: (state: number) => boolean): Graph {
  const chosen = Uint8Array.from({ length: graph.states }, (_, state) => Number(isOf(state)));
  const offsets = new Ints();
  const targets = new Ints();
  for (let state = 0; state < graph.states; state++) {
    offsets.push(targets.length);
    for (let way = graph.offsets.at(state); chosen[state] && way < graph.offsets.at(state + 1); way++)
      if (chosen[graph.targets.at(way)]) targets.push(graph.targets.at(way));
  }
  offsets.push(targets.length);
  return { ...graph, offsets, targets };
}
