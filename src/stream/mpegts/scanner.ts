/** Reads what matters from MPEG-TS packets: tables, clock references, keyframes, continuity. */
import { FLAGGED_PICTURES } from "../limits.ts";
import { joined, PACKET_BYTES } from "./framing.ts";
import { beginsKeyframe } from "./keyframes.ts";
import { hasClock, hasFlags, NULL_PID, PIDS } from "./packets.ts";
import { type Program, Tables } from "./tables.ts";

/** No packet's fourth byte. */
const UNKNOWN = 0x100;
const NOTHING = new Uint8Array(0);

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
  /** In the order of their offsets. */
  readonly marks: readonly Mark[];
  /** Whether there are packets in it that carry something. */
  readonly hasMedia: boolean;
}

/** Follows the packets of one source, from its first one on. */
export class Scanner {
  continuityErrors = 0;
  /** Packets that were damaged before they came to the engine, as they say themselves. */
  transportErrors = 0;
  /** Packets that nobody here can look into. */
  scrambledPackets = 0;
  readonly #tables = new Tables();
  /** By PID: the fourth byte of the packet that comes next, if it is an ordinary one. */
  readonly #expected = new Uint16Array(PIDS).fill(UNKNOWN);
  /** Whose multiplexer flags keyframes, and for how many pictures more that is believed: so we need not look. */
  #flagged = { pid: NULL_PID, pictures: 0 };
  /** From a picture on that could not be told yet. */
  #held: Uint8Array = NOTHING;

  /**
   * `packets`: whole ones, each with its sync byte. The piece may lack the last ones (at most
   * `LOOK_PACKETS_MAX`), which then come at the start of the next piece.
   */
  scan(packets: Uint8Array): Piece {
    const bytes = this.#held.length === 0 ? packets : joined(this.#held, packets);
    this.#held = NOTHING;
    const expected = this.#expected;
    const marks: Mark[] = [];
    let hasMedia = false;
    for (let at = 0; at < bytes.length; at += PACKET_BYTES) {
      const second = bytes[at + 1] ?? 0;
      const control = bytes[at + 3] ?? 0;
      const pid = ((second & 0x1f) << 8) | (bytes[at + 2] ?? 0);
      // The ordinary packet: nothing begins in it, and it has no flags. Tables need a look all the same.
      if (expected[pid] === control && (second & 0xc0) === 0 && pid !== 0 && pid !== this.#tables.pmtPid) {
        expected[pid] = 0x10 | ((control + 1) & 0x0f);
        hasMedia = true;
        continue;
      }
      if (pid === NULL_PID) continue;
      if ((second & 0x80) !== 0) {
        // Nothing in it can be trusted; not even whose it is.
        this.transportErrors += 1;
        expected[pid] = UNKNOWN;
        continue;
      }
      const flags = hasFlags(bytes, at) ? (bytes[at + 5] ?? 0) : 0;
      const begins = (second & 0x40) !== 0;
      const { program } = this.#tables;
      if (program !== null && begins && pid === program.entryPid) {
        const keyframe = this.#beginsKeyframe(bytes, at, program, flags);
        if (keyframe === null) {
          this.#held = new Uint8Array(bytes.subarray(at));
          return { bytes: bytes.subarray(0, at), marks, hasMedia };
        }
        const tables = this.#tables.packets;
        if (keyframe && tables !== null) marks.push({ kind: "keyframe", offset: at, tables });
      }
      hasMedia = true;
      if ((control & 0xc0) !== 0) this.scrambledPackets += 1;
      this.#count(pid, control, (flags & 0x80) !== 0);
      if (pid === 0 && begins) marks.push({ kind: "pat", offset: at });
      this.#tables.push(bytes, at, pid);
      if (pid === program?.clockPid && hasClock(bytes, at)) {
        marks.push({ kind: "clock", offset: at, ticks: clockTicks(bytes, at + 6) });
      }
    }
    return { bytes, marks, hasMedia };
  }

  /** Null: that cannot be told yet. */
  #beginsKeyframe(bytes: Uint8Array, at: number, program: Program, flags: number): boolean | null {
    if (!program.hasPicture) return true;
    if ((flags & 0x40) !== 0) {
      this.#flagged = { pid: program.entryPid, pictures: FLAGGED_PICTURES };
      return true;
    }
    if (this.#flagged.pid !== program.entryPid || this.#flagged.pictures === 0) {
      return beginsKeyframe(bytes, at, program.entryCoding);
    }
    this.#flagged.pictures -= 1;
    return false;
  }

  /** Every packet with payload counts on by one; one repetition is allowed, and so is an announced break. */
  #count(pid: number, control: number, announced: boolean): void {
    const last = this.#expected[pid] ?? UNKNOWN;
    if ((control & 0x10) === 0) {
      if (announced) this.#expected[pid] = UNKNOWN;
      return;
    }
    this.#expected[pid] = 0x10 | ((control + 1) & 0x0f);
    const ahead = (control - last) & 0x0f;
    if (last === UNKNOWN || announced || ahead === 0 || ahead === 0x0f) return;
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
