/** Deno as its users call it: a command that ends, or a program that serves and tells what permission it asked for. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Outcome, run } from "../support/run.ts";
import { until } from "../support/until.ts";

export const ROOT = join(import.meta.dir, "../..");
export const DENO = join(ROOT, "node_modules/.bin/deno");
/** JSR cannot be reached where tests run. */
export const OFFLINE = `--import-map=${join(ROOT, "deno.offline.json")}`;
export const PROGRAMS = join(import.meta.dir, "programs");

const DYING_MS = 5_000;
/** What it has not run yet it compiles first, on processors that it shares. */
const STARTS_MS = 55_000;

/** What Deno keeps of what it has compiled and checked. What comes from a registry of a test's own is kept with that. */
const CACHE = join(ROOT, "node_modules/.cache/deno-tests");

const ENVIRONMENT = { DENO_DIR: CACHE, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };

/** Runs `deno` to its end, in the repository unless told otherwise. */
export const deno = (
  args: readonly string[],
  {
    cwd = ROOT,
    env = {},
    deadlineMs,
  }: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly deadlineMs?: number;
  } = {},
): Promise<Outcome> =>
  run([DENO, ...args], {
    cwd,
    env: { ...ENVIRONMENT, ...env },
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  });

export interface Program {
  readonly url: string;
  /** What it printed so far. */
  printed(): string;
  /** Every permission that it was granted or refused so far, as `net 127.0.0.1:80`, sorted, each once. */
  asked(): string[];
  /** Asks it to end, and resolves with its exit code. */
  end(): Promise<number | null>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a program that prints its URL, with these permissions and not one more: what else it asks for throws there. */
export async function startProgram(
  allowed: readonly string[],
  program: readonly string[],
  options: {
    readonly command?: string;
    readonly flags?: readonly string[];
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    /** Where in what it prints its URL stands; default: on a line of its own. */
    readonly line?: RegExp;
  } = {},
): Promise<Program> {
  const { flags = ["run", "--no-prompt", "--no-lock", "--no-check", OFFLINE] } = options;
  const folder = mkdtempSync(join(tmpdir(), "deno-audit-"));
  const audit = join(folder, "audit.jsonl");
  const child = spawn(options.command ?? DENO, [...flags, ...allowed, ...program], {
    cwd: options.cwd ?? ROOT,
    env: { PATH: process.env.PATH ?? "", ...ENVIRONMENT, DENO_AUDIT_PERMISSIONS: audit, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  const stop = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return await ended;
  };
  const url = await until(
    "the program listens",
    () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${printed}`);
      return (options.line ?? /^http:\S+(?=\n)/m).exec(printed)?.[0];
    },
    STARTS_MS,
  );
  return {
    url,
    printed: () => printed,
    asked: () => askedIn(audit),
    end: () => stop("SIGTERM"),
    async [Symbol.asyncDispose]() {
      // A task passes on the first of these, and leaves its program behind at the second.
      const ended = stop("SIGTERM");
      const kill = setTimeout(() => child.kill("SIGKILL"), DYING_MS);
      await ended;
      clearTimeout(kill);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What stands in a file of `DENO_AUDIT_PERMISSIONS`; there is none where nothing was asked for. */
export function askedIn(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  const lines = text.split("\n").filter(Boolean);
  const asked = lines.map((line) => JSON.parse(line) as { permission: string; value: string });
  return [...new Set(asked.map(({ permission, value }) => `${permission} ${value}`))].sort();
}
