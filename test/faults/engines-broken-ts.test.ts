/** Engines that send broken MPEG-TS: it is counted and passed on, nobody is cut, and whoever joins gets a picture if there is one. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { contentId, type PlaybackFault } from "../../src/sim/index.ts";
import { type EngineWorld, engineWorld, expectPackets, PATIENCE_MS, UNHURRIED } from "../support/faults.ts";
import { run } from "../support/media-programs.ts";
import { PACKET_BYTES, pidAt } from "../support/packets.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 150_000;
const BUFFER_BYTES = 1024 * 1024;
/** More than the buffer holds: who comes then joins in the middle. He takes half as much. */
const FIRST_PACKETS = 6_000;
/** More bytes than the test picture has from one keyframe to the next. */
const INTERVAL_BYTES = 250_000;

/** A minute of the test picture, and more. */
const MINUTE_BYTES = 60 * INTERVAL_BYTES;

interface Figures {
  readonly contents: readonly string[];
  readonly failovers: number;
  readonly clients: number;
  readonly bufferedBytes: number;
  readonly continuityErrors: number;
  readonly resyncs: number;
  readonly discardedBytes: number;
  readonly transportErrors: number;
  readonly scrambledPackets: number;
}
type Count = "continuityErrors" | "resyncs" | "discardedBytes" | "transportErrors" | "scrambledPackets";

interface Broken {
  readonly what: string;
  readonly faults: readonly PlaybackFault[];
  /** What is counted; nothing else is. */
  readonly counted: readonly Count[];
  /** What a joiner sees and hears; default: both, beginning at the newest keyframe. */
  readonly codecs?: readonly string[];
  /** What the first client takes before another one joins. */
  readonly packets?: number;
}

const CASES: readonly Broken[] = [
  {
    what: "loses its sync",
    faults: [{ kind: "lost_sync", everyPackets: 500 }],
    counted: ["continuityErrors", "resyncs", "discardedBytes"],
  },
  {
    what: "has packets of 187 bytes",
    faults: [{ kind: "short_packet", everyPackets: 500 }],
    counted: ["continuityErrors", "resyncs", "discardedBytes"],
  },
  {
    what: "has garbage between packets",
    faults: [{ kind: "garbage", everyPackets: 500 }],
    counted: ["resyncs", "discardedBytes"],
  },
  {
    what: "lacks packets",
    faults: [{ kind: "continuity", everyPackets: 500 }],
    counted: ["continuityErrors"],
  },
  { what: "repeats packets", faults: [{ kind: "duplicates", everyPackets: 20 }], counted: [] },
  {
    what: "has damaged packets",
    faults: [{ kind: "transport_error", everyPackets: 500 }],
    counted: ["transportErrors"],
  },
  {
    what: "has adaptation fields of illegal length",
    faults: [{ kind: "adaptation", everyPackets: 500 }],
    counted: [],
  },
  { what: "changes its PMT and PIDs", faults: [{ kind: "new_pids", everyPackets: 1_500 }], counted: [] },
  { what: "has a clock that wraps", faults: [{ kind: "clock_wrap", afterMs: 4_000 }], counted: [] },
  { what: "has a clock that jumps ahead", faults: [{ kind: "clock_jump", everyMs: 1_000 }], counted: [] },
  {
    what: "has a clock that jumps back",
    faults: [{ kind: "clock_jump", everyMs: 1_000, ms: -60_000 }],
    counted: [],
  },
  { what: "has no clock", faults: [{ kind: "no_clock" }], counted: [] },
  { what: "flags no keyframe", faults: [{ kind: "no_random_access" }], counted: [] },
  {
    what: "has no keyframe for longer than the buffer",
    faults: [
      { kind: "no_keyframes", afterPackets: 500 },
      // Counted with the keyframes, which are most of the bytes.
      { kind: "burst", bytes: 8 * BUFFER_BYTES },
    ],
    counted: [],
    codecs: ["aac"],
  },
  {
    what: "has no keyframe at all, and begins with more than a minute of it",
    faults: [{ kind: "no_keyframes" }, { kind: "burst", bytes: MINUTE_BYTES }],
    counted: [],
    codecs: ["aac"],
  },
  {
    what: "lacks its tables at first",
    faults: [{ kind: "no_tables", packets: 1_500 }],
    counted: [],
  },
  {
    what: "has tables at its beginning only",
    faults: [{ kind: "no_tables", afterPackets: 1_500 }],
    counted: [],
  },
  { what: "is sound alone", faults: [{ kind: "audio_only" }], counted: [], codecs: ["aac"], packets: 500 },
  { what: "is scrambled", faults: [{ kind: "scrambled" }], counted: ["scrambledPackets"], codecs: [] },
];

/** The codecs that ffprobe finds and can tell something about. */
async function codecsIn(bytes: Buffer): Promise<string[]> {
  const args = ["-show_entries", "stream=codec_name,width", "-of", "json", "-i", "pipe:0"];
  const { streams = [] }: Probed = JSON.parse((await run("ffprobe", args, bytes)).output);
  const known = streams.filter(({ codec_name, width }) => codec_name !== "h264" || (width ?? 0) > 0);
  return known.flatMap(({ codec_name }) => codec_name ?? []).toSorted();
}
interface Probed {
  readonly streams?: readonly { readonly codec_name?: string; readonly width?: number }[];
}

