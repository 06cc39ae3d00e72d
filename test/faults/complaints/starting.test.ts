/** What users complain of most: streams that do not start, and dead channels that take everything down with them. */
import { describe, expect, test } from "bun:test";
import { contentId } from "../../../src/sim/index.ts";
import { engineWorld, PATIENCE_MS, PLAYS_BYTES, UNHURRIED } from "../../support/faults.ts";
import { until } from "../../support/until.ts";

const LIMIT_MS = 90_000;

describe("U1 a dead channel freezes everything until a restart", () => {
  test.concurrent(
    "forty dead ones of every kind, zapped through: who watches goes on watching, and the next good one plays",
    async () => {
      await using world = await engineWorld(2, {
        cap: 2,
        args: ["--queue-timeout", "20s", "--stall-timeout", "25s"],
      });
      const watching = await world.playing(0);
      const dead = Array.from({ length: 40 }, (_, index) => index + 100);
      const kinds = [
        { kind: "error", words: "failed to load content" },
        { kind: "error", words: "cannot find peers", delayMs: 300 },
        { kind: "hang", effect: "after" },
        { kind: "reset", effect: "after" },
      ] as const;
      for (const engine of world.engines)
        engine.faults.start = dead.map((content, index) => ({
          ...(kinds[index % kinds.length] ?? kinds[0]),
          content: contentId(content),
        }));
      for (const content of dead) {
        const zapper = world.play(content);
        await new Promise((resolve) => setTimeout(resolve, 50));
        zapper.leave();
      }
      await world.playing(1);
      await watching.got(watching.bytes + PLAYS_BYTES, PATIENCE_MS);
      expect(watching.over).toBeNull();
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("U2 good streams start slowly, and short time-outs kill them", () => {
  test.concurrent(
    "an engine that has peers and makes progress is waited for, for longer than the start time-out",
    async () => {
      await using world = await engineWorld(1, { args: ["--start-timeout", "8s"] });
      world.first.faults.playback = { kind: "silent", forMs: 18_000 };
      const player = await world.playing(0);
      expect(world.first.counters).toMatchObject({ starts: 1, plays: 1 });
      expect(player.over).toBeNull();
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("U3 healthy, and yet nothing plays", () => {
  test.concurrent(
    "one engine with room for 24 plays 24 contents side by side, and each of them moves: no pool of connections queues",
    async () => {
      await using world = await engineWorld(1, { cap: 24, args: ["--queue-timeout", "20s", ...UNHURRIED] });
      const players = await Promise.all(Array.from({ length: 24 }, (_, content) => world.playing(content)));
      const before = players.map(({ bytes }) => bytes);
      await until(
        "every one of them moves on",
        () => players.every(({ bytes }, index) => bytes > (before[index] ?? 0) + PLAYS_BYTES),
        PATIENCE_MS,
      );
      expect(world.first.peakLoad).toBe(24);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});
