/**
 * The data plane beside a bare relay, nginx, HAProxy and acexy's design: `bun test/bench/main.ts --help`.
 * docs/bench.md tells what is measured, and how to read it.
 */

import { writeFile } from "node:fs/promises";
import { command } from "./flags.ts";
import { goalLines } from "./goals.ts";
import { describeMachine } from "./machine.ts";
import type { Sample } from "./metrics.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { type Programs, preparePrograms } from "./programs.ts";
import { type Run, run } from "./run.ts";
import type { Scenario } from "./scenarios.ts";
import { rotated } from "./statistics.ts";
import { type Site, type SubjectName, startSubject, subjectsIn } from "./subjects.ts";
import { lines, rows } from "./table.ts";
import { foreign } from "./usage.ts";

/** On a terminal only: one line that changes. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

const timesOf = (scenario: Scenario, subject: SubjectName, { isQuick }: Options): Run["times"] =>
  (isQuick ? scenario.quickTimes : scenario.longTimes?.[subject]) ?? scenario.times;

/** All runs. What may be compared is run as close together as can be, and everybody is first once in a while. */
async function measure(programs: Programs, options: Options): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (let repetition = 0; repetition < options.repetitions; repetition += 1) {
    for (const [at, scenario] of options.scenarios.entries()) {
      const subjects = subjectsIn(scenario.subjects, options.subjects);
      for (const subject of rotated(subjects, repetition + at)) {
        if (options.isQuick && scenario.longTimes?.[subject] !== undefined) continue;
        progress(`${repetition + 1}/${options.repetitions} ${scenario.name} ${subject}`);
        const times = timesOf(scenario, subject, options);
        const start = (site: Site) => startSubject(subject, site);
        const sample = await run({ programs, scenario, subject, start, repetition, times });
        if (sample !== null) samples.push(sample);
      }
    }
  }
  progress("");
  return samples;
}

function print(samples: readonly Sample[], options: Options): void {
  const order = (sample: Sample): number =>
    options.subjects.indexOf(sample.subject as Options["subjects"][number]);
  for (const scenario of options.scenarios) {
    const own = samples.filter((sample) => sample.scenario === scenario.name);
    if (own.length === 0) continue;
    console.log(`\n${scenario.name}: ${scenario.told}`);
    for (const line of lines(
      rows(
        own.toSorted((a, b) => order(a) - order(b)),
        scenario.columns,
      ),
    ))
      console.log(`  ${line}`);
    const told = new Set(
      own.flatMap((sample) => sample.troubles.map((trouble) => `${sample.subject}: ${trouble}`)),
    );
    for (const trouble of told) console.log(`  ${trouble}`);
  }
  const goals = goalLines(samples);
  if (goals.length > 0) console.log("\nGoals");
  for (const line of lines(goals)) console.log(`  ${line}`);
}

async function main(options: Options): Promise<number> {
  await using programs = await preparePrograms();
  const machine = describeMachine();
  console.log(
    `${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB, ${machine.kernel}; ${machine.atIso}\n` +
      `${programs.versions.join(" · ")}\n` +
      `${options.repetitions} repetition${options.repetitions === 1 ? "" : "s"}: medians, and ratios of the same repetition as median (least…most)`,
  );
  for (const line of programs.missing) console.log(line);
  const samples = await measure(programs, options);
  print(samples, options);
  const others = foreign(samples.map(({ foreignCpuPercent }) => foreignCpuPercent));
  console.log(
    `\nOther programs used ${others.median.toFixed(0)} % of a core meanwhile, ${others.max.toFixed(0)} % at most.`,
  );
  if (options.jsonFile !== null) {
    const content = { machine, versions: programs.versions, repetitions: options.repetitions, samples };
    await writeFile(options.jsonFile, `${JSON.stringify(content, null, 1)}\n`);
  }
  const dropped = samples.filter(({ subject, troubles }) => subject === "aceslot" && troubles.length > 0);
  for (const { scenario, repetition, troubles } of dropped) {
    console.error(
      `aceslot failed its clients in ${scenario}, repetition ${repetition + 1}: ${troubles.join(", ")}`,
    );
  }
  return dropped.length > 0 ? 1 : 0;
}

if (import.meta.main) process.exitCode = await command(process.argv.slice(2), USAGE, readOptions, main);
