/**
 * Which channel has which number. A channel keeps its own while others come, go and move; one that is gone has its
 * number kept for a while. Pure.
 */
import { ABSENCES_MAX, ENTRIES_A_TURN, GONE_NUMBERS_MAX } from "./limits.ts";
import type { Steps } from "./turns.ts";

export interface Held {
  readonly number: string;
  /** How many line-ups in a row did without its channel. */
  readonly absences: number;
}

/** By channel: first those that are gone, the longest gone foremost. */
export type Numbers = ReadonlyMap<string, Held>;

export interface Wanted {
  /** Names the channel, and nothing else here. */
  readonly key: string;
  /** The number that its playlist gives it. */
  readonly own: string | null;
}

/** First the numbers that playlists give, then those of before, then the next ones that are free. */
export function* numbered(
  wanted: readonly Wanted[],
  before: Numbers,
): Steps<{ readonly given: readonly string[]; readonly numbers: Numbers }> {
  const given: string[] = new Array(wanted.length).fill("");
  const taken = new Set<string>();
  const take = (index: number, number: string | null | undefined): void => {
    if (typeof number !== "string" || taken.has(number) || given[index] !== "") return;
    taken.add(number);
    given[index] = number;
  };
  for (const [index, { own }] of wanted.entries()) take(index, own);
  yield;
  for (const [index, { key }] of wanted.entries()) {
    if (index % ENTRIES_A_TURN === 0) yield;
    take(index, before.get(key)?.number);
  }
  const reserved = new Set<string>();
  for (const { number } of before.values()) reserved.add(number);
  yield;
  const present = new Map<string, Held>();
  let next = 1;
  for (const [index, { key }] of wanted.entries()) {
    if (index % ENTRIES_A_TURN === 0) yield;
    while (given[index] === "") {
      const number = String(next++);
      if (!reserved.has(number)) take(index, number);
    }
    present.set(key, { number: given[index] ?? "", absences: 0 });
  }
  const gone: [string, Held][] = [];
  for (const [key, { number, absences }] of before)
    if (absences < ABSENCES_MAX && !present.has(key)) gone.push([key, { number, absences: absences + 1 }]);
  yield;
  const numbers = new Map(gone.slice(-GONE_NUMBERS_MAX));
  for (const [key, held] of present) {
    if (numbers.size % ENTRIES_A_TURN === 0) yield;
    numbers.set(key, held);
  }
  return { given, numbers };
}
