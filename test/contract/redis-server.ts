/** A real redis-server of a test's own, in a folder that goes with it. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "../support/until.ts";
import { freePort } from "../support/wire.ts";

const run = promisify(execFile);

export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  /** Answer of one command, as `redis-cli` prints it. */
  ask(...words: string[]): Promise<string>;
  /** On the same port, with what the disk knows: nothing, unless it was told to keep something. */
  start(): Promise<void>;
  /** Dies at once. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay, nothing is answered. */
  freeze(): void;
  thaw(): void;
}

/** `args`: further options, or a file and options. `cli`: what `redis-cli` needs beside the port. */
export async function redisServer(
  args: readonly string[] = [],
  cli: readonly string[] = [],
): Promise<RedisServer> {
  const server = await redisAtRest(args, cli);
  await server.start();
  return server;
}

/** The same, not started yet. */
export async function redisAtRest(
  args: readonly string[] = [],
  cli: readonly string[] = [],
): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "redis-"));
  const port = await freePort();
  let child: ChildProcess | null = null;
  const file = args.filter((_, index) => index === 0 && !args[0]?.startsWith("--"));
  const options = [
    "--port",
    `${port}`,
    "--bind",
    "127.0.0.1",
    "--dir",
    folder,
    "--save",
    "",
    "--loglevel",
    "warning",
  ];

  const ask = (...words: string[]): Promise<string> =>
    run("redis-cli", ["-p", `${port}`, ...cli, ...words], { timeout: 10_000 }).then(({ stdout }) =>
      stdout.trim(),
    );

  async function start(): Promise<void> {
    await mkdir(folder, { recursive: true });
    const started = spawn("redis-server", [...file, ...options, ...args.slice(file.length)], {
      stdio: "ignore",
    });
    child = started;
    await until("the store answers", async () => {
      if (started.exitCode !== null) throw new Error(`redis-server ended with ${started.exitCode}`);
      return (await ask("ping").catch(() => "")) === "PONG";
    });
  }

  async function kill(): Promise<void> {
    const ended = child;
    child = null;
    if (ended === null || ended.exitCode !== null || ended.signalCode !== null) return;
    const exit = new Promise((resolve) => ended.once("exit", resolve));
    ended.kill("SIGKILL");
    await exit;
  }

  return {
    port,
    folder,
    ask,
    start,
    kill,
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    [Symbol.asyncDispose]: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
