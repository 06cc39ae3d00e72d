/** Three proxies that know nothing of each other but what the store says: together they use what there is, and no more. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { TURN_MS } from "../../src/leases/limits.ts";
import { contentId } from "../../src/sim/index.ts";
import { until } from "../support/until.ts";
import type { Client } from "./client.ts";
import { type Cluster, startCluster, TTL_MS } from "./cluster.ts";
import { below, randomFrom } from "./random.ts";
import { atRest, everythingEnds, leasesIn } from "./rest.ts";
import { fill, freshContent, readiness, SLACK_MS } from "./scene.ts";
import { handOvers } from "./turns.ts";

const SLOTS = 40;
const QUEUE_MS = 3_000;

const counted = (clients: readonly Client[], state: string): number =>
  clients.filter((client) => client.state === state).length;

for (const generation of [undefined, 1, 2] as const)
  describe(
    generation === undefined ? "engines in a list" : `an orchestrator of generation ${generation}`,
    () => {
      let cluster: Cluster;
      beforeAll(async () => {
        cluster = await startCluster({
          queueMs: QUEUE_MS,
          ...(generation === undefined ? {} : { generation }),
        });
        // The store is new: nothing is granted for one term.
        await fill(cluster, 3);
        await atRest(cluster);
      });
      afterEach(async () => {
        await atRest(cluster);
      });
      afterAll(async () => {
        if (cluster === undefined) return;
        await everythingEnds(cluster);
        await cluster[Symbol.asyncDispose]();
      }, 120_000);

      test("200 contents asked for at once: 40 play, the others are told within the queue's time", async () => {
        const random = randomFrom(6);
        cluster.watch.reset();
        const beganMs = performance.now();
        const clients = Array.from({ length: 200 }, (_, n) => cluster.ask(contentId(n), below(random, 3)));
        await until("nobody is still waiting", () => counted(clients, "asking") === 0);
        expect(performance.now() - beganMs).toBeLessThan(QUEUE_MS + SLACK_MS);
        // An orchestrator is asked for another engine, and has none.
        const codes = generation === undefined ? ["no_capacity"] : ["no_capacity", "provisioning_blocked"];
        for (const { refusal } of clients)
          if (refusal !== null) expect(codes.map((code) => `503 ${code}`)).toContain(refusal);
        // A machine that is busy with other things may not have started all of them in the queue's time.
        const playing = (): number => counted([...cluster.clients], "playing");
        while (playing() < SLOTS) await fill(cluster, SLOTS - playing());
        expect(playing()).toBe(SLOTS);
        expect(cluster.watch.load).toBe(SLOTS);
        expect(cluster.watch.peak).toBe(2);
        expect(cluster.watch.peakSum).toBe(SLOTS);
        // Who asks for a further engine holds a lease for as long, too.
        await until("each slot has its lease", async () => (await leasesIn(cluster)) === SLOTS);
      }, 90_000);

      test("one content asked for at two proxies is on two engines, once on each", async () => {
        const contents = Array.from({ length: 5 }, freshContent);
        const clients = contents.flatMap((content) => [cluster.ask(content, 0), cluster.ask(content, 1)]);
        await until("all of them play", () => counted(clients, "playing") === 10);
        for (const content of contents) expect(cluster.watch.carriers(content)).toHaveLength(2);
      }, 120_000);

      if (generation === undefined)
        test("whoever waits is woken at whichever proxy, and the turns are fair between them", async () => {
          // Those who leave are all at one proxy: the others must hear of it.
          const full = await fill(cluster, SLOTS, [0, 0, 0, 1, 2]);
          const their = full.filter(({ proxy }) => proxy === 0);
          const [leaving, late] = [their.slice(0, 18), their.slice(18)];
          const served = new Map<number, number>();
          const times: number[] = [];
          let leftAtMs = 0;
          let over = false;
          const wait = (proxy: number): void => {
            if (over) return;
            cluster.ask(freshContent(), proxy, (client) => {
              if (client.state === "refused") wait(proxy);
              if (client.state !== "playing") return;
              times.push(performance.now() - leftAtMs);
              served.set(proxy, (served.get(proxy) ?? 0) + 1);
            });
          };
          for (let n = 0; n < 36; n++) wait(n % 3);
          await until(
            "all three stand in the queue",
            async () => (await cluster.store.ask("llen", "{cluster-test}:queue")) === "3",
          );
          const goes = async (client: Client): Promise<void> => {
            const before = times.length;
            leftAtMs = performance.now();
            cluster.leave(client);
            await until("one who waited plays", () => times.length > before);
          };
          const former = handOvers(cluster.store.monitor()).length;
          for (const client of leaving) await goes(client);
          const turns = [0, 1, 2].map((proxy) => served.get(proxy) ?? 0);
          // A proxy that stood still has lost its turns, and has others when it goes on.
          for (const client of late) {
            const unserved = [0, 1, 2].find((proxy) => !served.has(proxy));
            if (unserved === undefined) break;
            await readiness(cluster, unserved);
            await goes(client);
          }
          for (const proxy of [0, 1, 2]) expect(served.get(proxy) ?? 0).toBeGreaterThan(0);
          over = true;
          // However slow the machine is, nobody is served before who has waited longer had his turn.
          const handed = await until("all of it is recorded", () => {
            const told = handOvers(cluster.store.monitor()).slice(former);
            return told.length >= times.length && told;
          });
          expect(handed.filter(({ inTurn }) => !inTurn)).toEqual([]);
          times.sort((a, b) => a - b);
          // Without a call nobody would look before the next renewal.
          expect(times[times.length >> 1] ?? 0).toBeLessThan(TTL_MS / 5);
          // 6 each if the turns go round. On a machine that is too busy for a turn's time, others are faster.
          if ((times[Math.floor(times.length * 0.8)] ?? 0) < TURN_MS)
            for (const count of turns) {
              expect(count).toBeGreaterThanOrEqual(3);
              expect(count).toBeLessThanOrEqual(9);
            }
        }, 120_000);
    },
  );
