/**
 * The content that simulated engines play: an endless test picture with sound, real H.264 and AAC in an
 * MPEG transport stream, made on the fly for any content id.
 *
 * It never reads a clock, a file or the network: the caller's media time decides everything.
 * May be imported by `sim/` and by tests.
 */
import {
  writeChangedPicture,
  writeDelimiter,
  writeKeyPicture,
  writeParameterSets,
} from "../../media/h264.ts";
import { programLanes } from "../../media/lanes.ts";
import { NalWriter } from "../../media/nal.ts";
import { PacketWriter, pesHeader, soundPes } from "../../media/packets.ts";
import { programTables, STREAM_ID } from "../../media/tables.ts";
import { modulo } from "../../media/ticks.ts";
import { CARD_SIZE, Card } from "./card.ts";
import {
  FRAME_MS,
  FRAME_TICKS,
  FRAMES_PER_SECOND,
  frameFrom,
  GOP_FRAMES,
  isKeyFrame,
  keyFrameBefore,
  PCR_LEAD_TICKS,
  TABLES_FRAMES,
} from "./timeline.ts";
import { toneBetween } from "./tone.ts";

/** What the stream is like: pixels, frames a second, milliseconds from key frame to key frame. */
export const TEST_STREAM = {
  width: CARD_SIZE.width,
  height: CARD_SIZE.height,
  fps: FRAMES_PER_SECOND,
  gopMs: GOP_FRAMES * FRAME_MS,
} as const;

/** Shown where no caption is given. */
const CAPTION = "aceslot";

/** The longest interval that one `read` makes (about 80 MB). */
export const READ_MS_MAX = 600_000;

export interface TestStream {
  /**
   * Whole 188-byte packets of the media interval [fromMs, toMs), which may have none.
   *
   * Media time is absolute (say, milliseconds since 1970) and the same for all streams: PTS = 90 · ms,
   * modulo 2^33, and the picture's clock shows it. Calls that join (`toMs` of one is `fromMs` of the next)
   * join without a seam. The first call, and one that does not join, begins with the newest key frame at
   * or before `fromMs`.
   *
   * Throws a RangeError for an interval that is not finite, runs backwards or exceeds `READ_MS_MAX`.
   */
  read(fromMs: number, toMs: number): Uint8Array;
}

/**
 * Opens the test stream of a content (40 hex digits, any case; else a RangeError).
 *
 * The caption is shown in the picture as what plays it (32 characters; ASCII is legible). Streams of one content with different captions differ in the
 * samples of that area and in nothing else: their packets have the same sizes and timestamps, so a reader
 * may change from one to the other at any packet.
 *
 * @example
 * const stream = openTestStream({ content: "0123456789abcdef0123456789abcdef01234567", caption: "engine 1" });
 * const second = stream.read(60_000, 61_000);
 */
export function openTestStream(options: { content: string; caption?: string }): TestStream {
  if (!/^[0-9a-f]{40}$/i.test(options.content)) {
    throw new RangeError(`content must be 40 hex digits, not ${JSON.stringify(options.content)}`);
  }
  return new GeneratedStream(options.content.toLowerCase(), options.caption || CAPTION);
}

// Reading is synchronous, so all streams take turns with the same two buffers.
const KEPT_BYTES = 1 << 18;
let pictureBuffer: NalWriter | undefined;
let packetBuffer: PacketWriter | undefined;

class GeneratedStream implements TestStream {
  readonly #card: Card;
  readonly #tables: ReturnType<typeof programTables>;
  readonly #lanes = programLanes();
  #readToMs: number | undefined;
  #nextFrame = 0;

  constructor(content: string, caption: string) {
    this.#card = new Card(content, caption);
    this.#tables = programTables(content, "aceslot sim");
  }

  read(fromMs: number, toMs: number): Uint8Array {
    const spanMs = toMs - fromMs;
    if (!(spanMs >= 0 && spanMs <= READ_MS_MAX)) {
      throw new RangeError(`read [${fromMs}, ${toMs}) ms: an interval has 0 to ${READ_MS_MAX} ms`);
    }
    const joined = this.#readToMs === fromMs;
    const jumped = this.#readToMs !== undefined && !joined;
    if (!joined) this.#nextFrame = keyFrameBefore(fromMs);
    this.#readToMs = toMs;

    packetBuffer ??= new PacketWriter(KEPT_BYTES);
    const end = frameFrom(toMs);
    for (let frame = this.#nextFrame, first = this.#nextFrame; frame < end; frame++) {
      this.#writeFrame(packetBuffer, frame, jumped && frame === first);
      this.#nextFrame = frame + 1;
    }
    return packetBuffer.take();
  }

  /** The packets of one frame's time: tables if due, the picture, and the sound that begins in it. */
  #writeFrame(out: PacketWriter, frame: number, discontinuity: boolean): void {
    const key = isKeyFrame(frame);
    if (key) this.#lanes.sdt.writeSection(out, this.#tables.sdt);
    if (modulo(frame, TABLES_FRAMES) === 0) {
      this.#lanes.pat.writeSection(out, this.#tables.pat);
      this.#lanes.pmt.writeSection(out, this.#tables.pmt);
    }
    const ticks = frame * FRAME_TICKS;
    this.#lanes.video.write(out, this.#picture(frame, ticks), {
      pcrTicks: ticks - PCR_LEAD_TICKS,
      randomAccess: key,
      discontinuity,
    });
    const sound = soundOf(ticks);
    if (sound) this.#lanes.audio.write(out, sound);
  }

  /** A PES packet with one access unit; valid until the next call. */
  #picture(frame: number, ticks: number): Uint8Array {
    // Samples of every macroblock, and a little more for the headers.
    pictureBuffer ??= new NalWriter(CARD_SIZE.columns * CARD_SIZE.rows * 400);
    const out = pictureBuffer;
    const { columns, rows } = CARD_SIZE;
    out.reset();
    out.raw(pesHeader(STREAM_ID.video, ticks));
    if (isKeyFrame(frame)) {
      writeDelimiter(out, true);
      writeParameterSets(out, CARD_SIZE);
      writeKeyPicture(out, modulo(frame / GOP_FRAMES, 2), columns, this.#card.keyPicture(frame));
    } else {
      writeDelimiter(out, false);
      writeChangedPicture(out, modulo(frame, GOP_FRAMES), columns, rows, this.#card.changes(frame));
    }
    return out.view();
  }
}

/** A PES packet with the AAC frames that begin during a picture; a picture may have none. */
function soundOf(ticks: number): Uint8Array | undefined {
  const { ptsTicks, frames } = toneBetween(ticks, ticks + FRAME_TICKS);
  return frames.length === 0 ? undefined : soundPes(STREAM_ID.audio, ptsTicks, frames);
}
