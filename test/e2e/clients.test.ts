/**
 * Clients that are slow, frozen or gone, and very many of them: nobody else notices, and nothing of them stays.
 * All on bare sockets, with media whose packets are numbered, so that every lost byte shows.
 */
import { describe, expect, test } from "bun:test";
import {
  type EngineWorld,
  engineWorld,
  journalOf,
  PATIENCE_MS,
  streamsOf,
  streamUrl,
} from "../support/faults.ts";
import { numberedMedia } from "../support/numbered.ts";
import { descriptorsOf } from "../support/resident.ts";
import { until } from "../support/until.ts";
import { type Viewer, type ViewerOptions, watch } from "../support/viewer.ts";

const LIMIT_MS = 60_000;
const BITS_PER_SECOND = 16_000_000;
/** More than what the sockets and the ring hold for a client that never reads: it is stuck at once. */
const BURST_BYTES = 12_000_000;
/** Two seconds: there is always a keyframe in it. */
const SMALL_BUFFER = ["--buffer", "4MiB"];
const PLAYS_BYTES = 188 * 100;

interface Figures {
  readonly bytesIn: number;
  readonly clients: number;
  readonly skips: number;
}

const figuresOf = async (world: EngineWorld): Promise<Figures | undefined> =>
  (await world.proxy.get<{ streams: Figures[] }>("/api/v1/streams")).streams[0];

/** A world with numbered media, and its viewers, who are gone in the end. */
async function viewing(
  options: Parameters<typeof engineWorld>[1] & { readonly bitsPerSecond?: number; readonly engines?: number },
) {
  const { bitsPerSecond = BITS_PER_SECOND, engines = 1, engine, ...rest } = options;
  const world = await engineWorld(engines, {
    ...rest,
    engine: { media: numberedMedia(bitsPerSecond), ...engine },
  });
  const viewers: Viewer[] = [];
  return {
    world,
    watch(how?: ViewerOptions, content = 0): Viewer {
      const viewer = watch(streamUrl(world.proxy, content), how);
      viewers.push(viewer);
      return viewer;
    },
    /** Nobody is left, nothing is held, here and at the engines. */
    async nothingIsLeft() {
      for (const viewer of viewers) viewer.leave();
      await world.everythingEnds();
      await until("no client or stream is left", async () => {
        const status = await world.proxy.get<{ clients: number; streams: number }>("/ace/status");
        return status.clients === 0 && status.streams === 0;
      });
      expect(await world.proxy.get<object>("/readyz")).toMatchObject({ illegal_moves: 0 });
    },
    async [Symbol.asyncDispose]() {
      for (const viewer of viewers) viewer.leave();
      await world[Symbol.asyncDispose]();
    },
  };
}

/** It missed nothing of what came between its first packet and its last. */
function expectWhole(viewer: Viewer): void {
  const { packets, over } = viewer;
  expect({ over, gaps: packets.gaps, broken: packets.broken }).toEqual({ over: null, gaps: [], broken: 0 });
}

/** It lost some, and was let in again at keyframes only. */
function expectMoved(viewer: Viewer): void {
  const { packets, over } = viewer;
  expect({ over, broken: packets.broken }).toEqual({ over: null, broken: 0 });
  expect(packets.gaps.length).toBeGreaterThan(0);
  for (const gap of packets.gaps) {
    expect(gap).toMatchObject({ joinsWell: true });
    expect(gap.to).toBeGreaterThan(gap.from);
  }
}

