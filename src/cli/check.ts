// `aceslot check`: every interleaving of the selector that ships, in small worlds; large ones at random.
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { check as runCheck } from "../../model/checker.ts";
import { replayCore } from "../../model/core.ts";
import { MUTANTS, mutantNamed, stepOf } from "../../model/mutants/index.ts";
import { PROPERTIES } from "../../model/properties/index.ts";
import { replayRandom } from "../../model/random.ts";
import {
  githubSummary,
  REPORT_FILE,
  type ReportFormat,
  report,
  startExplorePage,
} from "../../model/report/index.ts";
import { type CheckResult, EXIT_CODE, type TraceFile, type Violation } from "../../model/result.ts";
import { replayShell, shellMutants } from "../../model/shell/index.ts";
import { SHELL_PROPERTIES } from "../../model/shell/properties.ts";
import { createWalker } from "../../model/walker.ts";
import { durationMs } from "../config/durations.ts";
import { quoted } from "../config/error.ts";
import { nearest } from "../config/nearest.ts";
import { step as realStep } from "../slots/index.ts";
import { WORLD_NAMES } from "./check-words.ts";
import { type Own, worldOfFlags, worldsOf } from "./check-worlds.ts";
import { EXIT, print, UsageError } from "./run.ts";

const clock = (): number => performance.now();

export async function check(own: Own, file: string | null): Promise<number> {
  if (own["list-mutants"]) return listMutants();
  if (own["list-properties"]) return listProperties();
  if (own.explore) return explore(own);
  if (typeof own.replay === "string") return replayTrace(own.replay, own);
  const preset = worldsOf(own, file);
  const mutant = typeof own.mutant === "string" ? own.mutant : null;
  if (mutant === "all") return everyMutant(own);
  if (mutant !== null) knownMutant(mutant);
  const result = await runCheck({
    preset,
    mutant,
    maxStates: wholeNumber("--max-states", own["max-states"]),
    maxMs: duration(own.time),
    clock,
    symmetry: own.symmetry !== "no",
    ...(own.seed === undefined ? {} : { seed: wholeNumber("--seed", own.seed) ?? 0 }),
    onProgress: progress(own),
  });
  endProgress(own);
  await publish(result, own);
  return EXIT_CODE[result.verdict];
}

function knownMutant(name: string): void {
  const names = [...MUTANTS, ...shellMutants].map((mutant) => mutant.name);
  if (names.includes(name)) return;
  const guess = nearest(name, names);
  throw new UsageError(
    `--mutant: there is no ${quoted(name)}; ${guess === null ? "see aceslot check --list-mutants" : `did you mean ${guess}?`}`,
  );
}

async function publish(result: CheckResult, own: Own): Promise<void> {
  const format = (typeof own.format === "string" ? own.format : "pretty") as ReportFormat;
  const out = typeof own.out === "string" ? own.out : null;
  const trace = out === null ? "trace.json" : join(out, "trace.json");
  const command = result.violation ? `aceslot check --replay ${trace}` : null;
  const isTerminal = process.stdout.isTTY === true;
  const options = {
    color: isTerminal && (process.env.NO_COLOR ?? "") === "" && out === null,
    columns: Math.min(100, process.stdout.columns || 100),
    command,
  };
  const text = report(format, result, options);
  if (out !== null) {
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, REPORT_FILE[format]), text);
  }
  if (result.violation && (out !== null || format === "pretty"))
    writeFileSync(trace, `${JSON.stringify(result.violation.replay, null, 2)}\n`);
  if (out === null || format !== "pretty") await print(text);
  else await print(report("pretty", result, { ...options, color: false }));
  // Where a workflow collects a summary, the picture goes there.
  const summary = process.env.GITHUB_STEP_SUMMARY;
  if (format === "github" && summary) appendFileSync(summary, githubSummary(result, options));
}

/** The gate: each known bug is put in place, and must be caught by the property that it names. */
async function everyMutant(own: Own): Promise<number> {
  const rows: string[] = [];
  let missed = 0;
  for (const { name, property } of [...MUTANTS, ...shellMutants]) {
    progress(own)(name);
    const isOfShell = shellMutants.some((mutant) => mutant.name === name);
    const result = await runCheck({
      preset: { name: "mutants", ladder: [], randomRuns: 0, shell: isOfShell ? "ci" : null, incident: false },
      mutant: name,
      maxStates: null,
      maxMs: null,
      clock,
    });
    const caught = result.violation;
    const isRight = caught?.property === property;
    if (!isRight) missed++;
    const states = result.rungs.reduce((sum, rung) => sum + rung.states, 0);
    rows.push(
      caught
        ? `${isRight ? "caught" : "WRONG "}  ${name.padEnd(28)} ${caught.property}${isRight ? "" : ` (should be: ${property})`}  ${states} states, trace of ${caught.trace.length}`
        : `MISSED  ${name.padEnd(28)} ${property}  ${states} states`,
    );
  }
  endProgress(own);
  await print(
    `${rows.join("\n")}\n\n${rows.length - missed} of ${rows.length} caught by the property that they name\n`,
  );
  return missed === 0 ? EXIT.done : EXIT.failed;
}

