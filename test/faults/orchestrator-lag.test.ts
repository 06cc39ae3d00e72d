/** Rows O3 and O4: an orchestrator that shows events late, or forgets them. */
import { describe, expect, test } from "bun:test";
import { contentId } from "../../src/sim/index.ts";
import { allFree, enginesOf, LONG, PATIENCE_MS, refusedAt, streamsOf } from "../support/faults.ts";
import {
  allOfOurEventsOut,
  eventsAt,
  GENERATIONS,
  LIMIT_MS,
  place,
  started,
} from "../support/orchestrator-world.ts";
import { until } from "../support/until.ts";

describe("O3 an orchestrator whose lists lag", () => {
  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: with many short streams the cap holds, no slot is counted twice, and none is lost`,
      async () => {
        const cap = 2;
        await using here = await place({
          ...{ engines: 3, generation, cap, lagMs: 4_000, startDelayMs: 20 },
          args: LONG,
        });
        let next = 0;
        const watchInTurn = async (): Promise<void> => {
          while (next < 48) {
            const player = await here.playing(next++);
            player.leave();
          }
        };
        await Promise.all([1, 2, 3, 4, 5, 6].map(watchInTurn));
        await allFree(here.proxy, here.engines);
        // The lists still show what has ended long ago: a full pool can be used again at once.
        await until("the lists show what has ended", () => here.orchestrator.view().streams.length > 0);
        const all = await Promise.all([100, 101, 102, 103, 104, 105].map((content) => here.playing(content)));
        expect(all).toHaveLength(3 * cap);
        expect(here.world.realLoad()).toBe(3 * cap);
        await here.everythingEnds();
        await until("everything was told", () => started(here.orchestrator).length === 0, PATIENCE_MS);
      },
      LIMIT_MS,
    );
});

describe("O3 an orchestrator that hears late and shows late", () => {
  for (const generation of GENERATIONS)
    for (const lagMs of [500, 30_000])
      test.concurrent(
        `generation ${generation}: ${lagMs / 1000} s: the cap holds, no slot is counted twice, none is lost, and others count when they are shown`,
        async () => {
          const cap = 2;
          await using here = await place({
            ...{ engines: 2, generation, cap, lagMs, startDelayMs: 20 },
            args: ["--queue-timeout", "12s"],
          });
          // Our events, and its answers, take half a second each way; its lists come late on top of that.
          here.link.set({ kind: "slow", ms: 500 });
          let next = 0;
          const watchInTurn = async (): Promise<void> => {
            while (next < 12) (await here.playing(next++)).leave();
          };
          await Promise.all([1, 2, 3, 4].map(watchInTurn));
          await allFree(here.proxy, here.engines);
          // Whatever it still shows, or does not show yet, of those: all places are there, and no more than those.
          await Promise.all([100, 101, 102, 103].map((content) => here.playing(content)));
          expect(here.world.realLoad()).toBe(2 * cap);
          expect(await refusedAt(here.proxy, 104)).toMatchObject({ status: 503 });
          expect((await enginesOf(here.proxy)).map(({ load, foreign }) => [load, foreign])).toEqual([
            [cap, 0],
            [cap, 0],
          ]);
          await here.everythingEnds();
        },
        LIMIT_MS,
      );
});

describe("O4 an orchestrator that forgets", () => {
  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: our streams count all the same, and are not told anew`,
      async () => {
        await using here = await place({ engines: 2, generation });
        await here.playing(0);
        await here.playing(1);
        await until("both are told", () => started(here.orchestrator).length === 2);
        here.orchestrator.forget();
        await here.looked();
        expect(await refusedAt(here.proxy, 2)).toMatchObject({ status: 503, code: "provisioning_blocked" });
        expect(here.orchestrator.counters.stream_started).toBe(2);
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: in an outage, while streams begin and end: what plays is told once, and strangers' streams stay on the books`,
      async () => {
        await using here = await place({ engines: 2, generation, cap: 3 });
        const [first, last] = [await here.playing(0), await here.playing(1)];
        await until("both are told", () => started(here.orchestrator).length === 2);
        await here.orchestrator.down();
        // One ends that it was told of, one begins, and some come and go that it will never hear of.
        first.leave();
        await here.playing(2);
        for (const content of [3, 4, 5]) (await here.playing(content)).leave();
        await until("they are over", () => here.world.realLoad() === 2);
        here.orchestrator.forget();
        await here.orchestrator.up();
        const strangers = here.engines.map((engine, n) =>
          here.orchestrator.addForeignStream(engine, contentId(90 + n)),
        );
        await until(
          "what began in the outage is told",
          () => started(here.orchestrator).length === 3,
          PATIENCE_MS,
        );
        await allOfOurEventsOut(here);
        // Of those that came and went, the wire may have taken a start; then it is told, and so is its end.
        const told = eventsAt(here.orchestrator, "started").map(({ label }) => label);
        expect(new Set(told).size).toBe(told.length);
        expect(here.orchestrator.counters.stream_ended).toBe(told.length - 3);
        last.leave();
        await until("it is over", () => here.world.realLoad() === 3);
        await allOfOurEventsOut(here);
        const booked = started(here.orchestrator).map(({ id }) => id);
        for (const { id } of strangers) expect(booked).toContain(id);
        for (const { end } of strangers) end();
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: and lags: the end of a forgotten stream waits rather than end a stranger's that no list shows yet`,
      async () => {
        await using here = await place({ engines: 1, generation, cap: 2, lagMs: 5_000 });
        const player = await here.playing(0);
        await until("it is told", () => started(here.orchestrator).length === 1);
        here.orchestrator.forget();
        const stranger = here.orchestrator.addForeignStream(here.first, contentId(9));
        player.leave();
        await until("ours is over", () => here.first.load === 1);
        // No list shows the stranger's stream before the lag is over.
        await until("it is shown", () => here.orchestrator.view().streams.length === 1, PATIENCE_MS);
        await allOfOurEventsOut(here);
        expect(started(here.orchestrator).map(({ id }) => id)).toEqual([stranger.id]);
        expect(here.orchestrator.counters.stream_ended).toBe(0);
        stranger.end();
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

  test.concurrent(
    "generation 1: the end of a forgotten stream never ends somebody else's",
    async () => {
      await using here = await place({ engines: 1, cap: 2 });
      await here.playing(0);
      await until("it is told", () => started(here.orchestrator).length === 1);
      here.orchestrator.forget();
      const [engine] = here.engines;
      if (engine === undefined) throw new Error("an engine is needed");
      const foreign = here.orchestrator.addForeignStream(engine, contentId(9));
      await here.looked();
      for (const { id } of (await streamsOf(here.proxy)).streams)
        await fetch(`${here.proxy.url}/api/v1/streams/${id}`, { method: "DELETE" });
      await until("ours has ended", () => engine.load === 1);
      await here.looked();
      expect(started(here.orchestrator).map(({ id }) => id)).toEqual([foreign.id]);
      foreign.end();
      await here.everythingEnds();
    },
    LIMIT_MS,
  );
});
