// Which flags of `aceslot check` go together, and the numbers among them.
import { durationMs } from "../config/durations.ts";
import { quoted } from "../config/error.ts";
import { WORLD_NAMES } from "./check-words.ts";
import { UsageError } from "./run.ts";

export type Own = Readonly<Record<string, string | true>>;

/** What `aceslot check` is asked to do; the first one whose flag is given. */
const TASKS = ["list-mutants", "list-properties", "replay", "explore"] as const;
export type Task = (typeof TASKS)[number] | "every mutant" | "check";

const WORLDS: readonly string[] = [...WORLD_NAMES, "config"];

/** The flags that each task reads, beyond its own. */
const READS: Readonly<Record<Task, readonly string[]>> = {
  "list-mutants": [],
  "list-properties": [],
  replay: ["format", "out"],
  explore: [...WORLDS, "mutant", "symmetry", "port"],
  "every mutant": ["mutant", "format", "out"],
  check: [...WORLDS, "preset", "mutant", "symmetry", "time", "max-states", "seed", "format", "out"],
};

/** What is asked; a flag that it would not read is a mistake that is named. */
export function taskOf(own: Own, file: string | null): Task {
  const asked = TASKS.find((task) => own[task] !== undefined);
  const task = asked ?? (own.mutant === "all" ? "every mutant" : "check");
  const reads = READS[task];
  const given = [...Object.keys(own), ...(file === null ? [] : ["config"])];
  const stray = given.find((flag) => flag !== task && !reads.includes(flag));
  if (stray === undefined) return task;
  if (task === "check") throw new UsageError(`--${stray}: it goes with --explore only; leave it out`);
  const name = task === "every mutant" ? "--mutant all" : `--${task}`;
  throw new UsageError(`--${stray} and ${name}: they cannot go together; leave one of them out`);
}

/** A whole number from `least` to `most`; null: the flag is not given. */
export function wholeNumber(own: Own, name: string, least: number, most: number): number | null {
  const text = own[name];
  if (text === undefined) return null;
  const number = typeof text === "string" && /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  const example = Math.min(Math.max(least, 100_000), most);
  throw new UsageError(
    `--${name}: ${quoted(String(text))} is not allowed: it must be a whole number from ${least} to ${most}; try --${name} ${name === "port" ? 8080 : example}`,
  );
}

/** Milliseconds above 0; null: the flag is not given. */
export function time(own: Own): number | null {
  const text = own.time;
  if (text === undefined) return null;
  const ms = typeof text === "string" ? durationMs(text) : null;
  if (ms !== null && ms > 0) return ms;
  throw new UsageError(
    `--time: ${quoted(String(text))} is not allowed: it must be a time above 0 with its unit; try --time 30s`,
  );
}
