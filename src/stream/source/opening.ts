/**
 * Tells decoders, within the stream, that what follows does not join what was before: for each PID a packet that
 * carries nothing but the discontinuity indicator, right before its first packet, and the same indicator where the
 * program's clock shows first. The packet's continuity counter is the one before the next packet's, since packets
 * without payload do not count on.
 */
import { SEAM_RESTS_BYTES_MAX } from "../limits.ts";
import { joined, PACKET_BYTES } from "../mpegts/framing.ts";
import { beginsUnit, hasClock, hasFlags, hasPayload, NULL_PID, PIDS, pidOf } from "../mpegts/packets.ts";
import type { Mark, Piece } from "../mpegts/scanner.ts";

const DISCONTINUITY = 0x80;

export class Opening {
  readonly #opened = new Uint8Array(PIDS);
  #hasClock = false;
  /** The first one is still to come. */
  #isFirst = true;
  #restsBytes: number;

  /** `atKeyframe`: the stream begins where a decoder can; rests of units that began before are left out. */
  constructor(atKeyframe: boolean) {
    this.#restsBytes = atKeyframe ? SEAM_RESTS_BYTES_MAX : 0;
    this.#opened[NULL_PID] = 1;
  }

  /** The piece, or a copy of it with what must be told; at most a packet longer for each PID in it. */
  pass(piece: Piece): Piece {
    const first = this.#isFirst;
    this.#isFirst = false;
    const cut: Mark[] = first ? [{ kind: "cut", offset: 0 }] : [];
    if (!first && !this.#isConcerned(piece.bytes)) return piece;
    const out: Uint8Array[] = [];
    const { marks } = piece;
    let next = 0;
    let length = 0;
    const write = (packet: Uint8Array): void => {
      out.push(packet);
      length += packet.length;
    };
    for (let at = 0; at < piece.bytes.length; at += PACKET_BYTES) {
      // A copy: `slice` of what comes from a socket would be none.
      const packet = this.#passPacket(Uint8Array.from(piece.bytes.subarray(at, at + PACKET_BYTES)), write);
      for (let mark = marks[next]; mark !== undefined && mark.offset <= at; mark = marks[++next]) {
        if (packet !== null) cut.push({ ...mark, offset: length });
      }
      if (packet !== null) write(packet);
    }
    this.#restsBytes -= piece.bytes.length;
    return { bytes: joined(...out), marks: cut, hasMedia: piece.hasMedia };
  }

  #isConcerned(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length; at += PACKET_BYTES) {
      const tells = hasPayload(bytes, at) || hasFlags(bytes, at);
      if (tells && this.#opened[pidOf(bytes, at)] === 0) return true;
      if (!this.#hasClock && hasClock(bytes, at)) return true;
    }
    return false;
  }

  /** The packet as it is passed on, after what must come before it; null: it is left out. `packet` may be changed. */
  #passPacket(packet: Uint8Array, write: (packet: Uint8Array) => void): Uint8Array | null {
    const pid = pidOf(packet, 0);
    const isNew = this.#opened[pid] === 0;
    const isClock = !this.#hasClock && hasClock(packet, 0);
    if (isNew && hasPayload(packet, 0)) {
      if (!beginsUnit(packet, 0) && this.#restsBytes > 0) return null;
      this.#opened[pid] = 1;
      write(announcement(packet));
    }
    if (isClock) this.#hasClock = true;
    const isAnnounced = hasPayload(packet, 0) || !isNew;
    if (isClock || (!isAnnounced && hasFlags(packet, 0))) {
      packet[5] = (packet[5] ?? 0) | DISCONTINUITY;
      this.#opened[pid] = 1;
    }
    return packet;
  }
}

/** Stands before `packet`, has its PID and the counter before its own. */
function announcement(packet: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PACKET_BYTES).fill(0xff);
  const counter = ((packet[3] ?? 0) - 1) & 0x0f;
  bytes.set([packet[0] ?? 0, (packet[1] ?? 0) & 0x1f, packet[2] ?? 0, 0x20 | counter], 0);
  bytes.set([PACKET_BYTES - 5, DISCONTINUITY], 4);
  return bytes;
}
