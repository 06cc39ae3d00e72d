/** L4: no two parts of the cluster agree on what time it is, and the store's clock jumps. */
import { expect } from "bun:test";
import { scratchFolder } from "../support/binary.ts";
import { shiftedClock } from "../support/clock-shift.ts";
import { until } from "../support/until.ts";
import { startCluster } from "./cluster.ts";
import { atRest, everythingEnds } from "./rest.ts";
import { expectAllPlaying, fill, goOn, leaseRecords } from "./scene.ts";

const APART_MS = 300_000;
/** Of each proxy's clock. */
const OFF_MS = [-APART_MS, APART_MS, 0];
const TTL_MS = 4_000;

export async function clocksDiffer(): Promise<void> {
  await using folder = await scratchFolder();
  const [early, late, stores] = await Promise.all([
    shiftedClock(folder.path, "early", -APART_MS),
    shiftedClock(folder.path, "late", APART_MS),
    shiftedClock(folder.path, "store"),
  ]);
  await using cluster = await startCluster({
    engines: 6,
    ttlMs: TTL_MS,
    envOf: (part) => (part === "store" ? stores : part === 0 ? early : part === 1 ? late : { env: {} }).env,
  });
  const steady = await fill(cluster, 9);
  // The clocks are what they are said to be.
  const at = async (index: number): Promise<number> =>
    Date.parse((JSON.parse(cluster.proxy(index).journals()[0]?.split("\n")[0] ?? "{}") as { at: string }).at);
  expect((await at(1)) - (await at(0))).toBeGreaterThan(1.9 * APART_MS);

  const clockOf = async (): Promise<number> =>
    Number(await cluster.store.ask("hget", "{cluster-test}:store", "clock"));
  const serverTime = async (): Promise<number> => Number((await cluster.store.ask("time")).split("\n")[0]);
  for (const ms of [APART_MS, -APART_MS]) {
    const [clock, time] = [await clockOf(), await serverTime()];
    await stores.shift(ms);
    cluster.watch.note(`the store's clock is ${ms} ms off`);
    expect(Math.abs((await serverTime()) - time)).toBeGreaterThan((0.9 * APART_MS) / 1_000);
    // A whole term by its own reckoning, which the jump is no part of.
    await until("a term has passed", async () => (await clockOf()) > clock + TTL_MS);
    await goOn(steady);
    expectAllPlaying(steady);
    // Slots are granted as before.
    for (const client of await fill(cluster, 3)) cluster.leave(client);
  }
  expect([0, 1, 2].map((proxy) => leaseRecords(cluster, proxy).get("lost") ?? 0)).toEqual([0, 0, 0]);
  // And a dead proxy's term ends, as it should.
  const others = steady.filter(({ proxy }) => proxy !== 1);
  await cluster.proxy(1).kill();
  await fill(cluster, 12 - others.length, [0, 2]);
  expectAllPlaying(others);
  await atRest(cluster);
  // Journals are put in order by their times: here by those that the proxies would have told with right clocks.
  await everythingEnds(cluster, () =>
    cluster.proxies.flatMap((proxy) =>
      proxy.journals().map((text, life) => ({
        name: `proxy-${proxy.index}-life-${life}.ndjson`,
        text: text.replace(/"at":"([^"]+)"/g, (_, at: string) => {
          const rightMs = Date.parse(at) - (OFF_MS[proxy.index] ?? 0);
          return `"at":"${new Date(rightMs).toISOString()}"`;
        }),
      })),
    ),
  );
}
