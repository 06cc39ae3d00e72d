/**
 * The programs of the demo: a store and proxies, each in a process group of its own, so that Ctrl-C reaches the demo
 * alone, which then ends them one by one by their numbers.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const START_MS_MAX = 60_000;
/** A proxy gives everything back within 8 s. */
const END_MS_MAX = 12_000;

export interface Program {
  readonly pid: number;
  readonly isRunning: boolean;
  /** Sends the signal and waits for the end; who does not go is killed. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** `log`: where its output goes. */
function start(command: string, args: readonly string[], log: string, env = process.env): Program {
  const file = openSync(log, "a");
  const child = spawn(command, args, { stdio: ["ignore", file, file], detached: true, env });
  closeSync(file);
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const isRunning = (): boolean =>
    child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid ?? 0,
    get isRunning() {
      return isRunning();
    },
    async end(signal) {
      if (!isRunning()) return;
      child.kill(signal);
      const timer = setTimeout(() => child.kill("SIGKILL"), END_MS_MAX);
      await exited;
      clearTimeout(timer);
    },
  };
}

const givenPorts = new Set<number>();

/** Each only once: whoever was given one may not use it yet. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    const port = typeof address === "object" && address !== null ? address.port : 0;
    if (givenPorts.has(port)) continue;
    givenPorts.add(port);
    return port;
  }
}

/** Resolves as soon as `check` says yes; rejects when the program is gone, or after a while. */
async function until(what: string, program: Program, check: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + START_MS_MAX;
  while (!(await check().catch(() => false))) {
    if (!program.isRunning) throw new Error(`${what} has ended at once; its log says why`);
    if (performance.now() > deadline) throw new Error(`${what} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export interface Store {
  readonly url: string;
  /** Everything that was said to it, with times. */
  readonly monitorFile: string;
  end(): Promise<void>;
}

/** Names of the server and of its command line that are here, or null. */
export function findServer(): { readonly server: string; readonly cli: string } | null {
  for (const name of ["redis", "valkey"]) {
    const [server, cli] = [Bun.which(`${name}-server`), Bun.which(`${name}-cli`)];
    if (server !== null && cli !== null) return { server, cli };
  }
  return null;
}

export async function startStore(
  folder: string,
  { server, cli }: { readonly server: string; readonly cli: string },
): Promise<Store> {
  const port = await freePort();
  const data = join(folder, "store");
  await mkdir(data, { recursive: true });
  const where = ["--port", String(port), "--bind", "127.0.0.1", "--dir", data];
  const kept = ["--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction"];
  const store = start(server, [...where, ...kept], join(folder, "store.log"));
  const at = ["-p", String(port)];
  await until(server, store, async () => (await run(cli, [...at, "ping"])).stdout.trim() === "PONG");
  const monitorFile = join(folder, "monitor.txt");
  const monitor = start(cli, [...at, "monitor"], monitorFile);
  await until("redis-cli monitor", monitor, async () =>
    (await Bun.file(monitorFile).text()).startsWith("OK"),
  );
  return {
    url: `redis://127.0.0.1:${port}`,
    monitorFile,
    async end() {
      await monitor.end("SIGTERM");
      await store.end("SIGTERM");
    },
  };
}

export interface ProxyProcess {
  readonly name: string;
  readonly url: string;
  readonly journal: string;
  readonly program: Program | null;
  start(): Promise<void>;
  /** Like a crash: nothing is said to anybody. */
  kill(): Promise<void>;
  end(): Promise<void>;
}

export async function makeProxy(
  number: number,
  folder: string,
  binary: string,
  args: readonly string[],
): Promise<ProxyProcess> {
  const name = `proxy-${number}`;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const journal = join(folder, `${name}.jsonl`);
  const own = ["--listen", `127.0.0.1:${port}`, "--state-dir", join(folder, name), "--journal", journal];
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^ACE(SLOT|XY)_/.test(key)));
  let program: Program | null = null;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = program;
    program = null;
    await ending?.end(signal);
  };
  return {
    name,
    url,
    journal,
    get program() {
      return program;
    },
    async start() {
      const started = start(binary, ["serve", ...own, ...args], join(folder, `${name}.log`), env);
      program = started;
      await until(name, started, async () => (await fetch(`${url}/healthz`)).ok);
    },
    kill: () => end("SIGKILL"),
    end: () => end("SIGTERM"),
  };
}

/** Output of a program that ends by itself, whatever its exit code. */
export function outputOf(command: string, args: readonly string[]): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    const child: ChildProcess = execFile(command, [...args], { maxBuffer: 64 * 2 ** 20 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : (child.exitCode ?? 1), text: `${out}${err}`.trimEnd() }),
    );
  });
}
