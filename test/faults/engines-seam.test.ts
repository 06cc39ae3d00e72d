/** An engine dies, falls silent or loses its content while real players watch: what they see of it. */
import { describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { contentId } from "../../src/sim/index.ts";
import { scratchFolder } from "../support/binary.ts";
import { another, broadcast } from "../support/broadcast.ts";
import {
  carrierOf,
  type EngineWorld,
  enginesOf,
  engineWorld,
  expectPackets,
  PATIENCE_MS,
  sessionOf,
  streamsOf,
  streamUrl,
  UNHURRIED,
} from "../support/faults.ts";
import { decode, run, ticksOf } from "../support/media-programs.ts";
import { PACKET_BYTES, pidAt } from "../support/packets.ts";
import type { Player } from "../support/player.ts";
import { until } from "../support/until.ts";
import { playInVlc } from "../support/vlc.ts";

const LIMIT_MS = 90_000;
const SDT_PID = 0x11;
const NULL_PID = 0x1fff;
const FRAME_TICKS = 3_600;
const GOP_FRAMES = 25;
/** Some seconds of the test picture. */
const A_WHILE_BYTES = 400_000;
const KEEP = { keepBytes: 64 * A_WHILE_BYTES } as const;

/** Up to the last keyframe, so that no unit is cut off: the tables of the service come right before it. */
function wholeUnits(bytes: Buffer): Buffer {
  let end = bytes.length - (bytes.length % PACKET_BYTES) - PACKET_BYTES;
  while (end > 0 && pidAt(bytes, end) !== SDT_PID) end -= PACKET_BYTES;
  return bytes.subarray(0, end);
}

/** From the first packet on that says that it does not join the one before; null: none does. */
function afterCut(bytes: Buffer): Buffer | null {
  for (let at = 0; at < bytes.length; at += PACKET_BYTES) {
    const hasFlags = ((bytes[at + 3] ?? 0) & 0x20) !== 0 && (bytes[at + 4] ?? 0) > 0;
    if (hasFlags && ((bytes[at + 5] ?? 0) & 0x80) !== 0) return bytes.subarray(at);
  }
  return null;
}

/** A stream's steps from one packet to the next, in frames, that are not 1. */
async function oddSteps(file: string): Promise<readonly number[]> {
  const ticks = await ticksOf(file, "v");
  const steps = ticks.slice(1).map((one, index) => (one - (ticks[index] ?? 0)) / FRAME_TICKS);
  return steps.filter((step) => step !== 1);
}

/** How often time stands still or goes back, in the picture and in the sound. */
async function backSteps(file: string): Promise<number> {
  const both = await Promise.all([ticksOf(file, "v"), ticksOf(file, "a")]);
  const back = (ticks: readonly number[]) => ticks.filter((one, n) => n > 0 && one <= (ticks[n - 1] ?? 0));
  return both.flatMap(back).length;
}

/** Kills the engine that plays and waits until the other one has carried on for a while. */
async function killCarrier(world: EngineWorld, player: Player): Promise<void> {
  await carrierOf(world.engines).kill();
  await until(
    "another engine plays",
    () => world.engines.some(({ sessions }) => [...sessions.values()].some(({ reading }) => reading)),
    PATIENCE_MS,
  );
  await player.got(player.bytes + 2 * A_WHILE_BYTES, PATIENCE_MS);
  expect(player.over).toBeNull();
  expect(world.starts()).toBe(2);
}

/** What a recording looks like to ffmpeg, whole and behind its cut, and remuxed. */
async function seen(folder: string, bytes: Buffer) {
  const recording = wholeUnits(bytes);
  expectPackets(recording);
  const [file, tail, copy] = ["all.ts", "tail.ts", "copy.mkv"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(file, recording);
  const rest = afterCut(recording);
  await writeFile(tail, rest ?? recording);
  const remuxed = await run("ffmpeg", ["-copyts", "-i", file, "-c", "copy", copy]);
  return {
    isCut: rest !== null,
    complaints: await decode(file),
    complaintsBehind: await decode(tail),
    oddSteps: await oddSteps(file),
    backSteps: await backSteps(file),
    remuxing: remuxed.complaints,
  };
}

describe("E7 an engine that is killed, where another one carries the same broadcast", () => {
  test.concurrent(
    "nobody sees it: no frame is missing or repeated, for ffmpeg, for VLC and in the bytes",
    async () => {
      await using folder = await scratchFolder();
      await using world = await engineWorld(2, { engine: { media: broadcast() }, args: UNHURRIED });
      const player = await world.playing(0, KEEP);
      const live = join(folder.path, "live.ts");
      const url = streamUrl(world.proxy, 0);
      const reading = run("ffmpeg", ["-copyts", "-i", url, "-t", "8", "-c", "copy", "-f", "mpegts", live]);
      await using vlc = await playInVlc(url, folder.path);
      await player.got(A_WHILE_BYTES, PATIENCE_MS);
      await vlc.played(A_WHILE_BYTES / 2, PATIENCE_MS);
      const before = await vlc.size();
      await killCarrier(world, player);

      expect(await seen(folder.path, player.kept)).toMatchObject({
        isCut: false,
        complaints: [],
        oddSteps: [],
        backSteps: 0,
        remuxing: [],
      });
      expect(await reading).toMatchObject({ code: 0, complaints: [] });
      expect(await oddSteps(live)).toEqual([]);
      expect(await backSteps(live)).toBe(0);
      await vlc.played(before + 2 * A_WHILE_BYTES, PATIENCE_MS);
      expect(vlc.isPlaying).toBe(true);
      await vlc.end();
      expect(await oddSteps(vlc.file)).toEqual([]);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

describe("E7 an engine that is killed, where another one", () => {
  test.concurrent(
    "has other bytes at the same times: a keyframe's distance is left out, nothing is repeated, and it is told",
    async () => {
      await using folder = await scratchFolder();
      await using world = await engineWorld(2, {
        media: [another(contentId(1)), another(contentId(2))],
        args: UNHURRIED,
      });
      const player = await world.playing(0, KEEP);
      await player.got(A_WHILE_BYTES, PATIENCE_MS);
      await killCarrier(world, player);
      const look = await seen(folder.path, player.kept);
      expect(look).toMatchObject({ isCut: true, complaintsBehind: [], backSteps: 0, remuxing: [] });
      expect(look.oddSteps.length).toBeLessThanOrEqual(1);
      for (const jump of look.oddSteps) {
        expect(jump).toBeGreaterThan(1);
        expect(jump).toBeLessThanOrEqual(GOP_FRAMES);
      }
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "has another clock: the jump is told, and all is clean behind it",
    async () => {
      await using folder = await scratchFolder();
      await using world = await engineWorld(2, {
        media: [another(contentId(1)), another(contentId(1), -7_200_000)],
        args: UNHURRIED,
      });
      const player = await world.playing(0, KEEP);
      await player.got(A_WHILE_BYTES, PATIENCE_MS);
      await killCarrier(world, player);
      const look = await seen(folder.path, player.kept);
      expect(look).toMatchObject({ isCut: true, complaintsBehind: [] });
      // That the clock jumps is all that there is to say.
      for (const complaint of look.complaints) expect(complaint).toContain("DTS discontinuity");
      expect(look.oddSteps).toHaveLength(1);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

test.concurrent(
  "E8 an engine that is silent for 20 s, far beyond the stall time-out, but gets on, leaves its players playing",
  async () => {
    await using world = await engineWorld(2, { engine: { media: broadcast() } });
    const player = await world.playing(0, KEEP);
    const reading = run("ffmpeg", ["-i", streamUrl(world.proxy, 0), "-t", "26", "-f", "null", "-"]);
    await player.got(A_WHILE_BYTES, PATIENCE_MS);
    sessionOf(carrierOf(world.engines)).silence(20_000);
    const isFiller = (): boolean => {
      const { kept } = player;
      const last = kept.length - (kept.length % PACKET_BYTES) - PACKET_BYTES;
      return last > 0 && pidAt(kept, last) === NULL_PID;
    };
    await until("null packets come", isFiller, PATIENCE_MS);
    await until("the engine goes on", () => !isFiller(), LIMIT_MS);
    expect(await reading).toMatchObject({ code: 0, complaints: [] });
    expect(world.starts()).toBe(1);
    expect((await streamsOf(world.proxy)).streams).toMatchObject([{ failovers: 0, clients: 1 }]);
    await world.everythingEnds();
  },
  LIMIT_MS,
);

test.concurrent(
  "E9 an engine that is silent for good, and whose statistics say that it gets on, is believed for a while only",
  async () => {
    // As where its connection to us is dead and it is not.
    await using world = await engineWorld(2, { engine: { media: broadcast() } });
    const player = await world.playing(0, KEEP);
    const carrier = carrierOf(world.engines);
    sessionOf(carrier).silence();
    const asked = carrier.counters.stats;
    await until("another engine plays", () => world.starts() === 2, LIMIT_MS);
    expect(carrier.counters.stats).toBeGreaterThan(asked + 10);
    await player.got(player.bytes + 2 * A_WHILE_BYTES, PATIENCE_MS);
    expect(player.over).toBeNull();
    expectPackets(player.kept);
    expect((await streamsOf(world.proxy)).streams).toMatchObject([{ failovers: 1, clients: 1 }]);
    // It answers, so that others may go there.
    expect((await enginesOf(world.proxy)).some(({ resting }) => resting)).toBe(false);
    await world.everythingEnds();
  },
  LIMIT_MS,
);

test.concurrent(
  "E7 a content that two other engines cannot load ends with their words, and none of them is set aside for it",
  async () => {
    await using world = await engineWorld(3);
    const player = await world.playing(0);
    const carrier = carrierOf(world.engines);
    const others = world.engines.filter((engine) => engine !== carrier);
    for (const engine of others) engine.faults.start = { kind: "error", words: "failed to load content" };
    await until("its statistics say that it plays", async () =>
      (await streamsOf(world.proxy)).streams.some(({ status }) => status === "dl"),
    );
    await carrier.kill();
    await until("the connection is over", () => player.over, PATIENCE_MS);
    expect(player.over).toBe("broken");
    const { ended } = await streamsOf(world.proxy);
    expect(ended).toMatchObject([{ played: true, last: { status: "dl" } }]);
    expect(ended[0]?.reason).toContain("failed to load content");
    expect(others.map(({ counters }) => counters.starts)).toEqual([1, 1]);
    const views = await enginesOf(world.proxy);
    expect(views.filter(({ resting }) => resting).map(({ address }) => address)).toEqual([carrier.address]);
    await carrier.revive();
    await world.everythingEnds();
  },
  LIMIT_MS,
);

describe("E3 a start that is answered and", () => {
  test.concurrent(
    "gets on, since its peers and bytes grow, may take longer than the start time-out",
    async () => {
      await using world = await engineWorld(2);
      world.first.faults.playback = { kind: "silent", forMs: 5_000 };
      world.second.faults.playback = { kind: "silent", forMs: 5_000 };
      const began = performance.now();
      const player = await world.playing(0);
      expect(performance.now() - began).toBeGreaterThan(4_500);
      expect(player.status).toBe(200);
      expect(world.starts()).toBe(1);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "gets nowhere is over at the start time-out, and the client hears what the engine's statistics said",
    async () => {
      await using world = await engineWorld(2);
      for (const engine of world.engines) {
        engine.faults.playback = { kind: "silent" };
        engine.faults.stat = { kind: "no_progress" };
      }
      const refusal = await world.refused(0);
      expect(refusal).toMatchObject({ status: 504, code: "engine_timeout" });
      expect(refusal.message).toMatch(/status prebuf, 0 peers, \d+ bytes downloaded, 0 KB\/s/);
      const { ended } = await streamsOf(world.proxy);
      expect(ended).toMatchObject([
        { played: false, last: { status: "prebuf", peers: 0, speedDownKBps: 0 } },
      ]);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});
