import { closest, distance } from "fastest-levenshtein";

/** The known name that `name` was probably meant to be, or `null` when none is near. */
export function nearest(name: string, known: readonly string[]): string | null {
  if (known.length === 0 || name.length > 64) return null;
  const guess = closest(name, known);
  return distance(name, guess) <= Math.max(2, Math.floor(name.length / 3)) ? guess : null;
}
