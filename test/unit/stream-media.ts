/** Transport streams made packet by packet, and a look at what came out that shares no code with the data plane. */
import { pidAt } from "../support/packets.ts";

export { pidAt };

export const PACKET = 188;
export const PIDS = { pat: 0, pmt: 0x100, video: 0x101, audio: 0x102, none: 0x1fff } as const;

export interface PacketParts {
  readonly pid: number;
  readonly counter?: number;
  /** A PES packet or a section begins. */
  readonly begins?: boolean;
  /** Flags of the adaptation field: 0x80 discontinuity, 0x40 random access. */
  readonly flags?: number;
  /** The program's clock in ticks of 90 kHz. */
  readonly clock?: number;
  /** Without it there is no payload at all. */
  readonly payload?: readonly number[];
}

/** One packet; what is left is stuffed in the adaptation field. */
export function packet(parts: PacketParts): Uint8Array {
  const { pid, counter = 0, begins = false, clock, payload } = parts;
  const flags = (parts.flags ?? 0) | (clock === undefined ? 0 : 0x10);
  const room = PACKET - 4 - (payload?.length ?? 0);
  const wanted = clock !== undefined ? 8 : flags === 0 ? 0 : 2;
  if (room < wanted) throw new RangeError("the payload is too long");
  const bytes = new Uint8Array(PACKET).fill(0xff);
  const control = (payload === undefined ? 0 : 0x10) | (room > 0 ? 0x20 : 0);
  bytes.set([0x47, (begins ? 0x40 : 0) | (pid >> 8), pid & 0xff, control | (counter & 15)]);
  if (room > 0) bytes[4] = room - 1;
  if (room > 1) bytes[5] = flags;
  if (clock !== undefined) {
    const high = Math.floor(clock / 2);
    bytes.set([high / 2 ** 24, high / 2 ** 16, high / 2 ** 8, high, (clock % 2) * 128 + 0x7e, 0], 6);
  }
  bytes.set(payload ?? [], 4 + room);
  return bytes;
}

export const joined = (parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);

/** A section's bytes: header, in force or only announced, body and checksum. */
export function section(table: number, body: readonly number[], inForce = true, program = 1): number[] {
  const length = body.length + 9;
  const head = [table, 0xb0 | (length >> 8), length & 0xff, 0, program, inForce ? 0xc1 : 0xc0, 0, 0];
  return withChecksum([...head, ...body]);
}

/** CRC-32 as in MPEG: one table look-up for each byte. */
const CHECKSUMS = Array.from({ length: 256 }, (_, byte) => {
  let sum = BigInt(byte) << 24n;
  for (let bit = 0; bit < 8; bit++) sum = sum & 0x80000000n ? (sum << 1n) ^ 0x104c11db7n : sum << 1n;
  return Number(sum);
});

export function withChecksum(bytes: readonly number[]): number[] {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = ((sum << 8) ^ (CHECKSUMS[(sum >>> 24) ^ byte] ?? 0)) >>> 0;
  return [...bytes, sum >>> 24, (sum >>> 16) & 0xff, (sum >>> 8) & 0xff, sum & 0xff];
}

/** The packets of a section, as many as it takes. */
export function sectionPackets(pid: number, bytes: readonly number[], counter = 0): Uint8Array[] {
  const all = [0, ...bytes];
  const packets: Uint8Array[] = [];
  for (let at = 0; at < all.length; at += 184) {
    const payload = all.slice(at, at + 184);
    while (payload.length < 184) payload.push(0xff);
    packets.push(packet({ pid, counter: counter + packets.length, begins: at === 0, payload }));
  }
  return packets;
}

const word = (value: number): number[] => [value >> 8, value & 0xff];
export const pat = (pmtPid: number): number[] => section(0, [...word(1), ...word(0xe000 | pmtPid)]);

/** `streams`: type and PID of each; `descriptors`: bytes of program descriptors, to make it long. */
export function pmt(
  clockPid: number,
  streams: readonly (readonly [type: number, pid: number])[],
  descriptors = 0,
): number[] {
  const elementary = streams.flatMap(([type, pid]) => [type, ...word(0xe000 | pid), 0xf0, 0]);
  const filling = new Array<number>(descriptors).fill(0x47);
  return section(2, [...word(0xe000 | clockPid), ...word(0xf000 | descriptors), ...filling, ...elementary]);
}

