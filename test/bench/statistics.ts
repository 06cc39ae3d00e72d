/** The arithmetic of the bench: pure, and tested. */

/** The middle of several values, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The middle value, or the mean of the two middle ones; null for none. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  if (upper === undefined) return null;
  const lower = sorted[(sorted.length - 1) >> 1] ?? upper;
  return (lower + upper) / 2;
}

export function spread(values: readonly number[]): Spread | null {
  const middle = median(values);
  return middle === null ? null : { median: middle, min: Math.min(...values), max: Math.max(...values) };
}

/**
 * One quotient for each repetition that both have. Values of one repetition were measured within seconds of each
 * other, so what the machine did in the meantime hits both alike. A divisor that is 0 gives no quotient.
 */
export function ratios(
  values: ReadonlyMap<number, number>,
  divisors: ReadonlyMap<number, number>,
): readonly number[] {
  const quotients: number[] = [];
  for (const [repetition, value] of values) {
    const divisor = divisors.get(repetition);
    if (divisor !== undefined && divisor !== 0) quotients.push(value / divisor);
  }
  return quotients;
}

/** `list` turned by `by` places, so that each one comes first once in a while. */
export function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
