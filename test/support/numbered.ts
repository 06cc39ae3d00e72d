/**
 * Media whose every packet says which one it is, with tables, keyframes and a clock as a decoder needs them; and
 * a reader that tells what of it is missing. Shares no code with the data plane.
 */
import type { OpenMedia } from "../../src/sim/index.ts";

const PACKET_BYTES = 188;
const FRAME_MS = 40;
const FRAMES_PER_KEYFRAME = 25;
const [PAT_PID, PMT_PID, VIDEO_PID] = [0, 0x100, 0x101];
/** Each packet ends with its number. */
const NUMBER_AT = PACKET_BYTES - 8;

/** A table of one section. */
function table(pid: number, kind: number, body: readonly number[]): Buffer {
  const packet = Buffer.alloc(PACKET_BYTES, 0xff);
  const section = [kind, 0xb0, body.length + 9, 0, 1, 0xc1, 0, 0, ...body];
  packet.set([0x47, 0x40 | (pid >> 8), pid & 0xff, 0x10, 0, ...section]);
  packet.writeUInt32BE(checksum(section), 5 + section.length);
  return packet;
}

/** CRC-32 as tables have it (ISO/IEC 13818-1, annex A): highest bit first, nothing inverted. */
function checksum(bytes: readonly number[]): number {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) sum = (sum << 1) ^ (sum < 0 ? 0x04c11db7 : 0);
  }
  return sum >>> 0;
}

const PAT = table(PAT_PID, 0, [0, 1, 0xe0 | (PMT_PID >> 8), PMT_PID & 0xff]);
// A picture whose keyframes are told by the random access flag alone.
const VIDEO = [0xe0 | (VIDEO_PID >> 8), VIDEO_PID & 0xff];
const PMT = table(PMT_PID, 2, [...VIDEO, 0xf0, 0, 0x10, ...VIDEO, 0xf0, 0]);

/** A keyframe each second behind its tables, a clock reference each 40 ms; the tables come on top of the rate. */
export function numberedMedia(bitsPerSecond: number): OpenMedia {
  const framePackets = Math.max(1, Math.round((bitsPerSecond * FRAME_MS) / 8000 / PACKET_BYTES));
  return () => ({
    read(fromMs, toMs) {
      const first = Math.ceil(fromMs / FRAME_MS);
      const parts: Buffer[] = [];
      for (let frame = first; frame * FRAME_MS < toMs; frame++) {
        if (frame % FRAMES_PER_KEYFRAME === 0) {
          for (const each of [PAT, PMT]) {
            const packet = Buffer.from(each);
            packet[3] = 0x10 | ((frame / FRAMES_PER_KEYFRAME) & 15);
            parts.push(packet);
          }
        }
        parts.push(frameOf(frame, framePackets));
      }
      return Buffer.concat(parts);
    },
  });
}

function frameOf(frame: number, packets: number): Buffer {
  const bytes = Buffer.alloc(packets * PACKET_BYTES, 0xaa);
  for (let at = 0, number = frame * packets; at < bytes.length; at += PACKET_BYTES, number++) {
    bytes.set([0x47, VIDEO_PID >> 8, VIDEO_PID & 0xff, 0x10 | (number % 16)], at);
    bytes.writeBigUInt64BE(BigInt(number), at + NUMBER_AT);
  }
  const flags = frame % FRAMES_PER_KEYFRAME === 0 ? 0x50 : 0x10;
  const ticks = (frame * FRAME_MS * 90) % 2 ** 33;
  bytes[1] = 0x40 | (VIDEO_PID >> 8);
  bytes[3] = (bytes[3] ?? 0) | 0x20;
  bytes.set([7, flags], 4);
  bytes.writeUInt32BE(Math.floor(ticks / 2), 6);
  bytes.set([((ticks % 2) << 7) | 0x7e, 0], 10);
  return bytes;
}

export interface Gap {
  /** Numbers of the last packet before it and the first after it. */
  readonly from: number;
  readonly to: number;
  /** Whether it goes on at a keyframe, right behind both tables. */
  readonly joinsWell: boolean;
}

/** Takes the bytes of one client in any pieces. */
export class NumberedReader {
  packets = 0;
  /** Numbers; -1: none yet. */
  first = -1;
  last = -1;
  /** Places where numbers are missing or come again. */
  readonly gaps: Gap[] = [];
  /** Packets without a sync byte. */
  broken = 0;
  /** Whether the very first picture is a keyframe behind its tables. */
  beginsWell = false;
  #rest: Buffer = Buffer.alloc(0);
  #pidsBefore: readonly [number, number] = [-1, -1];

  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (; at + PACKET_BYTES <= bytes.length; at += PACKET_BYTES) this.#packet(bytes, at);
    this.#rest = Buffer.from(bytes.subarray(at));
  }

  #packet(bytes: Buffer, at: number): void {
    this.packets += 1;
    if (bytes[at] !== 0x47) {
      this.broken += 1;
      return;
    }
    const pid = bytes.readUInt16BE(at + 1) & 0x1fff;
    if (pid === VIDEO_PID) {
      const number = Number(bytes.readBigUInt64BE(at + NUMBER_AT));
      const [patBefore, pmtBefore] = this.#pidsBefore;
      const isKey = ((bytes[at + 3] ?? 0) & 0x20) !== 0 && ((bytes[at + 5] ?? 0) & 0x40) !== 0;
      const joinsWell = isKey && patBefore === PAT_PID && pmtBefore === PMT_PID;
      if (this.first < 0) {
        this.first = number;
        this.beginsWell = joinsWell;
      } else if (number !== this.last + 1) {
        this.gaps.push({ from: this.last, to: number, joinsWell });
      }
      this.last = number;
    }
    this.#pidsBefore = [this.#pidsBefore[1], pid];
  }
}
