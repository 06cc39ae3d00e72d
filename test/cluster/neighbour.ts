/** L1 and L2 by somebody else's hand: others use the same server, and do to it whatever a server lets its users do. */
import { expect } from "bun:test";
import { until } from "../support/until.ts";
import { startCluster } from "./cluster.ts";
import { atRest, everythingEnds } from "./rest.ts";
import { allServe, expectAllPlaying, fill, goOn } from "./scene.ts";

const TTL_MS = 5_000;
const BUSY = "local n = 0 for i = 1, 2e6 do n = n + i end return n";
const key = (name: string): string => `{cluster-test}:${name}`;

export async function neighbourInTheWay(): Promise<void> {
  await using cluster = await startCluster({ engines: 6, ttlMs: TTL_MS });
  const { store } = cluster;
  const steady = await fill(cluster, 9);
  const forged = (seq: number): string =>
    JSON.stringify({
      seq,
      place: cluster.engines[0]?.address ?? "",
      held: [{ id: "x/y/1", owner: "x/y", fence: 2 ** 53 - 1, contents: ["id:0"], detail: "{}" }],
      queue: ["x/y"],
    });
  const attacks: Readonly<Record<string, () => Promise<unknown>>> = {
    "scripts are forgotten": () => store.ask("script", "flush"),
    "connections are cut, again and again": async () => {
      for (let times = 0; times < 5; times++)
        for (const type of ["normal", "pubsub"]) await store.ask("client", "kill", "type", type);
    },
    "all are kept waiting": () => store.ask("client", "pause", "500", "all"),
    "a script of another's takes long": () => store.ask("eval", BUSY, "0"),
    "garbage and forged changes are published": async () => {
      for (const text of ["{".repeat(9), "[".repeat(10_000), "9".repeat(100_000), forged(1), forged(2 ** 40)])
        await store.ask("publish", key("changes"), text).catch(() => {});
    },
    "keys of its own, with our prefix": () => store.ask("mset", key("mine"), "x", "{cluster-test}", "y"),
  };
  for (const [what, attack] of Object.entries(attacks)) {
    cluster.watch.note(what);
    await attack();
    await goOn(steady);
    expectAllPlaying(steady);
    const [one] = await fill(cluster, 1);
    if (one) cluster.leave(one);
  }
  await atRest(cluster);
  await everythingEnds(cluster);
}

export async function neighbourInTheBooks(): Promise<void> {
  await using cluster = await startCluster({ engines: 6, ttlMs: TTL_MS });
  const { store } = cluster;
  const steady = await fill(cluster, 9);
  const place = cluster.engines[0]?.address ?? "";
  for (const commands of [
    [["del", key("members")]],
    [["hset", key("engines"), place, "no list of leases"]],
    // Renamed over: at no time is there none, which a proxy would make anew.
    [
      ["set", key("other-queue"), "x"],
      ["rename", key("other-queue"), key("queue")],
      ["rpush", key("other-store"), "x"],
      ["rename", key("other-store"), key("store")],
    ],
  ]) {
    cluster.watch.note(`somebody: ${JSON.stringify(commands)}`);
    for (const command of commands) await store.ask(...command);
    await until(
      "all are members again",
      async () => (await store.ask("hlen", key("members")).catch(() => "")) === "3",
    );
    await goOn(steady);
    expectAllPlaying(steady);
  }
  await fill(cluster, 3);
  expect(cluster.watch.load).toBe(12);
  await atRest(cluster);
  await allServe(cluster);
  await everythingEnds(cluster);
}
