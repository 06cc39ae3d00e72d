/** One who watches by HLS, as a client of the data plane: it comes, is silent, is dropped, and its stream ends. */
import { describe, expect, test } from "bun:test";
import type { HlsRefusal, HlsSession } from "../../src/stream/index.ts";
import { HLS_SESSIONS_MAX } from "../../src/stream/limits.ts";
import { PlaylistWatch } from "../support/playlists.ts";
import { until } from "../support/until.ts";
import { HandClock, streamWorld } from "./stream-hand.ts";
import { Program } from "./stream-media.ts";

const STREAM = 1;
const CLIENT = 7;

/** A stream with so much media in it, and a session. */
async function watching(options: { readonly hlsTimeoutMs?: number } = {}) {
  const clock = new HandClock();
  const world = await streamWorld({ clock, ...options });
  const playback = await world.play(STREAM, 1);
  const media = new Program(1_000_000).seconds(7);
  playback.send(media);
  await until("the media is here", () => world.streams.figures(STREAM)?.bytesIn === media.length);
  return { clock, world, playback, session: opened(world.streams.openHls(CLIENT, STREAM, "v")) };
}

function opened(session: HlsSession | HlsRefusal): HlsSession {
  if ("code" in session) throw new Error(session.message);
  return session;
}

describe("a session", () => {
  test("is found by its name, and holds its place until it has been silent for the client time-out", async () => {
    const { clock, world, session } = await watching();
    await using _ = world;
    expect(world.streams.hls(session.name)).toBe(session);
    expect(world.streams.hls("another")).toBe(null);
    session.segment(0);
    for (let i = 0; i < 5; i++) {
      await clock.pass(29_000);
      session.playlist("");
    }
    await clock.pass(29_000);
    expect(world.told).not.toContain(`left ${CLIENT}: takes nothing`);
    await clock.pass(2_000);
    expect(world.told).toContain(`left ${CLIENT}: takes nothing`);
    expect(world.streams.hls(session.name)).toBe(null);
    expect(world.streams.taken(CLIENT)).toBe(null);
  });

  test("has a time-out of its own where one is set", async () => {
    const { clock, world, session } = await watching({ hlsTimeoutMs: 60_000 });
    await using _ = world;
    session.segment(0);
    await clock.pass(59_000);
    expect(world.streams.hls(session.name)).toBe(session);
    await clock.pass(2_000);
    expect(world.streams.hls(session.name)).toBe(null);
  });

  test("tells the broker that it is alive by asking", async () => {
    const { clock, world, session } = await watching();
    await using _ = world;
    const before = world.streams.taken(CLIENT);
    expect(before?.moreWaiting).toBe(false);
    session.playlist("");
    expect(world.streams.taken(CLIENT)?.bytes).not.toBe(before?.bytes);
    await clock.pass(7_000);
    expect(world.streams.taken(CLIENT)?.moreWaiting).toBe(true);
  });

  test("is over at once when it is closed, dropped, or its stream fails, and what is under way breaks off", async () => {
    for (const [end, tells] of [
      [(one: Awaited<ReturnType<typeof watching>>) => one.session.close("enough"), true],
      [({ world }: Awaited<ReturnType<typeof watching>>) => world.streams.drop(CLIENT, "enough"), false],
      [({ world }: Awaited<ReturnType<typeof watching>>) => world.streams.close(STREAM, "enough"), false],
      [({ world }: Awaited<ReturnType<typeof watching>>) => world.streams.shutDown(), false],
    ] as const) {
      const one = await watching();
      await using world = one.world;
      const body = one.session.segment(0);
      end(one);
      expect(world.streams.hls(one.session.name)).toBe(null);
      expect(world.told.includes(`left ${CLIENT}: enough`)).toBe(tells);
      if (!tells) expect(new Response(body).bytes()).rejects.toThrow();
    }
  });

  test("plays what is left of a content that is over, and is then silent", async () => {
    const { clock, world, session } = await watching();
    await using _ = world;
    world.streams.close(STREAM, "the content is over", true);
    const watch = new PlaylistWatch();
    expect(world.streams.hlsOf("v")).toBe(session);
    const listed = watch.read(session.playlist(""));
    expect(watch.isOver).toBe(true);
    // One that looks alike may be told a little later; who asks after that asks for the content again.
    await clock.pass(5_900);
    expect(world.streams.hlsOf("v")).toBe(session);
    session.playlist("");
    await clock.pass(200);
    expect(world.streams.hlsOf("v")).toBe(null);
    // What was listed can still be had.
    expect(listed.map(({ duration }) => duration)).toEqual([2, 2, 2, 0.96]);
    expect((await new Response(session.segment(3)).bytes()).length).toBeGreaterThan(100_000);
    await clock.pass(31_000);
    expect(world.streams.hls(session.name)).toBe(null);
  });

  test("that nobody came back to holds its place for three target durations only", async () => {
    const { clock, world, session } = await watching();
    await using _ = world;
    session.playlist("");
    await clock.pass(11_000);
    expect(world.streams.hls(session.name)).toBe(session);
    await clock.pass(2_000);
    expect(world.told).toContain(`left ${CLIENT}: takes nothing`);
    expect(world.streams.hls(session.name)).toBe(null);
  });

  test("that fetches a segment, or asks again, is one that plays", async () => {
    for (const plays of [
      (session: HlsSession) => void session.segment(0),
      (session: HlsSession) => void session.playlist(""),
    ]) {
      const { clock, world, session } = await watching();
      await using _ = world;
      session.playlist("");
      plays(session);
      await clock.pass(28_000);
      expect(world.streams.hls(session.name)).toBe(session);
    }
  });

  test("is found by its viewer, until it is over", async () => {
    const { world, session } = await watching();
    await using _ = world;
    expect(world.streams.hlsOf("v")).toBe(session);
    expect(world.streams.hlsOf("w")).toBe(null);
    session.close("enough");
    expect(world.streams.hlsOf("v")).toBe(null);
  });

  test("is refused where a stream has too many, and there is room again when one leaves", async () => {
    const { world, session } = await watching();
    await using _ = world;
    for (let n = 1; n < HLS_SESSIONS_MAX; n++) opened(world.streams.openHls(1_000 + n, STREAM, `v${n}`));
    expect(world.streams.openHls(8, STREAM, "v8")).toMatchObject({ code: "no_capacity" });
    expect(world.told.at(-1)).toStartWith("left 8: ");
    session.close("enough");
    opened(world.streams.openHls(9, STREAM, "v9"));
  });

  test("breaks off a segment that nobody takes, though its player goes on asking", async () => {
    const { clock, world, session } = await watching();
    await using _ = world;
    const ended: string[] = [];
    const stuck = session.segment(0, undefined, () => ended.push("stuck"));
    const slow = session.segment(1, undefined, () => ended.push("slow"))?.getReader();
    for (let seconds = 0; seconds < 40; seconds += 8) {
      session.playlist("");
      await slow?.read();
      await clock.pass(8_000);
    }
    expect(world.streams.hls(session.name)).toBe(session);
    expect(ended).toEqual(["stuck"]);
    expect(new Response(stuck).bytes()).rejects.toThrow("no byte of the segment was taken for too long");
    for (;;) if ((await slow?.read())?.done !== false) break;
    expect(ended).toEqual(["stuck", "slow"]);
  });

  test("goes on in another stream", async () => {
    const { world, session } = await watching();
    await using _ = world;
    const watch = new PlaylistWatch();
    watch.read(session.playlist(""));
    const other = await world.play(2, 2);
    other.send(new Program(1_000_000, 1).seconds(7));
    await until("the media is here", () => world.streams.figures(2)?.bytesIn);
    world.streams.move(CLIENT, 2);
    world.streams.close(STREAM, "same content");
    expect(world.streams.hls(session.name)).toBe(session);
    await until("it is shown", () => (watch.read(session.playlist("")).length > 0 ? true : null));
    expect(watch.listed[0]).toMatchObject({ sequence: 3, breaks: 1 });
  });

  test("is refused to a client that was dropped before it came, and where there is no stream", async () => {
    const { world } = await watching();
    await using _ = world;
    world.streams.drop(8, "its place went to another");
    expect(world.streams.openHls(8, STREAM, "v")).toEqual({
      code: "engine_error",
      message: "its place went to another",
    });
    expect(world.streams.openHls(9, 99, "v")).toEqual({
      code: "engine_error",
      message: "the stream is over",
    });
    expect(world.told.slice(-2)).toEqual(["left 8: its place went to another", "left 9: the stream is over"]);
  });
});
