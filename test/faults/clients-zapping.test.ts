/** C4: somebody zaps, half of the channels are dead, and there is one slot. */
import { describe, expect, test } from "bun:test";
import { contentId } from "../../src/sim/index.ts";
import { engineWorld, LONG, PATIENCE_MS } from "../support/faults.ts";
import type { Player } from "../support/player.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 90_000;
const CHANNELS = 20;
const PLAYS_BYTES = 188 * 100;

describe("C4 a player that zaps through 20 channels, half of them dead, with one slot", () => {
  for (const [seconds, linger] of [
    [10, "0s"],
    [5, "1s"],
    // Faster than an engine starts: nearly all are given up before they have begun.
    [1, "5s"],
  ] as const)
    test.concurrent(
      `U13 refused while zapping with a small cap: in ${seconds} s, lingering ${linger}, gets the last one, and the cap holds`,
      async () => {
        await using world = await engineWorld(1, {
          args: ["--linger", linger, ...LONG],
          engine: { startDelayMs: 100 },
        });
        const channels = Array.from({ length: CHANNELS }, (_, n) => 100 + n);
        world.first.faults.start = channels
          .filter((n) => n % 2 === 0)
          .map((n) => ({ kind: "error", words: "failed to load content", content: contentId(n) }));
        const beganMs = performance.now();
        const players: Player[] = [];
        for (const [index, channel] of channels.entries()) {
          const dueMs = beganMs + (index * seconds * 1000) / CHANNELS;
          await until("the next channel is due", () => performance.now() >= dueMs);
          players.at(-1)?.leave();
          players.push(world.play(channel));
        }
        const last = players.at(-1);
        expect(await last?.answered(PATIENCE_MS)).toBe(200);
        await last?.got(PLAYS_BYTES, PATIENCE_MS);
        expect(last?.over).toBeNull();
        await world.everythingEnds();
      },
      LIMIT_MS,
    );
});