const PMT_PID = 0x1000;
const PARAMETERS = Buffer.of(0, 0, 0, 1, 0x67);

/** Tables first, and behind them a picture with what a decoder must know before its first one: its packet. */
function keyframeFirst(bytes: Buffer): Buffer {
  const hasPayload = (at: number): boolean => (bytes.readUInt8(at + 3) & 0x10) !== 0;
  let at = 0;
  const tables: number[] = [];
  while (!hasPayload(at) || [0, PMT_PID].includes(pidAt(bytes, at))) {
    if (hasPayload(at)) tables.push(pidAt(bytes, at));
    at += PACKET_BYTES;
  }
  expect(tables).toEqual([0, PMT_PID]);
  const keyframe = bytes.subarray(at, at + PACKET_BYTES);
  expect(keyframe.includes(PARAMETERS)).toBe(true);
  return keyframe;
}

describe("E11 a stream that", () => {
  let world: EngineWorld;
  beforeAll(async () => {
    world = await engineWorld(1, {
      picture: true,
      cap: CASES.length,
      // All of them are made by this process: none is to be given up because the others take its time.
      args: ["--buffer", String(BUFFER_BYTES), "--start-timeout", "30s", "--stall-timeout", "30s"],
    });
    world.first.faults.playback = CASES.flatMap(({ faults }, index) =>
      faults.map((fault) => ({ ...fault, content: contentId(index) })),
    );
  });
  afterAll(async () => {
    try {
      await world.everythingEnds();
      // One start each: nothing of all this was taken for a reason to begin anew.
      expect(world.starts()).toBe(CASES.length);
    } finally {
      await world[Symbol.asyncDispose]();
    }
  });

  const figuresOf = async (index: number): Promise<Figures> => {
    const { streams } = await world.proxy.get<{ streams: Figures[] }>("/api/v1/streams");
    const found = streams.find(({ contents }) => contents.includes(`id:${contentId(index)}`));
    if (found === undefined) throw new Error(`content ${index} does not play`);
    return found;
  };

  for (const [index, broken] of CASES.entries())
    test.concurrent(
      `${broken.what}: goes on, is counted, and can be joined`,
      async () => {
        const { counted, codecs = ["aac", "h264"], packets = FIRST_PACKETS } = broken;
        const keepBytes = packets * PACKET_BYTES;
        const first = await world.playing(index, { keepBytes });
        await first.got(keepBytes, PATIENCE_MS);
        const joiner = await world.playing(index, { keepBytes: keepBytes / 2 });
        await joiner.got(keepBytes / 2, PATIENCE_MS);
        await first.got(keepBytes * 1.25, PATIENCE_MS);
        expect([first.over, joiner.over]).toEqual([null, null]);
        expectPackets(first.kept);
        expectPackets(joiner.kept);
        const figures = await figuresOf(index);
        expect(figures).toMatchObject({ failovers: 0, clients: 2 });
        expect(figures.bufferedBytes).toBeLessThanOrEqual(BUFFER_BYTES);
        const all = ["continuityErrors", "resyncs", "discardedBytes", "transportErrors", "scrambledPackets"];
        const seen = Object.entries(figures).filter(([name, count]) => all.includes(name) && count > 0);
        expect(seen.map(([name]) => name).toSorted()).toEqual([...counted].toSorted());
        expect(await codecsIn(joiner.kept)).toEqual(expect.arrayContaining([...codecs]));
        if (codecs.includes("h264")) {
          // The newest keyframe: no older than one interval when the joiner came, or newer than all that was kept.
          const at = first.kept.indexOf(keyframeFirst(joiner.kept));
          expect(at === -1 || at > keepBytes - INTERVAL_BYTES).toBe(true);
        }
        first.leave();
        joiner.leave();
      },
      LIMIT_MS,
    );
});

describe("E11 an engine whose packets have another size", () => {
  for (const bytes of [192, 204] as const)
    test.concurrent(
      `(${bytes} bytes): is at fault, and it is said why; another one serves`,
      async () => {
        await using world = await engineWorld(2, { picture: true, args: UNHURRIED });
        for (const engine of world.engines) engine.faults.playback = { kind: "packet_size", bytes };
        const refusal = await world.refused(0);
        expect(refusal).toMatchObject({ status: 502, code: "engine_error" });
        expect(refusal.message).toContain(`packets of ${bytes} bytes`);
        for (const engine of world.engines) engine.faults.playback = null;
        await until("both are in use again", async () => {
          const { engines } = await world.proxy.get<{ engines: { resting: boolean }[] }>("/api/v1/engines");
          return engines.every(({ resting }) => !resting);
        });
        world.first.faults.playback = { kind: "packet_size", bytes };
        const player = await world.playing(1, { keepBytes: FIRST_PACKETS * PACKET_BYTES });
        expectPackets(player.kept);
        await world.everythingEnds();
      },
      LIMIT_MS,
    );
});
