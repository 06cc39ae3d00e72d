/** Several proxies in front of the same simulated engines, held together by one real store. */

import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type SimOrchestrator, startSimOrchestrator } from "../../src/sim/index.ts";
import { type RunningBinary, scratchFolder, startBinary } from "../support/binary.ts";
import { type Link, openLink } from "../support/link.ts";
import { freePort } from "../support/wire.ts";
import { ask, type Client } from "./client.ts";
import { type ClusterEngine, type PlainEngineOptions, startEngine } from "./engines.ts";
import { type Memory, type RedisServer, startRedis } from "./redis.ts";
import { type CapWatch, watchCap } from "./watch.ts";

export const PREFIX = "cluster-test";
/** An engine ends a session that nobody reads after this time: before a proxy gives up waiting for proof. */
const UNREAD_SESSION_MS = 1_000;
export const RELEASE_TIMEOUT_MS = 4_000;
/** A machine, or one process of it, may stand still for half of it, and no lease is lost by that. */
export const TTL_MS = 3_000;
export const QUEUE_TIMEOUT_MS = 2_000;

/** A proxy's process at its own port, with its own state, journal and wire to the store; it may have many lives. */
export interface ClusterProxy {
  readonly index: number;
  readonly url: string;
  readonly port: number;
  readonly link: Link;
  /** Null: no process. */
  readonly running: RunningBinary | null;
  /** The process exists and is not stopped. */
  readonly isAlive: boolean;
  /** One text per life. */
  journals(): readonly string[];
  /** `forgets`: the state file of its former life is lost. */
  start(forgets?: boolean): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  shutDown(): Promise<number | null>;
  /** SIGSTOP and SIGCONT. */
  stop(): void;
  goOn(): void;
}

export interface ClusterOptions {
  readonly proxies?: number;
  readonly engines?: number;
  readonly cap?: number;
  readonly ttlMs?: number;
  readonly releaseMs?: number;
  readonly queueMs?: number;
  /** Engines listed by an orchestrator of this generation; default: a plain list. */
  readonly generation?: 1 | 2;
  readonly args?: readonly string[];
  readonly engine?: PlainEngineOptions;
  /** Engines in processes of their own. */
  readonly engineProcesses?: boolean;
  /** Added to the environment of one proxy, by its index, or of the store. */
  readonly envOf?: (part: number | "store") => Readonly<Record<string, string>>;
  /** The store is not there when the proxies start. */
  readonly withoutStore?: boolean;
}

