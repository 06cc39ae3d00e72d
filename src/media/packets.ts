/** MPEG transport stream packets (ISO/IEC 13818-1): cuts PES packets and table sections to 188 bytes. */
import { wrapTicks } from "./ticks.ts";

export const PACKET_BYTES = 188;
const PAYLOAD_BYTES = PACKET_BYTES - 4;
const SYNC_BYTE = 0x47;

/** Grows as needed; `take` hands a copy out and begins anew, so one writer serves many streams. */
export class PacketWriter {
  /** The buffer of the moment: replaced when it grows. */
  bytes: Uint8Array;
  #length = 0;
  readonly #keptBytes: number;

  /** After a larger burst no more than `keptBytes` stay allocated. */
  constructor(keptBytes: number) {
    this.#keptBytes = keptBytes;
    this.bytes = new Uint8Array(keptBytes);
  }

  take(): Uint8Array {
    const taken = this.bytes.slice(0, this.#length);
    this.#length = 0;
    if (this.bytes.length > this.#keptBytes) this.bytes = new Uint8Array(this.#keptBytes);
    return taken;
  }

  /** Makes room for a packet and tells where in `bytes` it begins. */
  next(): number {
    const start = this.#length;
    const end = start + PACKET_BYTES;
    if (end > this.bytes.length) {
      const larger = new Uint8Array(2 * end);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.#length = end;
    return start;
  }
}

/** What the first packet of a PES packet says in its adaptation field. */
export interface Announcement {
  /** Program clock, in 90 kHz ticks. */
  readonly pcrTicks: number;
  /** A decoder can begin here. */
  readonly randomAccess: boolean;
  /** Time jumped since the packet before. */
  readonly discontinuity: boolean;
}

/** The packets of one elementary stream or table; remembers its continuity counter. */
export class PacketLane {
  readonly #pid: number;
  #counter = 0;

  constructor(pid: number) {
    this.#pid = pid;
  }

  write(out: PacketWriter, unit: Uint8Array, announcement?: Announcement): void {
    let at = 0;
    while (at < unit.length) {
      const start = out.next();
      const left = unit.length - at;
      const announced = at === 0 ? announcement : undefined;
      const adaptationBytes = Math.max(announced ? 8 : 0, PAYLOAD_BYTES - left);
      this.#header(out.bytes, start, at === 0, adaptationBytes > 0);
      if (adaptationBytes > 0) writeAdaptation(out.bytes, start + 4, adaptationBytes, announced);
      const payload = Math.min(left, PAYLOAD_BYTES - adaptationBytes);
      out.bytes.set(unit.subarray(at, at + payload), start + 4 + adaptationBytes);
      at += payload;
    }
  }

  /** A table section that fits in one packet; the rest is stuffed with ones. */
  writeSection(out: PacketWriter, section: Uint8Array): void {
    const start = out.next();
    this.#header(out.bytes, start, true, false);
    out.bytes[start + 4] = 0; // pointer_field
    out.bytes.set(section, start + 5);
    out.bytes.fill(0xff, start + 5 + section.length, start + PACKET_BYTES);
  }

  #header(bytes: Uint8Array, at: number, unitStart: boolean, adaptation: boolean): void {
    bytes[at] = SYNC_BYTE;
    bytes[at + 1] = (unitStart ? 0x40 : 0) | (this.#pid >> 8);
    bytes[at + 2] = this.#pid & 0xff;
    bytes[at + 3] = (adaptation ? 0x30 : 0x10) | this.#counter;
    this.#counter = (this.#counter + 1) & 15;
  }
}

/** `length` counts the whole field, its own length byte included. */
function writeAdaptation(
  bytes: Uint8Array,
  at: number,
  length: number,
  announcement: Announcement | undefined,
): void {
  bytes[at] = length - 1;
  if (length === 1) return;
  bytes.fill(0xff, at + 2, at + length);
  if (announcement === undefined) {
    bytes[at + 1] = 0;
    return;
  }
  bytes[at + 1] = 0x10 | (announcement.discontinuity ? 0x80 : 0) | (announcement.randomAccess ? 0x40 : 0);
  const base = wrapTicks(announcement.pcrTicks);
  const high = Math.floor(base / 2);
  bytes[at + 2] = high >>> 24;
  bytes[at + 3] = high >>> 16;
  bytes[at + 4] = high >>> 8;
  bytes[at + 5] = high;
  bytes[at + 6] = (base % 2) * 0x80 + 0x7e; // six reserved bits, the 27 MHz part is 0
  bytes[at + 7] = 0;
}

const PTS_ONLY = 0x80;
const PES_HEADER_BYTES = 14;

/** `payloadBytes` is left out for video, whose length a header need not tell. */
export function pesHeader(streamId: number, ptsTicks: number, payloadBytes?: number): Uint8Array {
  const pts = wrapTicks(ptsTicks);
  const low = pts % 2 ** 30;
  const length = payloadBytes === undefined ? 0 : payloadBytes + PES_HEADER_BYTES - 6;
  return Uint8Array.of(
    0,
    0,
    1,
    streamId,
    length >> 8,
    length & 0xff,
    0x84, // data_alignment_indicator: an access unit begins here
    PTS_ONLY,
    5,
    0x21 | (Math.floor(pts / 2 ** 30) << 1),
    (low >> 22) & 0xff,
    ((low >> 14) & 0xfe) | 1,
    (low >> 7) & 0xff,
    ((low << 1) & 0xfe) | 1,
  );
}

/** A PES packet with AAC frames, of which the first begins at `ptsTicks`; together at most 64 KiB. */
export function soundPes(streamId: number, ptsTicks: number, frames: readonly Uint8Array[]): Uint8Array {
  const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
  const pes = new Uint8Array(PES_HEADER_BYTES + bytes);
  pes.set(pesHeader(streamId, ptsTicks, bytes));
  let at = PES_HEADER_BYTES;
  for (const frame of frames) {
    pes.set(frame, at);
    at += frame.length;
  }
  return pes;
}
