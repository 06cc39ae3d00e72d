/** Those who come later, and those who fall behind: both begin at the newest keyframe, and a decoder has nothing to say. */
import { expect, test } from "bun:test";
import { TEST_STREAM } from "../../src/sim/media/index.ts";
import { engineWorld, PATIENCE_MS } from "../support/faults.ts";
import { run } from "../support/media-programs.ts";
import { PACKET_BYTES, pidAt } from "../support/packets.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 60_000;
const VIDEO_PID = 0x100;
const MIB = 1024 * 1024;

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
    await using world = await engineWorld(1, { picture: true, args: ["--buffer", String(MIB)] });
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

/** Where the picture's packets do not go on: the first one behind the jump. */
function jumpIn(bytes: Buffer): number {
  let counter = -1;
  for (let at = 0; at + PACKET_BYTES <= bytes.length; at += PACKET_BYTES) {
    if (pidAt(bytes, at) !== VIDEO_PID) continue;
    const next = bytes.readUInt8(at + 3) & 0x0f;
    if (counter >= 0 && next !== ((counter + 1) & 0x0f)) return at;
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
    await using world = await engineWorld(1, { picture: true, args: ["--buffer", String(MIB)] });
    // Without a clock nobody can tell how far ahead a client is, so the source soon goes on without him.
    world.first.faults.playback = [{ kind: "burst", bytes: 24 * MIB }, { kind: "no_clock" }];
    const player = world.play(0, { keepBytes: 30 * MIB });
    await player.answered(PATIENCE_MS);
    player.freeze();
    const figures = async (): Promise<Figures> => {
      const { streams } = await world.proxy.get<{ streams: Partial<Figures>[] }>("/api/v1/streams");
      return { bytesIn: 0, bytesOut: 0, bufferedBytes: 0, skips: 0, ...streams[0] };
    };
    // Of what is still held he has taken nothing.
    const fellBehind = async (): Promise<boolean> => {
      const { bytesIn, bufferedBytes, bytesOut } = await figures();
      return bytesIn - bufferedBytes > bytesOut;
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
