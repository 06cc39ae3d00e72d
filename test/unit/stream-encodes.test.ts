/** Keyframes in what real encoders and a real multiplexer make: those that ffprobe finds, and no others. */
import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { Scanner } from "../../src/stream/mpegts/scanner.ts";
import { joined, PACKET, packet, pidAt } from "./stream-media.ts";

const VIDEO = 0x100;
const SECONDS = 4;
const PICTURE_FROM = ["-f", "lavfi", "-i", "testsrc2=size=160x96:rate=25", "-pix_fmt", "yuv420p"];
const SOUND_FROM = ["-f", "lavfi", "-i", "sine=frequency=440"];

/** What ffmpeg is told, by the name of the encoder. */
const ENCODES: Readonly<Record<string, readonly string[]>> = {
  "H.264": ["libx264", "-x264-params", "keyint=25:scenecut=0"],
  "H.264, open groups without IDR pictures": ["libx264", "-x264-params", "keyint=25:open-gop=1:scenecut=0"],
  "H.264, intra refresh": ["libx264", "-x264-params", "keyint=25:intra-refresh=1:bframes=0"],
  "H.264, slices, delimiters, timing": [
    ...["libx264", "-b:v", "500k"],
    ...["-x264-params", "keyint=25:slices=4:aud=1:nal-hrd=vbr:vbv-maxrate=500:vbv-bufsize=500"],
  ],
  "H.264, fields": ["libx264", "-flags", "+ildct+ilme", "-x264-params", "keyint=25:tff=1:open-gop=1"],
  HEVC: ["libx265", "-x265-params", "keyint=25:open-gop=0:repeat-headers=1:aud=1:log-level=none"],
  "HEVC, open groups": ["libx265", "-x265-params", "keyint=25:open-gop=1:log-level=none"],
  "MPEG-2": ["mpeg2video", "-g", "12", "-bf", "2"],
  "MPEG-2, fields": ["mpeg2video", "-g", "12", "-bf", "2", "-flags", "+ildct+ilme"],
};

function run(tool: "ffmpeg" | "ffprobe", args: readonly string[], input?: Uint8Array): Buffer {
  const done = spawnSync(tool, ["-v", "error", ...args], { input: input ?? "", maxBuffer: 1 << 28 });
  if (done.error) throw new Error(`these tests need ${tool} on the PATH: ${done.error.message}`);
  expect(done.stderr.toString()).toBe("");
  return done.stdout;
}

const encoders = spawnSync("ffmpeg", ["-v", "error", "-encoders"]).stdout?.toString() ?? "";

/** Which pictures ffprobe calls keyframes, counted from the first one. */
function keyframesOf(media: Uint8Array): number[] {
  const entries = ["-select_streams", "v", "-show_entries", "packet=flags", "-of", "json"];
  const said: { packets: { flags: string }[] } = JSON.parse(
    run("ffprobe", [...entries, "-i", "pipe:0"], media).toString(),
  );
  return said.packets.flatMap(({ flags }, index) => (flags.includes("K") ? [index] : []));
}

interface Rewriting {
  readonly keepFlags?: boolean;
  /** Bytes of payload of the n-th packet of a picture, 1 to 180. */
  readonly size: (index: number) => number;
  /** Bytes that are put into each PES header. */
  readonly stuffing: number;
}

/** The same pictures in other packets. */
function rewritten(media: Uint8Array, { keepFlags = false, size, stuffing }: Rewriting): Buffer {
  const packets: Uint8Array[] = [];
  let counter = 0;
  let picture: { bytes: Uint8Array[]; flags: number } | null = null;
  const close = (): void => {
    if (picture === null) return;
    const whole = joined(picture.bytes);
    const headerBytes = whole.readUInt8(8);
    const filled = [
      ...whole.subarray(0, 8),
      headerBytes + stuffing,
      ...whole.subarray(9, 9 + headerBytes),
      ...new Array<number>(stuffing).fill(0xff),
      ...whole.subarray(9 + headerBytes),
    ];
    for (let at = 0, index = 0; at < filled.length; index++) {
      const payload = filled.slice(at, at + size(index));
      const flags = at === 0 && keepFlags ? picture.flags & 0x40 : 0;
      packets.push(packet({ pid: VIDEO, counter, begins: at === 0, flags, payload }));
      counter = (counter + 1) & 15;
      at += payload.length;
    }
  };
  for (let at = 0; at < media.length; at += PACKET) {
    const one = media.subarray(at, at + PACKET);
    if (pidAt(one, 0) !== VIDEO) {
      packets.push(one);
      continue;
    }
    const fieldBytes = ((one[3] ?? 0) & 0x20) === 0 ? 0 : 1 + (one[4] ?? 0);
    if (((one[1] ?? 0) & 0x40) !== 0) {
      close();
      picture = { bytes: [], flags: fieldBytes > 1 ? (one[5] ?? 0) : 0 };
    }
    picture?.bytes.push(one.subarray(4 + fieldBytes));
  }
  close();
  return joined(packets);
}

/** Which pictures the scanner takes for keyframes, counted from the first one; the bytes come in such chunks. */
function found(media: Uint8Array, chunkPackets: number): number[] {
  const scanner = new Scanner();
  const pictures: number[] = [];
  const marked = new Set<number>();
  let passed = 0;
  for (let at = 0; at < media.length; at += chunkPackets * PACKET) {
    const piece = scanner.scan(media.subarray(at, at + chunkPackets * PACKET));
    for (const mark of piece.marks) if (mark.kind === "keyframe") marked.add(passed + mark.offset);
    passed += piece.bytes.length;
  }
  expect(passed).toBe(media.length);
  expect(scanner.continuityErrors).toBe(0);
  for (let at = 0; at < media.length; at += PACKET)
    if (pidAt(media, at) === VIDEO && ((media[at + 1] ?? 0) & 0x40) !== 0) pictures.push(at);
  return pictures.flatMap((at, index) => (marked.has(at) ? [index] : []));
}

describe("keyframes are found as ffprobe finds them:", () => {
  for (const [name, args] of Object.entries(ENCODES)) {
    test.skipIf(!encoders.includes(args[0] ?? ""))(name, () => {
      const muxed = ["-t", String(SECONDS), "-c:a", "aac", "-f", "mpegts", "pipe:1"];
      const media = run("ffmpeg", [...SOUND_FROM, ...PICTURE_FROM, "-c:v", ...args, ...muxed]);
      const expected = keyframesOf(media);
      expect(expected.length).toBeGreaterThan(2);
      const ordinary = { size: () => 180, stuffing: 0 };
      const bare = rewritten(media, ordinary);
      expect(found(media, 1e6)).toEqual(expected);
      expect(found(rewritten(media, { ...ordinary, keepFlags: true }), 1e6)).toEqual(expected);
      for (const chunkPackets of [1e6, 7, 1]) expect(found(bare, chunkPackets)).toEqual(expected);
      const longHeaders = rewritten(media, { size: () => 180, stuffing: 220 });
      expect(found(longHeaders, 1)).toEqual(expected);
      // Codes, headers and messages lie across packets in every way.
      for (const shift of [0, 1, 2, 3]) {
        const size = (index: number): number => (index < 30 ? 1 + ((index * 7 + shift * 11) % 41) : 180);
        expect(found(rewritten(media, { size, stuffing: 3 }), 1e6)).toEqual(expected);
      }
    });
  }
});
