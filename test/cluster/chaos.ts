/** Faults of a random round: each begins at some moment, lasts for some time, and is undone. */
import { setTimeout as pause } from "node:timers/promises";
import type { EngineFaults } from "../../src/sim/index.ts";
import type { LinkFault } from "../support/link.ts";
import type { Cluster, ClusterProxy } from "./cluster.ts";
import type { ClusterEngine } from "./engines.ts";
import { below, ownFrom, pick, type Random } from "./random.ts";

/** A part of a cluster that dies and comes back. */
export type Part = "proxy" | "engine" | "orchestrator" | "store";
export const PARTS: readonly Part[] = ["proxy", "engine", "orchestrator", "store"];

/** One fault with all that is random about it already drawn. */
export interface Misfortune {
  readonly what: string;
  /** Whose process is killed, or ended, and started again; null: nobody's. */
  readonly cycle: Part | null;
  readonly afterMs: number;
  readonly lastsMs: number;
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
}

/** Faults begin within this time of a round. */
const BEGIN_MS_MAX = 700;
/** The longest pause of a proxy or the store, in terms: leases end, and others take them over. */
const TERMS_MAX = 1.6;

/** Two to five faults, and no part of the cluster has two at once. */
export function misfortunes(cluster: Cluster, random: Random): readonly Misfortune[] {
  const drawn: Misfortune[] = [];
  const proxies = [...cluster.proxies];
  const engines = [...cluster.engines];
  let kinds: readonly string[] = [
    ...["store", "proxy", "proxy", "link", "engine", "engine"],
    ...(cluster.orchestrator === null ? [] : ["orchestrator"]),
  ];
  const count = 2 + below(random, 4);
  while (drawn.length < count && kinds.length > 0) {
    const kind = pick(random, kinds);
    if (kind === "store") drawn.push(ofStore(cluster, random));
    if (kind === "orchestrator") drawn.push(ofOrchestrator(cluster, random));
    if (kind === "store" || kind === "orchestrator") kinds = kinds.filter((other) => other !== kind);
    const proxy = kind === "proxy" || kind === "link" ? takeOne(proxies, random) : undefined;
    if (proxy)
      drawn.push(kind === "proxy" ? ofProxy(cluster, proxy, random) : ofLink(cluster, proxy, random));
    const engine = kind === "engine" ? takeOne(engines, random) : undefined;
    if (engine) drawn.push(ofEngine(engine, random));
    if (proxies.length === 0) kinds = kinds.filter((other) => other !== "proxy" && other !== "link");
    if (engines.length === 0) kinds = kinds.filter((other) => other !== "engine");
  }
  return drawn;
}

const takeOne = <T>(from: T[], random: Random): T | undefined =>
  from.splice(below(random, from.length), 1)[0];

/** Lets all of them happen; resolves when the last one is undone. */
export async function suffer(cluster: Cluster, faults: readonly Misfortune[]): Promise<void> {
  await Promise.all(
    faults.map(async ({ what, afterMs, lastsMs, begin, end }) => {
      await pause(afterMs);
      cluster.watch.note(`begins: ${what}`);
      await begin();
      await pause(lastsMs);
      await end();
      cluster.watch.note(`over: ${what}`);
    }),
  );
}

const timesOf = (random: Random, lastsMsMax: number): Pick<Misfortune, "afterMs" | "lastsMs"> => ({
  afterMs: below(random, BEGIN_MS_MAX),
  lastsMs: 50 + below(random, lastsMsMax),
});

function ofStore(cluster: Cluster, random: Random): Misfortune {
  const { store, ttlMs } = cluster;
  const times = timesOf(random, TERMS_MAX * ttlMs);
  const memory = pick(random, ["all", "saved", "none"] as const);
  const killed: Misfortune = {
    what: `store killed, back with ${memory}`,
    cycle: "store",
    ...times,
    lastsMs: below(random, 2) === 0 ? 0 : times.lastsMs,
    begin: () => cluster.killStore(),
    end: () => cluster.startStore(memory),
  };
  const doings: readonly Misfortune[] = [
    killed,
    killed,
    killed,
    {
      what: "store frozen",
      cycle: null,
      ...times,
      begin: () => store.freeze(),
      end: () => store.thaw(),
    },
    {
      what: "store flushed",
      cycle: null,
      ...times,
      lastsMs: 0,
      begin: async () => {
        await store.ask("flushall");
      },
      end() {},
    },
    { what: "store saved", cycle: null, ...times, lastsMs: 0, begin: () => store.save(), end() {} },
  ];
  return pick(random, doings);
}

