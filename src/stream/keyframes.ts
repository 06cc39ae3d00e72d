/** Tells from the first bytes of a picture whether a decoder can begin there. */
import type { Coding } from "./tables.ts";

/**
 * Looks at one packet's payload, which begins a PES packet. Parameter sets count as well: encoders send them
 * right before a picture that can be decoded alone, while that picture itself may begin a packet later.
 */
export function beginsKeyframe(payload: Uint8Array, coding: Coding): boolean {
  for (let at = payload.indexOf(1, 2); at >= 0; at = payload.indexOf(1, at + 1)) {
    if (payload[at - 1] !== 0 || payload[at - 2] !== 0) continue;
    const code = payload[at + 1];
    if (code === undefined) return false;
    if (coding === "mpeg2" && code === 0xb3) return true;
    if (coding === "h264") {
      const unit = code & 0x1f;
      // 5 is an IDR picture, 7 its parameters. The top bit is set in stream ids (0xe5 …), never in units.
      if (code < 0x80 && (unit === 5 || unit === 7)) return true;
    }
    if (coding === "hevc") {
      const unit = (code >> 1) & 0x3f;
      // 16–21: pictures one can begin at; 32, 33: their parameters.
      if (code < 0x80 && ((unit >= 16 && unit <= 21) || unit === 32 || unit === 33)) return true;
    }
  }
  return false;
}
