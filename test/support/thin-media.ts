/** Whole packets, 50 a second: enough to play, nothing to see, and cheap for hundreds of streams at once. */
import type { OpenMedia } from "../../src/sim/index.ts";

const PACKET_MS = 20;

export const thinMedia: OpenMedia = () => ({
  read(fromMs, toMs) {
    const first = Math.ceil(fromMs / PACKET_MS);
    const end = Math.max(first, Math.ceil(toMs / PACKET_MS));
    const bytes = new Uint8Array((end - first) * 188);
    for (let number = first, at = 0; number < end; number++, at += 188) {
      bytes.set([0x47, 0x01, 0x00, 0x10 | (number & 0x0f)], at);
      new DataView(bytes.buffer).setBigUint64(at + 4, BigInt(number));
    }
    return bytes;
  },
});
