/** Three proxies that know nothing of each other but what the store says: together they use what there is, and no more. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { contentId } from "../../src/sim/index.ts";
import { until } from "../support/until.ts";
import type { Client } from "./client.ts";
import { type Cluster, startCluster, TTL_MS } from "./cluster.ts";
import { below, randomFrom } from "./random.ts";
import { atRest, everythingEnds, leasesIn } from "./rest.ts";

const QUEUE_TIMEOUT_MS = 3_000;
/** What a busy machine may add to any of the proxies' own times. */
const SLACK_MS = 5_000;

const counted = (clients: readonly Client[], state: string): number =>
  clients.filter((client) => client.state === state).length;

for (const generation of [undefined, 1, 2] as const)
  describe(
    generation === undefined ? "engines in a list" : `an orchestrator of generation ${generation}`,
    () => {
      let cluster: Cluster;
      beforeAll(async () => {
        cluster = await startCluster(generation === undefined ? {} : { generation });
        const first = cluster.ask(contentId(1_000), 0);
        await until("slots are granted", () => first.played || retry(first), 4 * TTL_MS + SLACK_MS);
        await atRest(cluster);
      });
      /** The store is new: who asks too early may be refused. */
      const retry = (client: Client): boolean => {
        if (client.state === "refused") throw new Error(`refused with ${client.refusal}`);
        return false;
      };
      afterAll(async () => {
        await cluster?.[Symbol.asyncDispose]();
      });

      test("200 contents asked for at once: 40 play, the others are told within the queue's time", async () => {
        const random = randomFrom(6);
        cluster.watch.reset();
        const beganMs = performance.now();
        const clients = Array.from({ length: 200 }, (_, n) =>
          cluster.ask(contentId(n), below(random, cluster.proxies.length)),
        );
        await until("nobody is still waiting", () => counted(clients, "asking") === 0);
        expect(performance.now() - beganMs).toBeLessThan(QUEUE_TIMEOUT_MS + SLACK_MS);
        expect(counted(clients, "playing")).toBe(40);
        const refusals = new Set(clients.flatMap(({ refusal }) => refusal ?? []));
        // The orchestrator was asked for another engine, and has none.
        const code = generation === undefined ? "no_capacity" : "provisioning_blocked";
        expect([...refusals]).toEqual([`503 ${code}`]);
        expect(counted(clients, "refused")).toBe(160);
        expect(cluster.watch.peak).toBe(2);
        expect(cluster.watch.peakSum).toBe(40);
        expect(await leasesIn(cluster)).toBe(40);
        await atRest(cluster);
      }, 40_000);

      test("one content asked for at two proxies is on two engines, once on each", async () => {
        for (let n = 0; n < 5; n++) {
          const clients = [0, 1].map((proxy) => cluster.ask(contentId(300 + n), proxy));
          await until("both play", () => counted(clients, "playing") === 2);
          expect(cluster.watch.carriers(contentId(300 + n))).toHaveLength(2);
        }
        await atRest(cluster);
      }, 30_000);

      if (generation === undefined)
        test("whoever waits is woken at whichever proxy, and the turns are fair between them", async () => {
          const full = Array.from({ length: 40 }, (_, n) => cluster.ask(contentId(n), n % 3));
          await until("all slots play", () => counted(full, "playing") === 40);
          // They wait for longer than their proxies let them: those who are told so ask again, behind the others.
          const served = new Map<number, number>();
          const times: number[] = [];
          let leftAtMs = 0;
          let over = false;
          let next = 500;
          const wait = (proxy: number): void => {
            if (over) return;
            cluster.ask(contentId(next++), proxy, (client) => {
              if (client.state === "refused") wait(proxy);
              if (client.state !== "playing") return;
              times.push(performance.now() - leftAtMs);
              served.set(proxy, (served.get(proxy) ?? 0) + 1);
            });
          };
          for (let n = 0; n < 30; n++) wait(n % 3);
          await until(
            "all proxies have their turn",
            async () => (await cluster.store.ask("exists", "{cluster-test}:queue")) === "1",
          );
          // Only players of one proxy leave: the others must hear of it.
          const ours = full.filter(({ proxy, state }) => proxy === 0 && state === "playing").slice(0, 12);
          for (const [n, client] of ours.entries()) {
            leftAtMs = performance.now();
            cluster.leave(client);
            await until("one who waited plays", () => times.length > n);
          }
          over = true;
          // 4 each if the turns go round; never less than half of that, never more than half of all.
          for (const proxy of [0, 1, 2]) {
            expect(served.get(proxy) ?? 0).toBeGreaterThanOrEqual(2);
            expect(served.get(proxy) ?? 0).toBeLessThanOrEqual(6);
          }
          times.sort((a, b) => a - b);
          // Without a call nobody looks before the next renewal.
          expect(times[times.length >> 1] ?? 0).toBeLessThan(TTL_MS / 5);
          await everythingEnds(cluster);
        }, 40_000);
      else
        test("everything ends", async () => {
          await everythingEnds(cluster);
        }, 30_000);
    },
  );