async function listMutants(): Promise<number> {
  const blocks = [...MUTANTS, ...shellMutants].map(
    ({ name, history, property }) => `${name}\n  must be caught by: ${property}\n  ${history}`,
  );
  await print(`${blocks.join("\n\n")}\n`);
  return EXIT.done;
}

async function listProperties(): Promise<number> {
  const line = ({
    name,
    sentence,
    sometimes,
  }: {
    name: string;
    sentence: string;
    sometimes: string;
  }): string => `${name}\n  ${sentence}\n  Put to the test when ${sometimes}.`;
  const core = PROPERTIES.map(line).join("\n\n");
  const shell = SHELL_PROPERTIES.map(line).join("\n\n");
  await print(
    `The selector, in every state and step of its worlds\n\n${core}\n\nThe broker with its real awaits\n\n${shell}\n`,
  );
  return EXIT.done;
}

async function explore(own: Own): Promise<number> {
  const mutant = typeof own.mutant === "string" ? own.mutant : null;
  const bug = mutant === null ? null : mutantNamed(mutant);
  if (mutant !== null && !bug)
    throw new UsageError(
      `--mutant: there is no ${quoted(mutant)} of the selector; see aceslot check --list-mutants`,
    );
  const hasWorld = WORLD_NAMES.some((name) => own[name] !== undefined);
  const size = hasWorld || !bug ? worldOfFlags(own) : { ...worldOfFlags(own), ...bug.world };
  const walker = createWalker({
    size,
    step: bug ? stepOf(bug) : realStep,
    mutant,
    symmetry: own.symmetry !== "no",
  });
  const port = own.port === undefined ? 0 : (wholeNumber("--port", own.port) ?? 0);
  const page = await startExplorePage(walker, port);
  await print(`Walk through ${walker.world}${mutant ? ` with ${mutant}` : ""}: ${page.url}\nCtrl-C ends it.`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  await page.close();
  return EXIT.done;
}

const traceSchema = z.object({
  aceslotTrace: z.literal(1),
  rung: z.string(),
  method: z.enum(["core", "shell", "random", "incident"]),
  size: z.record(z.string(), z.union([z.number(), z.boolean()])),
  mutant: z.string().nullable(),
  property: z.string(),
  choices: z.array(z.number().int().nonnegative()).max(100_000),
});

async function replayTrace(path: string, own: Own): Promise<number> {
  const trace = readTrace(path);
  if (trace.mutant !== null) knownMutant(trace.mutant);
  let violation: Violation | null;
  try {
    violation = await replay(trace);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(
      `--replay: ${quoted(path)} does not fit this version: ${error.message}; make the trace anew`,
    );
  }
  if (!violation) {
    await print(`${trace.property}: holds now; the trace of ${trace.choices.length} steps breaks nothing`);
    return EXIT.done;
  }
  const result: CheckResult = {
    version: 1,
    verdict: "violated",
    preset: "replay",
    mutant: trace.mutant,
    rungs: [],
    properties: [],
    coverage: { moves: {}, events: {}, effects: {} },
    assumptions: [],
    limits: [],
    violation,
    seconds: 0,
    memoryBytes: 0,
  };
  await publish(result, own);
  return EXIT.failed;
}

async function replay(trace: TraceFile): Promise<Violation | null> {
  if (trace.method === "shell") return replayShell(trace);
  const bug = trace.mutant === null ? null : mutantNamed(trace.mutant);
  const step = bug ? stepOf(bug) : realStep;
  if (trace.method === "random") return replayRandom(trace, step);
  const named = Object.fromEntries(
    WORLD_NAMES.flatMap((name) => (trace.size[name] === undefined ? [] : [[name, trace.size[name]]])),
  );
  const text = Object.fromEntries(
    Object.entries(named).map(([name, value]) => [
      name,
      typeof value === "boolean" ? (value ? "yes" : "no") : String(value),
    ]),
  );
  return replayCore({ size: worldOfFlags(text), step, mutant: trace.mutant }, trace.choices);
}

function readTrace(path: string): TraceFile {
  const rule = "it must be a trace that aceslot check wrote; run aceslot check again to make one";
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(
      `--replay: ${quoted(path)} cannot be read (${(error as NodeJS.ErrnoException).code}): ${rule}`,
    );
  }
  try {
    return traceSchema.parse(JSON.parse(text));
  } catch {
    throw new UsageError(`--replay: ${quoted(path)} is not a trace: ${rule}`);
  }
}

function wholeNumber(flag: string, text: string | true | undefined): number | null {
  if (text === undefined) return null;
  if (typeof text === "string" && /^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(
    `${flag}: ${quoted(String(text))} is not allowed: it must be a whole number; try ${flag} 100000`,
  );
}

function duration(text: string | true | undefined): number | null {
  if (text === undefined) return null;
  const ms = typeof text === "string" ? durationMs(text) : null;
  if (ms !== null && ms > 0) return ms;
  throw new UsageError(
    `--time: ${quoted(String(text))} is not allowed: it must be a time above 0 with its unit; try --time 30s`,
  );
}

/** On a terminal, what is being looked at now. */
const progress =
  (own: Own) =>
  (text: string): void => {
    if (process.stderr.isTTY && !own.format) process.stderr.write(`\r\u001b[K${text}`);
  };
const endProgress = (own: Own): void => {
  if (process.stderr.isTTY && !own.format) process.stderr.write("\r\u001b[K");
};
