import { describe, expect, test } from "bun:test";
import { contentId } from "../../src/sim/index.ts";
import { openTestStream } from "../../src/sim/media/index.ts";
import { bunSink } from "../../src/stream/sinks/sink-bun.ts";
import { webSink } from "../../src/stream/sinks/sink-web.ts";
import { until } from "../support/until.ts";
import { aStat, HandClock, Reading, streamWorld, turns, type World } from "./stream-hand.ts";
import { concat, hasRandomAccess, isWhole, PACKET, pidOf, programme } from "./stream-packets.ts";

const STREAM = 1;
const FIVE_SECONDS = programme({ seconds: 5 });
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

async function planeWorld(options: Partial<Parameters<typeof streamWorld>[0]> = {}) {
  const clock = new HandClock();
  return { clock, world: await streamWorld({ clock, ...options }) };
}

const told = (world: World, what: string) => until(what, () => world.told.includes(what));
const bytesIn = (world: World, bytes: number, stream = STREAM) =>
  until(`${bytes} bytes are in the ring`, () => (world.streams.figures(stream)?.bytesIn ?? 0) >= bytes);

describe("clients of one stream", () => {
  test("that come together get the same bytes, from the very first on", async () => {
    const { world } = await planeWorld();
    await using _ = world;
    const bytes = openTestStream({ content: contentId(1) }).read(60_000, 63_000);
    const playback = await world.play(STREAM, 1);
    playback.send(bytes.subarray(0, 100_000));
    await told(world, "media 1");
    const [one, other] = [new Reading(world.streams, 1, STREAM), new Reading(world.streams, 2, STREAM)];
    await one.atLeast(50_000);
    playback.send(bytes.subarray(100_000));
    const whole = bytes.length - (bytes.length % PACKET);
    await Promise.all([one.atLeast(whole), other.atLeast(whole)]);
    expect(same(one.all, bytes)).toBe(true);
    expect(same(other.all, bytes)).toBe(true);
    expect(world.streams.taken(1)).toEqual({ bytes: bytes.length, moreWaiting: false });
  });

  test("that come later begin with PAT, PMT and the newest keyframe", async () => {
    const { clock, world } = await planeWorld();
    await using _ = world;
    (await world.play(STREAM, 1)).send(FIVE_SECONDS.bytes);
    await bytesIn(world, FIVE_SECONDS.bytes.length);
    await clock.pass(3000);
    const late = new Reading(world.streams, 1, STREAM);
    await late.atLeast(250 * PACKET);
    expect([pidOf(late.all, 0), pidOf(late.all, 1), pidOf(late.all, 2)]).toEqual([0, 0x100, 0x101]);
    expect(hasRandomAccess(late.all, 2)).toBe(true);
    expect(same(late.all.subarray(2 * PACKET), FIVE_SECONDS.bytes.subarray((4 * 250 + 2) * PACKET))).toBe(
      true,
    );
  });

  test("get whole packets only, also when the source sends garbage in between", async () => {
    const { world } = await planeWorld();
    await using _ = world;
    const playback = await world.play(STREAM, 1);
    playback.send(FIVE_SECONDS.bytes.subarray(0, 400 * PACKET + 77));
    await told(world, "media 1");
    const reading = new Reading(world.streams, 1, STREAM).readOn();
    playback.send(new Uint8Array(5000).fill(0x21));
    playback.send(FIVE_SECONDS.bytes.subarray(600 * PACKET));
    await until("the rest is there", () => reading.bytes >= (400 + 650) * PACKET);
    expect(isWhole(reading.all)).toBe(true);
    expect(world.streams.figures(STREAM)).toMatchObject({ resyncs: 1 });
    // They are the stream's, whoever plays it next.
    await world.play(STREAM, 2);
    expect(world.streams.figures(STREAM)).toMatchObject({ resyncs: 1 });
  });

  test("lose nothing of a burst of 30 MB that they take at the pace of the content", async () => {
    const { clock, world } = await planeWorld({ bufferBytes: 4 * 1024 * 1024 });
    await using _ = world;
    const burst = programme({ seconds: 50, framePackets: 128 });
    expect(burst.bytes.length).toBeGreaterThan(30e6);
    const playback = await world.play(STREAM, 1);
    playback.send(burst.bytes);
    await told(world, "media 1");
    const [one, other] = [new Reading(world.streams, 1, STREAM), new Reading(world.streams, 2, STREAM)];
    for (let passedMs = 0; Math.min(one.bytes, other.bytes) < burst.bytes.length; passedMs += 500) {
      const due = Math.min(burst.bytes.length, (passedMs / 1000) * burst.bytesPerSecond);
      await Promise.all([one.atLeast(due), other.atLeast(due)]);
      await clock.pass(500);
      expect(world.streams.figures(STREAM)?.bufferedBytes).toBeLessThanOrEqual(4 * 1024 * 1024);
    }
    expect(same(one.all, burst.bytes)).toBe(true);
    expect(same(other.all, burst.bytes)).toBe(true);
    expect(world.streams.figures(STREAM)).toMatchObject({ skips: 0 });
    expect(world.streams.figures(STREAM)?.holds).toBeGreaterThan(0);
  });

  test("that are too slow go on at the newest keyframe, behind its tables, and hold nobody back", async () => {
    // A web stream takes nothing ahead, so that the next chunk is the one after the skip.
    const { clock, world } = await planeWorld({ bufferBytes: 512 * 1024, sink: webSink });
    await using _ = world;
    const long = programme({ seconds: 20, framePackets: 40 });
    const playback = await world.play(STREAM, 1);
    playback.send(long.bytes.subarray(0, 10_000));
    await told(world, "media 1");
    const quick = new Reading(world.streams, 1, STREAM).readOn();
    const slow = new Reading(world.streams, 2, STREAM);
    await slow.next();
    const before = slow.bytes;
    for (let second = 0; second < 20; second++) {
      const from = second === 0 ? 10_000 : second * long.bytesPerSecond;
      playback.send(long.bytes.subarray(from, (second + 1) * long.bytesPerSecond));
      await until(
        "the quick one has it",
        () => quick.bytes >= (second + 1) * long.bytesPerSecond || second < 4,
      );
      await clock.pass(1000);
    }
    await bytesIn(world, long.bytes.length);
    expect(same(quick.all, long.bytes)).toBe(true);
    await slow.atLeast(before + 20 * PACKET);
    const rest = slow.all.subarray(before);
    expect([pidOf(rest, 0), pidOf(rest, 1), pidOf(rest, 2)]).toEqual([0, 0x100, 0x101]);
    expect(hasRandomAccess(rest, 2)).toBe(true);
    expect(
      same(
        rest.subarray(2 * PACKET, 10 * PACKET),
        long.bytes.subarray((19_000 + 2) * PACKET).subarray(0, 8 * PACKET),
      ),
    ).toBe(true);
    expect(world.streams.figures(STREAM)).toMatchObject({ skips: 1 });
  });
});

