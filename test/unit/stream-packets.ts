/** MPEG-TS made by hand, packet by packet, so that a test knows every byte and every clock reference of it. */

import { section } from "./stream-media.ts";

export const PACKET = 188;
export const PMT_PID = 0x100;
export const VIDEO_PID = 0x101;
/** A frame lasts so long, and every 25th is a keyframe. */
export const FRAME_MS = 40;
export const GOP_MS = 1000;
const WRAP = 2 ** 33;

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

interface PacketOptions {
  readonly pid: number;
  readonly counter?: number;
  readonly begins?: boolean;
  readonly clockMs?: number;
  readonly randomAccess?: boolean;
  readonly discontinuity?: boolean;
  readonly payload?: readonly number[];
  /** What the rest is filled with. */
  readonly fill?: number;
}

/** One packet; its payload is `payload`, then `fill`. */
export function packet(options: PacketOptions): Uint8Array {
  const { pid, counter = 0, begins = false, clockMs, randomAccess = false, discontinuity = false } = options;
  const bytes = new Uint8Array(PACKET).fill(options.fill ?? 0xff);
  const adapts = clockMs !== undefined || randomAccess || discontinuity;
  bytes.set([0x47, (begins ? 0x40 : 0) | (pid >> 8), pid & 0xff, (adapts ? 0x30 : 0x10) | (counter & 0x0f)]);
  let at = 4;
  if (adapts) {
    const flags = (discontinuity ? 0x80 : 0) | (randomAccess ? 0x40 : 0) | (clockMs === undefined ? 0 : 0x10);
    bytes[at++] = clockMs === undefined ? 1 : 7;
    bytes[at++] = flags;
    if (clockMs !== undefined) {
      const ticks = (((clockMs * 90) % WRAP) + WRAP) % WRAP;
      const low = (ticks % 2) << 7;
      const high = Math.floor(ticks / 2);
      bytes.set([high >>> 24, (high >>> 16) & 0xff, (high >>> 8) & 0xff, high & 0xff, low | 0x7e, 0], at);
      at += 6;
    }
  }
  bytes.set(options.payload ?? [], at);
  return bytes;
}

export const pat = (counter = 0, pmtPid = PMT_PID): Uint8Array =>
  packet({
    pid: 0,
    counter,
    begins: true,
    payload: [0, ...section(0, [0, 1, 0xe0 | (pmtPid >> 8), pmtPid & 0xff])],
  });

/** A PMT's packets: `types` are the stream types from `VIDEO_PID` on; `padding` bytes of descriptors come before. */
export function pmt(types: readonly number[] = [0x1b], padding = 0, counter = 0): Uint8Array[] {
  const clock = [0xe0 | (VIDEO_PID >> 8), VIDEO_PID & 0xff];
  const streams = types.flatMap((type, index) => {
    const pid = VIDEO_PID + index;
    return [type, 0xe0 | (pid >> 8), pid & 0xff, 0xf0, 0];
  });
  const descriptors = new Array<number>(padding).fill(0x80);
  const whole = [
    0,
    ...section(2, [...clock, 0xf0 | (padding >> 8), padding & 0xff, ...descriptors, ...streams]),
  ];
  const packets: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += 184) {
    const payload = whole.slice(at, at + 184);
    packets.push(packet({ pid: PMT_PID, counter: counter + packets.length, begins: at === 0, payload }));
  }
  return packets;
}

export interface Programme {
  readonly bytes: Uint8Array;
  /** How many bytes a second of it has. */
  readonly bytesPerSecond: number;
}

/**
 * `seconds` of a stream: PAT, PMT and a keyframe each second, a clock reference each frame, and after it so many
 * packets that a frame has `framePackets` of them. Every packet carries its own number, so no two are alike.
 */
export function programme(options: {
  readonly seconds: number;
  readonly framePackets?: number;
  readonly startMs?: number;
  readonly keyframes?: boolean;
  /** Tells the bytes of one source from those of another. */
  readonly mark?: number;
}): Programme {
  const { seconds, framePackets = 10, startMs = 0, keyframes = true, mark = 0 } = options;
  const packets: Uint8Array[] = [];
  let counter = 0;
  let tables = 0;
  for (let frame = 0; frame < (seconds * 1000) / FRAME_MS; frame++) {
    const isKey = frame % (GOP_MS / FRAME_MS) === 0;
    const wanted = packets.length + framePackets;
    if (isKey) {
      packets.push(pat(tables), ...pmt([0x1b], 0, tables));
      tables += 1;
    }
    for (let first = true; packets.length < wanted; first = false) {
      const number = packets.length;
      const head = first ? [0, 0, 1, 0xe0] : [];
      packets.push(
        packet({
          pid: VIDEO_PID,
          counter: counter++,
          begins: first,
          ...(first ? { clockMs: startMs + frame * FRAME_MS, randomAccess: isKey && keyframes } : {}),
          payload: [
            ...head,
            mark,
            number >>> 24,
            (number >>> 16) & 0xff,
            (number >>> 8) & 0xff,
            number & 0xff,
          ],
          fill: mark,
        }),
      );
    }
  }
  return { bytes: concat(packets), bytesPerSecond: (framePackets * PACKET * 1000) / FRAME_MS };
}

/** The first places of PIDs in packets, for looking at what a client got. */
export const pidOf = (bytes: Uint8Array, index: number): number =>
  (((bytes[index * PACKET + 1] ?? 0) & 0x1f) << 8) | (bytes[index * PACKET + 2] ?? 0);

export const hasRandomAccess = (bytes: Uint8Array, index: number): boolean =>
  ((bytes[index * PACKET + 3] ?? 0) & 0x20) !== 0 && ((bytes[index * PACKET + 5] ?? 0) & 0x40) !== 0;

/** Whether these are whole packets, each with its sync byte. */
export function isWhole(bytes: Uint8Array): boolean {
  if (bytes.length % PACKET !== 0) return false;
  for (let at = 0; at < bytes.length; at += PACKET) if (bytes[at] !== 0x47) return false;
  return true;
}
