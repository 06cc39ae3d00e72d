/** Those who come later, and those who fall behind: both begin at the newest keyframe, and a decoder has nothing to say. */
import { expect, test } from "bun:test";
import { TEST_STREAM } from "../../src/sim/media/index.ts";
import { engineWorld, PATIENCE_MS, sessionOf, UNHURRIED } from "../support/faults.ts";
import { run } from "../support/media-programs.ts";
import { PACKET_BYTES, pidAt } from "../support/packets.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 120_000;
const VIDEO_PID = 0x100;
const MIB = 1024 * 1024;
const ARGS = [...UNHURRIED, "--buffer", String(MIB)];
const BURST_BYTES = 24 * MIB;
/** More than lies between any two pictures, and less than the buffer holds. */
const JUMP_SECONDS = 0.5;

const beginsPicture = (bytes: Buffer, at: number): boolean =>
  pidAt(bytes, at) === VIDEO_PID && (bytes.readUInt8(at + 1) & 0x40) !== 0;

/** Whole pictures only: what was kept may end anywhere. */
function wholePictures(bytes: Buffer): Buffer {
  let at = Math.floor(bytes.length / PACKET_BYTES - 1) * PACKET_BYTES;
  while (!beginsPicture(bytes, at)) at -= PACKET_BYTES;
  return bytes.subarray(0, at);
}

interface Picture {
  readonly pts: number;
  readonly flags: string;
}

async function picturesIn(bytes: Buffer): Promise<readonly Picture[]> {
  const args = ["-select_streams", "v", "-show_entries", "packet=pts,flags", "-of", "json", "-i", "pipe:0"];
  const said: { packets: Picture[] } = JSON.parse((await run("ffprobe", args, bytes)).output);
  return said.packets;
}

/** A checksum of each picture that is decoded, and what the decoder complains about. */
async function decoded(bytes: Buffer): Promise<{ pictures: string[]; complaints: readonly string[] }> {
  const args = ["-i", "pipe:0", "-map", "0:v", "-fps_mode", "passthrough", "-f", "framemd5", "pipe:1"];
  const { output, complaints } = await run("ffmpeg", args, bytes);
  const lines = output.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return { pictures: lines.map((line) => line.slice(line.lastIndexOf(",") + 1).trim()), complaints };
}

test.concurrent(
  "U10 late joiners start on garbage: a joiner's first picture is a keyframe, at most one interval old, and decodes from the first byte on",
  async () => {
    await using world = await engineWorld(1, { picture: true, args: ARGS });
    const first = await world.playing(0, { keepBytes: 4 * MIB });
    await first.got(1.2 * MIB, PATIENCE_MS);
    const before = first.bytes;
    const joiner = await world.playing(0, { keepBytes: MIB / 2 });
    await joiner.got(MIB / 2, PATIENCE_MS);
    const newest = (await picturesIn(first.kept.subarray(0, before))).at(-1);
    const whole = wholePictures(joiner.kept);
    const [begin] = await picturesIn(whole);
    if (newest === undefined || begin === undefined) throw new Error("there is no picture");
    expect(pidAt(whole, 0)).toBe(0);
    expect(begin.flags).toContain("K");
    expect((newest.pts - begin.pts) / 90).toBeLessThanOrEqual(TEST_STREAM.gopMs);
    const { complaints } = await run(
      "ffmpeg",
      ["-err_detect", "explode", "-i", "pipe:0", "-f", "null", "-"],
      whole,
    );
    expect(complaints).toEqual([]);
    expect((await decoded(whole)).pictures).toHaveLength((await picturesIn(whole)).length);
    await world.everythingEnds();
  },
  LIMIT_MS,
);

