/** The compiled binary as a user runs it: `aceslot serve …` on a free port, with its log at hand. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

/** Made by `make build`; another build can be put in its place to see a test fail. */
export const BINARY = process.env.ACESLOT_TEST_BINARY ?? join(import.meta.dir, "../../dist/aceslot");

/** Many binaries start at once, on few processors. */
export const STARTS_MS = 60_000;

export interface LogLine {
  readonly level: string;
  readonly room: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

export interface RunningBinary {
  readonly url: string;
  readonly pid: number;
  readonly log: readonly LogLine[];
  /** JSON of a GET. */
  get<T>(path: string): Promise<T>;
  /** Sends a signal and resolves with the exit code (null: ended by the signal). */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Environment of a test: nothing of the machine's own settings, and a home that not even root can write to. */
export function bareEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  return { PATH: process.env.PATH ?? "", HOME: "/proc/nonexistent", ...extra };
}

export async function startBinary(
  args: readonly string[],
  options: {
    readonly env?: Record<string, string>;
    readonly command?: readonly string[];
    /** The program that becomes it: `prlimit …`, say. */
    readonly through?: readonly string[];
  } = {},
): Promise<RunningBinary> {
  const command = options.command ?? ["serve", "--listen", "127.0.0.1:0", "--log-format", "json"];
  const [program = BINARY, ...before] = [...(options.through ?? []), BINARY];
  const child = spawn(program, [...before, ...command, ...args], {
    env: bareEnvironment({ ACESLOT_LOG_FORMAT: "json", ...options.env }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log: LogLine[] = [];
  const errors = collect(child, log);
  // Not as soon as it has ended: its last lines may still be on their way then.
  const closed = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  const url = await until(
    "the binary listens",
    () => {
      if (child.exitCode !== null) throw new Error(`the binary ended with ${child.exitCode}: ${errors()}`);
      const line = log.find(({ message }) => message === "listening");
      return line && String(line.url);
    },
    STARTS_MS,
  ).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  const end = async (signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> => {
    child.kill(signal);
    return closed;
  };
  return {
    url,
    pid: child.pid ?? 0,
    log,
    async get<T>(path: string) {
      const answer = await fetch(`${url}${path}`);
      return (await answer.json()) as T;
    },
    end,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await end("SIGKILL");
    },
  };
}

function collect(child: ChildProcess, log: LogLine[]): () => string {
  let rest = "";
  let errors = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      try {
        log.push(JSON.parse(line) as LogLine);
      } catch {
        errors += `${line}\n`;
      }
    }
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return () => errors;
}

/** A folder that is gone after the test. */
export async function scratchFolder(): Promise<{
  readonly path: string;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const path = await mkdtemp(join(tmpdir(), "aceslot-test-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
