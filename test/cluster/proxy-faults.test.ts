/** L3: proxies die, are paused for longer than their leases, end, and come back, while all engines are full. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { until } from "../support/until.ts";
import { type Cluster, RELEASE_TIMEOUT_MS, startCluster, TTL_MS } from "./cluster.ts";
import { atRest, everythingEnds, leasesIn, membersIn } from "./rest.ts";
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

const SLOTS = 40;
/** A dead proxy's slots: its term ends, the next renewal of another takes them over, and engines confirm the stop. */
const BACK_MS = TTL_MS + TTL_MS / 4 + RELEASE_TIMEOUT_MS + SLACK_MS;

describe("L3 with all engines full", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  test("a proxy that is killed: its slots go to the others, whose own streams play on", async () => {
    const clients = await fill(cluster, SLOTS);
    const others = clients.filter(({ proxy }) => proxy !== 1);
    cluster.watch.note("proxy 1 killed");
    await cluster.proxy(1).kill();
    await fill(cluster, SLOTS - others.length, [0, 2], BACK_MS);
    expectAllPlaying(others);
    await goOn(others);
    expect(cluster.watch.load).toBe(SLOTS);
    await atRest(cluster);
    await cluster.proxy(1).start();
    await allServe(cluster);
    await atRest(cluster);
  }, 120_000);

  test("a proxy that is killed and back at once, with its state file: stops what it had, and serves", async () => {
    const clients = await fill(cluster, SLOTS);
    const others = clients.filter(({ proxy }) => proxy !== 1);
    await cluster.proxy(1).kill();
    await cluster.proxy(1).start();
    await fill(cluster, SLOTS - others.length, [0, 1, 2], BACK_MS);
    expectAllPlaying(others);
    await atRest(cluster);
  }, 120_000);

  test("a proxy that is killed and back while others take over what it had", async () => {
    const clients = await fill(cluster, SLOTS);
    const others = clients.filter(({ proxy }) => proxy !== 1);
    // No stop is answered, so that what was taken over is held until the deadline.
    for (const engine of cluster.engines) engine.set({ stop: { kind: "hang", effect: "before" } });
    await cluster.proxy(1).kill();
    await until(
      "others begin to take over",
      () => [0, 2].some((proxy) => (leaseRecords(cluster, proxy).get("adopted") ?? 0) > 0),
      BACK_MS,
    );
    await cluster.proxy(1).start();
    for (const engine of cluster.engines) engine.set({ stop: null });
    await fill(cluster, SLOTS - others.length, [0, 1, 2], BACK_MS);
    expectAllPlaying(others);
    await atRest(cluster);
  }, 120_000);

  test("a proxy that is stopped for longer than its leases and goes on sends nothing before it has looked", async () => {
    const clients = await fill(cluster, SLOTS);
    const its = clients.filter(({ proxy }) => proxy === 1);
    const others = clients.filter(({ proxy }) => proxy !== 1);
    cluster.watch.note("proxy 1 stopped");
    cluster.proxy(1).stop();
    // Its slots play for others now. It learns of these requests when it wakes.
    await fill(cluster, SLOTS - others.length, [0, 2], BACK_MS);
    const asked = Array.from({ length: 10 }, () => cluster.ask(freshContent(), 1));
    cluster.watch.note("proxy 1 goes on");
    cluster.proxy(1).goOn();
    await until("its clients are told", () => inState(its, "playing").length === 0);
    await until("who asked it is told", () => inState(asked, "asking").length === 0);
    expect(inState(asked, "playing")).toEqual([]);
    await until(
      "what it lost is written down",
      () => (leaseRecords(cluster, 1).get("lost") ?? 0) >= its.length,
    );
    expectAllPlaying(others);
    await atRest(cluster);
    await allServe(cluster);
    await atRest(cluster);
  }, 120_000);

  test("a proxy that ends as it should gives its slots back at once", async () => {
    const clients = await fill(cluster, SLOTS);
    const others = clients.filter(({ proxy }) => proxy !== 1);
    const adopted = (): number[] => [0, 2].map((proxy) => leaseRecords(cluster, proxy).get("adopted") ?? 0);
    const before = adopted();
    cluster.watch.note("proxy 1 shut down");
    expect(await cluster.proxy(1).shutDown()).toBe(0);
    // It waits half a second and no longer for the store's word.
    await until("the store has heard of it", async () => (await membersIn(cluster)) === 2);
    await until("its leases are given back", async () => (await leasesIn(cluster)) === others.length);
    await fill(cluster, SLOTS - others.length, [0, 2]);
    expectAllPlaying(others);
    // By itself: nobody had to take them over.
    expect(adopted()).toEqual(before);
    await cluster.proxy(1).start();
    await atRest(cluster);
  }, 120_000);

  test("and everything ends", async () => {
    await everythingEnds(cluster);
  }, 120_000);
});