export const FRAME_MS = 40;
const FRAMES_PER_KEYFRAME = 25;

/** An endless stream of a steady rate: tables and a keyframe each second, a clock in each frame of 40 ms. */
export class Program {
  readonly packetsPerFrame: number;
  #frame = 0;
  #index: number;
  readonly #counters = new Map<number, number>();

  /** `mark`: tells this program's bytes from another's. */
  constructor(bitsPerSecond: number, mark = 0) {
    this.packetsPerFrame = Math.max(4, Math.round((bitsPerSecond * FRAME_MS) / 8000 / PACKET));
    this.#index = mark * 2 ** 24;
  }

  get frameBytes(): number {
    return this.packetsPerFrame * PACKET;
  }

  /** Media time of so many bytes. */
  mediaMs(bytes: number): number {
    return (bytes / this.frameBytes) * FRAME_MS;
  }

  frames(count: number): Buffer {
    const packets: Uint8Array[] = [];
    for (let i = 0; i < count; i++) this.#write(packets);
    return joined(packets);
  }

  seconds(count: number): Buffer {
    return this.frames((count * 1000) / FRAME_MS);
  }

  #next(pid: number): number {
    const counter = this.#counters.get(pid) ?? 0;
    this.#counters.set(pid, (counter + 1) & 15);
    return counter;
  }

  #write(out: Uint8Array[]): void {
    const isKey = this.#frame % FRAMES_PER_KEYFRAME === 0;
    const until = out.length + this.packetsPerFrame;
    if (isKey) {
      out.push(...sectionPackets(PIDS.pat, pat(PIDS.pmt), this.#next(PIDS.pat)));
      out.push(...sectionPackets(PIDS.pmt, pmt(PIDS.video, [[0x1b, PIDS.video]]), this.#next(PIDS.pmt)));
    }
    for (let first = true; out.length < until; first = false) {
      const index = this.#index++;
      const name = [index >>> 24, (index >>> 16) & 255, (index >>> 8) & 255, index & 255, 0xee];
      out.push(
        packet({
          pid: PIDS.video,
          counter: this.#next(PIDS.video),
          begins: first,
          ...(first ? { clock: (this.#frame * FRAME_MS * 90) % 2 ** 33, flags: isKey ? 0x40 : 0 } : {}),
          payload: [...name, ...new Array<number>(100).fill(index & 0x3f)],
        }),
      );
    }
    this.#frame += 1;
  }
}

export interface Look {
  readonly packets: number;
  /** Packets without a sync byte, and what is left over at the end. */
  readonly unaligned: number;
  /** Places where a PID's counter does not go on by one. */
  readonly breaks: number;
  readonly pids: readonly number[];
}

/** What is left without null packets, which the data plane may put in wherever a source is silent. */
export function withoutFiller(bytes: Uint8Array): Buffer {
  const kept: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += PACKET) {
    if (pidAt(bytes, at) !== PIDS.none) kept.push(bytes.subarray(at, at + PACKET));
  }
  return joined(kept);
}

/** Counts what is wrong with a client's bytes. */
export function lookAt(bytes: Uint8Array): Look {
  const counters = new Map<number, number>();
  const pids: number[] = [];
  let unaligned = bytes.length % PACKET === 0 ? 0 : 1;
  let breaks = 0;
  const packets = Math.floor(bytes.length / PACKET);
  for (let i = 0; i < packets; i++) {
    const at = i * PACKET;
    if (bytes[at] !== 0x47) unaligned += 1;
    const pid = pidAt(bytes, at);
    pids.push(pid);
    // The counters of null packets mean nothing.
    if (pid === PIDS.none || ((bytes[at + 3] ?? 0) & 0x10) === 0) continue;
    const counter = (bytes[at + 3] ?? 0) & 15;
    const last = counters.get(pid);
    if (last !== undefined && counter !== ((last + 1) & 15)) breaks += 1;
    counters.set(pid, counter);
  }
  return { packets, unaligned, breaks, pids };
}
