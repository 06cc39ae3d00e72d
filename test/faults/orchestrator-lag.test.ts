/** Rows O3 and O4: an orchestrator that shows events late, or forgets them. */
import { describe, expect, test } from "bun:test";
import { contentId } from "../../src/sim/index.ts";
import { allFree, PATIENCE_MS, refusedAt, streamsOf } from "../support/faults.ts";
import { GENERATIONS, LIMIT_MS, place, started } from "../support/orchestrator-world.ts";
import { until } from "../support/until.ts";

describe("O3 an orchestrator whose lists lag", () => {
  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: with many short streams the cap holds, no slot is counted twice, and none is lost`,
      async () => {
        const cap = 2;
        await using here = await place({ engines: 3, generation, cap, lagMs: 4_000, startDelayMs: 20 });
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
