/** The compiled binary until it ends by itself, or until a deadline. */
import { spawn } from "node:child_process";
import { BINARY, bareEnvironment } from "./binary.ts";

export interface Ended {
  /** Null: it had to be ended. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Of what ends within a second where the machine has nothing else to do. */
const DEADLINE_MS = 50_000;

export function runToEnd(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(BINARY, [...args], {
    env: bareEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"],
    timeout: DEADLINE_MS,
    killSignal: "SIGKILL",
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out, err }));
  });
}
