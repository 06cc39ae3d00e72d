/** Runs a program to its end: what it printed, and its exit code. */
import { spawn } from "node:child_process";

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const DEADLINE_MS = 50_000;

export const run = (
  command: readonly string[],
  options: {
    readonly cwd: string;
    readonly env?: Readonly<Record<string, string>>;
    /** What it reads; default: nothing. */
    readonly input?: Uint8Array;
    /** After this it is killed; default: 50 s. */
    readonly deadlineMs?: number;
  },
): Promise<Outcome> =>
  new Promise((done, failed) => {
    const [program = "", ...args] = command;
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { PATH: process.env.PATH ?? "", HOME: "/proc/nonexistent", ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      timeout: options.deadlineMs ?? DEADLINE_MS,
    });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    // It need not read all of it: what it says of itself is enough.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input);
    child.on("error", failed);
    child.on("close", (code) => done({ code, out, err }));
  });
