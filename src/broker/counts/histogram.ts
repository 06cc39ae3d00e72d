/** How long things took, sorted into buckets: plain numbers, cheap enough to be counted whether anybody asks or not. */

/** From a joiner's first byte to a start that takes a minute; seconds. */
export const WAIT_BOUNDS: readonly number[] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60];

export class Histogram {
  /** Upper bounds, rising; what is above the last one has a bucket of its own. */
  readonly bounds: readonly number[];
  /** One number for each bound, and one for what is above: each observation counts once. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = [...bounds, 0].fill(0);
  }

  /** A value on a bound belongs to that bound's bucket. */
  observe(value: number): void {
    const above = this.bounds.findIndex((bound) => value <= bound);
    const bucket = above < 0 ? this.bounds.length : above;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += value;
  }

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }
}
