/** From a request to the end of its stream: whatever clients do and whenever, every slot comes back, once. */
import { describe, expect, test } from "bun:test";
import { bareMedia, contentId, infohashOf, type SimEngine, startWorld } from "../../src/sim/index.ts";
import { type RunningBinary, startBinary } from "../support/binary.ts";
import { type Player, play } from "../support/player.ts";
import { atRest, highestLoad, knowsEngines, slotsIn, streamsOf, waitingIn } from "../support/rest.ts";
import { until } from "../support/until.ts";
import { plainGet, type Wire, wire } from "../support/wire.ts";

const PACKET_BYTES = 188;
const NO_STATE = ["--state-dir", "none"];

const urlOf = (proxy: RunningBinary, content: string): string => `${proxy.url}/ace/getstream?id=${content}`;

const listed = (engines: readonly SimEngine[]): string[] =>
  engines.flatMap(({ address }) => ["--engine", address]);

async function playing(proxy: RunningBinary, content: string): Promise<Player> {
  const player = play(urlOf(proxy, content));
  expect(await player.answered()).toBe(200);
  await player.got(PACKET_BYTES);
  return player;
}

describe("a client that leaves while its stream starts", () => {
  const MOMENTS = [
    "at once",
    "before the engine answers",
    "before the first byte",
    "right after the headers",
  ] as const;

  test("gives the slot back, 200 times at every moment, and the cap holds", async () => {
    const faults = { playback: { kind: "silent", forMs: 120 } } as const;
    await using world = await startWorld({ engines: 4, startDelayMs: 40, media: bareMedia });
    for (const engine of world.engines) engine.faults.playback = faults.playback;
    await using proxy = await startBinary([
      ...listed(world.engines),
      ...["--max-streams-per-engine", "2", "--linger", "0s"],
      ...NO_STATE,
    ]);
    const saw = (what: string, content: string): boolean =>
      world.engines.some(({ log }) => log.some((entry) => entry.what === what && entry.content === content));

    const abort = async (n: number): Promise<void> => {
      const content = contentId(n);
      const player = play(urlOf(proxy, content));
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

    await atRest(proxy, world);
    expect(highestLoad(world)).toBe(2);
    const asked = world.engines.reduce((sum, { counters }) => sum + counters.starts, 0);
    expect(asked).toBeGreaterThanOrEqual(150);
    expect(proxy.log.filter(({ level }) => level === "error")).toEqual([]);
  }, 60_000);
});

describe("U9 id or infohash, one and the same: clients of one content", () => {
  test("share one start, and the last one's leaving stops the session once", async () => {
    await using world = await startWorld({ engines: 2, media: bareMedia });
    await using proxy = await startBinary([...listed(world.engines), "--linger", "0s", ...NO_STATE]);
    const content = contentId(1);
    const players = [
      await playing(proxy, content),
      await playing(proxy, content),
      await playing(proxy, content),
    ];
    const engine = await until("the engine carries it", () => world.engines.find(({ load }) => load > 0));
    expect(engine.counters).toMatchObject({ starts: 1, plays: 1, stops: 0 });
    players[0]?.leave();
    players[1]?.leave();
    await until("one client is left", async () => (await streamsOf(proxy))[0]?.clients === 1);
    const before = players[2]?.bytes ?? 0;
    await players[2]?.got(before + PACKET_BYTES);
    expect(engine.counters.stops).toBe(0);
    players[2]?.leave();
    await atRest(proxy, world);
    expect(engine.counters).toMatchObject({ starts: 1, plays: 1, stops: 1 });
    expect(world.realLoad()).toBe(0);
  });

  test("U15 zap fast, come back fast: those that come within the linger time find the stream still there", async () => {
    await using world = await startWorld({ engines: 1, media: bareMedia });
    await using proxy = await startBinary([...listed(world.engines), "--linger", "30s", ...NO_STATE]);
    const content = contentId(2);
    for (let n = 0; n < 4; n++) {
      const probe = play(urlOf(proxy, content));
      await probe.got(1024);
      probe.leave();
      await until("it lingers", async () => (await streamsOf(proxy))[0]?.clients === 0);
    }
    const player = await playing(proxy, content);
    expect(world.engines[0]?.counters).toMatchObject({ starts: 1, plays: 1, stops: 0 });
    player.leave();
  });

  for (const engines of [1, 2])
    test(`that ask by id and by infohash at once, with ${engines} engine(s), end up on one session`, async () => {
      await using world = await startWorld({ engines, startDelayMs: 150, media: bareMedia });
      await using proxy = await startBinary([
        ...listed(world.engines),
        ...["--max-streams-per-engine", "2", "--linger", "0s"],
        ...NO_STATE,
      ]);
      const content = contentId(3);
      const players = [
        play(urlOf(proxy, content)),
        play(`${proxy.url}/ace/getstream?infohash=${infohashOf(content).toUpperCase()}`),
      ];
      for (const player of players) expect(await player.answered()).toBe(200);
      await until("there is one session", async () => {
        const streams = await streamsOf(proxy);
        const held = (await slotsIn(proxy, "active")) + (await slotsIn(proxy, "released"));
        return streams.length === 1 && streams[0]?.clients === 2 && held === 1 && world.realLoad() === 1;
      });
      for (const player of players) await player.got(player.bytes + 50 * PACKET_BYTES);
      expect(players.map(({ over }) => over)).toEqual([null, null]);
      for (const player of players) player.leave();
      await atRest(proxy, world);
      expect(highestLoad(world)).toBeLessThanOrEqual(2);
    });

  test("that only probe with HEAD cost no engine call and no slot", async () => {
    await using world = await startWorld({ engines: 2, media: bareMedia });
    await using proxy = await startBinary([...listed(world.engines), ...NO_STATE]);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => fetch(urlOf(proxy, contentId(n)), { method: "HEAD" })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    for (const { counters } of world.engines)
      expect(counters).toMatchObject({ starts: 0, plays: 0, stops: 0 });
    const { lines } = await proxy.get<{ lines: { type?: string; from?: string }[] }>("/api/v1/journal");
    expect(lines.filter(({ type, from }) => type === "grant" || from !== undefined)).toEqual([]);
    await atRest(proxy, world);
  });
});

describe("SIGTERM", () => {
  for (const generation of [1, 2] as const)
    test(`stops at the engines and ends at the orchestrator (generation ${generation}) what plays, breaks clients off, and ends with 0`, async () => {
      await using world = await startWorld({ engines: 5, generation, lagMs: 100, media: bareMedia });
      await using proxy = await startBinary(["--orchestrator", world.url, ...NO_STATE]);
      await knowsEngines(proxy, 5);
      const players = await Promise.all([1, 2, 3, 4, 5].map((n) => playing(proxy, contentId(n))));
      const began = performance.now();
      expect(await proxy.end("SIGTERM")).toBe(0);
      expect(performance.now() - began).toBeLessThan(8_000);
      expect(world.engines.map(({ counters }) => counters.stops)).toEqual([1, 1, 1, 1, 1]);
      expect(world.realLoad()).toBe(0);
      const { counters, calls } = world.orchestrator;
      expect([counters.stream_started, counters.stream_ended]).toEqual([5, 5]);
      const ended = calls.filter(({ path }) => path.endsWith("stream_ended"));
      expect(new Set(ended.map(({ body }) => JSON.stringify(body))).size).toBe(5);
      await until("the orchestrator shows no stream", () =>
        world.orchestrator.view().streams.every(({ status }) => status === "ended"),
      );
      await until("all clients know", () => players.every(({ over }) => over !== null));
      expect(players.map(({ over }) => over)).toEqual(Array(5).fill("broken"));
    }, 30_000);

  test("refuses new requests with draining while it waits for an engine", async () => {
    await using world = await startWorld({ engines: 1, stopDelayMs: 1500, media: bareMedia });
    await using proxy = await startBinary([...listed(world.engines), ...NO_STATE]);
    await playing(proxy, contentId(1));
    const waiting = play(urlOf(proxy, contentId(2)));
    await until("one waits", async () => (await waitingIn(proxy)) === 1);
    const ended = proxy.end("SIGTERM");
    await until("it is shutting down", () => proxy.log.some(({ message }) => message === "shutting down"));
    const refused = await fetch(urlOf(proxy, contentId(3)));
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
    expect(await refused.json()).toMatchObject({
      error: { code: "draining", retry_after: expect.any(Number) },
    });
    expect(await waiting.answered()).toBe(503);
    expect((await fetch(`${proxy.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${proxy.url}/healthz`)).status).toBe(200);
    expect(await ended).toBe(0);
    await expect(fetch(urlOf(proxy, contentId(4)))).rejects.toThrow();
    expect(world.realLoad()).toBe(0);
  }, 30_000);

  test("stops starts that are under way as soon as the engine answers them", async () => {
    await using world = await startWorld({ engines: 3, startDelayMs: 1000, media: bareMedia });
    await using proxy = await startBinary([...listed(world.engines), ...NO_STATE]);
    const players = [1, 2, 3].map((n) => play(urlOf(proxy, contentId(n))));
    await until("all are under way", () => world.realLoad() === 3);
    expect(await proxy.end("SIGTERM")).toBe(0);
    expect(world.realLoad()).toBe(0);
    expect(world.engines.map(({ counters }) => counters)).toMatchObject(
      Array(3).fill({ starts: 1, plays: 0, stops: 1 }),
    );
    expect(await Promise.all(players.map((player) => player.answered()))).toEqual([503, 503, 503]);
  }, 30_000);

  test("that comes a second time ends at once", async () => {
    await using world = await startWorld({ engines: 1, media: bareMedia });
    for (const engine of world.engines) engine.faults.stop = { kind: "hang" };
    await using proxy = await startBinary([...listed(world.engines), ...NO_STATE]);
    await playing(proxy, contentId(1));
    const ended = proxy.end("SIGTERM");
    await until("a stop is under way", () => (world.engines[0]?.counters.stops ?? 0) > 0);
    const began = performance.now();
    void proxy.end("SIGTERM");
    expect(await ended).toBe(1);
    // Waiting for the engine would take 5 s.
    expect(performance.now() - began).toBeLessThan(3_000);
  }, 30_000);

  test("is obeyed within 8 s although an engine never answers a stop", async () => {
    await using world = await startWorld({ engines: 1, media: bareMedia });
    for (const engine of world.engines) engine.faults.stop = { kind: "hang" };
    await using proxy = await startBinary([...listed(world.engines), ...NO_STATE]);
    const player = await playing(proxy, contentId(1));
    const began = performance.now();
    expect(await proxy.end("SIGTERM")).toBe(0);
    expect(performance.now() - began).toBeLessThan(8_000);
    await until("the client knows", () => player.over !== null);
    expect(player.over).toBe("broken");
  }, 30_000);
});

describe("the queue", () => {
  const oneSlot = async (args: readonly string[]) => {
    const world = await startWorld({ engines: 1, media: bareMedia });
    const proxy = await startBinary([...listed(world.engines), ...NO_STATE, ...args]);
    return {
      world,
      proxy,
      async [Symbol.asyncDispose]() {
        await proxy[Symbol.asyncDispose]();
        await world.close();
      },
    };
  };

  test("serves who waits when a client leaves, in the order in which they came", async () => {
    await using place = await oneSlot(["--linger", "0s", "--queue-timeout", "60s"]);
    const { world, proxy } = place;
    const players = [await playing(proxy, contentId(1))];
    for (let n = 2; n <= 4; n++) {
      players.push(play(urlOf(proxy, contentId(n))));
      await until("it waits", async () => (await waitingIn(proxy)) === n - 1);
    }
    for (const [n, player] of players.entries()) {
      expect(await player.answered()).toBe(200);
      await player.got(PACKET_BYTES);
      expect(players.slice(n + 1).map(({ status }) => status)).toEqual(Array(3 - n).fill(null));
      player.leave();
    }
    await atRest(proxy, world);
    expect(highestLoad(world)).toBe(1);
  });

  test("refuses who waited too long with no_capacity and Retry-After", async () => {
    await using place = await oneSlot(["--queue-timeout", "400ms"]);
    const player = await playing(place.proxy, contentId(1));
    const refused = await fetch(urlOf(place.proxy, contentId(2)));
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ error: { code: "no_capacity" } });
    expect(await waitingIn(place.proxy)).toBe(0);
    await player.got(player.bytes + PACKET_BYTES);
    expect(highestLoad(place.world)).toBe(1);
  });

  test("U15 zap fast, come back fast: takes the place of a stream that nobody watches at once", async () => {
    await using place = await oneSlot(["--linger", "10m", "--queue-timeout", "60s"]);
    const { world, proxy } = place;
    const first = await playing(proxy, contentId(1));
    first.leave();
    await until("it lingers", async () => (await streamsOf(proxy))[0]?.clients === 0);
    await playing(proxy, contentId(2));
    expect(world.engines[0]?.counters).toMatchObject({ starts: 2, stops: 1 });
    expect(highestLoad(world)).toBe(1);
  });

  test("U13 refused while zapping with a small cap: lets somebody zap through 20 channels in 5 s, half of them dead, with one slot: the last one plays", async () => {
    await using place = await oneSlot(["--linger", "1s"]);
    const { world, proxy } = place;
    const channels = Array.from({ length: 20 }, (_, n) => contentId(100 + n));
    for (const engine of world.engines) {
      const dead = channels.filter((_, n) => n % 2 === 0);
      engine.faults.start = dead.map((content) => ({
        kind: "error",
        words: "failed to load content",
        content,
      }));
    }
    const began = performance.now();
    let player: Player | null = null;
    for (const [n, content] of channels.entries()) {
      await until("the next channel is due", () => performance.now() >= began + n * 250);
      player?.leave();
      player = play(urlOf(proxy, content));
    }
    expect(await player?.answered()).toBe(200);
    await player?.got(100 * PACKET_BYTES);
    expect(highestLoad(world)).toBe(1);
    player?.leave();
    await atRest(proxy, world);
    expect(highestLoad(world)).toBe(1);
  }, 30_000);
});

