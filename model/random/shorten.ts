/**
 * Makes a walk that goes wrong shorter: happenings are left out, and the world is made smaller, as long as the same
 * property is broken. Numbers pick something else as soon as one before them is gone, so this goes by happenings.
 */
import type { Wrong } from "../explore/search.ts";
import { BUDGETS, SMALLEST, type WorldSize } from "../world/size.ts";
import type { Walk } from "./walk.ts";

/** Walks tried; the rest would hardly shorten it. */
const TRIES_MAX = 1500;

export interface Failure {
  readonly size: WorldSize;
  /** What happened before the world was brought to rest. */
  readonly codes: readonly number[];
  readonly wrong: Wrong;
}

/** Walks through a world by happenings, those that are not possible left out; answers what goes wrong. */
export type Attempt = (
  size: WorldSize,
  codes: readonly number[],
) => { readonly walk: Walk; readonly wrong: Wrong | null };

export function shorten(failure: Failure, attempt: Attempt): Failure {
  let best = failure;
  let tries = 0;
  const better = (size: WorldSize, codes: readonly number[]): boolean => {
    if (tries++ >= TRIES_MAX) return false;
    const { walk, wrong } = attempt(size, codes);
    if (wrong?.property !== failure.wrong.property) return false;
    // What came about while the world was brought to rest is not to be kept: it comes about again.
    const kept = walk.codes.slice(0, Math.min(walk.codes.length, codes.length));
    best = { size, codes: kept.length < codes.length ? kept : codes, wrong };
    return true;
  };
  for (let before = ""; before !== JSON.stringify(best) && tries < TRIES_MAX; ) {
    before = JSON.stringify(best);
    for (let length = Math.max(1, best.codes.length >> 1); length >= 1; length >>= 1)
      for (let at = best.codes.length - length; at >= 0; at -= length)
        better(best.size, best.codes.toSpliced(at, length));
    for (const [name, least] of LEAST)
      for (const value of smaller(best.size[name], least))
        if (better({ ...best.size, [name]: value }, best.codes)) break;
  }
  return best;
}

type Name = keyof WorldSize;

/** What can be made smaller, and how far. */
const LEAST: readonly (readonly [Name, number | boolean])[] = [
  ...BUDGETS.filter((name) => name !== "requests").map((name) => [name, 0] as const),
  ["spares", 0],
  ["hashes", SMALLEST.hashes],
  ["labels", SMALLEST.labels],
  ["reports", SMALLEST.reports],
  ["engines", 1],
  ["cap", 1],
  ["requests", 1],
  ["contents", 1],
  ["players", 1],
];

function smaller(value: number | boolean, least: number | boolean): (number | boolean)[] {
  if (typeof value === "boolean" || typeof least === "boolean") return value === least ? [] : [least];
  return Array.from({ length: Math.max(0, value - least) }, (_, index) => least + index);
}
