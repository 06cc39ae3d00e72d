/** Which engine comes first, as a list of comparators in order. */
import { type Engine, loadOf, type RankedEngine } from "./state.ts";

/**
 * Which of two engines comes first: negative `a`, positive `b`, 0 where it cannot tell. Pure: the same two engines must
 * give the same answer.
 */
export type Comparator = (a: RankedEngine, b: RankedEngine) => number;

const HEALTH_ORDER = { healthy: 0, unknown: 1, unhealthy: 2 } as const;

const yesFirst = (a: boolean, b: boolean): number => Number(b) - Number(a);

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Our order of engines: the first comparator that tells two of them apart decides. */
export const RANKING: readonly { readonly name: string; readonly compare: Comparator }[] = [
  { name: "from the pool's source before fallback", compare: (a, b) => yesFirst(!a.fallback, !b.fallback) },
  { name: "healthy", compare: (a, b) => HEALTH_ORDER[a.health] - HEALTH_ORDER[b.health] },
  { name: "forwarded", compare: (a, b) => yesFirst(a.forwarded, b.forwarded) },
  { name: "fewer streams", compare: (a, b) => loadOf(a) - loadOf(b) },
  { name: "least recently used by us", compare: (a, b) => a.turn - b.turn },
  { name: "least recently used by anybody", compare: (a, b) => (a.usedAtMs ?? 0) - (b.usedAtMs ?? 0) },
  // Lists come in random order: the same state must give the same choice.
  { name: "stable key", compare: (a, b) => byText(a.id, b.id) },
];

/** Compares by the first comparator that tells two engines apart. */
export const byRank: Comparator = (a, b) => {
  for (const { compare } of RANKING) {
    const order = compare(a, b);
    if (order !== 0) return order;
  }
  return 0;
};

/** The best of some engines; undefined if there is none. */
export function best(engines: Iterable<Engine>, compare: Comparator = byRank): Engine | undefined {
  let first: Engine | undefined;
  for (const engine of engines) if (!first || compare(engine, first) < 0) first = engine;
  return first;
}
