import { closest, distance } from "fastest-levenshtein";

/** As many letters of a name, at least, for each one that may be wrong. */
const LETTERS_PER_SLIP = 3;

/**
 * The known name that `name` was probably meant to be, or `null` when none is near. `prefix`: what all of them begin
 * with, which makes none of them more alike.
 */
export function nearest(name: string, known: readonly string[], prefix = ""): string | null {
  if (known.length === 0 || name.length > 64) return null;
  const bare = (whole: string): string => (whole.startsWith(prefix) ? whole.slice(prefix.length) : whole);
  const given = bare(name);
  const guess = closest(given, known.map(bare));
  const slipsMax = Math.floor(Math.min(given.length, guess.length) / LETTERS_PER_SLIP);
  return distance(given, guess) <= slipsMax ? `${prefix}${guess}` : null;
}
