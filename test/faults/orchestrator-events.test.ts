/** Row O7: events whose answers are lost. */
import { describe, expect, test } from "bun:test";
import {
  bareMedia,
  contentId,
  type OrchestratorRoute,
  type ScopedAnswerFault,
  startSimEngine,
  startSimOrchestrator,
} from "../../src/sim/index.ts";
import { startBinary } from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import {
  enginesOf,
  PATIENCE_MS,
  PLAYS_BYTES,
  SHORT_UNHURRIED,
  streamUrl,
  UNREAD_SESSION_MS,
} from "../support/faults.ts";
import {
  allOfOurEventsOut,
  eventsAt,
  GENERATIONS,
  LIMIT_MS,
  place,
  started,
} from "../support/orchestrator-world.ts";
import { play } from "../support/player.ts";
import { until } from "../support/until.ts";

describe("O7 events whose answers are lost", () => {
  const losses: readonly { what: string; fault: ScopedAnswerFault }[] = [
    { what: "taken, and the answer lost", fault: { kind: "reset", effect: "after", times: 2 } },
    { what: "taken, and answered 500", fault: { kind: "status", status: 500, effect: "after", times: 2 } },
    { what: "lost", fault: { kind: "reset", times: 2 } },
    { what: "answered 500", fault: { kind: "status", status: 500, times: 2 } },
  ];
  for (const generation of GENERATIONS)
    for (const { what, fault } of losses)
      for (const route of ["stream_started", "stream_ended"] as const satisfies OrchestratorRoute[])
        test.concurrent(
          `generation ${generation}: ${route} ${what}: told until it is known, and the books are right`,
          async () => {
            await using here = await place({ engines: 1, generation, cap: 2 });
            const [engine] = here.engines;
            if (engine === undefined) throw new Error("an engine is needed");
            const foreign = here.orchestrator.addForeignStream(engine, contentId(9));
            here.orchestrator.faults.routes[route] = { ...fault };
            const player = await here.playing(0);
            await until("the start is booked", () => started(here.orchestrator).length === 2);
            player.leave();
            await until("the end is booked", () => started(here.orchestrator).length === 1, PATIENCE_MS);
            await allOfOurEventsOut(here);
            expect(started(here.orchestrator).map(({ id }) => id)).toEqual([foreign.id]);
            const { streamIds, streamCount } = here.orchestrator.truth().engines[0] ?? {};
            expect(streamIds).toEqual([foreign.id]);
            if (generation === 2) expect(streamCount).toBe(1);
            if (route === "stream_started") expect(here.orchestrator.counters.stream_ended).toBe(1);
            foreign.end();
            await here.everythingEnds();
          },
          LIMIT_MS,
        );

  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: a start that was refused has no end, and foreign streams stay on the books`,
      async () => {
        await using here = await place({ engines: 1, generation, cap: 2 });
        const [engine] = here.engines;
        if (engine === undefined) throw new Error("an engine is needed");
        const foreign = here.orchestrator.addForeignStream(engine, contentId(9));
        here.orchestrator.faults.routes.stream_started = { kind: "json", status: 422, body: { detail: [] } };
        for (const content of [0, 1, 2]) {
          const player = await here.playing(content);
          player.leave();
          await until("it is over", () => engine.load === 1);
        }
        await until("every start was told", () => here.orchestrator.counters.stream_started === 3);
        await here.looked();
        expect(here.orchestrator.counters.stream_ended).toBe(0);
        expect(started(here.orchestrator).map(({ id }) => id)).toEqual([foreign.id]);
        foreign.end();
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: with many streams and every third answer lost: one end for each start, foreign streams stay`,
      async () => {
        await using here = await place({ engines: 2, generation, cap: 3, lagMs: 300 });
        const foreign = here.engines.map((engine, n) =>
          here.orchestrator.addForeignStream(engine, contentId(90 + n)),
        );
        const lossy = (): void => {
          for (const route of ["stream_started", "stream_ended"] as const)
            here.orchestrator.faults.routes[route] = { kind: "reset", effect: "after", times: 1 };
        };
        for (let round = 0; round < 6; round++) {
          lossy();
          const players = await Promise.all([0, 1, 2].map((n) => here.playing(10 * round + n)));
          for (const player of players) player.leave();
          await until("they are over", () => here.world.realLoad() === 2);
        }
        here.orchestrator.faults.routes = {};
        await until(
          "only the foreign ones are booked",
          () => started(here.orchestrator).length === 2,
          PATIENCE_MS,
        );
        await allOfOurEventsOut(here);
        expect(
          started(here.orchestrator)
            .map(({ id }) => id)
            .toSorted(),
        ).toEqual(foreign.map(({ id }) => id).toSorted());
        const labels = new Set(eventsAt(here.orchestrator, "started").map(({ label }) => label));
        const ends = eventsAt(here.orchestrator, "ended");
        expect(labels.size).toBe(18);
        if (generation === 1) for (const { label } of ends) expect(labels.has(label)).toBe(true);
        // Each was told once, and once more where the answer was lost.
        expect(ends.length).toBeLessThanOrEqual(18 + 6);
        for (const { end } of foreign) end();
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: on a wire that loses answers and lets an end be overtaken: the cap holds, and foreign streams stay on the books`,
      async () => {
        await using here = await place({ engines: 2, generation, cap: 2 });
        const strangers = here.engines.map((engine, n) =>
          here.orchestrator.addForeignStream(engine, contentId(90 + n)),
        );
        await until("they are seen", async () =>
          (await enginesOf(here.proxy)).every(({ foreign }) => foreign === 1),
        );
        let seed = 7;
        const random = (): number => {
          seed = (seed * 16_807) % 2_147_483_647;
          return seed / 2_147_483_647;
        };
        for (let round = 0; round < 2; round++) {
          here.link.set({ kind: "overtaken", words: "stream_ended", ms: 1_500 });
          const players = [await here.playing(0), await here.playing(1)];
          for (const player of players) player.leave();
          await until("they are over", () => here.world.realLoad() === 2);
          here.link.set({ kind: "answers lost", share: 0.4, random });
          const more = [await here.playing(2), await here.playing(0)];
          for (const player of more) player.leave();
          await until("those are over", () => here.world.realLoad() === 2);
        }
        here.link.set(null);
        const ids = strangers.map(({ id }) => id).toSorted();
        const booked = () => started(here.orchestrator).map(({ id }) => id);
        await until("only strangers are booked", () => booked().length === 2, PATIENCE_MS);
        await allOfOurEventsOut(here);
        expect(booked().toSorted()).toEqual(ids);
        for (const { end } of strangers) end();
        await here.everythingEnds();
      },
      LIMIT_MS,
    );

  test.concurrent(
    "put in place of another between two looks, of generation 1 after 2 at the same path: no stranger's stream is ended",
    async () => {
      await using engine = await startSimEngine({ media: bareMedia, unreadSessionMs: UNREAD_SESSION_MS });
      const modern = await startSimOrchestrator({ generation: 2, engines: [engine] });
      await using proxy = await startBinary([
        "--orchestrator",
        modern.url,
        "--max-streams-per-engine",
        "2",
        ...SHORT_UNHURRIED,
      ]);
      await until("the engine is known", async () => (await enginesOf(proxy)).length === 1);
      const player = play(streamUrl(proxy, 0));
      await player.got(PLAYS_BYTES, PATIENCE_MS);
      await until("it is told", () => modern.counters.stream_started === 1);
      await modern.close();
      await using old = await startSimOrchestrator({
        ...{ generation: 1, paths: "both", port: modern.port, engines: [engine] },
      });
      const stranger = old.addForeignStream(engine, contentId(9));
      player.leave();
      await until("ours is over", () => engine.load === 1, PATIENCE_MS);
      const looks = old.counters.engines;
      await until("it is looked at", () => old.counters.engines >= looks + 3, PATIENCE_MS);
      expect(started(old).map(({ id }) => id)).toEqual([stranger.id]);
      stranger.end();
      await closing({ proxy, engines: [engine], cap: 2, players: [player] });
    },
    LIMIT_MS,
  );
});