describe("a client that", () => {
  test.concurrent(
    "stops reading is broken off after --client-timeout, and the others miss no packet",
    async () => {
      await using place = await viewing({ args: [...SMALL_BUFFER, "--client-timeout", "2s"] });
      const { world } = place;
      world.first.faults.playback = { kind: "burst", bytes: BURST_BYTES };
      const fast = place.watch();
      const steady = place.watch({ bitsPerSecond: BITS_PER_SECOND });
      const frozen = (["1.0", "1.1"] as const).map((version) =>
        place.watch({ version, onBytes: (viewer) => viewer.freeze() }),
      );
      for (const viewer of [fast, steady, ...frozen]) expect(await viewer.answered()).toBe(200);
      await until("they are counted out", async () => (await figuresOf(world))?.clients === 2, PATIENCE_MS);
      // They may have buffered much, but what they find at its end is no end of a stream.
      for (const viewer of frozen) viewer.thaw();
      for (const viewer of frozen) {
        await until("it learns of its end", () => viewer.over, PATIENCE_MS);
        expect(viewer.over).toBe("reset");
      }
      await fast.got(BURST_BYTES + (2 * BITS_PER_SECOND) / 8, PATIENCE_MS);
      await steady.got(BURST_BYTES, PATIENCE_MS);
      expectWhole(fast);
      expectWhole(steady);
      await place.nothingIsLeft();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "stops reading and goes on in time is moved to a keyframe, counted, and plays on",
    async () => {
      await using place = await viewing({ args: SMALL_BUFFER });
      const { world } = place;
      world.first.faults.playback = { kind: "burst", bytes: BURST_BYTES };
      const other = place.watch();
      let isFrozen = true;
      const frozen = place.watch({ onBytes: (viewer) => isFrozen && viewer.freeze() });
      await frozen.answered();
      await other.got(BURST_BYTES + BITS_PER_SECOND / 8, PATIENCE_MS);
      expect(await figuresOf(world)).toMatchObject({ clients: 2, skips: 0 });
      isFrozen = false;
      frozen.thaw();
      await until("it has caught up", () => frozen.packets.last >= other.packets.last, PATIENCE_MS);
      const reached = frozen.bytes;
      await frozen.got(reached + BITS_PER_SECOND / 8, PATIENCE_MS);
      expectMoved(frozen);
      expect((await figuresOf(world))?.skips).toBe(frozen.packets.gaps.length);
      expectWhole(other);
      await place.nothingIsLeft();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "reads on while the engine is silent for longer than --client-timeout is not cut, and misses nothing",
    async () => {
      await using place = await viewing({
        bitsPerSecond: 2_000_000,
        args: ["--client-timeout", "1s"],
      });
      const { world } = place;
      const silence = { kind: "silent", afterMs: 500, forMs: 5_000 } as const;
      world.first.faults.playback = silence;
      const viewers = [place.watch(), place.watch({ version: "1.0" })];
      await Promise.all(viewers.map((viewer) => viewer.got(PLAYS_BYTES)));
      // 5 s of silence, then all of it in a burst. What else comes meanwhile has no number.
      const packetsPerSecond = 1_300;
      await until(
        "7 s of it are here",
        () => viewers.every(({ packets }) => packets.last - packets.first > 7 * packetsPerSecond),
        PATIENCE_MS,
      );
      for (const viewer of viewers) expectWhole(viewer);
      expect((await streamsOf(world.proxy)).streams).toMatchObject([{ clients: 2, failovers: 0 }]);
      expect(world.starts()).toBe(1);
      await place.nothingIsLeft();
    },
    LIMIT_MS,
  );
});

const WAYS = [
  ["closing", (viewer: Viewer) => viewer.leave()],
  ["a reset", (viewer: Viewer) => viewer.reset()],
  // It could still read. But the end of what a client sends is all that tells of one that is gone while nothing
  // can be sent to it, so it is taken for gone, as other proxies do.
  ["closing its own direction only", (viewer: Viewer) => viewer.halfClose()],
] as const;

for (const [way, go] of WAYS)
  describe(`clients that leave by ${way}`, () => {
    const MODEST = { bitsPerSecond: 2_000_000 } as const;

    test.concurrent(
      "before the headers, while the engine starts, leave nothing",
      async () => {
        await using place = await viewing({ ...MODEST, engine: { startDelayMs: 2_000 } });
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

// What keeps this process busy, which plays the engines as well, runs alone.

test(
  "a client that reads at half the rate is moved on again and again, counted, never cut, and slows nobody",
  async () => {
    // The system holds up to 8 MB of a client that reads: at this rate that is soon behind it.
    const rate = 64_000_000;
    await using place = await viewing({
      bitsPerSecond: rate,
      args: ["--buffer", "12MiB", "--client-timeout", "5s"],
    });
    const { world } = place;
    world.first.faults.playback = { kind: "burst", bytes: 24_000_000 };
    const half = place.watch({ bitsPerSecond: rate / 2 });
    const [steady, fast] = [place.watch({ bitsPerSecond: rate }), place.watch()];
    await until("it was moved on twice", () => half.packets.gaps.length >= 2, PATIENCE_MS);
    expectMoved(half);
    const { skips = 0, clients } = (await figuresOf(world)) ?? {};
    expect(clients).toBe(3);
    expect(skips).toBeGreaterThanOrEqual(half.packets.gaps.length);
    expectWhole(steady);
    expectWhole(fast);
    // What the engine plays is here at once, whatever the slow one does.
    const sent = [...world.first.sessions.values()][0]?.bytesSent ?? 0;
    await fast.got(sent - PLAYS_BYTES);
    await place.nothingIsLeft();
  },
  LIMIT_MS,
);

for (const [way, go] of WAYS)
  test(
    `clients that leave by ${way} in mid-play, 200 at once, leave nothing: no client, no slot, no descriptor`,
    async () => {
      await using place = await viewing({ bitsPerSecond: 500_000 });
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

test(
  "a thousand clients who ask within a second share one start, and all are served",
  async () => {
    const COUNT = 1_000;
    await using place = await viewing({ bitsPerSecond: 200_000, engine: { startDelayMs: 500 } });
    const viewers = Array.from({ length: COUNT }, () => place.watch());
    const isServed = (viewer: Viewer): boolean => viewer.status === 200 && viewer.bytes >= PLAYS_BYTES;
    await until("all are served", () => viewers.every(isServed), PATIENCE_MS);
    expect(await figuresOf(place.world)).toMatchObject({ clients: COUNT });
    expect(place.world.starts()).toBe(1);
    // Those who came before the first byte all begin with it.
    const firsts = new Set(viewers.map(({ packets }) => packets.first));
    expect(firsts.size).toBe(1);
    for (const viewer of viewers) expectWhole(viewer);
    await place.nothingIsLeft();
  },
  LIMIT_MS,
);
