/** Rows O1 and O2: an orchestrator that is down, slow, or silent for ever. */
import { describe, expect, test } from "bun:test";
import { bareMedia, startSimEngine } from "../../src/sim/index.ts";
import {
  enginesOf,
  LONG,
  PATIENCE_MS,
  PLAYS_BYTES,
  refusedAt,
  UNREAD_SESSION_MS,
} from "../support/faults.ts";
import type { LinkFault } from "../support/link.ts";
import {
  eventsAt,
  GENERATIONS,
  LIMIT_MS,
  type Place,
  place,
  RECOVERY_MS,
  started,
  warnings,
} from "../support/orchestrator-world.ts";
import { until } from "../support/until.ts";

describe("O1 an orchestrator that is down from the start", () => {
  test.concurrent(
    "without engines of one's own: 503, readiness says why, one warning; when it comes, all is well",
    async () => {
      await using here = await place({
        engines: 2,
        known: 0,
        prepare: ({ orchestrator }) => orchestrator.down(),
      });
      expect(await refusedAt(here.proxy, 0)).toMatchObject({ status: 503, code: "no_capacity" });
      const ready = await fetch(`${here.proxy.url}/readyz`);
      expect(ready.status).toBe(503);
      expect(await ready.text()).toContain("does not answer");
      // Several looks have failed by now, for whatever reasons.
      await until("it was asked again", () => here.link.accepted > 8, PATIENCE_MS);
      await until("the log says it, too", () => outages(here).length > 0);
      expect(outages(here)).toEqual([OUTAGE]);
      await here.orchestrator.up();
      await until("it is seen", async () => (await enginesOf(here.proxy)).length === 2, RECOVERY_MS);
      await here.playing(0);
      await here.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "with an engine named: that one serves, under the cap",
    async () => {
      await using own = await startSimEngine({ media: bareMedia, unreadSessionMs: UNREAD_SESSION_MS });
      await using here = await place({
        engines: 2,
        known: 1,
        args: ["--engine", own.address],
        prepare: ({ orchestrator }) => orchestrator.down(),
      });
      const player = await here.playing(0);
      expect(own.load).toBe(1);
      expect(await refusedAt(here.proxy, 1)).toMatchObject({ status: 503, code: "no_capacity" });
      expect(own.peakLoad).toBe(1);
      await here.orchestrator.up();
      await until("its engines are seen", () => here.orchestrator.counters.engines > 0, RECOVERY_MS);
      await here.playing(1);
      await player.got(player.bytes + PLAYS_BYTES);
      player.leave();
      await here.everythingEnds();
      await until("the engine is empty", () => own.load === 0);
      // What ran on an engine of which it knows nothing is not its business.
      expect(eventsAt(here.orchestrator, "started")).toHaveLength(1);
    },
    LIMIT_MS,
  );
});

/** What the proxy has warned of, of the orchestrator. */
const outages = (here: Place) =>
  warnings(here.proxy).flatMap(({ message }) => (/answer|asked|orchestrator/.test(message) ? [message] : []));
const OUTAGE = "the pool's source does not answer; known engines go on";

describe("O1 an orchestrator that dies in mid-run", () => {
  const deaths = [
    { kind: "cut" },
    { kind: "stalled" },
    { kind: "half-open" },
    { kind: "deaf", to: "far" },
  ] as const satisfies LinkFault[];
  for (const generation of GENERATIONS)
    for (const death of deaths)
      test.concurrent(
        `generation ${generation}: ${JSON.stringify(death)}: streams play on, known engines serve under their caps, it is asked less and less`,
        async () => {
          await using here = await place({ engines: 2, generation });
          const player = await here.playing(0);
          await until("it is told", () => started(here.orchestrator).length === 1);
          // On a machine that is slow a look may have failed before.
          await here.looked();
          const before = outages(here).length;
          here.link.set(death);
          const began = performance.now();
          const accepted = here.link.accepted;
          await here.playing(1);
          expect(await refusedAt(here.proxy, 2)).toMatchObject({ status: 503 });
          const ready = async () => here.proxy.get<{ warnings: string[] }>("/readyz");
          await until(
            "readiness says it",
            async () => JSON.stringify(await ready()).includes("does not answer"),
            PATIENCE_MS,
          );
          await player.got(player.bytes + PLAYS_BYTES, PATIENCE_MS);
          expect(player.over).toBeNull();
          await until("the log says it, too", () => outages(here).length > before);
          expect(outages(here).slice(before)).toEqual([OUTAGE]);
          // Each look is two calls; pauses double from 1 s, and events and the wish for an engine look as well.
          const looksMax = 3 * (2 + Math.ceil(Math.log2(2 + (performance.now() - began) / 1000)));
          expect(here.link.accepted - accepted).toBeLessThanOrEqual(2 * looksMax);
          here.link.set(null);
          await until(
            "it is well",
            async () => !JSON.stringify(await ready()).includes("not answer"),
            RECOVERY_MS,
          );
          await until("both are told", () => started(here.orchestrator).length === 2, PATIENCE_MS);
          await here.everythingEnds();
        },
        LIMIT_MS,
      );

  test.concurrent(
    "with an engine named: it comes to those that are known, under the same cap, and goes again",
    async () => {
      await using own = await startSimEngine({ media: bareMedia, unreadSessionMs: UNREAD_SESSION_MS });
      await using here = await place({ engines: 1, others: [own], args: ["--engine", own.address, ...LONG] });
      await here.playing(0);
      const waiting = here.play(1);
      await here.waits();
      expect(own.load).toBe(0);
      here.link.set({ kind: "cut" });
      await waiting.got(PLAYS_BYTES, PATIENCE_MS);
      expect([here.first.load, own.load]).toEqual([1, 1]);
      here.link.set(null);
      await until(
        "it is not the orchestrator's",
        async () => (await enginesOf(here.proxy)).some(({ listed }) => !listed),
        RECOVERY_MS,
      );
      // What plays there plays on.
      await waiting.got(waiting.bytes + PLAYS_BYTES);
      expect(waiting.over).toBeNull();
      await here.everythingEnds();
      await until("it is forgotten", async () => (await enginesOf(here.proxy)).length === 1);
    },
    LIMIT_MS,
  );
});

/** Requests that have had to wait for a slot. */
async function waited(here: Place): Promise<number> {
  const text = await (await fetch(`${here.proxy.url}/metrics`)).text();
  const counts = text.matchAll(/^aceslot_queue_wait_seconds_count\S* (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

describe("O2 an orchestrator that does not answer in time", () => {
  for (const generation of GENERATIONS)
    for (const [what, fault] of [
      ["hangs", { kind: "hang" }],
      ["takes 10 s", { kind: "late", delayMs: 10_000 }],
    ] as const)
      test.concurrent(
        `generation ${generation}: it ${what}: the last snapshot serves`,
        async () => {
          await using here = await place({ engines: 3, generation });
          await here.playing(0);
          for (const route of ["engines", "streams", "status", "stream_started", "stream_ended"] as const)
            here.orchestrator.faults.routes[route] = { ...fault };
          await until("a look is under way", () => here.orchestrator.counters.engines > 1);
          const [second] = [await here.playing(1), await here.playing(2)];
          expect(await waited(here)).toBe(0);
          second.leave();
          await until("its place is free", () => here.world.realLoad() === 2);
          await here.playing(3);
          await until("the snapshot's age is shown", async () => {
            const { snapshot_age_ms: ageMs } = await here.proxy.get<{ snapshot_age_ms: number }>("/readyz");
            return ageMs > 2_500;
          });
          await here.everythingEnds();
        },
        LIMIT_MS,
      );

  const inMidBody = [
    { kind: "trickle", bytesPerSecond: 20 },
    { kind: "cut after", bytes: 300 },
    { kind: "slow", ms: 10_000 },
  ] as const satisfies LinkFault[];
  for (const generation of GENERATIONS)
    for (const fault of inMidBody)
      test.concurrent(
        `generation ${generation}: ${JSON.stringify(fault)}, in mid-answer: the last snapshot serves, and the next whole one is taken`,
        async () => {
          await using here = await place({ engines: 3, generation });
          await here.playing(0);
          here.link.set(fault);
          await until("it is met", async () => {
            const { warnings: told } = await here.proxy.get<{ warnings: string[] }>("/readyz");
            return told.some((warning) => warning.includes("does not answer"));
          });
          const [second] = [await here.playing(1), await here.playing(2)];
          expect(await waited(here)).toBe(0);
          second.leave();
          await until("its place is free", () => here.world.realLoad() === 2);
          here.link.set(null);
          await here.looked();
          await here.playing(3);
          await until("all are told", () => started(here.orchestrator).length === 3, PATIENCE_MS);
          await here.everythingEnds();
          await until("nothing is booked", () => started(here.orchestrator).length === 0, PATIENCE_MS);
        },
        LIMIT_MS,
      );
});
