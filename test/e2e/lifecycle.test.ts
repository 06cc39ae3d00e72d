/** From a request to the end of its stream: whatever clients do and whenever, every slot comes back, once. */
import { describe, expect, test } from "bun:test";
import { bareMedia, contentId, infohashOf, type SimEngine, startWorld } from "../../src/sim/index.ts";
import { type RunningBinary, startBinary } from "../support/binary.ts";
import { type Player, play } from "../support/player.ts";
import { atRest, highestLoad, slotsIn, streamsOf, waitingIn } from "../support/rest.ts";
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
});

describe("U13 refused while zapping with a small cap: hand-over, one slot, and a player that asks for another content", () => {
  // More than all buffers between engine and player hold, so that bytes wait for a player that stops reading; and more
  // than a player that reads on gets within the time-outs below, however late they come.
  const BURST_BYTES = 512 * 2 ** 20;

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
      let last = { bytes: -1, since: 0, looks: 0 };
      await until("no byte is taken any more", async () => {
        const { streams } = await proxy.get<{ streams: { bytesOut: number }[] }>("/api/v1/streams");
        const bytes = streams[0]?.bytesOut ?? -1;
        if (bytes !== last.bytes) last = { bytes, since: performance.now(), looks: 0 };
        last.looks += 1;
        // Time alone passes as well while the proxy or this process stands still.
        return bytes > 0 && performance.now() - last.since > 500 && last.looks > 10;
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
