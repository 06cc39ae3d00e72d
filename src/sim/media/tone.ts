/** The sound of the test stream, cut to ADTS frames. It begins anew every 8 s of media time. */
import { AUDIO_FRAME_TICKS, modulo } from "../../media/ticks.ts";
import { TONE_BASE64 } from "./tone.data.ts";

const ADTS_HEADER_BYTES = 7;
let frames: readonly Uint8Array[] | undefined;

/** The frames that begin in [fromTicks, toTicks), one after the other, and when the first one begins. */
export function toneBetween(fromTicks: number, toTicks: number): { ptsTicks: number; frames: Uint8Array[] } {
  frames ??= cut(Uint8Array.from(atob(TONE_BASE64), (character) => character.charCodeAt(0)));
  const first = Math.ceil(fromTicks / AUDIO_FRAME_TICKS);
  const found: Uint8Array[] = [];
  for (let index = first; index * AUDIO_FRAME_TICKS < toTicks; index++) {
    const frame = frames[modulo(index, frames.length)];
    if (frame !== undefined) found.push(frame);
  }
  return { ptsTicks: first * AUDIO_FRAME_TICKS, frames: found };
}

function cut(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at + ADTS_HEADER_BYTES <= bytes.length; ) {
    const [, , , high = 0, middle = 0, low = 0] = bytes.subarray(at);
    const length = ((high & 3) << 11) | (middle << 3) | (low >> 5);
    if (length < ADTS_HEADER_BYTES)
      throw new Error(`tone.data.ts: no ADTS frame at byte ${at}; run make-tone.sh`);
    found.push(bytes.subarray(at, at + length));
    at += length;
  }
  return found;
}
