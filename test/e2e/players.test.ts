/** Real players, and what they read: ffprobe and ffmpeg see a picture and sound, and every byte is where it should be. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { contentId } from "../../src/sim/index.ts";
import { scratchFolder } from "../support/binary.ts";
import {
  carrierOf,
  engineWorld,
  expectPackets,
  LONG,
  PATIENCE_MS,
  sessionOf,
  streamUrl,
} from "../support/faults.ts";
import { run } from "../support/media-programs.ts";
import { PACKET_BYTES, pidAt } from "../support/packets.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 120_000;
const PAT_PID = 0;
const FRAMES_PER_SECOND = 25;
const PICTURE = { picture: true, args: LONG } as const;
/** Some seconds of the test picture. */
const A_WHILE_BYTES = 400_000;

const CODECS = ["-show_entries", "stream=codec_name", "-of", "csv=p=0"];
const codecsOf = (output: string): string[] =>
  output
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .filter((line, index, all) => all.indexOf(line) === index)
    .toSorted();

describe("a player", () => {
  test.concurrent(
    "ffprobe finds H.264 and AAC, without a complaint",
    async () => {
      await using world = await engineWorld(1, PICTURE);
      const probed = await run("ffprobe", [...CODECS, streamUrl(world.proxy, 0)]);
      expect(probed).toMatchObject({ code: 0, complaints: [] });
      expect(codecsOf(probed.output)).toEqual(["aac", "h264"]);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "ffmpeg reads 10 s, without a complaint",
    async () => {
      await using world = await engineWorld(1, PICTURE);
      const read = await run("ffmpeg", ["-i", streamUrl(world.proxy, 0), "-t", "10", "-f", "null", "-"]);
      expect(read).toMatchObject({ code: 0, complaints: [] });
      expect(world.starts()).toBe(1);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "a HEAD before costs no engine call, has the stream's headers, and ffmpeg reads as before",
    async () => {
      await using world = await engineWorld(1, PICTURE);
      const head = await fetch(streamUrl(world.proxy, 0), { method: "HEAD" });
      expect([head.status, await head.text()]).toEqual([200, ""]);
      expect(world.starts()).toBe(0);
      const player = await world.playing(0);
      for (const name of ["content-type", "cache-control", "accept-ranges"])
        expect(player.headers[name]).toBe(head.headers.get(name) ?? "none sent");
      expect(head.headers.get("content-type")).toBe("video/mp2t");
      expect(player.headers["content-length"]).toBeUndefined();
      player.leave();
      const read = await run("ffmpeg", ["-i", streamUrl(world.proxy, 0), "-t", "10", "-f", "null", "-"]);
      expect(read).toMatchObject({ code: 0, complaints: [] });
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "a file name that ends in .ts is the same stream",
    async () => {
      await using world = await engineWorld(1, PICTURE);
      const watching = await world.playing(0);
      const url = `${world.proxy.url}/ace/getstream/${contentId(0)}.ts`;
      const probed = await run("ffprobe", [...CODECS, url]);
      expect(probed).toMatchObject({ code: 0, complaints: [] });
      expect(codecsOf(probed.output)).toEqual(["aac", "h264"]);
      expect(world.starts()).toBe(1);
      expect(watching.over).toBeNull();
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "ffmpeg reads on while the engine dies: more than 8 s of picture",
    async () => {
      await using folder = await scratchFolder();
      await using world = await engineWorld(2, PICTURE);
      const file = join(folder.path, "read.ts");
      const reading = run("ffmpeg", [
        "-i",
        streamUrl(world.proxy, 0),
        "-t",
        "10",
        "-c",
        "copy",
        "-f",
        "mpegts",
        file,
      ]);
      await until(
        "it plays",
        () =>
          world.engines.some(({ sessions }) =>
            [...sessions.values()].some(({ bytesSent }) => bytesSent > A_WHILE_BYTES),
          ),
        PATIENCE_MS,
      );
      const died = carrierOf(world.engines);
      await died.kill();
      expect((await reading).code).toBe(0);
      expect(world.starts()).toBe(2);
      const packets = await run("ffprobe", [
        "-select_streams",
        "v",
        "-show_entries",
        "packet=pts_time",
        "-of",
        "csv=p=0",
        file,
      ]);
      const times = packets.output
        .split("\n")
        .map((line) => Number.parseFloat(line))
        .filter(Number.isFinite);
      expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(8);
      // At most a keyframe's distance is left out where the other engine takes over.
      expect(times.length / FRAMES_PER_SECOND).toBeGreaterThan(6);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "that takes real time loses nothing of a burst that is far larger than the buffer",
    async () => {
      await using world = await engineWorld(1, { ...PICTURE, args: [...LONG, "--buffer", "1MiB"] });
      const burstBytes = 60 * 1024 * 1024;
      world.first.faults.playback = { kind: "burst", bytes: burstBytes };
      const read = run("ffmpeg", ["-re", "-i", streamUrl(world.proxy, 0), "-t", "10", "-f", "null", "-"]);
      let sent = 0;
      const watched = until(
        "it has read",
        async () => {
          for (const { bytesSent } of world.first.sessions.values()) sent = Math.max(sent, bytesSent);
          return Promise.race([read.then(() => true), Bun.sleep(0).then(() => false)]);
        },
        PATIENCE_MS,
      );
      await watched;
      expect(await read).toMatchObject({ code: 0, complaints: [] });
      expect(sent).toBeLessThan(burstBytes / 2);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("the bytes", () => {
  test.concurrent(
    "are whole packets from the first one on",
    async () => {
      await using world = await engineWorld(1, PICTURE);
      const player = world.play(0, { keepBytes: A_WHILE_BYTES });
      await player.got(A_WHILE_BYTES, PATIENCE_MS);
      expectPackets(player.kept.subarray(0, Math.floor(A_WHILE_BYTES / PACKET_BYTES) * PACKET_BYTES));
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "are the same for two clients who came before the first byte; both share one session",
    async () => {
      await using world = await engineWorld(2, { ...PICTURE, engine: { startDelayMs: 500 } });
      const players = [0, 1].map(() => world.play(0, { keepBytes: A_WHILE_BYTES }));
      await Promise.all(players.map((player) => player.got(A_WHILE_BYTES, PATIENCE_MS)));
      const [one, other] = players.map(({ kept }) => kept);
      expect(one?.length).toBe(A_WHILE_BYTES);
      expect(other && one?.equals(other)).toBe(true);
      expect(world.starts()).toBe(1);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "of one who joins later begin with the tables and a keyframe, and are the first one's from there on",
    async () => {
      await using world = await engineWorld(2, PICTURE);
      const first = await world.playing(0, { keepBytes: 16 * A_WHILE_BYTES });
      await first.got(A_WHILE_BYTES, PATIENCE_MS);
      const joiner = await world.playing(0, { keepBytes: A_WHILE_BYTES });
      await joiner.got(A_WHILE_BYTES, PATIENCE_MS);
      await first.got(first.bytes + A_WHILE_BYTES, PATIENCE_MS);
      expect(world.starts()).toBe(1);
      expect(sessionOf(carrierOf(world.engines)).reading).toBe(true);

      const bytes = joiner.kept;
      expectPackets(bytes.subarray(0, Math.floor(bytes.length / PACKET_BYTES) * PACKET_BYTES));
      const keyframeAt = firstKeyframe(bytes);
      // Nothing but tables stands before it.
      expect(keyframeAt).toBeGreaterThan(0);
      expect(keyframeAt).toBeLessThanOrEqual(8 * PACKET_BYTES);
      const before = Array.from({ length: keyframeAt / PACKET_BYTES }, (_, n) =>
        pidAt(bytes, n * PACKET_BYTES),
      );
      expect(before).toContain(PAT_PID);
      expect(before).not.toContain(pidAt(bytes, keyframeAt));
      const played = first.kept;
      const at = played.indexOf(bytes.subarray(keyframeAt, keyframeAt + 20 * PACKET_BYTES));
      expect(at % PACKET_BYTES).toBe(0);
      const common = Math.min(played.length - at, bytes.length - keyframeAt);
      expect(common).toBeGreaterThan(A_WHILE_BYTES / 2);
      expect(played.subarray(at, at + common).equals(bytes.subarray(keyframeAt, keyframeAt + common))).toBe(
        true,
      );
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

/** Where the first packet stands that is marked as a place to begin at; -1 if there is none. */
function firstKeyframe(bytes: Buffer): number {
  for (let at = 0; at + PACKET_BYTES <= bytes.length; at += PACKET_BYTES) {
    const hasFields = ((bytes[at + 3] ?? 0) & 0x20) !== 0 && (bytes[at + 4] ?? 0) > 0;
    if (hasFields && ((bytes[at + 5] ?? 0) & 0x40) !== 0) return at;
  }
  return -1;
}
