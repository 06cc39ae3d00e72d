/** PAT and PMT: which program there is, which of its streams is the picture, and the packets that say so. */
import { TABLE_PACKETS_MAX } from "../limits.ts";
import { joined, PACKET_BYTES } from "./framing.ts";
import { beginsUnit, payloadStart } from "./packets.ts";

const PAT_TABLE = 0x00;
const PMT_TABLE = 0x02;
const SECTION_HEADER_BYTES = 8;

/** How the pictures of a stream type are coded, as far as keyframes can be told by it. */
export type Coding = "mpeg2" | "h264" | "hevc" | "other";

/** What a PMT says, as far as it matters here. */
export interface Program {
  readonly clockPid: number;
  /** The stream at whose access points one may join: the picture, else the first of all. */
  readonly entryPid: number;
  readonly entryCoding: Coding;
  /** Without a picture every start of a PES packet is as good as a keyframe. */
  readonly hasPicture: boolean;
}

const CODINGS: ReadonlyMap<number, Coding> = new Map([
  [0x01, "mpeg2"],
  [0x02, "mpeg2"],
  [0x10, "other"],
  [0x1b, "h264"],
  [0x24, "hevc"],
  [0x33, "other"],
  [0x42, "other"],
  [0xd1, "other"],
  [0xea, "other"],
]);

const wordAt = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
const pidAt = (bytes: Uint8Array, at: number): number => wordAt(bytes, at) & 0x1fff;

/** A table's one section without what comes before it, and the packets in which it lies. */
interface Whole {
  readonly body: Uint8Array;
  readonly packets: Uint8Array;
}

/** Gathers one table's section; it may take several packets, and share them with others. */
class Section {
  readonly #table: number;
  /** The program that it must be about; null: any. */
  readonly #program: number | null;
  #packets: Uint8Array[] = [];
  #body: number[] = [];
  #missing = 0;

  constructor(table: number, program: number | null) {
    this.#table = table;
    this.#program = program;
  }

  /** The section, once it is whole and its checksum is right. */
  push(bytes: Uint8Array, at: number): Whole | null {
    const packet = new Uint8Array(bytes.subarray(at, at + PACKET_BYTES));
    let from = payloadStart(packet, 0);
    if (!beginsUnit(packet, 0)) return this.#add(packet, from, PACKET_BYTES);
    const first = from + 1 + (packet[from] ?? 0);
    let whole = this.#add(packet, from + 1, first);
    this.#missing = 0;
    for (from = first; from + SECTION_HEADER_BYTES <= PACKET_BYTES; ) {
      const length = 3 + (wordAt(packet, from + 1) & 0x0fff);
      // A table that is only announced (the last bit) says nothing about what plays.
      const isInForce = ((packet[from + 5] ?? 0) & 1) !== 0;
      const isMine = this.#program === null || wordAt(packet, from + 3) === this.#program;
      if (packet[from] === this.#table && isInForce && isMine) {
        this.#packets = [];
        this.#body = [];
        this.#missing = length;
        whole = this.#add(packet, from, PACKET_BYTES) ?? whole;
      }
      from += length;
    }
    return whole;
  }

  /** Takes what belongs to the section from between two places of a packet. */
  #add(packet: Uint8Array, from: number, to: number): Whole | null {
    if (this.#missing === 0) return null;
    const part = packet.subarray(from, Math.min(to, from + this.#missing));
    this.#packets.push(packet);
    this.#body.push(...part);
    this.#missing -= part.length;
    if (this.#packets.length > TABLE_PACKETS_MAX) this.#missing = 0;
    else if (this.#missing === 0 && isSound(this.#body))
      return { body: Uint8Array.from(this.#body), packets: joined(...this.#packets) };
    return null;
  }
}

/** The remainder over a section with its own checksum (CRC-32, highest bit first) is nothing. */
function isSound(section: readonly number[]): boolean {
  let remainder = -1;
  for (const byte of section) {
    remainder ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder << 1) ^ (remainder < 0 ? 0x04c11db7 : 0);
  }
  return remainder === 0;
}

/** The first program's number and its PMT's PID; null: there is none. */
function firstProgram(pat: Uint8Array): { readonly number: number; readonly pmtPid: number } | null {
  for (let at = 8; at + 4 <= pat.length - 4; at += 4) {
    const number = wordAt(pat, at);
    if (number !== 0) return { number, pmtPid: pidAt(pat, at + 2) };
  }
  return null;
}

function program(pmt: Uint8Array): Program | null {
  let entry: { pid: number; coding: Coding; picture: boolean } | null = null;
  const descriptors = (((pmt[10] ?? 0) & 0x0f) << 8) | (pmt[11] ?? 0);
  for (let at = 12 + descriptors; at + 5 <= pmt.length - 4; ) {
    const coding = CODINGS.get(pmt[at] ?? 0);
    if (coding !== undefined && !entry?.picture) entry = { pid: pidAt(pmt, at + 1), coding, picture: true };
    else entry ??= { pid: pidAt(pmt, at + 1), coding: "other", picture: false };
    at += 5 + ((((pmt[at + 3] ?? 0) & 0x0f) << 8) | (pmt[at + 4] ?? 0));
  }
  if (entry === null) return null;
  return {
    clockPid: pidAt(pmt, 8),
    entryPid: entry.pid,
    entryCoding: entry.coding,
    hasPicture: entry.picture,
  };
}

/** The tables of one source as they are at present. */
export class Tables {
  /** Null until a PAT and its PMT were whole. */
  program: Program | null = null;
  /** The packets of PAT and PMT, for whoever joins; null as long as `program`. */
  packets: Uint8Array | null = null;
  /** Where the PMT is; null: no PAT yet. */
  pmtPid: number | null = null;
  #programNumber = 0;
  readonly #pat = new Section(PAT_TABLE, null);
  #pmt = new Section(PMT_TABLE, null);
  #patPackets: Uint8Array | null = null;

  /** Looks at a packet that may belong to a table. */
  push(bytes: Uint8Array, at: number, pid: number): void {
    if (pid === 0) {
      const whole = this.#pat.push(bytes, at);
      const first = whole === null ? null : firstProgram(whole.body);
      if (whole === null || first === null) return;
      if (first.pmtPid !== this.pmtPid || first.number !== this.#programNumber) {
        this.pmtPid = first.pmtPid;
        this.#programNumber = first.number;
        this.#pmt = new Section(PMT_TABLE, first.number);
        this.program = null;
        this.packets = null;
      }
      this.#patPackets = whole.packets;
    } else if (pid === this.pmtPid && this.#patPackets !== null) {
      const whole = this.#pmt.push(bytes, at);
      const found = whole === null ? null : program(whole.body);
      if (whole === null || found === null) return;
      this.program = found;
      this.packets = joined(this.#patPackets, whole.packets);
    }
  }
}
