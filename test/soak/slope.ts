/** How fast something grows: two lines through the same points. Pure, and tested. */

export interface Point {
  readonly hours: number;
  readonly value: number;
}

export interface Slope {
  /** Least squares, per hour. */
  readonly perHour: number;
  /**
   * Its standard error. Samples that lie close together are alike, and tell less than as many independent ones: the
   * error is widened by what one sample tells of the next.
   */
  readonly error: number;
  /** Theil–Sen: the median of the slopes of all pairs, which no single jump moves. */
  readonly medianPerHour: number;
}

/** Null for fewer than three points, or where all are of one moment. */
export function slopeOf(points: readonly Point[]): Slope | null {
  const count = points.length;
  if (count < 3) return null;
  const meanX = mean(points.map(({ hours }) => hours));
  const meanY = mean(points.map(({ value }) => value));
  const spreadX = sum(points.map(({ hours }) => (hours - meanX) ** 2));
  if (spreadX === 0) return null;
  const perHour = sum(points.map(({ hours, value }) => (hours - meanX) * (value - meanY))) / spreadX;
  const rests = points.map(({ hours, value }) => value - meanY - perHour * (hours - meanX));
  const variance = sum(rests.map((rest) => rest ** 2)) / (count - 2);
  const likeness = Math.min(0.99, Math.max(0, autocorrelation(rests)));
  const error = Math.sqrt((variance / spreadX) * ((1 + likeness) / (1 - likeness)));
  return { perHour, error, medianPerHour: theilSen(points) };
}

/** Of each rest with the next one: 0, they tell nothing of each other; 1, they are the same. */
function autocorrelation(rests: readonly number[]): number {
  const whole = sum(rests.map((rest) => rest ** 2));
  return whole === 0 ? 0 : sum(rests.slice(1).map((rest, at) => rest * (rests[at] ?? 0))) / whole;
}

/** Pairs of more points than these would take long; every so many-th point stands for them then. */
const POINTS_MAX = 600;

function theilSen(all: readonly Point[]): number {
  const every = Math.ceil(all.length / POINTS_MAX);
  const points = all.filter((_, at) => at % every === 0);
  const slopes: number[] = [];
  for (const [at, one] of points.entries())
    for (const other of points.slice(at + 1))
      if (other.hours !== one.hours) slopes.push((other.value - one.value) / (other.hours - one.hours));
  slopes.sort((a, b) => a - b);
  return slopes[slopes.length >> 1] ?? 0;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

/** The value below which the share of all lies; null for none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
}
