/**
 * One client's run of a slate: an endless transport stream of one picture and silence, written step by step. Nothing
 * of it is kept but the counters of its packets; the picture itself is shared by all who look at it.
 */
import { writeChangedPicture, writeDelimiter } from "../../media/h264.ts";
import { programLanes } from "../../media/lanes.ts";
import { NalWriter } from "../../media/nal.ts";
import { PacketWriter, pesHeader, soundPes } from "../../media/packets.ts";
import { SILENT_FRAME } from "../../media/silence.ts";
import { programTables, STREAM_ID } from "../../media/tables.ts";
import { AUDIO_FRAME_TICKS, TICKS_PER_MS } from "../../media/ticks.ts";
import { SLATE_SIZE } from "./card.ts";
import { SLATE_FPS, SLATE_GOP_FRAMES, SLATE_STEP_FRAMES } from "./limits.ts";

export const FRAME_TICKS = (1000 / SLATE_FPS) * TICKS_PER_MS;

/** Media time of one step, in ms. */
export const STEP_MS = (1000 / SLATE_FPS) * SLATE_STEP_FRAMES;

/** When the first picture is shown; the clock that is ahead of it must not be negative. */
const BEGIN_TICKS = 1_000 * TICKS_PER_MS;

/** How long before its time a picture is sent: a whole key picture must be there by then. */
const PCR_LEAD_TICKS = 300 * TICKS_PER_MS;

const TABLES = programTables("aceslot", "aceslot");

/** A step with a key picture fits in. */
const KEPT_BYTES = 1 << 17;

/** What all reels share; made for the first one. Writing is synchronous, so that they take turns with one buffer. */
let shared: { readonly packets: PacketWriter; readonly asBefore: readonly Uint8Array[] } | undefined;

export class Reel {
  readonly #key: Uint8Array;
  readonly #lanes = programLanes();
  #frame = 0;

  /** `key`: as `encodeSlate` gives it. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** The next `STEP_MS`, in whole packets. */
  step(): Uint8Array {
    shared ??= { packets: new PacketWriter(KEPT_BYTES), asBefore: picturesAsBefore() };
    const { packets, asBefore } = shared;
    const first = this.#frame;
    if (first % SLATE_GOP_FRAMES === 0) this.#lanes.sdt.writeSection(packets, TABLES.sdt);
    this.#lanes.pat.writeSection(packets, TABLES.pat);
    this.#lanes.pmt.writeSection(packets, TABLES.pmt);
    for (let frame = first; frame < first + SLATE_STEP_FRAMES; frame++)
      this.#picture(packets, frame, asBefore);
    this.#frame = first + SLATE_STEP_FRAMES;
    this.#sound(packets, first * FRAME_TICKS, this.#frame * FRAME_TICKS);
    return packets.take();
  }

  #picture(packets: PacketWriter, frame: number, asBefore: readonly Uint8Array[]): void {
    const ticks = BEGIN_TICKS + frame * FRAME_TICKS;
    const inGop = frame % SLATE_GOP_FRAMES;
    const isKey = inGop === 0;
    const unit = (isKey ? null : asBefore[inGop]) ?? this.#key;
    this.#lanes.video.write(packets, joined(pesHeader(STREAM_ID.video, ticks), unit), {
      pcrTicks: ticks - PCR_LEAD_TICKS,
      randomAccess: isKey,
      discontinuity: false,
    });
  }

  /** The frames of silence that begin in [fromTicks, toTicks). */
  #sound(packets: PacketWriter, fromTicks: number, toTicks: number): void {
    const first = Math.ceil(fromTicks / AUDIO_FRAME_TICKS);
    const count = Math.ceil(toTicks / AUDIO_FRAME_TICKS) - first;
    const ticks = BEGIN_TICKS + first * AUDIO_FRAME_TICKS;
    const frames = Array.from({ length: count }, () => SILENT_FRAME);
    this.#lanes.audio.write(packets, soundPes(STREAM_ID.audio, ticks, frames));
  }
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

/** Pictures in which nothing changes, by their place behind the key picture; they are the same for every slate. */
function picturesAsBefore(): readonly Uint8Array[] {
  const out = new NalWriter(1024);
  return Array.from({ length: SLATE_GOP_FRAMES }, (_, frame) => {
    out.reset();
    writeDelimiter(out, false);
    writeChangedPicture(out, frame, SLATE_SIZE.columns, SLATE_SIZE.rows, []);
    return out.view().slice();
  });
}
