/** Reads what matters from MPEG-TS packets: tables, clock references, keyframes, continuity. */
import { PACKET_BYTES } from "./framing.ts";
import { beginsKeyframe } from "./keyframes.ts";
import { payloadStart, Tables } from "./tables.ts";

const NULL_PID = 0x1fff;
const PIDS = 0x2000;
const UNKNOWN = 0xff;

/** A place worth remembering; `offset` counts bytes from the start of the piece. */
export type Mark =
  /** A decoder can begin here once it has `tables` (PAT and PMT packets). */
  | { readonly kind: "keyframe"; readonly offset: number; readonly tables: Uint8Array }
  /** The program's clock, in ticks of 90 kHz; wraps at 2^33. */
  | { readonly kind: "clock"; readonly offset: number; readonly ticks: number }
  | { readonly kind: "pat"; readonly offset: number }
  /** What follows is another source's, and does not join what was before: clock and counters begin anew. */
  | { readonly kind: "cut"; readonly offset: number };

/** Whole packets and the marks within them. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly marks: readonly Mark[];
  /** Whether there are packets in it that carry something. */
  readonly hasMedia: boolean;
}

/** Follows the packets of one source, from its first one on. */
export class Scanner {
  continuityErrors = 0;
  readonly #tables = new Tables();
  readonly #counters = new Uint8Array(PIDS).fill(UNKNOWN);
  /** The entry point's PID whose multiplexer flags random access: no need to look into its pictures. */
  #flaggingPid: number | null = null;

  /** `bytes`: whole packets, each with its sync byte. */
  scan(bytes: Uint8Array): Piece {
    const marks: Mark[] = [];
    let hasMedia = false;
    for (let at = 0; at < bytes.length; at += PACKET_BYTES) {
      const second = bytes[at + 1] ?? 0;
      const pid = ((second & 0x1f) << 8) | (bytes[at + 2] ?? 0);
      if (pid === NULL_PID) continue;
      hasMedia = true;
      const control = bytes[at + 3] ?? 0;
      // An adaptation field of length 0 has no flags.
      const flags = (control & 0x20) !== 0 && (bytes[at + 4] ?? 0) > 0 ? (bytes[at + 5] ?? 0) : 0;
      this.#count(pid, control, (flags & 0x80) !== 0);
      const begins = (second & 0x40) !== 0;
      if (pid === 0 && begins) marks.push({ kind: "pat", offset: at });
      this.#tables.push(bytes, at, pid);
      const program = this.#tables.program;
      if (program === null) continue;
      if (pid === program.clockPid && (flags & 0x10) !== 0) {
        marks.push({ kind: "clock", offset: at, ticks: clockTicks(bytes, at + 6) });
      }
      const tables = this.#tables.packets;
      if (pid === program.entryPid && begins && tables !== null) {
        if ((flags & 0x40) !== 0) this.#flaggingPid = pid;
        const keyframe =
          !program.hasPicture ||
          (flags & 0x40) !== 0 ||
          (this.#flaggingPid !== pid &&
            beginsKeyframe(
              bytes.subarray(at + payloadStart(bytes, at), at + PACKET_BYTES),
              program.entryCoding,
            ));
        if (keyframe) marks.push({ kind: "keyframe", offset: at, tables });
      }
    }
    return { bytes, marks, hasMedia };
  }

  /** Every packet with payload counts on by one; one repetition is allowed, and so is an announced break. */
  #count(pid: number, control: number, announced: boolean): void {
    if ((control & 0x10) === 0) return;
    const counter = control & 0x0f;
    const last = this.#counters[pid] ?? UNKNOWN;
    this.#counters[pid] = counter;
    if (last === UNKNOWN || announced || counter === last || counter === ((last + 1) & 0x0f)) return;
    this.continuityErrors += 1;
  }
}

/** The 33 bits of a clock reference; too many for bit operators. */
function clockTicks(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) * 2 ** 25 +
    (bytes[at + 1] ?? 0) * 2 ** 17 +
    (bytes[at + 2] ?? 0) * 2 ** 9 +
    (bytes[at + 3] ?? 0) * 2 +
    ((bytes[at + 4] ?? 0) >> 7)
  );
}