export interface Cluster extends AsyncDisposable {
  readonly engines: readonly ClusterEngine[];
  readonly orchestrator: SimOrchestrator | null;
  /** The server that keeps the leases now. */
  readonly store: RedisServer;
  /** That one, and those before it. */
  readonly stores: readonly RedisServer[];
  /** For files that go with the cluster. */
  readonly folder: string;
  readonly proxies: readonly ClusterProxy[];
  readonly watch: CapWatch;
  readonly cap: number;
  readonly ttlMs: number;
  readonly releaseMs: number;
  /** Everybody who ever asked and has not left. */
  readonly clients: ReadonlySet<Client>;
  proxy(index: number): ClusterProxy;
  ask(content: string, proxy: number, tell?: (client: Client) => void): Client;
  leave(client: Client): void;
  /** The store ends and comes back; no proxy reaches it before it is recorded. */
  restartStore(memory: Memory): Promise<void>;
  killStore(): Promise<void>;
  /** Another server keeps the leases from now on; proxies that are not cut off reach it when they connect again. */
  moveStore(to: RedisServer): void;
  startStore(memory: Memory): Promise<void>;
}

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const cap = options.cap ?? 2;
  const ttlMs = options.ttlMs ?? TTL_MS;
  const releaseMs = options.releaseMs ?? RELEASE_TIMEOUT_MS;
  const stack = new AsyncDisposableStack();
  try {
    const folder = stack.use(await scratchFolder());
    const watch = watchCap(cap);
    const engines: ClusterEngine[] = [];
    for (let n = 1; n <= (options.engines ?? 20); n++) {
      const given = { name: `engine-${n}`, unreadSessionMs: UNREAD_SESSION_MS, ...options.engine };
      engines.push(stack.use(await startEngine(given, watch, options.engineProcesses ?? false)));
    }
    const { generation = null } = options;
    const orchestrator =
      generation === null ? null : stack.use(await startSimOrchestrator({ generation, engines }));
    const envOf = options.envOf ?? (() => ({}));
    let store = stack.use(await startRedis(folder.path, { env: envOf("store") }));
    const stores = [store];
    if (options.withoutStore) await store.kill();

    const proxies: ClusterProxy[] = [];
    const pool = orchestrator
      ? ["--orchestrator", orchestrator.url]
      : engines.flatMap(({ address }) => ["--engine", address]);
    for (let index = 0; index < (options.proxies ?? 3); index++) {
      const link = stack.use(await openLink(() => store.port));
      const proxy = await proxyAt(index, link, folder.path, envOf(index), [
        ...pool,
        ...[
          "--max-streams-per-engine",
          String(cap),
          "--linger",
          "0s",
          "--queue-timeout",
          `${options.queueMs ?? QUEUE_TIMEOUT_MS}ms`,
        ],
        ...["--start-timeout", "5s", "--stall-timeout", "5s", "--release-timeout", `${releaseMs}ms`],
        ...[
          "--lease",
          `redis://127.0.0.1:${link.port}`,
          "--lease-ttl",
          `${ttlMs}ms`,
          "--lease-prefix",
          PREFIX,
        ],
        ...(options.args ?? []),
      ]);
      stack.defer(() => proxy.kill());
      proxies.push(proxy);
    }
    await Promise.all(proxies.map((proxy) => proxy.start()));

    const clients = new Set<Client>();
    stack.defer(() => {
      for (const client of clients) client.leave();
    });
    const proxyOf = (index: number): ClusterProxy => {
      const proxy = proxies[index];
      if (proxy === undefined) throw new Error(`there is no proxy ${index}`);
      return proxy;
    };
    const cutOff = (): void => {
      for (const { link } of proxies) link.set({ kind: "cut" });
    };
    const cluster: Cluster = {
      engines,
      orchestrator,
      get store() {
        return store;
      },
      stores,
      folder: folder.path,
      proxies,
      watch,
      cap,
      ttlMs,
      releaseMs,
      clients,
      proxy: proxyOf,
      ask(content, index, tell) {
        const { port } = proxyOf(index);
        const client = ask({ host: "127.0.0.1", port, content, proxy: index }, tell);
        clients.add(client);
        return client;
      },
      leave(client) {
        client.leave();
        clients.delete(client);
      },
      async killStore() {
        watch.note("store killed");
        cutOff();
        await store.kill();
      },
      async startStore(memory) {
        cutOff();
        await store.start(memory);
        watch.note(`store started with ${memory}`);
        for (const { link } of proxies) link.set(null);
      },
      moveStore(to) {
        watch.note(`the store is at port ${to.port}`);
        store = to;
        stores.push(to);
        for (const { link } of proxies) link.set({ kind: "reset" });
      },
      async restartStore(memory) {
        await cluster.killStore();
        await cluster.startStore(memory);
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
    return cluster;
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function proxyAt(
  index: number,
  link: Link,
  folder: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<ClusterProxy> {
  const port = await freePort();
  const listen = ["--listen", `127.0.0.1:${port}`];
  const stateDir = join(folder, `state-${index}`);
  const journals: string[] = [];
  let running: RunningBinary | null = null;
  let stopped = false;
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const ending = running;
    running = null;
    stopped = false;
    return ending === null ? null : ending.end(signal);
  };
  return {
    index,
    port,
    url: `http://127.0.0.1:${port}`,
    link,
    get running() {
      return running;
    },
    get isAlive() {
      return running !== null && !stopped;
    },
    journals: () => journals.map(textOf),
    async start(forgets = false) {
      if (forgets) await rm(stateDir, { recursive: true, force: true });
      const journal = join(folder, `journal-${index}-${journals.length}.ndjson`);
      journals.push(journal);
      running = await startBinary([...listen, "--state-dir", stateDir, "--journal", journal, ...args], {
        command: ["serve", "--log-format", "json"],
        env,
      });
    },
    async kill() {
      await end("SIGKILL");
    },
    shutDown: () => end("SIGTERM"),
    stop() {
      stopped = true;
      if (running !== null) process.kill(running.pid, "SIGSTOP");
    },
    goOn() {
      stopped = false;
      if (running !== null) process.kill(running.pid, "SIGCONT");
    },
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // A life that decided nothing wrote nothing.
    return "";
  }
}
