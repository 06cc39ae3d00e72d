/** One engine that is listed twice, or elsewhere: one cap. */
import { describe, expect, test } from "bun:test";
import { lookup } from "node:dns/promises";
import { hostname } from "node:os";
import { startWorld } from "../../src/sim/index.ts";
import { startBinary } from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import {
  enginesOf,
  engineWorld,
  PATIENCE_MS,
  PLAYS_BYTES,
  refusedAt,
  SHORT_UNHURRIED,
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
          await using proxy = await startBinary(["--orchestrator", world.url, ...SHORT_UNHURRIED]);
          await until("the engines are known", async () => (await enginesOf(proxy)).length >= 2);
          expect(await enginesOf(proxy)).toHaveLength(2);
          const players = [0, 1, 2, 3].map((content) => play(streamUrl(proxy, content)));
          const statuses = await Promise.all(players.map((player) => player.answered(PATIENCE_MS)));
          expect(statuses.toSorted()).toEqual([200, 200, 503, 503]);
          expect(Math.max(...world.peakLoads().values())).toBe(1);
          await closing({ proxy, engines: world.engines, cap: 1, players });
        },
        LIMIT_MS,
      );

  for (const second of ["localhost", "[::ffff:127.0.0.1]", hostname()])
    test.concurrent(
      `of a plain list, by its address and as ${second === hostname() ? "this machine's name" : second}: one cap`,
      async () => {
        // Where the machine's name leads is the machine's own affair: the engine listens there.
        const { address: host } = second === hostname() ? await lookup(second) : { address: "127.0.0.1" };
        await using world = await engineWorld(1, { engine: { host } });
        const args = ["--engine", world.first.address, "--engine", `${second}:${world.first.port}`];
        await using proxy = await startBinary([...args, ...SHORT_UNHURRIED]);
        const players = [0, 1].map((content) => play(streamUrl(proxy, content)));
        const statuses = await Promise.all(players.map((player) => player.answered(PATIENCE_MS)));
        expect(statuses.toSorted()).toEqual([200, 503]);
        expect(await enginesOf(proxy)).toHaveLength(1);
        await closing({ proxy, engines: world.engines, cap: 1, players });
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
      await using proxy = await startBinary(["--orchestrator", world.url, ...SHORT_UNHURRIED]);
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
      // It is one engine still, with one cap: what plays at the old port fills it.
      expect(await enginesOf(proxy)).toMatchObject([{ load: 1, slots: [{ state: "active" }] }]);
      expect(await refusedAt(proxy, 1)).toMatchObject({ status: 503 });
      expect(b.counters.starts).toBe(0);
      player.leave();
      await until("the old port's session is stopped", () => a.log.some(({ what }) => what === "stop"));
      // Now the place is the new port's.
      const next = play(streamUrl(proxy, 2));
      await next.got(PLAYS_BYTES, PATIENCE_MS);
      expect([a.load, b.load]).toEqual([0, 1]);
      await closing({ proxy, engines: world.engines, cap: 1, players: [player, next] });
    },
    LIMIT_MS,
  );
});