/** When the picture that begins in this packet is shown. */
function secondsAt(bytes: Buffer, at: number): number {
  const fieldBytes = (bytes.readUInt8(at + 3) & 0x20) === 0 ? 0 : 1 + bytes.readUInt8(at + 4);
  const pts = at + 4 + fieldBytes + 9;
  const [high, middle, low] = [
    bytes.readUInt8(pts),
    bytes.readUInt16BE(pts + 1),
    bytes.readUInt16BE(pts + 3),
  ];
  return (((high >> 1) & 7) * 2 ** 30 + (middle >> 1) * 2 ** 15 + (low >> 1)) / 90_000;
}

/**
 * Where pictures are missing: the first packet of one behind the jump, before which every packet goes on where the
 * last one ended. The counters of packets do not tell the jump itself: one time in 16 they go on over it.
 */
function jumpIn(bytes: Buffer): number {
  let counter = -1;
  let seconds = -1;
  for (let at = 0; at + PACKET_BYTES <= bytes.length; at += PACKET_BYTES) {
    if (pidAt(bytes, at) !== VIDEO_PID) continue;
    if (beginsPicture(bytes, at)) {
      const next = secondsAt(bytes, at);
      if (seconds >= 0 && next - seconds > JUMP_SECONDS) return at;
      seconds = next;
    }
    const next = bytes.readUInt8(at + 3) & 0x0f;
    if (counter >= 0) expect(next).toBe((counter + 1) & 0x0f);
    counter = next;
  }
  throw new Error("there is no jump");
}

interface Figures {
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly bufferedBytes: number;
  readonly skips: number;
}

test.concurrent(
  "one who falls behind goes on at a keyframe with its tables; behind the jump every picture is whole",
  async () => {
    await using world = await engineWorld(1, { picture: true, args: ARGS });
    // Without a clock nobody can tell how far ahead a client is, so the source soon goes on without him.
    world.first.faults.playback = [{ kind: "burst", bytes: BURST_BYTES }, { kind: "no_clock" }];
    const player = world.play(0, { keepBytes: 30 * MIB });
    await player.answered(PATIENCE_MS);
    player.freeze();
    const figures = async (): Promise<Figures> => {
      const { streams } = await world.proxy.get<{ streams: Partial<Figures>[] }>("/api/v1/streams");
      return { bytesIn: 0, bytesOut: 0, bufferedBytes: 0, skips: 0, ...streams[0] };
    };
    // Of what is still held he has taken nothing. Nor is anything of the burst left, which is as long as the engine
    // thinks: while it comes, he could fall behind again.
    const fellBehind = async (): Promise<boolean> => {
      const { bytesIn, bufferedBytes, bytesOut } = await figures();
      const { bytesSent } = sessionOf(world.first);
      const isOver = bytesIn > BURST_BYTES / 2 && bytesSent - bytesIn < MIB / 8;
      return bytesIn - bufferedBytes > bytesOut && isOver;
    };
    await until("he falls behind", fellBehind, PATIENCE_MS);
    player.thaw();
    await until("it was moved", async () => (await figures()).skips > 0, PATIENCE_MS);
    // Much of what was sent by then is still on its way.
    await player.got((await figures()).bytesOut + MIB / 4, PATIENCE_MS);
    expect(player.over).toBeNull();
    expect((await figures()).skips).toBe(1);

    const whole = wholePictures(player.kept);
    const jump = jumpIn(whole);
    // The tables come first; what else stands before the picture has no payload.
    let at = jump;
    while (!beginsPicture(whole, at - PACKET_BYTES) && pidAt(whole, at) !== 0) at -= PACKET_BYTES;
    expect(pidAt(whole, at)).toBe(0);
    const behind = await decoded(whole.subarray(at));
    expect(behind.complaints).toEqual([]);
    expect((await picturesIn(whole.subarray(at)))[0]?.flags).toContain("K");
    expect(behind.pictures.length).toBeGreaterThan(TEST_STREAM.fps);
    // A decoder that came all the way sees the very same.
    expect((await decoded(whole)).pictures.slice(-behind.pictures.length)).toEqual(behind.pictures);
    await world.everythingEnds();
  },
  LIMIT_MS,
);
