/** One engine that is listed twice, or elsewhere: one cap. */
import { describe, expect, test } from "bun:test";
import { contentId, infohashOf, startWorld } from "../../src/sim/index.ts";
import { startBinary } from "../support/binary.ts";
import {
  allFree,
  enginesOf,
  engineWorld,
  PATIENCE_MS,
  PLAYS_BYTES,
  SHORT,
  streamUrl,
} from "../support/faults.ts";
import { play } from "../support/player.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 90_000;

describe("E16 one engine in two list entries", () => {
  for (const generation of [1, 2] as const)
    for (const enginesTwice of ["same", "other_name"] as const)
      test.concurrent(
        `generation ${generation}, ${enginesTwice === "same" ? "the same record" : "another name"}: one cap`,
        async () => {
          await using world = await startWorld({ engines: 2, generation, unreadSessionMs: 3_000 });
          world.orchestrator.faults.enginesTwice = enginesTwice;
          await using proxy = await startBinary(["--orchestrator", world.url, ...SHORT]);
          await until("the engines are known", async () => (await enginesOf(proxy)).length >= 2);
          expect(await enginesOf(proxy)).toHaveLength(2);
          const players = [0, 1, 2, 3].map((content) => play(streamUrl(proxy, content)));
          const statuses = await Promise.all(players.map((player) => player.answered(PATIENCE_MS)));
          expect(statuses.toSorted()).toEqual([200, 200, 503, 503]);
          expect(Math.max(...world.peakLoads().values())).toBe(1);
          for (const player of players) player.leave();
          await allFree(proxy, world.engines);
        },
        LIMIT_MS,
      );

  test.concurrent(
    "of a plain list, by name and by address: one cap",
    async () => {
      await using world = await engineWorld(1);
      const args = ["--engine", world.first.address, "--engine", `localhost:${world.first.port}`];
      await using proxy = await startBinary([...args, ...SHORT]);
      const players = [0, 1].map((content) => play(streamUrl(proxy, content)));
      const statuses = await Promise.all(players.map((player) => player.answered(PATIENCE_MS)));
      expect(statuses.toSorted()).toEqual([200, 503]);
      expect(world.first.peakLoad).toBe(1);
      for (const player of players) player.leave();
      await allFree(proxy, world.engines);
    },
    LIMIT_MS,
  );

  test.concurrent(
    "an id that moves to another port: the old port's stream plays on, and counts",
    async () => {
      await using world = await startWorld({ engines: 2, unreadSessionMs: 3_000 });
      const [a, b] = world.engines;
      if (a === undefined || b === undefined) throw new Error("two engines are needed");
      const { orchestrator } = world;
      const id = orchestrator.containerIdOf(a);
      orchestrator.removeEngine(orchestrator.containerIdOf(b));
      await using proxy = await startBinary(["--orchestrator", world.url, ...SHORT]);
      await until("the engine is known", async () => (await enginesOf(proxy)).length === 1);
      const player = play(streamUrl(proxy, 0));
      await player.got(PLAYS_BYTES, PATIENCE_MS);
      orchestrator.relist(id, { port: b.port });
      await until(
        "the move is seen",
        async () => (await enginesOf(proxy)).some(({ address }) => address === b.address),
        PATIENCE_MS,
      );
      await player.got(player.bytes + PLAYS_BYTES, PATIENCE_MS);
      expect(player.over).toBeNull();
      player.leave();
      await allFree(proxy, world.engines);
      expect(a.log.some(({ what }) => what === "stop")).toBe(true);
      expect(infohashOf(contentId(0))).toHaveLength(40);
    },
    LIMIT_MS,
  );
});
