/** Tables of what was measured: medians, and ratios to the relay with their spread. Pure. */
import { METRICS, type Metric, type Sample } from "./metrics.ts";
import { ratios, type Spread, spread } from "./statistics.ts";

export interface Column {
  readonly metric: Metric;
  /** Whether a ratio to the relay stands beside it. */
  readonly hasRatio?: boolean;
}

/** What the others are compared to. */
export const REFERENCE = "relay";

/** A subject's values of a metric, by repetition. */
export function valuesOf(samples: readonly Sample[], subject: string, metric: Metric): Map<number, number> {
  const values = new Map<number, number>();
  for (const sample of samples) {
    const value = sample.metrics[metric];
    if (sample.subject === subject && value !== undefined) values.set(sample.repetition, value);
  }
  return values;
}

/** A subject's ratio to another one over the repetitions; null: they have none in common. */
export function ratioTo(
  samples: readonly Sample[],
  subject: string,
  other: string,
  metric: Metric,
): Spread | null {
  return spread(ratios(valuesOf(samples, subject, metric), valuesOf(samples, other, metric)));
}

const NOTHING = "–";

function ratioText(ratio: Spread | null): string {
  if (ratio === null) return NOTHING;
  const number = (value: number): string => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
  if (ratio.min === ratio.max) return number(ratio.median);
  return `${number(ratio.median)} (${number(ratio.min)}…${number(ratio.max)})`;
}

function absoluteText(values: readonly number[], metric: Metric): string {
  const { digits } = METRICS[metric];
  const all = spread(values);
  return all === null ? NOTHING : all.median.toFixed(digits);
}

/**
 * The rows of one scenario, the first of them the headings; `samples` are that scenario's alone. Ratios are to the
 * subject `reference`.
 */
export function rows(
  samples: readonly Sample[],
  columns: readonly Column[],
  reference: string = REFERENCE,
): readonly (readonly string[])[] {
  const subjects = [...new Set(samples.map(({ subject }) => subject))];
  const head = ["", ...columns.flatMap((column) => heading(column, reference))];
  return [head, ...subjects.map((subject) => row(samples, subject, columns, reference))];
}

const heading = ({ metric, hasRatio }: Column, reference: string): string[] =>
  hasRatio ? [METRICS[metric].heading, `to ${reference}`] : [METRICS[metric].heading];

function row(
  samples: readonly Sample[],
  subject: string,
  columns: readonly Column[],
  reference: string,
): string[] {
  const cells = columns.flatMap(({ metric, hasRatio }) => {
    const text = absoluteText([...valuesOf(samples, subject, metric).values()], metric);
    if (!hasRatio) return [text];
    return [text, subject === reference ? "1" : ratioText(ratioTo(samples, subject, reference, metric))];
  });
  return [subject, ...cells];
}

/** Lines in which the columns stand under each other, the first to the left, the others to the right. */
export function lines(table: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const cells of table) {
    cells.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, cell.length);
    });
  }
  return table.map((cells) =>
    cells
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
