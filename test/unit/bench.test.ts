/** The bench's own arithmetic, and its tables. */
import { describe, expect, test } from "bun:test";
import { goalLines } from "../bench/goals.ts";
import type { Sample } from "../bench/metrics.ts";
import { readOptions } from "../bench/options.ts";
import { SCENARIOS } from "../bench/scenarios.ts";
import { median, ratios, rotated, spread } from "../bench/statistics.ts";
import { lines, ratioTo, rows } from "../bench/table.ts";

const sample = (
  subject: string,
  repetition: number,
  metrics: Sample["metrics"],
  scenario = "fanout-100",
): Sample => ({
  scenario,
  subject,
  repetition,
  metrics,
  troubles: [],
  foreignCpuPercent: 0,
});

describe("statistics", () => {
  test("the median of an odd number is the middle one, of an even number the mean of two", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNull();
  });

  test("a spread keeps the least and the most", () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(spread([])).toBeNull();
  });

  test("a ratio is taken within a repetition, and only where both were measured", () => {
    const ours = new Map([
      [0, 90],
      [1, 50],
      [2, 7],
      [3, 1],
    ]);
    const theirs = new Map([
      [0, 100],
      [1, 100],
      [3, 0],
    ]);
    expect(ratios(ours, theirs)).toEqual([0.9, 0.5]);
  });

  test("everybody comes first once", () => {
    expect([0, 1, 2, 3].map((by) => rotated(["a", "b", "c"], by).join(""))).toEqual([
      "abc",
      "bca",
      "cab",
      "abc",
    ]);
    expect(rotated([], 5)).toEqual([]);
  });
});

describe("tables", () => {
  const samples = [
    sample("relay", 0, { MBps: 100, rssMiB: 4.04 }),
    sample("aceslot", 0, { MBps: 50 }),
    sample("relay", 1, { MBps: 200, rssMiB: 4.04 }),
    sample("aceslot", 1, { MBps: 200 }),
  ];

  test("a ratio compares what was measured together, not the medians", () => {
    expect(ratioTo(samples, "aceslot", "relay", "MBps")).toEqual({ median: 0.75, min: 0.5, max: 1 });
    expect(ratioTo(samples, "aceslot", "nginx", "MBps")).toBeNull();
  });

  test("medians, ratios with their spread, and a dash for what was not measured", () => {
    expect(rows(samples, [{ metric: "MBps", hasRatio: true }, { metric: "rssMiB" }])).toEqual([
      ["", "MB/s", "to relay", "RSS MiB"],
      ["relay", "150", "1", "4.0"],
      ["aceslot", "125", "0.75 (0.50…1.00)", "–"],
    ]);
  });

  test("columns stand under each other", () => {
    expect(
      lines([
        ["", "MB/s"],
        ["relay", "9"],
      ]),
    ).toEqual(["       MB/s", "relay     9"]);
  });

  test("a goal is told with its figure, and only if it was measured", () => {
    const told = goalLines(samples);
    expect(told).toEqual([["fanout-100: MB/s, to the relay's", "≥ 0.9", "0.75 (0.50…1.00)", "missed"]]);
  });
});

describe("options", () => {
  test("a beginning names all its scenarios, a whole name only that one", () => {
    const names = (only: string) => readOptions(["--only", only]).scenarios.map(({ name }) => name);
    expect(names("paced")).toEqual(["paced-200", "paced-50x4"]);
    expect(names("slow")).toEqual(["slow"]);
    expect(names("zap,cold")).toEqual(["zap", "cold"]);
    expect(() => names("fan")).toThrow("there is no scenario fan");
  });

  test("quick leaves the long scenarios out and measures once", () => {
    const quick = readOptions(["--quick"]);
    expect(quick.repetitions).toBe(1);
    expect(quick.scenarios.length).toBeLessThan(SCENARIOS.length);
    expect(() => readOptions(["--repeat", "0"])).toThrow("--repeat");
    expect(() => readOptions(["--subjects", "caddy"])).toThrow("there is no subject caddy");
  });
});
