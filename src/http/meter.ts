/** Prometheus metrics whose values are read when somebody asks, and never kept. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { plainText } from "./plain-text.ts";

/** A value with its labels; values with equal labels are summed up. */
export type Sample<Label extends string> = readonly [labels: Readonly<Record<Label, string>>, value: number];

/** Without labels a metric has one value; null: there is none now. */
export type Reading<Label extends string> = number | null | Iterable<Sample<Label>>;

/** Observations sorted into buckets: `counts` has one number for each bound and one for what is above. */
export interface Buckets {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

export type BucketsReading<Label extends string> = Iterable<
  readonly [labels: Readonly<Record<Label, string>>, buckets: Buckets]
>;

/** Describes metrics, in one registry of its own: two proxies in one process do not know of each other. */
export class Meter {
  readonly #registry = new Registry();

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in the text format. */
  scrape(): Promise<string> {
    return this.#registry.metrics();
  }

  /** A value that goes up and down. */
  gauge<Label extends string = never>(
    name: string,
    help: string,
    read: () => Reading<Label>,
    ...labelNames: Label[]
  ): void {
    new Gauge({
      ...this.#described(name, help, labelNames),
      collect() {
        refill(this, read());
      },
    });
  }

  /** A value that only ever rises, until the process ends. */
  counter<Label extends string = never>(
    name: string,
    help: string,
    read: () => Reading<Label>,
    ...labelNames: Label[]
  ): void {
    new Counter({
      ...this.#described(name, help, labelNames),
      collect() {
        refill(this, read());
      },
    });
  }

  /** How long things took, or how large they were. */
  histogram<Label extends string = never>(
    name: string,
    help: string,
    read: () => BucketsReading<Label>,
    ...labelNames: Label[]
  ): void {
    new ReadHistogram(this.#described(name, help, labelNames), read);
  }

  #described<Label extends string>(name: string, help: string, labelNames: readonly Label[]) {
    return { name, help, labelNames, registers: [this.#registry] };
  }
}

/** Both kinds take values in the same way. */
interface Fillable {
  reset(): void;
  inc(labels: object, value: number): void;
  remove(labels: object): void;
}

function refill(metric: Fillable, reading: Reading<string>): void {
  metric.reset();
  if (reading === null) metric.remove({});
  else if (typeof reading === "number") metric.inc({}, reading);
  else for (const [labels, value] of reading) metric.inc(plainLabels(labels), value);
}

/** Engines and proxies are called what others call them. */
const plainLabels = (labels: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(labels).map(([label, text]) => [label, plainText(text)]));

/** The library's histogram counts observations itself; this one is read from where they are counted already. */
class ReadHistogram extends Histogram {
  readonly #describe: () => object;

  constructor(described: ConstructorParameters<typeof Histogram>[0], read: () => BucketsReading<string>) {
    super(described);
    const { name, help } = described;
    this.#describe = () => {
      const values = [...read()].flatMap(([labels, buckets]) => [...linesOf(name, labels, buckets)]);
      return { name, help, type: "histogram", aggregator: "sum", values };
    };
  }

  /** What the registry asks first; the library's own answers with what it has counted itself, which is nothing. */
  async getForPromString(): Promise<object> {
    return this.#describe();
  }
}

/** Buckets add up in this format: each holds what is in those below as well. */
function* linesOf(name: string, labels: Readonly<Record<string, string>>, buckets: Buckets) {
  const { bounds, counts, sum } = buckets;
  let below = 0;
  for (const [index, count] of counts.entries()) {
    below += count;
    const le = bounds[index] === undefined ? "+Inf" : String(bounds[index]);
    yield { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below };
  }
  yield { metricName: `${name}_sum`, labels, value: sum };
  yield { metricName: `${name}_count`, labels, value: below };
}
