/** Programs of the bench: started on loopback, and stopped by their process id, whatever happens. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { until } from "../support/until.ts";
import { family } from "./usage.ts";

export interface Program {
  readonly pid: number;
  stop(): Promise<void>;
}

const STOP_MS = 3_000;
const START_MS = 15_000;
/** Below the ports that Linux gives to outgoing connections. */
const PORT_FIRST = 12_000;
const PORT_LAST = 31_000;

const running = new Set<number>();

function endAll(): void {
  for (const pid of running) {
    for (const member of family(pid)) kill(member, "SIGKILL");
  }
}

/** Whatever ends the bench ends what it started. */
function endAllAtExit(): void {
  process.once("exit", endAll);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => process.exit(130));
  }
}
let isGuarded = false;

/** Notes a process that must not outlive the bench; the answer is called once it has ended. */
export function guard(pid: number): () => void {
  if (!isGuarded) endAllAtExit();
  isGuarded = true;
  running.add(pid);
  return () => running.delete(pid);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

/** Starts a program and resolves once `isUp` says so; rejects with what it wrote if it ends before that. */
export async function startProgram(
  command: readonly string[],
  isUp: () => Promise<boolean>,
): Promise<Program> {
  const [file = "", ...args] = command;
  const child = spawn(file, args, {
    env: { PATH: process.env.PATH ?? "", HOME: "/proc/nonexistent" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-2_000);
  });
  const pid = child.pid;
  const exited = once(child, "exit");
  if (pid === undefined) throw new Error(`${file} cannot be started`);
  const ended = guard(pid);
  async function stop(): Promise<void> {
    if (pid === undefined) return;
    const members = family(pid);
    kill(pid, "SIGTERM");
    const timer = setTimeout(() => {
      for (const member of members) kill(member, "SIGKILL");
    }, STOP_MS);
    if (child.exitCode === null && child.signalCode === null) await exited;
    clearTimeout(timer);
    ended();
  }
  try {
    await until(
      `${file} is up`,
      async () => {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${file} ended: ${errors}`);
        return isUp();
      },
      START_MS,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid, stop };
}

/** Whether somebody listens there. */
export const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });

/** The first of so many free ports in a row. */
export async function freePorts(count: number): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const base = PORT_FIRST + Math.floor(Math.random() * (PORT_LAST - PORT_FIRST - count));
    const free = await Promise.all(Array.from({ length: count }, (_, at) => isFree(base + at)));
    if (free.every(Boolean)) return base;
  }
  throw new Error(`there are no ${count} free ports in a row`);
}
