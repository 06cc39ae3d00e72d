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
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Outcome> =>
  new Promise((done, failed) => {
    const [program = "", ...args] = command;
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { PATH: process.env.PATH ?? "", HOME: "/proc/nonexistent", ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: DEADLINE_MS,
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    child.on("error", failed);
    child.on("close", (code) => done({ code, out, err }));
  });
