/** What a number of a choice list picks: a kind of happening, then one of that kind. */
import { KINDS, type Kind } from "../world/happenings.ts";

/** How often a kind is picked, against 1 for the rest: else playing streams would be rare among mishaps. */
const WEIGHTS: Partial<Record<Kind, number>> = {
  request: 6,
  leave: 2,
  "state written": 6,
  "start sent": 8,
  "engine begins": 8,
  "start answered": 8,
  media: 10,
  "stop takes effect": 4,
  "stop confirmed": 4,
  "report taken in": 2,
  "look taken": 2,
  "look delivered": 4,
  "player stops reading": 6,
  "session breaks": 3,
  "source ends": 3,
};
const WEIGHT_OF: readonly number[] = KINDS.map((kind) => WEIGHTS[kind] ?? 1);

const kindOf = (code: number): number => code >> 16;

/** How many of each kind there are; the wheel that a number turns has a part for each kind, as wide as its weight. */
function wheel(codes: readonly number[]): { readonly counts: number[]; readonly width: number } {
  const counts = KINDS.map(() => 0);
  for (const code of codes) counts[kindOf(code)] = (counts[kindOf(code)] ?? 0) + 1;
  const width = counts.reduce((sum, count, kind) => sum + (count > 0 ? (WEIGHT_OF[kind] ?? 1) : 0), 0);
  return { counts, width };
}

/** The happening that a number picks among those that are possible; null: there are none. */
export function pick(codes: readonly number[], choice: number): number | null {
  const { counts, width } = wheel(codes);
  if (width === 0) return null;
  let rest = choice % width;
  for (const [kind, count] of counts.entries()) {
    if (count === 0) continue;
    rest -= WEIGHT_OF[kind] ?? 1;
    if (rest >= 0) continue;
    return codes.filter((code) => kindOf(code) === kind)[Math.floor(choice / width) % count] ?? null;
  }
  return null;
}

/** The smallest number that picks a happening. */
export function choiceOf(codes: readonly number[], code: number): number {
  const { counts, width } = wheel(codes);
  let before = 0;
  for (let kind = 0; kind < kindOf(code); kind++) if ((counts[kind] ?? 0) > 0) before += WEIGHT_OF[kind] ?? 1;
  return before + width * codes.filter((one) => kindOf(one) === kindOf(code)).indexOf(code);
}