describe("a source", () => {
  const foreign: [string, string, (world: World) => void][] = [
    [
      "that sends a web page and goes on",
      "the engine sends no MPEG-TS",
      ({ origin }) => {
        origin.answer = (_, response) => {
          response.writeHead(200, { "content-type": "text/html" });
          response.write("<p>Good grief: 502 Bad Gateway</p>\n".repeat(4000));
          return true;
        };
      },
    ],
    [
      "that sends a short web page and ends",
      "the engine ended the playback before any media",
      ({ origin }) => {
        origin.answer = (_, response) => response.end("<html>Go away</html>") === response;
      },
    ],
    [
      "that answers 404",
      "the playback answered 404",
      ({ origin }) => {
        origin.answer = (_, response) => response.writeHead(404).end(FIVE_SECONDS.bytes) === response;
      },
    ],
    [
      "that redirects to another host",
      "the playback redirects to another host: 127.0.0.2",
      ({ origin }) => {
        origin.answer = (_, response) =>
          response.writeHead(302, { location: "http://127.0.0.2/" }).end() === response;
      },
    ],
    [
      "that redirects for ever",
      "the playback redirects again and again",
      ({ origin }) => {
        origin.answer = (path, response) =>
          response.writeHead(302, { location: `${path}1` }).end() === response;
      },
    ],
    [
      "that closes without a byte",
      "the playback cannot be opened",
      ({ origin }) => {
        origin.answer = (_, response) => response.socket?.destroy() === response.socket;
      },
    ],
  ];
  test.each(foreign)(
    "%s has ended by the engine's fault, once, and nothing of it reaches a client",
    async (_, message, set) => {
      const { clock, world } = await planeWorld();
      await using __ = world;
      set(world);
      world.streams.play({ stream: STREAM, session: 1, urls: world.origin.urls(1), isLive: true });
      const reading = new Reading(world.streams, 1, STREAM).readOn();
      await until("the end is told", () => world.told.length > 0);
      await clock.pass(60_000);
      expect(world.told).toHaveLength(1);
      expect(world.told[0]).toStartWith(`ended 1 engine: ${message}`);
      expect(reading.bytes).toBe(0);
      expect(reading.over).toBeNull();
    },
  );

  test("may redirect within its own origin", async () => {
    const { world } = await planeWorld();
    await using _ = world;
    world.origin.answer = (path, response) =>
      path === "/7" && response.writeHead(302, { location: "/1" }).end() === response;
    world.streams.play({ stream: STREAM, session: 7, urls: world.origin.urls(7), isLive: true });
    (await world.origin.playback(1)).send(FIVE_SECONDS.bytes);
    await told(world, "media 7");
  });

  test("tells progress before it plays: more peers or bytes than ever, not the same again", async () => {
    const { clock, world } = await planeWorld();
    await using _ = world;
    await world.play(STREAM, 1);
    const look = async (peers: number, downloadedBytes: number) => {
      world.stat = () => aStat({ peers, downloadedBytes });
      const before = world.told.length;
      await clock.pass(1000);
      return world.told.slice(before);
    };
    expect(await look(0, 0)).toEqual([]);
    expect(await look(2, 0)).toEqual(["progress 1"]);
    expect(await look(1, 0)).toEqual([]);
    expect(await look(2, 0)).toEqual([]);
    expect(await look(2, 500)).toEqual(["progress 1"]);
    expect(await look(2, 500)).toEqual([]);
    expect(await look(3, 500)).toEqual(["progress 1"]);
  });

  test("that is silent has not ended as long as its statistics grow, for a minute, and has when they do not", async () => {
    const { clock, world } = await planeWorld();
    await using _ = world;
    (await world.play(STREAM, 1)).send(FIVE_SECONDS.bytes);
    await bytesIn(world, FIVE_SECONDS.bytes.length);
    let downloadedBytes = 0;
    world.stat = () => {
      downloadedBytes += 1000;
      return aStat({ peers: 3, downloadedBytes });
    };
    await clock.pass(30_000);
    expect(world.told).toEqual(["media 1"]);
    world.stat = () => aStat({ peers: 3, downloadedBytes });
    await clock.pass(18_000);
    expect(world.told).toEqual(["media 1"]);
    await clock.pass(4_000);
    expect(world.told[1]).toStartWith("ended 1 timeout: ");
    await clock.pass(90_000);
    expect(world.told).toHaveLength(2);
  });

  test("that the engine does not know any more has ended at once", async () => {
    const { clock, world } = await planeWorld();
    await using _ = world;
    (await world.play(STREAM, 1)).send(FIVE_SECONDS.bytes);
    await told(world, "media 1");
    world.stat = () => ({ kind: "gone" });
    await clock.pass(6_000);
    expect(world.told[1]).toStartWith("ended 1 engine: ");
  });

  test.each([
    ["ends", (world: World) => world.origin.playback(1).then((playback) => playback.end())],
    ["breaks off", (world: World) => world.origin.playback(1).then((playback) => playback.reset())],
  ])("that %s has ended by the engine's fault, and its clients stay", async (_, end) => {
    const { world } = await planeWorld();
    await using __ = world;
    (await world.play(STREAM, 1)).send(FIVE_SECONDS.bytes);
    await told(world, "media 1");
    const reading = new Reading(world.streams, 1, STREAM).readOn();
    await until("all is read", () => reading.bytes === FIVE_SECONDS.bytes.length);
    await end(world);
    await until("the end is told", () => world.told.length > 1);
    expect(world.told[1]).toStartWith("ended 1 engine: ");
    expect(reading.over).toBeNull();
  });

  test("that has played for half a minute is steady, told once", async () => {
    const { clock, world } = await planeWorld();
    await using _ = world;
    const playback = await world.play(STREAM, 1);
    const { bytes, bytesPerSecond } = programme({ seconds: 40, framePackets: 4 });
    for (let second = 0; second < 40; second++) {
      playback.send(bytes.subarray(second * bytesPerSecond, (second + 1) * bytesPerSecond));
      await bytesIn(world, (second + 1) * bytesPerSecond - PACKET);
      if (second < 28) expect(world.told).toEqual(["media 1"]);
      await clock.pass(1000);
    }
    expect(world.told).toEqual(["media 1", "steady 1"]);
  });

  test("that another one replaces tells nothing more; its clients go on at a keyframe, connected", async () => {
    const { clock, world } = await planeWorld();
    await using _ = world;
    const first = await world.play(STREAM, 1);
    first.send(FIVE_SECONDS.bytes.subarray(0, 600 * PACKET + 50));
    await told(world, "media 1");
    const reading = new Reading(world.streams, 1, STREAM).readOn();
    await until("the first is read", () => reading.bytes === 600 * PACKET);
    const second = await world.play(STREAM, 2);
    await until("the first is closed", () => first.closed);
    const other = programme({ seconds: 3, mark: 2 }).bytes;
    second.send(other.subarray(30 * PACKET + 11));
    // From its second keyframe on, behind six packets that announce it.
    const fromKeyframe = other.subarray((250 + 3) * PACKET);
    await until("the second is read", () => reading.bytes >= (600 + 6) * PACKET + fromKeyframe.length);
    expect(isWhole(reading.all)).toBe(true);
    const rest = reading.all.subarray(600 * PACKET);
    // Each PID is announced as interrupted before it goes on, and so is the clock in the keyframe.
    expect([0, 1, 2, 3, 4, 5].map((index) => pidOf(rest, index))).toEqual([0, 0, 0x100, 0x100, 0x101, 0x101]);
    expect([0, 2, 4, 5].map((index) => rest[index * PACKET + 5])).toEqual([0x80, 0x80, 0x80, 0x80 | 0x50]);
    expect(same(rest.subarray(6 * PACKET), fromKeyframe)).toBe(true);
    await clock.pass(10_000);
    expect(world.told).toEqual(["media 1", "media 2"]);
    expect(reading.over).toBeNull();
  });

  test("of a closed stream is read no more and tells nothing; its clients are broken off, never ended", async () => {
    const { clock, world } = await planeWorld();
    await using _ = world;
    const playback = await world.play(STREAM, 1);
    playback.send(FIVE_SECONDS.bytes);
    await told(world, "media 1");
    const reading = new Reading(world.streams, 1, STREAM).readOn();
    await until("all is read", () => reading.bytes === FIVE_SECONDS.bytes.length);
    world.streams.close(STREAM, "nobody watches");
    await until("the client is broken off", () => reading.over !== null);
    expect(reading.over).toContain("nobody watches");
    await until("the playback is closed", () => playback.closed);
    await clock.pass(60_000);
    expect(world.told).toEqual(["media 1"]);
    expect(world.streams.taken(1)).toBeNull();
    expect(clock.pending).toBe(1);
    world.streams.shutDown();
    expect(clock.pending).toBe(0);
  });
});