describe("U13 refused while zapping with a small cap: hand-over, one slot, and a player that asks for another content", () => {
  // More than all buffers between engine and player hold, so that bytes wait for a player that stops reading.
  const BURST_BYTES = 64 * 2 ** 20;

  const watched = async (
    queueTimeout: string,
    reading: { freezeAtBytes: number } | { bytesPerSecond: number },
  ) => {
    const world = await startWorld({ engines: 1, media: bareMedia });
    for (const engine of world.engines) engine.faults.playback = { kind: "burst", bytes: BURST_BYTES };
    const proxy = await startBinary([...listed(world.engines), ...NO_STATE, "--queue-timeout", queueTimeout]);
    const wires: Wire[] = [];
    const ask = (content: string, agent: string, options = {}): Wire => {
      const request = plainGet(`/ace/getstream?id=${content}`, [`User-Agent: ${agent}`]);
      const one = wire(proxy.url, request, options);
      wires.push(one);
      return one;
    };
    const former = ask(contentId(1), "VLC/3.0", reading);
    expect(await former.answered()).toBe(200);
    /** The kernel takes some more for a player that has stopped reading, until its buffers are full. */
    const stuck = async (): Promise<void> => {
      let last = { bytes: -1, since: 0 };
      await until("no byte is taken any more", async () => {
        const { streams } = await proxy.get<{ streams: { bytesOut: number }[] }>("/api/v1/streams");
        const bytes = streams[0]?.bytesOut ?? -1;
        if (bytes !== last.bytes) last = { bytes, since: performance.now() };
        return bytes > 0 && performance.now() - last.since > 500;
      });
    };
    return {
      world,
      stuck,
      proxy,
      ask,
      former,
      async [Symbol.asyncDispose]() {
        for (const one of wires) one.leave();
        await proxy[Symbol.asyncDispose]();
        await world.close();
      },
    };
  };

  test("gets its own place when it has stopped reading the former one", async () => {
    await using place = await watched("30s", { freezeAtBytes: 1 });
    await place.stuck();
    const next = place.ask(contentId(2), "VLC/3.0");
    expect(await next.answered(20_000)).toBe(200);
    expect(highestLoad(place.world)).toBe(1);
    expect(place.world.engines[0]?.counters).toMatchObject({ starts: 2, stops: 1 });
  }, 60_000);

  test("does not get the place of a player with another User-Agent", async () => {
    await using place = await watched("2500ms", { freezeAtBytes: 1 });
    await place.stuck();
    expect(await place.ask(contentId(2), "Kodi/21").answered()).toBe(503);
    expect(place.world.engines[0]?.counters).toMatchObject({ starts: 1, stops: 0 });
  }, 60_000);

  test("does not get it while the former one is being read", async () => {
    await using place = await watched("1500ms", { bytesPerSecond: 20_000_000 });
    expect(await place.ask(contentId(2), "VLC/3.0").answered()).toBe(503);
    expect(place.former.bytes).toBeLessThan(BURST_BYTES);
    const before = place.former.bytes;
    await until("the former one goes on", () => place.former.bytes > before);
    expect(place.world.engines[0]?.counters).toMatchObject({ starts: 1, stops: 0 });
  }, 60_000);
});
