/** C2 and C3: clients that stop reading, or read too slowly: others never wait for them. */
import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { systemClock } from "../../src/broker/index.ts";
import { serveBun } from "../../src/http/serve-bun.ts";
import { Download } from "../../src/stream/hls/download.ts";
import { engineWorld, PATIENCE_MS, streamsOf, streamUrl, UNHURRIED } from "../support/faults.ts";
import { until } from "../support/until.ts";
import {
  BITS_PER_SECOND,
  BURST_BYTES,
  expectMoved,
  expectWhole,
  figuresOf,
  PLAYS_BYTES,
  SMALL_BUFFER,
  viewing,
} from "../support/viewing.ts";
import { plainGet } from "../support/wire.ts";

const LIMIT_MS = 90_000;
/** Not so soon that those who read, in this process, are taken for such as do not while it stands still. */
const CUT_SOON = ["--client-timeout", "6s", ...UNHURRIED];
const NOTHING = (): void => {};

/** Whether a process here still has its end of the connection from the one loopback port to the other. */
function holdsConnection(from: number, to: number): boolean {
  const end = (port: number): string => `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return readFileSync("/proc/net/tcp", "utf8").includes(`${end(from)} ${end(to)} 01 `);
}

describe("C2 a client that", () => {
  test.concurrent(
    "takes nothing of a segment any more loses its connection, and not only its segment",
    async () => {
      const parts = Array.from({ length: 256 }, () => new Uint8Array(64 * 1024));
      const downloads: Download[] = [];
      const server = serveBun({ host: "127.0.0.1", port: 0 }, async (_request, { silence }) => {
        const download = new Download(parts, systemClock, NOTHING, () => silence?.ended());
        downloads.push(download);
        silence?.untilEnd();
        return new Response(download.body);
      });
      const player = connect(server.port, "127.0.0.1", () => player.write(plainGet("/")));
      player.on("error", NOTHING).pause();
      const theirs = await until("it is served", () => player.localPort);
      const isHeld = (): boolean => holdsConnection(server.port, theirs);
      const download = await until("it is served", () => downloads[0]);
      await until("it is stuck", () => systemClock.monotonicMs() - download.takenAtMs > 500);
      expect(isHeld()).toBe(true);
      download.break("no byte of the segment was taken for too long");
      // Bun has no end for it: its bound on silence has.
      await until("its connection is gone", () => !isHeld(), PATIENCE_MS);
      player.destroy();
      await server.stop();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "U11 one slow viewer hurts the others, or is cut too eagerly: stops reading is broken off after --client-timeout, and the others miss no packet",
    async () => {
      await using place = await viewing({ args: [...SMALL_BUFFER, ...CUT_SOON] });
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
      await using place = await viewing({ args: [...SMALL_BUFFER, ...UNHURRIED] });
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
        args: ["--client-timeout", "1s", ...UNHURRIED],
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

  test.concurrent(
    "is an ffmpeg that is suspended is broken off after --client-timeout, and its neighbour reads on",
    async () => {
      await using world = await engineWorld(1, {
        picture: true,
        args: [...SMALL_BUFFER, ...CUT_SOON],
      });
      world.first.faults.playback = { kind: "burst", bytes: 2 * BURST_BYTES };
      const url = streamUrl(world.proxy, 0);
      const ffmpeg = spawn("ffmpeg", ["-v", "error", "-nostdin", "-re", "-i", url, "-f", "null", "-"], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      try {
        const clients = async () => (await streamsOf(world.proxy)).streams[0]?.clients ?? 0;
        await until("ffmpeg watches", async () => (await clients()) === 1, PATIENCE_MS);
        const neighbour = world.play(0);
        await neighbour.got(PLAYS_BYTES, PATIENCE_MS);
        ffmpeg.kill("SIGSTOP");
        await until("it is dropped", async () => (await clients()) === 1, PATIENCE_MS);
        const { bytes } = neighbour;
        await neighbour.got(bytes + PLAYS_BYTES, PATIENCE_MS);
        expect(neighbour.over).toBeNull();
        const over = once(ffmpeg, "exit");
        ffmpeg.kill("SIGCONT");
        // It plays what the system had kept for it, and finds the stream broken.
        await over;
      } finally {
        ffmpeg.kill("SIGKILL");
      }
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

// What keeps this process busy, which plays the engines as well, runs alone.

test(
  "C3 a client that reads at half the rate is moved on again and again, counted, never cut, and slows nobody",
  async () => {
    // The system holds up to 8 MB of a client that reads: at this rate that is soon behind it.
    const rate = 64_000_000;
    await using place = await viewing({
      bitsPerSecond: rate,
      args: ["--buffer", "12MiB", "--client-timeout", "6s", ...UNHURRIED],
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
