/** What users complain of most loudly: slots that are never given back, and ghosts that hold them. */
import { describe, expect, test } from "bun:test";
import { contentId, type StartFault, type StopFault } from "../../../src/sim/index.ts";
import { engineWorld, PATIENCE_MS, slotsAt, UNHURRIED } from "../../support/faults.ts";
import { until } from "../../support/until.ts";

const LIMIT_MS = 90_000;

/** Ways in which starts and stops go wrong, each of which leaked a slot somewhere. */
const FAILURES: readonly { readonly start?: StartFault; readonly stop?: StopFault }[] = [
  { start: { kind: "error", words: "failed to load content" } },
  { start: { kind: "status", status: 500, effect: "after" } },
  { start: { kind: "reset", effect: "after" } },
  { start: { kind: "truncated", effect: "after" } },
  { start: { kind: "late", delayMs: 800 } },
  { stop: { kind: "reset", effect: "after" } },
  { stop: { kind: "status", status: 500 } },
  { stop: { kind: "unknown_session" } },
];

describe("U12 slots leak until restart", () => {
  test.concurrent(
    "two dozen failed starts, lost answers and refused stops in a row leave every slot free, and the next one plays",
    async () => {
      await using world = await engineWorld(2, { cap: 2, args: ["--queue-timeout", "25s", ...UNHURRIED] });
      for (let round = 0; round < 24; round++) {
        const { start = null, stop = null } = FAILURES[round % FAILURES.length] ?? {};
        for (const { faults } of world.engines) {
          faults.start = start === null ? null : { ...start, content: contentId(round) };
          faults.stop = stop === null ? null : { ...stop, times: 1 };
        }
        const player = world.play(round);
        if (start?.kind === "late") await new Promise((resolve) => setTimeout(resolve, 100));
        else await player.answered(PATIENCE_MS);
        player.leave();
      }
      for (const { faults } of world.engines) Object.assign(faults, { start: null, stop: null });
      await world.playing(1_000);
      await world.everythingEnds();
      for (const engine of world.engines)
        expect(await slotsAt(world.proxy, engine)).toEqual(["free", "free"]);
    },
    LIMIT_MS,
  );
});

describe("U14 viewers that vanish hold a stream for hours", () => {
  test.concurrent(
    "one that stops reading without a word is dropped after --client-timeout, and its place is given to who waits",
    async () => {
      await using world = await engineWorld(1, {
        args: ["--client-timeout", "2s", "--queue-timeout", "60s", ...UNHURRIED],
        // More than all sockets between hold: it is stuck at once.
        engine: { burstMs: 240_000 },
      });
      // Another one each: the same player would get its own place, and no time-out would be needed.
      const ghost = await world.playing(0, { headers: { "User-Agent": "ghost" } });
      ghost.freeze();
      const waiting = world.play(1, { headers: { "User-Agent": "who waits" } });
      expect(await waiting.answered(PATIENCE_MS * 2)).toBe(200);
      await until("the ghost's stream is over", () => world.first.load === 1, PATIENCE_MS);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});
