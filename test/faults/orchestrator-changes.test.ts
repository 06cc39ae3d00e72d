/** Rows O9, O10 and O11: streams of others, engines that are taken away, and updates. */
import { describe, expect, test } from "bun:test";
import { bareMedia, contentId, startSimEngine, startSimOrchestrator } from "../../src/sim/index.ts";
import { startBinary } from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import {
  enginesOf,
  PATIENCE_MS,
  PLAYS_BYTES,
  refusedAt,
  SHORT_UNHURRIED,
  streamUrl,
  UNREAD_SESSION_MS,
} from "../support/faults.ts";
import { eventsAt, GENERATIONS, LIMIT_MS, place, started } from "../support/orchestrator-world.ts";
import { play } from "../support/player.ts";
import { until } from "../support/until.ts";

/** Who waits is seen to, and an end that others tell of is seen before it is over; who is refused is so soon enough. */
const WAITS = ["--queue-timeout", "9s"];

describe("O9 streams of others", () => {
  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: they come and go, and count while they are shown`,
      async () => {
        await using here = await place({ engines: 2, generation, cap: 2, args: WAITS });
        const [first] = here.engines;
        if (first === undefined) throw new Error("an engine is needed");
        const foreign = here.orchestrator.addForeignStream(first, contentId(9));
        await until("it is seen", async () =>
          (await enginesOf(here.proxy)).some((engine) => engine.foreign === 1),
        );
        await Promise.all([0, 1, 2].map((content) => here.playing(content)));
        expect(await refusedAt(here.proxy, 3)).toMatchObject({ status: 503, code: "provisioning_blocked" });
        const waiting = here.play(4);
        await until(
          "it waits",
          async () => (await here.proxy.get<{ waiting: unknown[] }>("/api/v1/queue")).waiting.length === 1,
        );
        foreign.end();
        await waiting.got(PLAYS_BYTES, PATIENCE_MS);
        await here.everythingEnds();
      },
      LIMIT_MS,
    );
});

describe("O9 a foreign stream that takes the last place while we decide", () => {
  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: shown in time: nothing of ours is sent; shown late: it counts from then on, and nothing new comes`,
      async () => {
        // What nobody could know makes it one above the cap, once.
        const cap = 2;
        await using here = await place({
          ...{ engines: 1, generation, cap, most: cap + 1, startDelayMs: 1_500 },
          args: WAITS,
        });
        const first = here.orchestrator.addForeignStream(here.first, contentId(90));
        await until("it is seen", async () =>
          (await enginesOf(here.proxy)).some(({ foreign }) => foreign === 1),
        );
        const second = here.orchestrator.addForeignStream(here.first, contentId(91));
        await until("both are", async () =>
          (await enginesOf(here.proxy)).some(({ foreign }) => foreign === 2),
        );
        expect(await refusedAt(here.proxy, 0)).toMatchObject({ status: 503 });
        expect(here.first.counters.starts).toBe(0);
        second.end();
        // Ours is on its way when the last place is taken by another, whom the lists show later.
        here.orchestrator.lagMs = 3_000;
        const player = here.play(0);
        await until("ours is sent", () => here.first.counters.starts === 1);
        const third = here.orchestrator.addForeignStream(here.first, contentId(92));
        await player.got(PLAYS_BYTES, PATIENCE_MS);
        await until("it is shown", async () =>
          (await enginesOf(here.proxy)).some(({ foreign }) => foreign === 2),
        );
        expect(await refusedAt(here.proxy, 1)).toMatchObject({ status: 503 });
        first.end();
        third.end();
        await until(
          "ours is alone",
          async () => (await enginesOf(here.proxy)).some(({ load }) => load === 1),
          PATIENCE_MS,
        );
        await here.playing(1);
        expect(player.over).toBeNull();
        await here.everythingEnds();
      },
      LIMIT_MS,
    );
});

