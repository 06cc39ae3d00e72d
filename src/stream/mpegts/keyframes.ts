/** Tells from the beginning of a picture whether a decoder can begin there. */
import { LOOK_PACKETS_MAX } from "../limits.ts";
import { PACKET_BYTES } from "./framing.ts";
import { beginsUnit, hasPayload, isDamaged, isScrambled, payloadStart, pidOf } from "./packets.ts";
import type { Coding } from "./tables.ts";

const LOOK_BYTES_MAX = LOOK_PACKETS_MAX * PACKET_BYTES;
const RECOVERY_POINT = 6;
/** The picture's first bytes, without packets around them; used anew for each look. */
const gathered = new Uint8Array(LOOK_BYTES_MAX);

/**
 * Looks at the picture whose PES packet begins in the packet at `start`, as far as its first slice, over packets
 * of other streams. Null: it cannot be told before more packets have come.
 */
export function beginsKeyframe(bytes: Uint8Array, start: number, coding: Coding): boolean | null {
  const pid = pidOf(bytes, start);
  const end = Math.min(bytes.length, start + LOOK_BYTES_MAX);
  let length = 0;
  let counter = -1;
  for (let at = start; at < end; at += PACKET_BYTES) {
    if (isDamaged(bytes, at) || pidOf(bytes, at) !== pid || !hasPayload(bytes, at)) continue;
    const next = (bytes[at + 3] ?? 0) & 0x0f;
    // Packets may be sent twice.
    if (next === counter) continue;
    counter = next;
    if (isScrambled(bytes, at) || (at > start && beginsUnit(bytes, at))) return false;
    const payload = bytes.subarray(at + payloadStart(bytes, at), at + PACKET_BYTES);
    gathered.set(payload, length);
    length += payload.length;
    const found = firstPicture(gathered.subarray(0, length), coding);
    if (found !== null) return found;
  }
  return end - start < LOOK_BYTES_MAX ? null : false;
}

/** Whether the first picture in a PES packet is one to begin at; null: its end came before that could be seen. */
function firstPicture(pes: Uint8Array, coding: Coding): boolean | null {
  if (coding === "other") return false;
  if (pes.length < 9) return null;
  if (pes[0] !== 0 || pes[1] !== 0 || pes[2] !== 1) return false;
  /** Without its parameters a decoder cannot begin, whatever the picture is. */
  let hasParameters = false;
  let recovers = false;
  for (let at = pes.indexOf(1, 11 + (pes[8] ?? 0)); at >= 0; at = pes.indexOf(1, at + 1)) {
    if (pes[at - 1] !== 0 || pes[at - 2] !== 0) continue;
    const code = pes[at + 1];
    // What tells an I picture lies within two bytes after the code.
    const next = pes[at + 2];
    const last = pes[at + 3];
    if (code === undefined || next === undefined || last === undefined) return null;
    if (coding === "mpeg2") {
      if (code === 0xb3) hasParameters = true;
      if (code === 0x00) return hasParameters && ((last >> 3) & 7) === 1;
    } else if (coding === "hevc") {
      const unit = (code >> 1) & 0x3f;
      if (unit < 32) return unit >= 16 && unit <= 21;
    } else {
      const unit = code & 0x1f;
      if (unit === 5) return true;
      if (unit === 7) hasParameters = true;
      // Broadcasters often send no other keyframes than those from which the picture recovers.
      if (unit === 6) recovers ||= hasRecoveryPoint(pes, at + 2);
      if (unit === 1 || unit === 2) return recovers || (hasParameters && isIntraSlice(next));
    }
  }
  return null;
}

/** A slice header begins with the first macroblock's number, 0 here (one bit), and its type: I is 2 or 7. */
const isIntraSlice = (byte: number): boolean => (byte & 0xf0) === 0xb0 || byte === 0x88;

/** Goes through the messages of a supplemental unit: type, size, and so many bytes, zeros guarded by threes. */
function hasRecoveryPoint(bytes: Uint8Array, from: number): boolean {
  let at = from;
  let zeros = 0;
  const next = (): number => {
    if (zeros >= 2 && bytes[at] === 3) {
      at += 1;
      zeros = 0;
    } else if (zeros >= 2 && (bytes[at] ?? 0) < 3) {
      // The next unit begins: this one was cut off.
      at = bytes.length;
    }
    const byte = bytes[at++] ?? -1;
    zeros = byte === 0 ? zeros + 1 : 0;
    return byte;
  };
  const number = (): number => {
    let sum = 0;
    for (;;) {
      const byte = next();
      sum += byte;
      if (byte !== 0xff) return sum;
    }
  };
  while (at < bytes.length && bytes[at] !== 0x80) {
    if (number() === RECOVERY_POINT) return true;
    for (let size = number(); size > 0 && at < bytes.length; size--) next();
  }
  return false;
}
