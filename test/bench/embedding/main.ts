/**
 * What embedding costs: `bun test/bench/embedding/main.ts --help`. The selector beside other limiters, and the proxy
 * inside programs of one's own, on Bun, Deno and Node. docs/bench-embedding.md tells what is measured.
 */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { command } from "../flags.ts";
import { describeMachine } from "../machine.ts";
import type { Sample } from "../metrics.ts";
import { preparePrograms } from "../programs.ts";
import { run } from "../run.ts";
import { rotated } from "../statistics.ts";
import type { Site } from "../subjects.ts";
import { foreign } from "../usage.ts";
import { runLimit } from "./limits.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { PROXY_NAMES, startProxy } from "./proxies.ts";
import { markdownOf, proxyTable, type Table, textOf, trialTable, withBlocks } from "./report.ts";
import { bundled, findStdAsync, TITLES, versionOf } from "./runtimes.ts";
import { WEIGHT, weigh } from "./weight.ts";

const inside = (name: string): string => fileURLToPath(new URL(`inside/${name}.ts`, import.meta.url));

/** On a terminal only: one line that changes. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** What is imported for it on each runtime; says where it is missing. */
async function lookForStdAsync(
  folder: string,
  { limiters, runtimes, stdAsync }: Options,
): ReturnType<typeof findStdAsync> {
  if (!limiters.includes("std-async")) return {};
  const found = await findStdAsync(stdAsync, folder);
  for (const runtime of runtimes) {
    if (found[runtime] === undefined)
      console.log(`@std/async is left out on ${TITLES[runtime]}: it is on JSR alone (--std-async FILE)`);
  }
  return found;
}

async function measureAllLimits(options: Options): Promise<Sample[]> {
  const folder = await mkdtemp(join(tmpdir(), "aceslot-bench-"));
  try {
    return await measureLimits(folder, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureLimits(folder: string, options: Options): Promise<Sample[]> {
  const { trials, runtimes, limiters, repetitions, isQuick } = options;
  const samples: Sample[] = [];
  if (trials.length === 0) return samples;
  const stdAsync = await lookForStdAsync(folder, options);
  const bundle = await bundled(inside("limit"), folder, "limit");
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    for (const trial of trials) {
      for (const [at, runtime] of runtimes.entries()) {
        const found = stdAsync[runtime] ?? null;
        for (const limiter of rotated(limiters, repetition + at)) {
          if (limiter === "std-async" && found === null) continue;
          progress(`${repetition + 1}/${repetitions} ${trial.name} ${runtime} ${limiter}`);
          samples.push(
            await runLimit({ trial, runtime, limiter, repetition, isQuick, bundle, stdAsync: found }),
          );
        }
      }
    }
  }
  progress("");
  return samples;
}

async function measureProxies(options: Options): Promise<Sample[]> {
  const { scenarios, runtimes, repetitions, isQuick } = options;
  const samples: Sample[] = [];
  if (scenarios.length === 0) return samples;
  await using programs = await preparePrograms();
  const bundle = await bundled(inside("serve"), programs.folder, "serve");
  const names = PROXY_NAMES.filter((name) => name === "binary" || runtimes.includes(name));
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    for (const [at, scenario] of scenarios.entries()) {
      for (const subject of rotated(names, repetition + at)) {
        progress(`${repetition + 1}/${repetitions} ${scenario.name} ${subject}`);
        const times = (isQuick ? scenario.quickTimes : null) ?? scenario.times;
        const start = (site: Site) => startProxy(subject, bundle, site);
        const sample = await run({ programs, scenario, subject, start, repetition, times });
        if (sample !== null) samples.push(sample);
      }
    }
  }
  progress("");
  return samples;
}

/** The blocks of the page, by name; only of what was measured. */
function blocksOf(
  head: string,
  limits: readonly Table[],
  proxies: readonly Table[],
  weight: string | null,
): Map<string, string> {
  const blocks = new Map([["machine", head]]);
  if (weight !== null) blocks.set(WEIGHT, weight);
  if (limits.length > 0) blocks.set("limits", limits.map(markdownOf).join("\n\n"));
  if (proxies.length > 0) blocks.set("proxies", proxies.map(markdownOf).join("\n\n"));
  return blocks;
}

async function main(options: Options): Promise<number> {
  const machine = describeMachine();
  const { repetitions } = options;
  const head = [
    `${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB, ${machine.kernel}; ${machine.atIso}`,
    options.runtimes.map(versionOf).join(" · "),
    `${repetitions} repetition${repetitions === 1 ? "" : "s"}: medians, and ratios of the same repetition as median (least…most)`,
  ];
  console.log(head.join("\n"));
  const limitSamples = await measureAllLimits(options);
  const limits = options.trials.map((trial) =>
    trialTable(trial, options.runtimes, options.limiters, limitSamples),
  );
  for (const table of limits) console.log(`\n${textOf(table)}`);
  const proxySamples = await measureProxies(options);
  const proxies = options.scenarios.map((scenario) => proxyTable(scenario, PROXY_NAMES, proxySamples));
  for (const table of proxies) console.log(`\n${textOf(table)}`);
  const weight = options.weighs ? weigh() : null;
  if (weight !== null) console.log(`\n${weight}`);
  else if (options.weighs) console.log("\nThe package is not weighed: make package");
  const samples = [...limitSamples, ...proxySamples];
  const others = foreign(samples.map(({ foreignCpuPercent }) => foreignCpuPercent));
  const told = `Other programs used ${others.median.toFixed(0)} % of a core meanwhile, ${others.max.toFixed(0)} % at most.`;
  console.log(`\n${told}`);
  const troubles = samples.flatMap(({ scenario, subject, troubles }) =>
    troubles.map((trouble) => `${scenario} ${subject}: ${trouble}`),
  );
  for (const trouble of new Set(troubles)) console.error(trouble);
  if (options.jsonFile !== null)
    await writeFile(options.jsonFile, `${JSON.stringify({ machine, repetitions, samples }, null, 1)}\n`);
  if (options.pageFile !== null) {
    const page = await readFile(options.pageFile, "utf8");
    const blocks = blocksOf([...head, told].join("  \n"), limits, proxies, weight);
    await writeFile(options.pageFile, withBlocks(page, blocks));
  }
  return troubles.length > 0 ? 1 : 0;
}

if (import.meta.main) process.exitCode = await command(process.argv.slice(2), USAGE, readOptions, main);
