/** Faults of a random round: each begins at some moment, lasts for some time, and is undone. */
import { setTimeout as pause } from "node:timers/promises";
import type { LinkFault } from "../support/link.ts";
import type { Cluster, ClusterProxy } from "./cluster.ts";
import { below, pick, type Random } from "./random.ts";

/** One fault with all that is random about it already drawn. */
export interface Misfortune {
  readonly what: string;
  readonly afterMs: number;
  readonly lastsMs: number;
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
}

/** Faults begin within this time of a round. */
const BEGIN_MS_MAX = 700;
/** The longest pause of a proxy or the store, in terms: leases end, and others take them over. */
const TERMS_MAX = 1.6;

/** At most one fault of the store, one of each proxy and one of the engines. */
export function misfortunes(cluster: Cluster, random: Random): readonly Misfortune[] {
  const drawn: Misfortune[] = [];
  const proxies = [...cluster.proxies];
  const count = 1 + below(random, 3);
  const kinds = new Set<string>();
  while (drawn.length < count) {
    const kind = pick(random, ["store", "proxy", "proxy", "link", "engine"]);
    if (kind === "store" || kind === "engine") {
      if (kinds.has(kind)) continue;
      kinds.add(kind);
      drawn.push(kind === "store" ? ofStore(cluster, random) : ofEngines(cluster, random));
      continue;
    }
    const proxy = proxies.splice(below(random, proxies.length), 1)[0];
    if (proxy === undefined) break;
    drawn.push(kind === "proxy" ? ofProxy(cluster, proxy, random) : ofLink(cluster, proxy, random));
  }
  return drawn;
}

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
  const doings: readonly Misfortune[] = [
    {
      what: `store killed, back with ${memory}`,
      ...times,
      lastsMs: below(random, 2) === 0 ? 0 : times.lastsMs,
      begin: () => cluster.killStore(),
      end: () => cluster.startStore(memory),
    },
    { what: "store frozen", ...times, begin: () => store.freeze(), end: () => store.thaw() },
    {
      what: "store flushed",
      ...times,
      lastsMs: 0,
      begin: async () => {
        await store.ask("flushall");
      },
      end() {},
    },
    { what: "store saved", ...times, lastsMs: 0, begin: () => store.save(), end() {} },
  ];
  return pick(random, doings);
}

function ofProxy(cluster: Cluster, proxy: ClusterProxy, random: Random): Misfortune {
  const times = timesOf(random, TERMS_MAX * cluster.ttlMs);
  const forgets = below(random, 4) === 0;
  const whose = `proxy ${proxy.index}`;
  const doings: readonly Misfortune[] = [
    {
      what: `${whose} killed, back ${forgets ? "without" : "with"} its state`,
      ...times,
      begin: () => proxy.kill(),
      end: () => proxy.start(forgets),
    },
    { what: `${whose} stopped`, ...times, begin: () => proxy.stop(), end: () => proxy.goOn() },
    {
      what: `${whose} shut down`,
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
    { kind: "stalled" },
    { kind: "slow", ms: 20 + below(random, cluster.ttlMs) },
    { kind: "answers lost", share: 0.5, random },
  ]);
  return {
    what: `proxy ${proxy.index} and the store: ${fault.kind}${fault.kind === "slow" ? ` by ${fault.ms} ms` : ""}`,
    ...times,
    begin: () => proxy.link.set(fault),
    end: () => proxy.link.set(null),
  };
}

function ofEngines(cluster: Cluster, random: Random): Misfortune {
  const engine = pick(random, cluster.engines);
  const times = timesOf(random, 800);
  const { faults } = engine;
  const doings: readonly Misfortune[] = [
    {
      what: `${engine.name} dies and is back`,
      ...times,
      begin: () => engine.kill(),
      end: () => engine.revive(),
    },
    {
      what: "starts take 300 ms",
      ...times,
      begin() {
        for (const each of cluster.engines) each.faults.startDelayMs = 300;
      },
      end() {
        for (const each of cluster.engines) each.faults.startDelayMs = null;
      },
    },
    {
      what: `${engine.name} does not answer stops`,
      ...times,
      begin() {
        faults.stop = { kind: "hang", effect: pick(random, ["before", "after"] as const) };
      },
      end() {
        faults.stop = null;
      },
    },
    {
      what: `${engine.name} loses the answers to starts`,
      ...times,
      begin() {
        faults.start = { kind: "reset", effect: "after" };
      },
      end() {
        faults.start = null;
      },
    },
  ];
  return pick(random, doings);
}
