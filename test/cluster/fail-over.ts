/** L5: the store fails over to a replica that lacks the last writes. */
import { expect } from "bun:test";
import { openLink } from "../support/link.ts";
import { until } from "../support/until.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import { startRedis } from "./redis.ts";
import { atRest, everythingEnds, leasesIn } from "./rest.ts";
import { allServe, expectAllPlaying, fill, goOn, inState } from "./scene.ts";

const TTL_MS = 5_000;
const SLOTS = 12;

/** When the store forgot its members, and when the first slot after that was granted, ms since 1970. */
async function timesOf(cluster: Cluster): Promise<{ readonly lostMs: number; readonly grantedMs: number }> {
  const [, seconds] = await until("the loss is recorded", () =>
    /^(\d+\.\d+) \[\d+ lua\] "DEL" "\{cluster-test\}:members"/m.exec(cluster.store.monitor()),
  );
  const lostMs = Number(seconds) * 1_000;
  const grantedMs = await until("a grant is recorded", () =>
    cluster.proxies
      .flatMap((proxy) => proxy.journals())
      .flatMap((text) => [...text.matchAll(/"at":"([^"]+)"[^\n]*"type":"lease","outcome":"granted"/g)])
      .map(([, at]) => Date.parse(at ?? ""))
      .filter((ms) => ms > lostMs)
      .sort((a, b) => a - b)
      .at(0),
  );
  return { lostMs, grantedMs };
}

export async function lateReplica(): Promise<void> {
  await using cluster = await startCluster({ engines: 6, ttlMs: TTL_MS });
  const primary = cluster.store;
  await using wire = await openLink(primary.port);
  await using replica = await startRedis(cluster.folder, { name: "replica" });
  await replica.ask("replicaof", "127.0.0.1", `${wire.port}`);
  await until("the replica follows", async () =>
    (await replica.ask("info", "replication")).includes("master_link_status:up"),
  );
  // A first replica gives its primary a new history, which is as good as a loss of memory.
  const before = await fill(cluster, 6);
  const fenceAt = async (store: typeof replica): Promise<number> =>
    Number(await store.ask("hget", "{cluster-test}:store", "fence"));
  await until("it has the writes so far", async () => (await fenceAt(replica)) === (await fenceAt(primary)));
  wire.set({ kind: "stalled" });
  const after = await fill(cluster, SLOTS - before.length);
  expect(await leasesIn(cluster)).toBe(SLOTS);
  expect(await fenceAt(replica)).toBeLessThan(await fenceAt(primary));

  await primary.kill();
  await replica.ask("replicaof", "no", "one");
  cluster.moveStore(replica);
  // All engines are full, half of them with streams that the new store has never heard of.
  const waiting = Array.from({ length: 6 }, (_, n) => cluster.ask(`${n}`.padStart(40, "e"), n % 3));
  await until("all have said again what they hold", async () => (await leasesIn(cluster)) === SLOTS);
  await goOn([...before, ...after]);
  expectAllPlaying([...before, ...after]);
  await until("those who waited are told", () => inState(waiting, "asking").length === 0);
  expect(waiting.filter(({ state }) => state === "playing")).toEqual([]);
  // One leaves, and one who comes now has its slot.
  const [leaving] = before;
  if (leaving) cluster.leave(leaving);
  await fill(cluster, 1);
  const { lostMs, grantedMs } = await timesOf(cluster);
  expect(grantedMs - lostMs).toBeGreaterThanOrEqual(TTL_MS - 1);
  await atRest(cluster);
  await allServe(cluster);
  await everythingEnds(cluster);
}
