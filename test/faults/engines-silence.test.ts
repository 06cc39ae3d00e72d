/** Engines that fall silent: for a while, or for good. */
import { describe, expect, test } from "bun:test";
import {
  carrierOf,
  engineWorld,
  expectPackets,
  PATIENCE_MS,
  PLAYS_BYTES,
  sessionOf,
  streamsOf,
} from "../support/faults.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 90_000;

describe("E8 an engine that falls silent", () => {
  test.concurrent(
    "for 2 s and goes on: nothing happens to its clients",
    async () => {
      await using world = await engineWorld(2);
      const player = await world.playing(0, { keepBytes: 1 << 20 });
      sessionOf(carrierOf(world.engines)).silence(2_000);
      const before = player.bytes;
      await player.got(before + 5 * PLAYS_BYTES, PATIENCE_MS);
      expect(player.over).toBeNull();
      expectPackets(player.kept);
      expect(world.starts()).toBe(1);
      expect((await streamsOf(world.proxy)).streams).toMatchObject([{ failovers: 0 }]);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("E9 an engine that falls silent", () => {
  for (const kind of ["no_progress", "unknown_session"] as const)
    test.concurrent(
      `for good (${kind}): another engine takes over`,
      async () => {
        await using world = await engineWorld(2);
        const player = await world.playing(0);
        const silent = carrierOf(world.engines);
        const other = silent === world.first ? world.second : world.first;
        sessionOf(silent).silence();
        silent.faults.stat = { kind };
        await until("the other engine plays", () => other.load === 1, PATIENCE_MS);
        await player.got(player.bytes + PLAYS_BYTES, PATIENCE_MS);
        expect(player.over).toBeNull();
        expect(silent.counters.starts + other.counters.starts).toBe(2);
        silent.faults.stat = null;
        await world.everythingEnds();
      },
      LIMIT_MS,
    );
});
