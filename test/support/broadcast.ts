/** One broadcast that several simulated engines carry, as real ones do: the same bytes, whoever sends them. */
import type { MediaSource, OpenMedia } from "../../src/sim/index.ts";
import { openTestStream } from "../../src/sim/media/index.ts";

const FRAME_MS = 40;
const PACKET_BYTES = 188;
/** What a later source leaves out at its start: it begins somewhere in a picture, not where that would be easy. */
const MISSING_BYTES = 4 * PACKET_BYTES + 77;

/** Of one content only; the first source begins with a keyframe, each later one anywhere. */
export function broadcast(): OpenMedia {
  const frames = new Map<number, Uint8Array>();
  let record: ReturnType<typeof openTestStream> | null = null;
  let nextFrame = 0;

  /** Records up to a frame, without a gap from the first one on. */
  function recorded(frame: number): Uint8Array {
    for (; nextFrame <= frame; nextFrame++) {
      frames.set(
        nextFrame,
        record?.read(nextFrame * FRAME_MS, (nextFrame + 1) * FRAME_MS) ?? new Uint8Array(0),
      );
    }
    return frames.get(frame) ?? new Uint8Array(0);
  }

  return ({ content }): MediaSource => {
    let missingBytes = MISSING_BYTES;
    return {
      read(fromMs, toMs) {
        const from = Math.ceil(fromMs / FRAME_MS);
        if (record === null) {
          record = openTestStream({ content, caption: "one broadcast" });
          nextFrame = from;
          missingBytes = 0;
        }
        const parts: Uint8Array[] = [];
        for (let frame = from; frame < Math.ceil(toMs / FRAME_MS); frame++) parts.push(recorded(frame));
        const bytes = Buffer.concat(parts).subarray(missingBytes);
        if (bytes.length > 0) missingBytes = 0;
        return bytes;
      },
    };
  };
}

/** Another programme than is asked for, at the same times, or `shiftMs` later by its own clock. */
export const another =
  (programme: string, shiftMs = 0): OpenMedia =>
  ({ caption }) => {
    const stream = openTestStream({ content: programme, caption });
    return { read: (fromMs, toMs) => stream.read(fromMs + shiftMs, toMs + shiftMs) };
  };
