/**
 * Standard output of a service. Its reader may hang, go away, or be a disk that is full: that costs lines, which are
 * counted and told of, and nothing else.
 */
import type { Writable } from "node:stream";
import { LOG_PENDING_CHARACTERS_MAX } from "../limits.ts";

export interface ServiceOutput {
  /** Takes one line, or several, without the last one's end. Never waits, never throws. */
  write(text: string): void;
}

/** `back` hears how many texts were lost, when the first one after them has been taken. */
export function serviceOutput(
  out: Pick<Writable, "write">,
  back: (lost: number) => void,
  pendingMax = LOG_PENDING_CHARACTERS_MAX,
): ServiceOutput {
  let pending = 0;
  let lost = 0;
  return {
    write(text) {
      if (pending >= pendingMax) {
        lost++;
        return;
      }
      pending += text.length;
      try {
        out.write(`${text}\n`, (error) => {
          pending -= text.length;
          if (error) {
            lost++;
            return;
          }
          // Told only when there is room again, or telling would be what is lost next.
          if (lost === 0 || pending > 0) return;
          const before = lost;
          lost = 0;
          back(before);
        });
      } catch {
        pending -= text.length;
        lost++;
      }
    },
  };
}
