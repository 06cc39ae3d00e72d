/** C1: clients that leave, whenever and however: the slot comes back once, and nothing of them stays. */
import { describe, expect, test } from "bun:test";
import { bareMedia, contentId, startWorld } from "../../src/sim/index.ts";
import { startBinary } from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import { journalOf, LONG, PATIENCE_MS } from "../support/faults.ts";
import { play } from "../support/player.ts";
import { descriptorsOf } from "../support/resident.ts";
import { highestLoad } from "../support/rest.ts";
import { until } from "../support/until.ts";
import type { Viewer } from "../support/viewer.ts";
import { expectWhole, figuresOf, PLAYS_BYTES, viewing } from "../support/viewing.ts";

const LIMIT_MS = 90_000;

const WAYS = [
  ["closing", (viewer: Viewer) => viewer.leave()],
  ["a reset", (viewer: Viewer) => viewer.reset()],
  // It could still read. But the end of what a client sends is all that tells of one that is gone while nothing
  // can be sent to it, so it is taken for gone, as other proxies do.
  ["closing its own direction only", (viewer: Viewer) => viewer.halfClose()],
] as const;

for (const [way, go] of WAYS)
  describe(`C1 clients that leave by ${way}`, () => {
    const MODEST = { bitsPerSecond: 2_000_000, args: LONG } as const;

    test.concurrent(
      "before the headers, while the engine starts, leave nothing",
      async () => {
        await using place = await viewing({ ...MODEST, engine: { startDelayMs: 8_000 } });
        const viewers = [place.watch(), place.watch()];
        await until("the engine starts", () => place.world.first.load === 1);
        for (const viewer of viewers) go(viewer);
        await until("the proxy knows", async () => {
          const { clients } = await place.world.proxy.get<{ clients: unknown[] }>("/api/v1/clients");
          return clients.length === 0;
        });
        // It did not take the engine's answer to find out.
        expect(place.world.first.log.filter(({ what }) => what === "answer" || what === "lost")).toEqual([]);
        await place.nothingIsLeft();
        for (const viewer of viewers) expect(viewer.status).toBe(0);
        expect(place.world.starts()).toBe(1);
      },
      LIMIT_MS,
    );

    test.concurrent(
      "before the headers, while they wait for a slot, start nothing",
      async () => {
        await using place = await viewing(MODEST);
        const playing = place.watch();
        await playing.got(PLAYS_BYTES);
        const waiting = place.watch({}, 1);
        const { proxy } = place.world;
        const queue = async () => (await proxy.get<{ waiting: unknown[] }>("/api/v1/queue")).waiting.length;
        await until("one waits", async () => (await queue()) === 1);
        go(waiting);
        await until("nobody waits", async () => (await queue()) === 0);
        const refused = (await journalOf(proxy)).filter(({ type }) => type === "reject");
        expect(refused).toEqual([]);
        expectWhole(playing);
        await place.nothingIsLeft();
        expect(waiting.status).toBe(0);
        expect(place.world.starts()).toBe(1);
      },
      LIMIT_MS,
    );

    test.concurrent(
      "between the headers and the body leave nothing",
      async () => {
        await using place = await viewing(MODEST);
        const stays = place.watch();
        await stays.got(PLAYS_BYTES);
        const viewers = Array.from({ length: 20 }, () => place.watch({ onBytes: go }));
        await until("all are gone", () => viewers.every(({ status }) => status === 200));
        await until("they are counted out", async () => (await figuresOf(place.world))?.clients === 1);
        expectWhole(stays);
        await place.nothingIsLeft();
      },
      LIMIT_MS,
    );

    test.concurrent(
      "at the moment of a fail-over leave nothing, at either engine",
      async () => {
        await using place = await viewing({ ...MODEST, engines: 2 });
        const { first, second } = place.world;
        const viewers = [place.watch(), place.watch()];
        await Promise.all(viewers.map((viewer) => viewer.got(PLAYS_BYTES)));
        second.faults.startDelayMs = 1_000;
        await first.kill();
        await until("the other engine starts", () => second.load === 1);
        for (const viewer of viewers) go(viewer);
        await until("they are counted out", async () => {
          const { clients } = await place.world.proxy.get<{ clients: number }>("/ace/status");
          return clients === 0;
        });
        await first.revive();
        await place.nothingIsLeft();
      },
      LIMIT_MS,
    );
  });

for (const [way, go] of WAYS)
  test(
    `C1 clients that leave by ${way} in mid-play, 200 at once, leave nothing: no client, no slot, no descriptor`,
    async () => {
      await using place = await viewing({ bitsPerSecond: 500_000, args: LONG });
      const { proxy } = place.world;
      const before = await descriptorsOf(proxy.pid);
      const viewers = Array.from({ length: 200 }, () => place.watch());
      await Promise.all(viewers.map((viewer) => viewer.got(PLAYS_BYTES, PATIENCE_MS)));
      expect(await descriptorsOf(proxy.pid)).toBeGreaterThanOrEqual(before + 200);
      for (const viewer of viewers) go(viewer);
      await until("all are counted out", async () => {
        const { clients } = await proxy.get<{ clients: number }>("/ace/status");
        return clients === 0;
      });
      await place.nothingIsLeft();
      // Whoever still reads finds no proper end of a stream that goes on.
      for (const { over } of viewers) expect(over).not.toBe("clean");
      await until("their sockets are closed", async () => (await descriptorsOf(proxy.pid)) <= before + 8);
      expect(place.world.starts()).toBe(1);
    },
    LIMIT_MS,
  );

describe("C1 clients that leave while their streams start", () => {
  const MOMENTS = [
    "at once",
    "before the engine answers",
    "before the first byte",
    "right after the headers",
  ] as const;

  test(
    "give the slot back, 200 times at every moment, and the cap holds",
    async () => {
      const faults = { playback: { kind: "silent", forMs: 120 } } as const;
      await using world = await startWorld({ engines: 4, startDelayMs: 40, media: bareMedia });
      for (const engine of world.engines) engine.faults.playback = faults.playback;
      await using proxy = await startBinary([
        ...world.engines.flatMap(({ address }) => ["--engine", address]),
        ...["--max-streams-per-engine", "2", "--linger", "0s"],
        ...["--state-dir", "none"],
      ]);
      const saw = (what: string, content: string): boolean =>
        world.engines.some(({ log }) =>
          log.some((entry) => entry.what === what && entry.content === content),
        );

      const abort = async (n: number): Promise<void> => {
        const content = contentId(n);
        const player = play(`${proxy.url}/ace/getstream?id=${content}`);
        switch (MOMENTS[n % MOMENTS.length]) {
          case "before the engine answers":
            await until("the start reaches an engine", () => saw("start", content));
            break;
          case "before the first byte":
            await until("the playback is asked for", () => saw("play", content));
            break;
          case "right after the headers":
            expect(await player.answered()).toBe(200);
            break;
        }
        player.leave();
      };
      // More at a time than there are slots, so that some are left waiting in the queue.
      let next = 0;
      const zapper = async (): Promise<void> => {
        while (next < 200) await abort(next++);
      };
      await Promise.all(Array.from({ length: 12 }, zapper));

      await closing({ proxy, engines: world.engines, cap: 2 });
      expect(highestLoad(world)).toBe(2);
      const asked = world.engines.reduce((sum, { counters }) => sum + counters.starts, 0);
      expect(asked).toBeGreaterThanOrEqual(150);
      expect(proxy.log.filter(({ level }) => level === "error")).toEqual([]);
    },
    LIMIT_MS,
  );
});
