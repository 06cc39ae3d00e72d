/** What users complain of when several want to watch: the engine serves one, and one's stop stops all. */
import { describe, expect, test } from "bun:test";
import { engineWorld, PATIENCE_MS, PLAYS_BYTES, UNHURRIED } from "../../support/faults.ts";
import { until } from "../../support/until.ts";

const LIMIT_MS = 90_000;

describe("U6 the same channel on two devices", () => {
  test.concurrent(
    "is one start and one session; when one device stops, the other plays on; the last one's leaving stops it",
    async () => {
      await using world = await engineWorld(1, { args: UNHURRIED });
      const living = await world.playing(0);
      const bedroom = await world.playing(0);
      expect(world.first.counters).toMatchObject({ starts: 1, plays: 1 });
      bedroom.leave();
      await living.got(living.bytes + PLAYS_BYTES, PATIENCE_MS);
      expect(world.first.counters.stops).toBe(0);
      living.leave();
      await until("the engine is told to stop", () => world.first.counters.stops === 1, PATIENCE_MS);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("U7 different channels at once behind one address", () => {
  test.concurrent(
    "five channels play on five engines of one place each, and the sixth is told that all are taken",
    async () => {
      await using world = await engineWorld(5, { args: ["--queue-timeout", "2s", ...UNHURRIED] });
      await Promise.all([0, 1, 2, 3, 4].map((content) => world.playing(content)));
      expect(world.engines.map(({ load }) => load)).toEqual([1, 1, 1, 1, 1]);
      expect(await world.refused(5)).toMatchObject({ status: 503, code: "no_capacity" });
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});
