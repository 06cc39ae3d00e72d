/** Prometheus metrics whose values are read when somebody asks, and never kept. */
import { Counter, Gauge, Registry } from "prom-client";

/** A value with its labels; values with equal labels are summed up. */
export type Sample<Label extends string> = readonly [labels: Readonly<Record<Label, string>>, value: number];

/** Without labels a metric has one value; null: there is none now. */
export type Reading<Label extends string> = number | null | Iterable<Sample<Label>>;

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
  else for (const [labels, value] of reading) metric.inc(labels, value);
}