describe("O10 an engine that goes away or changes its name under our stream", () => {
  for (const generation of GENERATIONS) {
    test.concurrent(
      `generation ${generation}: listed under another id: one engine with one cap, and its stream plays on`,
      async () => {
        await using here = await place({ engines: 1, generation });
        const player = await here.playing(0);
        await until("it is told", () => started(here.orchestrator).length === 1);
        for (const containerId of ["a".repeat(64), "0".repeat(64)]) {
          here.orchestrator.removeEngine(here.orchestrator.containerIdOf(here.first));
          here.orchestrator.addEngine(here.first, { containerId });
          await here.looked();
          expect((await enginesOf(here.proxy)).map(({ load }) => load)).toEqual([1]);
          expect(await refusedAt(here.proxy, 1)).toMatchObject({ status: 503 });
        }
        await player.got(player.bytes + PLAYS_BYTES);
        player.leave();
        await until("it is over", () => here.first.load === 0);
        await here.playing(1);
        await until("it is told under the last name", () =>
          started(here.orchestrator).some(({ containerId }) => containerId === "0".repeat(64)),
        );
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

    test.concurrent(
      `generation ${generation}: taken away and killed as soon as its last stream has ended: the next one starts elsewhere`,
      async () => {
        await using here = await place({ engines: 4, generation, autoDelete: { afterMs: 100, kill: true } });
        const player = await here.playing(0);
        await until("it is told", () => started(here.orchestrator).length === 1);
        player.leave();
        // Those that come meanwhile meet an engine that is about to go away, or one that stays.
        await until("it is over", () => here.world.realLoad() === 0);
        const next = [here.play(1), here.play(2)];
        for (const one of next) await one.got(PLAYS_BYTES, PATIENCE_MS);
        await until("it is gone", () => here.orchestrator.truth().engines.length < 4, PATIENCE_MS);
        await here.everythingEnds();
      },
      LIMIT_MS,
    );
  }
});

describe("O10 an engine that is taken off the list with our stream on it", () => {
  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: plays on, holds its place, and gets nothing new`,
      async () => {
        await using here = await place({ engines: 2, generation, cap: 2 });
        const player = await here.playing(0);
        const removed = here.engines.find(({ load }) => load === 1);
        if (removed === undefined) throw new Error("nothing plays");
        here.orchestrator.removeEngine(here.orchestrator.containerIdOf(removed));
        await until("it is missed", async () => (await enginesOf(here.proxy)).some(({ listed }) => !listed));
        await here.playing(1);
        await here.playing(2);
        expect(await refusedAt(here.proxy, 3)).toMatchObject({ status: 503, code: "provisioning_blocked" });
        await player.got(player.bytes + PLAYS_BYTES);
        expect(player.over).toBeNull();
        expect(removed.load).toBe(1);
        expect(removed.counters.starts).toBe(1);
        await here.everythingEnds();
        await until("it is forgotten", async () => (await enginesOf(here.proxy)).length === 1);
      },
      LIMIT_MS,
    );
});

describe("O11 an orchestrator that is updated", () => {
  test.concurrent(
    "from the first generation to the second, and back: no restart, streams play on",
    async () => {
      const options = { media: bareMedia, unreadSessionMs: UNREAD_SESSION_MS };
      await using one = await startSimEngine(options);
      await using two = await startSimEngine(options);
      await using three = await startSimEngine(options);
      const old = await startSimOrchestrator({ generation: 1, engines: [one] });
      const { port } = old;
      await using proxy = await startBinary(["--orchestrator", old.url, ...SHORT_UNHURRIED]);
      await until("an engine is known", async () => (await enginesOf(proxy)).length === 1);
      const player = play(streamUrl(proxy, 0));
      await player.got(PLAYS_BYTES);
      await until("it is told", () => old.counters.stream_started === 1);
      await old.close();

      const fresh = await startSimOrchestrator({ generation: 2, port, engines: [one, two] });
      await until("the new one is known", async () => (await enginesOf(proxy)).length === 2, PATIENCE_MS);
      const second = play(streamUrl(proxy, 1));
      await second.got(PLAYS_BYTES, PATIENCE_MS);
      expect(two.load).toBe(1);
      await until("it is told in the new way", () => fresh.counters.stream_started === 1);
      expect(eventsAt(fresh, "started")).toMatchObject([
        { path: "/api/v1/events/stream_started", content: contentId(1) },
      ]);
      await fresh.close();

      await using again = await startSimOrchestrator({ generation: 1, port, engines: [one, two, three] });
      await until("the third is known", async () => (await enginesOf(proxy)).length === 3, PATIENCE_MS);
      const third = play(streamUrl(proxy, 2));
      await third.got(PLAYS_BYTES, PATIENCE_MS);
      await until("it is told in the old way", () => again.counters.stream_started === 1);
      for (const { over } of [player, second, third]) expect(over).toBeNull();
      await closing({ proxy, engines: [one, two, three], cap: 1, players: [player, second, third] });
    },
    LIMIT_MS,
  );
});
