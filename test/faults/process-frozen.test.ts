/** A process that stands still, and a clock that jumps: only the monotonic clock counts. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { bareMedia, contentId, startWorld } from "../../src/sim/index.ts";
import { scratchFolder, startBinary } from "../support/binary.ts";
import { shiftedClock } from "../support/clock-shift.ts";
import { closing } from "../support/closing.ts";
import { engineWorld, streamsOf } from "../support/faults.ts";
import { readJournal } from "../support/journal.ts";
import { numberedMedia } from "../support/numbered.ts";
import { play } from "../support/player.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 150_000;
/** Longer than every time-out that is set; those are longer than this process may stand still. */
const FROZEN_MS = 30_000;
const HOUR_MS = 3_600_000;

describe("P4 a proxy that stands still", () => {
  test.concurrent(
    "for longer than all its time-outs, and goes on: clients play on, those who wait are answered, the cap holds",
    async () => {
      await using world = await engineWorld(2, {
        args: [
          "--client-timeout",
          "8s",
          "--stall-timeout",
          "8s",
          "--start-timeout",
          "8s",
          "--queue-timeout",
          "8s",
        ],
        engine: { media: numberedMedia(600_000), unreadSessionMs: 60_000 },
      });
      const { proxy } = world;
      const players = [await world.playing(1), await world.playing(2)];
      const waiting = world.play(3);
      await until("one waits", async () => (await streamsOf(proxy)).streams.length === 3);
      process.kill(proxy.pid, "SIGSTOP");
      await new Promise((resolve) => setTimeout(resolve, FROZEN_MS));
      process.kill(proxy.pid, "SIGCONT");
      expect(await waiting.answered(30_000)).toBe(503);
      const bytes = players.map((player) => player.bytes);
      for (const [n, player] of players.entries()) await player.got((bytes[n] ?? 0) + 188 * 100);
      expect(players.map(({ over }) => over)).toEqual([null, null]);
      expect((await streamsOf(proxy)).streams.map(({ failovers }) => failovers)).toEqual([0, 0]);
      expect(world.starts()).toBe(2);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("P4 a machine's clock", () => {
  for (const [what, jumpMs] of [
    ["ahead", HOUR_MS],
    ["back", -HOUR_MS],
  ] as const)
    test.concurrent(
      `that jumps an hour ${what} ends no wait, no stream and no hold early or late`,
      async () => {
        await using folder = await scratchFolder();
        const clock = await shiftedClock(folder.path);
        await using world = await startWorld({ engines: 1, unreadSessionMs: 60_000, media: bareMedia });
        const journal = join(folder.path, "journal.jsonl");
        await using proxy = await startBinary(
          [
            ...[
              "--engine",
              world.engines[0]?.address ?? "",
              "--state-dir",
              folder.path,
              "--journal",
              journal,
            ],
            ...[
              "--linger",
              "0s",
              "--queue-timeout",
              "8s",
              "--release-timeout",
              "9s",
              "--client-timeout",
              "9s",
            ],
          ],
          { env: clock.env },
        );
        const player = play(`${proxy.url}/ace/getstream?id=${contentId(1)}`);
        await player.got(188);
        for (const engine of world.engines) engine.faults.stop = { kind: "hang" };
        const beganMs = performance.now();
        const waiting = play(`${proxy.url}/ace/getstream?id=${contentId(2)}`, {
          headers: { "User-Agent": "tv" },
        });
        await until(
          "it waits",
          async () => (await proxy.get<{ waiting: unknown[] }>("/api/v1/queue")).waiting.length === 1,
        );
        await clock.shift(jumpMs);
        // The time-out is as long as it would have been.
        expect(await waiting.answered(30_000)).toBe(503);
        const waitedMs = performance.now() - beganMs;
        expect(waitedMs).toBeGreaterThan(7_000);
        expect(Number(waiting.headers["retry-after"])).toBeLessThan(600);
        await player.got(player.bytes + 188 * 100);
        player.leave();
        const left = performance.now();
        await until("its slot is held", async () => (await slots(proxy)).includes("released"));
        await until("its slot is free", async () => !(await slots(proxy)).includes("released"), 30_000);
        expect(performance.now() - left).toBeGreaterThan(8_000);
        expect(world.engines[0]?.load).toBe(1);
        // What the engine still carries ends with it.
        await world.engines[0]?.kill();
        await world.engines[0]?.revive();
        await closing({ proxy, engines: world.engines, cap: 1, players: [player, waiting], journal });
        // The clock did jump, and the journal tells the time of it.
        const times = readJournal(journal).map(({ at }) => Date.parse(at));
        const jumps = times.map((time, n) => time - (times[n - 1] ?? time));
        expect(jumps.some((ms) => Math.abs(ms - jumpMs) < HOUR_MS / 10)).toBe(true);
        expect(await proxy.end()).toBe(0);
      },
      LIMIT_MS,
    );
});

const slots = async (proxy: { get<T>(path: string): Promise<T> }): Promise<string[]> =>
  (await proxy.get<{ engines: { slots: { state: string }[] }[] }>("/api/v1/engines")).engines.flatMap(
    (engine) => engine.slots.map(({ state }) => state),
  );
