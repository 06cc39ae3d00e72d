/** Row O7: events whose answers are lost. */
import { describe, expect, test } from "bun:test";
import { contentId, type OrchestratorRoute, type ScopedAnswerFault } from "../../src/sim/index.ts";
import { PATIENCE_MS } from "../support/faults.ts";
import {
  allOfOurEventsOut,
  eventsAt,
  GENERATIONS,
  LIMIT_MS,
  place,
  started,
} from "../support/orchestrator-world.ts";
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

  test.concurrent(
    "generation 1: a start that was refused has no end, and foreign streams stay on the books",
    async () => {
      await using here = await place({ engines: 1, cap: 2 });
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
});
