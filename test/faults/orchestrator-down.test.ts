/** Rows O1 and O2: an orchestrator that is down, slow, or silent for ever. */
import { describe, expect, test } from "bun:test";
import { bareMedia, startSimEngine } from "../../src/sim/index.ts";
import { enginesOf, PATIENCE_MS, PLAYS_BYTES, refusedAt, UNREAD_SESSION_MS } from "../support/faults.ts";
import { eventsAt, GENERATIONS, LIMIT_MS, place, warnings } from "../support/orchestrator-world.ts";
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
      expect(
        warnings(here.proxy).filter(({ message }) => /answer|asked/.test(message)).length,
      ).toBeLessThanOrEqual(2);
      await here.orchestrator.up();
      await until("it is seen", async () => (await enginesOf(here.proxy)).length === 2, PATIENCE_MS);
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
      await until("its engines are seen", () => here.orchestrator.counters.engines > 0, PATIENCE_MS);
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
          const looks = here.orchestrator.counters.engines;
          const [second] = [await here.playing(1), await here.playing(2)];
          // They played before that look's own deadline was over.
          expect(here.orchestrator.counters.engines).toBe(looks);
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
});
