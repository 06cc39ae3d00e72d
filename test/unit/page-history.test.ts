import { expect, test } from "bun:test";
import type { Figures, Recent, Sample } from "../../src/dashboard/page/types.d.ts";

interface History {
  readonly samples: readonly Sample[];
  take(figures: Figures): void;
  fill(recent: Recent): void;
}

// To the compiler the page's files are texts.
const file: string = "../../src/dashboard/page/history.js";
const { History } = (await import(file)) as { History: new () => History };

const atSecond = (second: number): string => new Date(Date.UTC(2026, 10, 30) + second * 1_000).toISOString();

const figures = (second: number, bytesOut: number): Figures =>
  ({
    at: atSecond(second),
    streams: [{ id: 1, bytesIn: bytesOut, bytesOut }],
    engines: [{ load: 1 }, { load: 2 }],
  }) as unknown as Figures;

const sample = (second: number, load: number) => ({
  at: atSecond(second),
  load,
  clients: 1,
  sentBitsPerSecond: 2_000_000,
});

const seen = ({ samples }: History) =>
  samples.map(({ at, out, slots }) => [at - Date.UTC(2026, 10, 30) / 1_000, out, slots]);

test("the chart begins with what was before the page was opened, and goes on with what it hears", () => {
  const history = new History();
  history.take(figures(100, 0));
  history.take(figures(101, 500_000));
  history.fill({ everyMs: 5_000, samples: [sample(90, 7), sample(95, 8), sample(100, 9)] });
  // The one at 100 is so near to one of the page's own that it would be told twice.
  expect(seen(history)).toEqual([
    [90, 2, 7],
    [95, 2, 8],
    [101, 4, 3],
  ]);
});

test("a time in which the page could hear nothing is filled in, and after five minutes forgotten", () => {
  const history = new History();
  for (const second of [0, 1, 2]) history.take(figures(second, 0));
  history.take(figures(20, 0));
  history.fill({ everyMs: 5_000, samples: [5, 10, 15].map((second) => sample(second, 5)) });
  expect(seen(history).map(([at]) => at)).toEqual([1, 2, 10, 20]);
  history.take(figures(310, 0));
  expect(seen(history).map(([at]) => at)).toEqual([20, 310]);
});
