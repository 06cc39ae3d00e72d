/** Single fields of single MPEG-TS packets. `at` is where a packet begins in `bytes`; nothing here throws. */
import { PACKET_BYTES } from "./framing.ts";

/** Packets that only fill the time. */
export const NULL_PID = 0x1fff;
/** There are so many PIDs. */
export const PIDS = 0x2000;
/** Timestamps count at 90 kHz. */
export const TICKS_PER_MS = 90;
/** They have 33 bits. */
export const TICKS_WRAP = 2 ** 33;

export const pidOf = (bytes: Uint8Array, at: number): number =>
  (((bytes[at + 1] ?? 0) & 0x1f) << 8) | (bytes[at + 2] ?? 0);

/** Whether a PES packet or a section begins in it. */
export const beginsUnit = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 1] ?? 0) & 0x40) !== 0;

export const hasPayload = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 3] ?? 0) & 0x10) !== 0;

/** The longest adaptation field that fits. */
const ADAPTATION_BYTES_MAX = PACKET_BYTES - 5;
/** Flags and a clock reference. */
const CLOCK_FIELD_BYTES = 7;

/** Whether it says itself that it is damaged: nothing in it is believed. */
export const isDamaged = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 1] ?? 0) & 0x80) !== 0;

/** Length of its adaptation field; 0: it has none, or one that cannot be. */
export function fieldBytesOf(bytes: Uint8Array, at: number): number {
  if (((bytes[at + 3] ?? 0) & 0x20) === 0) return 0;
  const length = bytes[at + 4] ?? 0;
  return length <= ADAPTATION_BYTES_MAX ? length : 0;
}

/** Whether there is a byte of flags: an adaptation field of length 0 has none. */
export const hasFlags = (bytes: Uint8Array, at: number): boolean => fieldBytesOf(bytes, at) > 0;

/** Whether it carries a reference of the program's clock. */
export const hasClock = (bytes: Uint8Array, at: number): boolean =>
  fieldBytesOf(bytes, at) >= CLOCK_FIELD_BYTES && ((bytes[at + 5] ?? 0) & 0x10) !== 0;

/** Where its payload begins, counted from the packet's beginning; `PACKET_BYTES` if it has none. */
export function payloadStart(bytes: Uint8Array, at: number): number {
  const control = (bytes[at + 3] ?? 0) & 0x30;
  if (control === 0x10) return 4;
  if (control === 0x30) return Math.min(PACKET_BYTES, 5 + (bytes[at + 4] ?? 0));
  return PACKET_BYTES;
}

export const isScrambled = (bytes: Uint8Array, at: number): boolean => ((bytes[at + 3] ?? 0) & 0xc0) !== 0;

/** Stream ids whose PES packets have no header with timestamps: maps, padding, private data without a header… */
const HEADLESS = new Set([0xbc, 0xbe, 0xbf, 0xf0, 0xf1, 0xf2, 0xf8, 0xff]);

/**
 * When what begins here is to be decoded, in ticks of 90 kHz; null: nothing begins here, or it does not say, or it
 * is scrambled or damaged.
 */
export function decodeTicks(bytes: Uint8Array, at: number): number | null {
  if (isDamaged(bytes, at) || !beginsUnit(bytes, at) || isScrambled(bytes, at)) return null;
  const from = at + payloadStart(bytes, at);
  const end = at + PACKET_BYTES;
  if (from + 14 > end || bytes[from] !== 0 || bytes[from + 1] !== 0 || bytes[from + 2] !== 1) return null;
  const flags = bytes[from + 7] ?? 0;
  if (HEADLESS.has(bytes[from + 3] ?? 0) || ((bytes[from + 6] ?? 0) & 0xc0) !== 0x80) return null;
  if ((flags & 0x80) === 0) return null;
  // With both, the second is the time of decoding; with one only, it is both.
  if ((flags & 0x40) === 0) return ticksAt(bytes, from + 9);
  return from + 19 > end ? null : ticksAt(bytes, from + 14);
}

/** 33 bits in five bytes, with marker bits between them. */
function ticksAt(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) >> 1) & 7) * 2 ** 30 +
    (bytes[at + 1] ?? 0) * 2 ** 22 +
    ((bytes[at + 2] ?? 0) >> 1) * 2 ** 15 +
    (bytes[at + 3] ?? 0) * 2 ** 7 +
    ((bytes[at + 4] ?? 0) >> 1)
  );
}

/** How far `ticks` lies behind (below 0) or ahead of `of`, the shorter way round, in ms. */
export function aheadMs(ticks: number, of: number): number {
  const round = (((ticks - of) % TICKS_WRAP) + TICKS_WRAP) % TICKS_WRAP;
  return (round >= TICKS_WRAP / 2 ? round - TICKS_WRAP : round) / TICKS_PER_MS;
}

/** Whether two packets are the same, byte by byte; most that differ do so in the first four. */
export function areSame(a: Uint8Array, atA: number, b: Uint8Array, atB: number): boolean {
  for (let i = 0; i < PACKET_BYTES; i++) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}

/** `count` null packets. */
export function nullPackets(count: number): Uint8Array {
  const bytes = new Uint8Array(count * PACKET_BYTES).fill(0xff);
  for (let at = 0; at < bytes.length; at += PACKET_BYTES) bytes.set([0x47, 0x1f, 0xff, 0x10], at);
  return bytes;
}