describe.each([
  ["a web stream", webSink],
  ["a direct stream", bunSink],
])("a client on %s", (_, sink) => {
  test("that takes nothing of what waits is dropped; one that waits for the source is not", async () => {
    const { clock, world } = await planeWorld({ sink, stallTimeoutMs: 1_000_000 });
    await using __ = world;
    (await world.play(STREAM, 1)).send(FIVE_SECONDS.bytes);
    await bytesIn(world, FIVE_SECONDS.bytes.length);
    const reading = new Reading(world.streams, 1, STREAM).readOn();
    const frozen = new Reading(world.streams, 2, STREAM);
    await frozen.next();
    await until("all is read", () => reading.bytes === FIVE_SECONDS.bytes.length);
    expect(world.streams.taken(2)?.moreWaiting).toBe(true);
    await clock.pass(29_000);
    expect(world.told).toEqual(["media 1"]);
    await clock.pass(3_000);
    expect(world.told[1]).toStartWith("left 2: ");
    expect(world.streams.taken(2)).toBeNull();
    while ((await frozen.next()) !== null);
    expect(frozen.over).toStartWith("BrokenOff: ");
    await clock.pass(600_000);
    expect(world.told).toHaveLength(2);
    expect(reading.over).toBeNull();
  });

  test("that leaves is told of, once", async () => {
    const { world } = await planeWorld({ sink });
    await using __ = world;
    (await world.play(STREAM, 1)).send(FIVE_SECONDS.bytes);
    await told(world, "media 1");
    const early = new Reading(world.streams, 1, STREAM);
    await early.next();
    const waiting = new Reading(world.streams, 2, STREAM);
    await waiting.atLeast(FIVE_SECONDS.bytes.length);
    const stuck = waiting.next();
    await Promise.all([early.cancel(), waiting.cancel()]);
    await stuck;
    await turns();
    expect(world.told.toSorted()).toEqual([
      "left 1: closed the connection",
      "left 2: closed the connection",
      "media 1",
    ]);
    world.streams.drop(1, "too late");
    expect(world.streams.taken(1)).toBeNull();
  });

  test("that is dropped is broken off, whether it reads or waits, and nobody is told", async () => {
    const { world } = await planeWorld({ sink });
    await using __ = world;
    (await world.play(STREAM, 1)).send(FIVE_SECONDS.bytes);
    await bytesIn(world, FIVE_SECONDS.bytes.length);
    const reading = new Reading(world.streams, 1, STREAM);
    await reading.next();
    const waiting = new Reading(world.streams, 2, STREAM).readOn();
    await until("all is read", () => waiting.bytes === FIVE_SECONDS.bytes.length);
    world.streams.drop(1, "zapped");
    world.streams.drop(2, "zapped");
    while ((await reading.next()) !== null);
    await until("both are over", () => waiting.over !== null);
    expect([reading.over, waiting.over]).toEqual([
      "BrokenOff: a client was broken off: zapped",
      "BrokenOff: a client was broken off: zapped",
    ]);
    expect(world.told).toEqual(["media 1"]);
  });

  test("that was dropped before it came, or comes to a stream that is over, gets nothing and is told of", async () => {
    const { world } = await planeWorld({ sink });
    await using __ = world;
    (await world.play(STREAM, 1)).send(FIVE_SECONDS.bytes);
    await told(world, "media 1");
    world.streams.drop(1, "zapped");
    const dropped = new Reading(world.streams, 1, STREAM);
    const astray = new Reading(world.streams, 2, 99);
    expect([await dropped.next(), await astray.next()]).toEqual([null, null]);
    expect([dropped.over, astray.over]).toEqual([
      "BrokenOff: a client was broken off: zapped",
      "BrokenOff: a client was broken off: the stream is over",
    ]);
    expect(world.told.slice(1)).toEqual(["left 1: zapped", "left 2: the stream is over"]);
  });

  test("goes on in another stream's ring, at its newest keyframe", async () => {
    const { world } = await planeWorld({ sink });
    await using __ = world;
    (await world.play(STREAM, 1)).send(FIVE_SECONDS.bytes);
    await told(world, "media 1");
    const reading = new Reading(world.streams, 1, STREAM).readOn();
    await until("all is read", () => reading.bytes === FIVE_SECONDS.bytes.length);
    const second = await world.play(2, 2);
    const other = programme({ seconds: 4, mark: 2 }).bytes;
    second.send(other.subarray(0, 600 * PACKET));
    await bytesIn(world, 600 * PACKET, 2);
    world.streams.move(1, 2);
    world.streams.close(STREAM, "moved");
    await until("the other is read", () => reading.bytes === FIVE_SECONDS.bytes.length + 100 * PACKET);
    second.send(other.subarray(600 * PACKET));
    await until("it goes on", () => reading.bytes === FIVE_SECONDS.bytes.length + 500 * PACKET);
    const rest = reading.all.subarray(FIVE_SECONDS.bytes.length);
    expect(same(rest, concat([rest.subarray(0, 2 * PACKET), other.subarray(502 * PACKET)]))).toBe(true);
    expect([pidOf(rest, 0), pidOf(rest, 1)]).toEqual([0, 0x100]);
    expect(reading.over).toBeNull();
    expect(world.told).toEqual(["media 1", "media 2"]);
  });
});
