/** A real redis-server of a test's own: on a port that it keeps, in a folder that goes, with everything said to it recorded. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@redis/client";
import { until } from "../support/until.ts";
import { freePort } from "../support/wire.ts";

/** What a store still knows when it comes back: every write, those up to `save()`, or none. */
export type Memory = "all" | "saved" | "none";

export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly isUp: boolean;
  /** What `redis-cli monitor` wrote so far, over all lives of the server. */
  monitor(): string;
  /** Answer of one command, as `redis-cli` prints it; an error rejects. */
  ask(...words: string[]): Promise<string>;
  /** Writes what it knows to its disk, for `start("saved")`. */
  save(): Promise<void>;
  /** Dies at once. */
  kill(): Promise<void>;
  /** Resolves when it can be asked and is recorded: let nobody else in before. */
  start(memory?: Memory): Promise<void>;
  /** SIGSTOP: connections stay, nothing is answered. */
  freeze(): void;
  thaw(): void;
}

/** `name`: of its files, where a folder has several. `env`: added to its environment. */
export async function startRedis(
  folder: string,
  { name = "store", env = {} }: { name?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<RedisServer> {
  const port = await freePort();
  const monitorFile = join(folder, `${name}-monitor.txt`);
  const data = join(folder, name);
  let server: ChildProcess | null = null;
  let monitor: ChildProcess | null = null;
  let frozen = false;

  const cli = (...words: string[]): Promise<string> => askOnce(port, words);

  const recorded = (): string => {
    try {
      return readFileSync(monitorFile, "utf8");
    } catch {
      return "";
    }
  };

  async function start(memory: Memory = "all"): Promise<void> {
    if (memory === "none") await rm(data, { recursive: true, force: true });
    // The log of writes knows more than the last dump: without it the dump alone is read.
    if (memory === "saved") await rm(join(data, "appendonlydir"), { recursive: true, force: true });
    await mkdir(data, { recursive: true });
    const appends = memory === "saved" ? "no" : "yes";
    const child = spawn(
      "redis-server",
      [
        ...["--port", String(port), "--bind", "127.0.0.1", "--dir", data, "--save", ""],
        ...["--appendonly", appends, "--appendfsync", "no", "--loglevel", "warning"],
        // A replica is served at once.
        ...["--repl-diskless-sync-delay", "0"],
      ],
      { stdio: "ignore", env: { ...process.env, ...env } },
    );
    server = child;
    await until("the store answers", async () => {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
      return (await cli("ping").catch(() => "")) === "PONG";
    });
    // What a life writes after a start from a dump is kept again.
    if (appends === "no") {
      await cli("config", "set", "appendonly", "yes");
      await until("writes are kept again", async () => {
        const info = await cli("info", "persistence");
        return info.includes("aof_rewrite_in_progress:0") && info.includes("aof_rewrite_scheduled:0");
      });
    }
    const known = recorded().length;
    const file = openSync(monitorFile, "a");
    monitor = spawn("redis-cli", ["-p", String(port), "monitor"], { stdio: ["ignore", file, "ignore"] });
    closeSync(file);
    await until("the store is recorded", () => recorded().slice(known).includes("OK"));
  }

  async function kill(): Promise<void> {
    frozen = false;
    const [ending, recording] = [server, monitor];
    server = null;
    monitor = null;
    await ended(ending, 0);
    // The monitor of a server that is gone ends when it has written all that the server sent.
    await ended(recording, RECORD_MS_MAX);
  }

  const signal = (name: "SIGSTOP" | "SIGCONT", freezes: boolean): void => {
    frozen = freezes;
    server?.kill(name);
  };

  await start("none");
  return {
    port,
    get isUp() {
      return server !== null && !frozen;
    },
    monitor: recorded,
    ask: cli,
    save: async () => {
      await cli("save");
    },
    kill,
    start,
    freeze: () => signal("SIGSTOP", true),
    thaw: () => signal("SIGCONT", false),
    [Symbol.asyncDispose]: kill,
  };
}

/** A record that takes longer to end is cut off, ms. */
const RECORD_MS_MAX = 10_000;
/** An answer that takes longer does not come, ms. */
const ANSWER_MS_MAX = 10_000;

/** On a connection of its own, which costs a tenth of a process of `redis-cli`: what is waited for is asked often. */
async function askOnce(port: number, words: readonly string[]): Promise<string> {
  const client = createClient({
    socket: { host: "127.0.0.1", port, reconnectStrategy: false, connectTimeout: ANSWER_MS_MAX },
    RESP: 2,
    disableClientInfo: true,
    maintNotifications: "disabled",
  });
  client.on("error", () => {});
  // What is under way rejects then.
  const timer = setTimeout(() => client.destroy(), ANSWER_MS_MAX);
  try {
    await client.connect();
    return spoken(await client.sendCommand([...words])).trim();
  } finally {
    clearTimeout(timer);
    if (client.isOpen) client.destroy();
  }
}

function spoken(answer: unknown): string {
  if (Array.isArray(answer)) return answer.map(spoken).join("\n");
  return answer === null ? "" : String(answer);
}

/** Resolves when it has ended; it is killed after `graceMs`, 0: at once. */
async function ended(child: ChildProcess | null, graceMs: number): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await exit;
  clearTimeout(timer);
}
