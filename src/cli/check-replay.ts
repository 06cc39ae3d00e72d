// `aceslot check --replay TRACE`: a violation's choices once more.
import * as z from "zod";
import { replayCluster } from "../../model/cluster/index.ts";
import { replayCore } from "../../model/core.ts";
import { reenact } from "../../model/incident.ts";
import { mutantNamed, stepOf } from "../../model/mutants/index.ts";
import { replayRandom } from "../../model/random.ts";
import { type CheckResult, EXIT_CODE, type TraceFile, type Violation } from "../../model/result.ts";
import { replayShell } from "../../model/shell/index.ts";
import { quoted } from "../config/error.ts";
import { step as realStep } from "../slots/index.ts";
import { readText } from "./check-input.ts";
import { knownMutant } from "./check-mutants.ts";
import { formatOf, publish } from "./check-output.ts";
import type { Own } from "./check-rules.ts";
import { readSize } from "./check-worlds.ts";
import { print, UsageError } from "./run.ts";

const CHOICES_MAX = 100_000;
/** No text in a trace is longer. */
const TEXT_MAX = 1_000;

const traceSchema = z.object({
  aceslotTrace: z.literal(1),
  rung: z.string().max(TEXT_MAX),
  method: z.enum(["core", "shell", "cluster", "random", "incident"]),
  size: z.record(z.string(), z.union([z.number(), z.boolean()])),
  mutant: z.string().max(TEXT_MAX).nullable(),
  property: z.string().max(TEXT_MAX),
  choices: z.array(z.number().int().nonnegative()).max(CHOICES_MAX),
  symmetry: z.literal(false).optional(),
});

export async function replay(own: Own): Promise<number> {
  const path = String(own.replay);
  const trace = readTrace(path);
  if (trace.mutant !== null) knownMutant(`--replay: ${quoted(path)}`, trace.mutant);
  const began = performance.now();
  let violation: Violation | null;
  try {
    violation = await violationOf(trace, path);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(
      `--replay: ${quoted(path)} does not fit this version: ${error.message}; make the trace anew`,
    );
  }
  if (!violation && formatOf(own) === "pretty" && own.out === undefined) {
    await print(`${trace.property}: holds now; the trace of ${trace.choices.length} steps breaks nothing`);
    return EXIT_CODE.holds;
  }
  const result = resultOf(trace, violation, (performance.now() - began) / 1000);
  await publish(result, own, path);
  return EXIT_CODE[result.verdict];
}

/** A replay looks at one path and one property; nothing is said of any other. */
function resultOf(trace: TraceFile, violation: Violation | null, seconds: number): CheckResult {
  const steps = violation ? violation.trace.length : trace.choices.length;
  return {
    version: 1,
    verdict: violation ? "violated" : "holds",
    preset: "replay",
    mutant: trace.mutant,
    rungs: [
      {
        name: trace.rung,
        method: trace.method,
        states: steps + 1,
        edges: steps,
        depth: steps,
        terminals: 0,
        acyclic: null,
        complete: violation === null,
        seconds,
      },
    ],
    properties: [
      {
        name: violation?.property ?? trace.property,
        sentence: violation?.sentence ?? "",
        kind: "always",
        status: violation ? "violated" : "holds",
        sometimes: "the trace is replayed",
        reachedIn: trace.rung,
        methods: [trace.method],
      },
    ],
    coverage: { moves: {}, events: {}, effects: {} },
    assumptions: [],
    limits: ["Only this trace was run again."],
    violation,
    seconds,
    memoryBytes: process.memoryUsage().rss,
  };
}

async function violationOf(trace: TraceFile, path: string): Promise<Violation | null> {
  const { method, mutant } = trace;
  if (method === "shell") return replayShell(trace);
  if (method === "cluster") {
    const of = readSize(`--replay: ${quoted(path)}`, trace.size);
    return replayCluster({ size: of, mutant, symmetry: trace.symmetry ?? true }, trace.choices);
  }
  const bug = mutant === null ? null : mutantNamed(mutant);
  if (bug === undefined)
    throw new RangeError(`${mutant} is no bug of the selector, and the trace is one of the selector`);
  const step = bug ? stepOf(bug) : realStep;
  if (method === "incident") return reenact({ step, mutant, clock: () => performance.now() }).violation;
  const size = readSize(`--replay: ${quoted(path)}`, trace.size);
  if (method === "random") return replayRandom({ ...trace, size: { ...size } }, step);
  return replayCore({ size, step, mutant, symmetry: trace.symmetry ?? true }, trace.choices);
}

function readTrace(path: string): TraceFile {
  const rule = "it must be a trace that aceslot check wrote; run aceslot check again to make one";
  const text = readText("--replay", path, rule);
  try {
    const { symmetry, ...trace } = traceSchema.parse(JSON.parse(text));
    return symmetry === false ? { ...trace, symmetry } : trace;
  } catch {
    throw new UsageError(`--replay: ${quoted(path)} is not a trace: ${rule}`);
  }
}
