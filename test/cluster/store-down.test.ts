/** L1: there is no store when the proxies start, or none for a long time, with both answers to that. */
import { describe, expect, test } from "bun:test";
import { until } from "../support/until.ts";
import { startCluster, TTL_MS } from "./cluster.ts";
import { atRest, everythingEnds } from "./rest.ts";
import {
  allServe,
  expectAllPlaying,
  fill,
  freshContent,
  goOn,
  inState,
  readiness,
  SLACK_MS,
} from "./scene.ts";

describe("L1 no store at the start", () => {
  // Who has never held a slot has none to go on with.
  test.concurrent.each(["refuse", "local"])(
    "with --lease-when-down %s: readyz says so, requests wait and are told, and when it comes everything is served",
    async (whenDown) => {
      const args = ["--lease-when-down", whenDown];
      await using cluster = await startCluster({ engines: 3, withoutStore: true, args });
      const early = [0, 1, 2].map((proxy) => cluster.ask(freshContent(), proxy));
      const { status, text } = await readiness(cluster, 0);
      expect(status).toBe(503);
      expect(text).toContain("lease store");
      await until("they are told", () => inState(early, "asking").length === 0);
      expect(early.map(({ state, refusal }) => [state, refusal?.slice(0, 3)])).toEqual(
        early.map(() => ["refused", "503"]),
      );
      expect(cluster.watch.begun).toBe(0);
      await cluster.startStore("none");
      await fill(cluster, 6);
      await atRest(cluster);
      for (const proxy of [0, 1, 2])
        await until("it is ready", async () => (await readiness(cluster, proxy)).status === 200);
      await everythingEnds(cluster);
    },
    120_000,
  );
});

describe("L1 --lease-when-down refuse", () => {
  test("a store that dies and stays dead: streams go on until their leases end, nothing new begins, and all is served when it is back", async () => {
    await using cluster = await startCluster({ engines: 6 });
    const steady = await fill(cluster, 6);
    await cluster.store.save();
    const { begun } = cluster.watch;
    await cluster.killStore();
    await goOn(steady);
    const late = [0, 1, 2].map((proxy) => cluster.ask(freshContent(), proxy));
    await until("every stream was given up", () => cluster.watch.load === 0, TTL_MS + SLACK_MS);
    await until("who came is told", () => inState(late, "asking").length === 0);
    expect(late.map(({ refusal }) => refusal?.slice(0, 3))).toEqual(["503", "503", "503"]);
    expect(cluster.watch.begun).toBe(begun);
    for (const proxy of [0, 1, 2]) expect((await readiness(cluster, proxy)).text).toContain("lease store");
    await cluster.startStore("saved");
    await allServe(cluster);
    await everythingEnds(cluster);
  }, 120_000);
});

describe("L1 --lease-when-down local", () => {
  for (const memory of ["none", "saved"] as const)
    test(`goes on with the slots that each proxy held, until the store is back ${memory === "none" ? "empty" : "with old data"}`, async () => {
      await using cluster = await startCluster({ engines: 6, args: ["--lease-when-down", "local"] });
      await fill(cluster, 2);
      await cluster.store.save();
      await atRest(cluster);
      const steady = await fill(cluster, 12);
      await cluster.killStore();
      await until(
        "each proxy goes on by itself",
        () =>
          cluster.proxies.every(({ running }) =>
            running?.log.some(
              ({ level, message }) => level === "error" && message.includes("lease store is away"),
            ),
          ),
        TTL_MS + SLACK_MS,
      );
      await goOn(steady);
      expectAllPlaying(steady);
      // One leaves, and its slot is used again by the proxy that held it.
      for (const proxy of [0, 1, 2]) {
        const leaving = steady.find((client) => client.proxy === proxy);
        if (leaving === undefined) throw new Error(`nothing plays at proxy ${proxy}`);
        cluster.leave(leaving);
        await fill(cluster, 1, [proxy]);
      }
      expect(cluster.watch.load).toBe(12);
      await cluster.startStore(memory);
      await atRest(cluster);
      for (const proxy of [0, 1, 2])
        await until("it is ready", async () => (await readiness(cluster, proxy)).status === 200);
      await allServe(cluster);
      await everythingEnds(cluster);
    }, 120_000);
});
