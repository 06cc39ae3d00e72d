/** The embedding's bench: its tables, its flags, and that it runs. Nothing here minds how long anything takes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Order } from "../bench/embedding/inside/orders.ts";
import { LIMITER_NAMES, runLimit, TRIALS } from "../bench/embedding/limits.ts";
import { readOptions } from "../bench/embedding/options.ts";
import { PROXY_SCENARIOS } from "../bench/embedding/proxies.ts";
import { markdownOf, proxyTable, textOf, trialTable, withBlocks } from "../bench/embedding/report.ts";
import { bundled, commandOf, RUNTIMES } from "../bench/embedding/runtimes.ts";
import type { Sample } from "../bench/metrics.ts";

const sample = (
  scenario: string,
  subject: string,
  repetition: number,
  metrics: Sample["metrics"],
): Sample => ({
  scenario,
  subject,
  repetition,
  metrics,
  troubles: [],
  foreignCpuPercent: 0,
});

describe("tables", () => {
  const trial = {
    name: "alone",
    told: "nobody waits",
    columns: [{ metric: "thousandsPerSecond", hasRatio: true }],
  } as const;
  const samples = [
    sample("alone bun", "async-sema", 0, { thousandsPerSecond: 900 }),
    sample("alone bun", "async-sema", 1, { thousandsPerSecond: 100 }),
    sample("alone bun", "aceslot", 0, { thousandsPerSecond: 300 }),
    sample("alone bun", "aceslot", 1, { thousandsPerSecond: 50 }),
    sample("alone deno", "aceslot", 0, { thousandsPerSecond: 400 }),
    sample("queue bun", "aceslot", 0, { thousandsPerSecond: 7 }),
  ];

  test("runtimes stand side by side, in the subjects' order, each with ratios to ours", () => {
    expect(trialTable(trial, ["bun", "deno"], ["aceslot", "p-queue", "async-sema"], samples).rows).toEqual([
      ["", "Bun k/s", "to aceslot", "Deno k/s", "to aceslot"],
      ["aceslot", "175.0", "1", "400.0", "1"],
      ["async-sema", "500.0", "2.50 (2.00…3.00)", "–", "–"],
    ]);
  });

  test("proxies are compared to the one on Bun", () => {
    const table = proxyTable(
      { name: "paced", told: "", columns: [{ metric: "MBps", hasRatio: true }] },
      RUNTIMES,
      [sample("paced", "node", 0, { MBps: 50 }), sample("paced", "bun", 0, { MBps: 100 })],
    );
    expect(table.rows).toEqual([
      ["", "MB/s", "to bun"],
      ["bun", "100", "1"],
      ["node", "50", "0.50"],
    ]);
  });

  test("a table is the same on a terminal and on a page", () => {
    const table = {
      name: "alone",
      told: "nobody waits",
      rows: [
        ["", "per s"],
        ["aceslot", "7"],
      ],
    };
    expect(textOf(table)).toBe("alone: nobody waits\n           per s\n  aceslot      7");
    expect(markdownOf(table)).toBe("**alone**: nobody waits\n\n|  | per s |\n|---|--:|\n| aceslot | 7 |");
  });

  test("a page gets what stands between its marks, and must have them", () => {
    const page = "a\n<!-- measured: limits -->\nold\n<!-- end of limits -->\nb";
    const filled = withBlocks(page, new Map([["limits", "new"]]));
    expect(filled).toBe("a\n<!-- measured: limits -->\n\nnew\n\n<!-- end of limits -->\nb");
    expect(withBlocks(filled, new Map([["limits", "new"]]))).toBe(filled);
    expect(() => withBlocks(page, new Map([["proxies", ""]]))).toThrow(
      "no block from <!-- measured: proxies -->",
    );
  });
});

describe("options", () => {
  test("names choose what is measured, and a wrong one is told", () => {
    expect(readOptions(["--only", "clients"]).scenarios.map(({ name }) => name)).toEqual([
      "clients-1",
      "clients-20",
      "clients-100",
    ]);
    expect(readOptions(["--only", "alone"])).toMatchObject({
      scenarios: [],
      trials: [{ name: "alone" }],
      weighs: false,
    });
    expect(readOptions(["--only", "weight"])).toMatchObject({ scenarios: [], trials: [], weighs: true });
    expect(readOptions(["--limiters", "aceslot"]).limiters).toEqual(["aceslot"]);
    expect(readOptions([])).toMatchObject({ trials: TRIALS, scenarios: PROXY_SCENARIOS, runtimes: RUNTIMES });
    expect(() => readOptions(["--limiters", "mutex"])).toThrow("there is no limiter mutex");
    expect(() => readOptions(["--runtimes", "workerd"])).toThrow("there is no runtime workerd");
    expect(() => readOptions(["--repeat", "0"])).toThrow("--repeat");
  });
});

test("the bench runs, prints its tables and puts them into a page", async () => {
  const folder = await mkdtemp(join(tmpdir(), "aceslot-bench-test-"));
  try {
    const page = join(folder, "page.md");
    await writeFile(page, blocks(["machine", "limits"]));
    const program = join(import.meta.dir, "../bench/embedding/main.ts");
    const chosen = ["--only", "alone", "--runtimes", "bun", "--limiters", "aceslot,async-sema"];
    const { stdout } = await promisify(execFile)(process.execPath, [
      program,
      "--quick",
      ...chosen,
      "--write",
      page,
    ]);
    expect(stdout).toMatch(
      /^alone: .*\n +Bun k\/s +to aceslot\n +aceslot +[\d.]+ +1\n +async-sema +[\d.]+ +[\d.]+$/m,
    );
    const written = await readFile(page, "utf8");
    expect(written).toContain("| Bun k/s | to aceslot |");
    expect(written).toMatch(/<!-- measured: machine -->\n\n\d+ cores /);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

const blocks = (names: readonly string[]): string =>
  names.map((name) => `<!-- measured: ${name} -->\n<!-- end of ${name} -->\n`).join("\n");

describe("a limiter at work", () => {
  let folder: string;
  let bundle: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "aceslot-bench-test-"));
    bundle = await bundled(join(import.meta.dir, "../bench/embedding/inside/limit.ts"), folder, "limit");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const places = { resources: 2, cap: 2 };
  const others = LIMITER_NAMES.filter((name) => name !== "std-async");

  for (const runtime of RUNTIMES) {
    test(`runs on ${runtime} and tells its rate and its memory`, async () => {
      const common = { runtime, repetition: 0, isQuick: true, bundle, stdAsync: null } as const;
      const trial = { name: "small", told: "", places, columns: [] };
      const rate = await runLimit({ ...common, trial: { ...trial, tasks: 8 }, limiter: "aceslot" });
      expect(rate.metrics.thousandsPerSecond).toBeGreaterThan(0);
      const held = await runLimit({ ...common, trial: { ...trial, tasks: null }, limiter: "aceslot-key" });
      // Of a few slots the figure is mostly noise.
      expect(held.metrics).toEqual({ bytesPerSlot: expect.any(Number), bytesPerWaiter: expect.any(Number) });
    }, 120_000);
  }

  const runOrder = async (order: Order): Promise<string> => {
    const [file = "", ...args] = commandOf("bun", bundle, JSON.stringify(order));
    return (await promisify(execFile)(file, args)).stdout;
  };
  const shortly = { places, stdAsync: null, kind: "rate", tasks: 16, warmUpMs: 1, measuredMs: 10 } as const;

  test("keeps to its places, whichever it is", async () => {
    for (const limiter of others) {
      const told = JSON.parse(await runOrder({ ...shortly, limiter }));
      expect(told.perSecond).toBeGreaterThan(0);
    }
  }, 120_000);

  test("is not believed when it lets too many in", async () => {
    const source = join(folder, "broken.mjs");
    await writeFile(source, "export class Semaphore { async acquire() {} release() {} }");
    const run = runOrder({ ...shortly, limiter: "std-async", stdAsync: source });
    await expect(run).rejects.toThrow("5 run at once, and there are 4 places");
  });
});