function ofProxy(cluster: Cluster, proxy: ClusterProxy, random: Random): Misfortune {
  const times = timesOf(random, TERMS_MAX * cluster.ttlMs);
  const forgets = below(random, 4) === 0;
  const whose = `proxy ${proxy.index}`;
  const killed: Misfortune = {
    what: `${whose} killed, back ${forgets ? "without" : "with"} its state`,
    cycle: "proxy",
    ...times,
    begin: () => proxy.kill(),
    end: () => proxy.start(forgets),
  };
  const doings: readonly Misfortune[] = [
    killed,
    killed,
    {
      what: `${whose} stopped`,
      cycle: null,
      ...times,
      begin: () => proxy.stop(),
      end: () => proxy.goOn(),
    },
    {
      what: `${whose} shut down`,
      cycle: "proxy",
      ...times,
      begin: async () => {
        await proxy.shutDown();
      },
      end: () => proxy.start(),
    },
  ];
  return pick(random, doings);
}

function ofLink(cluster: Cluster, proxy: ClusterProxy, random: Random): Misfortune {
  const times = timesOf(random, TERMS_MAX * cluster.ttlMs);
  const fault: LinkFault = pick(random, [
    { kind: "cut" },
    { kind: "reset" },
    { kind: "stalled" },
    { kind: "deaf", to: pick(random, ["near", "far"] as const) },
    { kind: "half-open" },
    { kind: "slow", ms: 20 + below(random, cluster.ttlMs) },
    { kind: "answers lost", share: 0.5, random: ownFrom(random) },
  ]);
  return {
    what: `proxy ${proxy.index} and the store: ${fault.kind}${fault.kind === "slow" ? ` by ${fault.ms} ms` : ""}`,
    cycle: null,
    ...times,
    begin: () => proxy.link.set(fault),
    end: () => proxy.link.set(null),
  };
}

/** Its engines are found again, its streams are forgotten. */
function ofOrchestrator({ orchestrator }: Cluster, random: Random): Misfortune {
  return {
    what: "orchestrator killed, back without its streams",
    cycle: "orchestrator",
    ...timesOf(random, 1_500),
    begin: async () => {
      await orchestrator?.down();
    },
    end: async () => {
      orchestrator?.forget();
      await orchestrator?.up();
    },
  };
}

function ofEngine(engine: ClusterEngine, random: Random): Misfortune {
  const times = timesOf(random, 800);
  const killed: Misfortune = {
    what: `${engine.name} killed and back`,
    cycle: "engine",
    ...times,
    begin: () => engine.kill(),
    end: () => engine.revive(),
  };
  const wrong = (words: string, faults: Partial<EngineFaults>, right: Partial<EngineFaults>): Misfortune => ({
    what: `${engine.name} ${words}`,
    cycle: null,
    ...times,
    begin: () => engine.set(faults),
    end: () => engine.set(right),
  });
  const effect = pick(random, ["before", "after"] as const);
  const doings: readonly Misfortune[] = [
    killed,
    killed,
    killed,
    {
      what: `${engine.name} frozen`,
      cycle: null,
      ...times,
      begin: () => engine.freeze(),
      end: () => engine.thaw(),
    },
    wrong("takes 300 ms to start", { startDelayMs: 300 }, { startDelayMs: null }),
    wrong("does not answer stops", { stop: { kind: "hang", effect } }, { stop: null }),
    wrong("loses the answers to starts", { start: { kind: "reset", effect: "after" } }, { start: null }),
  ];
  return pick(random, doings);
}
