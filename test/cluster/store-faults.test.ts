/** L1, L2: the store dies, forgets, hangs, is slow or out of reach, while streams play and clients come and go. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { LinkFault } from "../support/link.ts";
import { until } from "../support/until.ts";
import { type Cluster, startCluster, TTL_MS } from "./cluster.ts";
import { keepLoad } from "./load.ts";
import { randomFrom } from "./random.ts";
import { atRest, everythingEnds } from "./rest.ts";
import {
  allServe,
  expectAllPlaying,
  fill,
  freshContent,
  goOn,
  inState,
  leaseRecords,
  SLACK_MS,
} from "./scene.ts";

const STEADY = 12;

describe("L1 and L2 while 12 streams play and others come and go", () => {
  let cluster: Cluster;
  let seed = 60;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const busy = async () => {
    const steady = await fill(cluster, STEADY);
    const load = keepLoad(cluster, { clients: 36, contents: 60, random: randomFrom(seed++) });
    await until("others play", () => load.played > 10);
    return { steady, load };
  };
  const grantsAgain = async (played: () => number): Promise<void> => {
    const before = played();
    await until("slots are granted again", () => played() > before + 5, 4 * TTL_MS + SLACK_MS);
  };
  /** Slots of one proxy, or of all, in their real number, as their engines carry them. */
  const lostAt = (proxy: number): number => leaseRecords(cluster, proxy).get("lost") ?? 0;

  for (const [what, forget] of [
    ["is restarted and knows everything", () => cluster.restartStore("all")],
    ["is restarted with old data", () => cluster.restartStore("saved")],
    ["is restarted empty", () => cluster.restartStore("none")],
    ["is flushed", () => cluster.store.ask("flushall")],
  ] as const)
    test(`L1 a store that ${what}: the streams go on, and new ones begin when no lease of before can be left`, async () => {
      await cluster.store.save();
      const { steady, load } = await busy();
      await forget();
      await grantsAgain(() => load.played);
      load.end();
      await goOn(steady);
      expectAllPlaying(steady);
      await atRest(cluster);
    }, 120_000);

  test("L2 a store that hangs for 5 s: every proxy gives its streams up before their leases end", async () => {
    const { steady, load } = await busy();
    const before = [0, 1, 2].map(lostAt);
    cluster.watch.note("store stopped");
    cluster.store.freeze();
    const thawAtMs = performance.now() + 5_000;
    await until("nothing plays any more", () => cluster.watch.load === 0, TTL_MS + SLACK_MS);
    await until("each has written that it lost leases", () =>
      [0, 1, 2].every((proxy) => lostAt(proxy) > (before[proxy] ?? 0)),
    );
    await until("5 s are over", () => performance.now() >= thawAtMs);
    cluster.watch.note("store goes on");
    cluster.store.thaw();
    await grantsAgain(() => load.played);
    load.end();
    expect(inState(steady, "asking")).toEqual([]);
    await atRest(cluster);
  }, 120_000);

  const random = randomFrom(7);
  for (const [what, fault] of [
    ["that answers 5 s late", { kind: "slow", ms: 5_000 }],
    ["that it is cut off from", { kind: "cut" }],
    ["that is gone without its being told", { kind: "half-open" }],
  ] as const satisfies readonly (readonly [string, LinkFault])[])
    test(`L2 one proxy with a store ${what} gives its streams up, and the others go on`, async () => {
      const { steady, load } = await busy();
      const others = steady.filter(({ proxy }) => proxy !== 1);
      const lost = lostAt(1);
      cluster.watch.note(`proxy 1: store ${what}`);
      cluster.proxy(1).link.set(fault);
      await until("it loses its leases", () => lostAt(1) > lost, TTL_MS + SLACK_MS);
      const played = load.playedAt(0) + load.playedAt(2);
      await until("the others serve", () => load.playedAt(0) + load.playedAt(2) > played + 20);
      cluster.watch.note("proxy 1: the store is back");
      cluster.proxy(1).link.set(null);
      load.end();
      expectAllPlaying(others);
      await allServe(cluster);
      await atRest(cluster);
    }, 120_000);

  test("L2 half of the answers to all proxies are lost: what nobody knows of is given back", async () => {
    const { load } = await busy();
    for (const { link } of cluster.proxies) link.set({ kind: "answers lost", share: 0.5, random });
    const lost = [0, 1, 2].map(lostAt);
    await until("all have lost leases by it", () =>
      [0, 1, 2].every((proxy) => lostAt(proxy) > (lost[proxy] ?? 0)),
    );
    for (const { link } of cluster.proxies) link.set(null);
    await grantsAgain(() => load.played);
    load.end();
    await atRest(cluster);
    await allServe(cluster);
    await atRest(cluster);
  }, 120_000);

  test("L2 half of the answers to one proxy are lost: what nobody knows of is given back", async () => {
    const { steady, load } = await busy();
    const others = steady.filter(({ proxy }) => proxy !== 1);
    cluster.proxy(1).link.set({ kind: "answers lost", share: 0.5, random });
    const played = load.playedAt(0) + load.playedAt(2);
    await until("the others serve", () => load.playedAt(0) + load.playedAt(2) > played + 40);
    cluster.proxy(1).link.set(null);
    load.end();
    expectAllPlaying(others);
    await allServe(cluster);
    await atRest(cluster);
  }, 120_000);

  for (const words of ["join", "reserve"])
    test(`L2 a "${words}" that arrives when its proxy has long been back on a new connection changes nothing`, async () => {
      const others = await fill(cluster, 38, [0, 2]);
      const { link } = cluster.proxy(1);
      link.set({ kind: "overtaken", words: `"type":"${words}"`, ms: 1_500 });
      if (words === "join") await cluster.store.ask("client", "kill", "type", "normal");
      // Its own two, and more who wait for whatever seems to become free.
      const its = await fill(cluster, 2, [1]);
      for (let n = 0; n < 6; n++) cluster.ask(freshContent(), n % 3);
      await until("it has arrived", () => link.held === 0);
      await until("those who waited are told", () =>
        [...cluster.clients].every(({ state }) => state !== "asking"),
      );
      expectAllPlaying([...others, ...its]);
      await atRest(cluster);
    }, 120_000);

  test("L1 and everything ends", async () => {
    await everythingEnds(cluster);
  }, 120_000);
});
