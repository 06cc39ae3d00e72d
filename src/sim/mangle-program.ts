/** Breaks what the tables say and what they are about. Knows programs whose tables have one packet each. */
import { withChecksum } from "../media/tables.ts";
import { begins, changed, eachPacket, FLAG, flagsOf, type Mangle, payloadAt, pidOf } from "./packets.ts";
import { PACKET_BYTES } from "./source.ts";

const PAT_PID = 0;
/** Tables that need no table to be found have smaller PIDs. */
export const TABLE_PID_MAX = 0x20;
const VIDEO_H264 = 0x1b;
const EVERY_PACKETS = 2_000;
const PID_STEP = 0x10;
/** From the section's start: version, clock PID, length of the descriptors, the first stream's entry. */
const AT = { version: 5, clockPid: 8, descriptorBytes: 10, streams: 12 } as const;

/** The section in a packet that begins with it, without its checksum. */
function sectionOf(packet: Uint8Array): Buffer {
  const at = payloadAt(packet);
  const section = Buffer.from(packet.subarray(at + 1 + (packet[at] ?? 0)));
  return section.subarray(0, 3 + (section.readUInt16BE(1) & 0xfff) - 4);
}

/** The packet with another section in it. */
function withSection(packet: Uint8Array, section: readonly number[]): Uint8Array {
  const length = section.length + 4 - 3;
  const body = section.with(1, 0xb0 | (length >> 8)).with(2, length & 0xff);
  return changed(packet, (bytes) => {
    bytes.fill(0xff, payloadAt(packet));
    bytes.set([0, ...withChecksum(body)], payloadAt(packet));
  });
}

/** The streams' entries in a PMT: five bytes each, and their descriptors. */
function entriesOf(pmt: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  let at = AT.streams + (pmt.readUInt16BE(AT.descriptorBytes) & 0xfff);
  while (at < pmt.length) {
    const bytes = 5 + (pmt.readUInt16BE(at + 3) & 0xfff);
    entries.push(pmt.subarray(at, at + bytes));
    at += bytes;
  }
  return entries;
}

/** Tells packets with the PMT by the PAT before them. */
export function pmtFinder(): (packet: Uint8Array) => boolean {
  let pmtPid = -1;
  return (packet) => {
    if (pidOf(packet) === PAT_PID && begins(packet)) pmtPid = sectionOf(packet).readUInt16BE(10) & 0x1fff;
    return pidOf(packet) === pmtPid && begins(packet);
  };
}

export function withoutTables(afterPackets = 0, packets = Number.POSITIVE_INFINITY): Mangle {
  const isPmt = pmtFinder();
  let seen = 0;
  return eachPacket((packet) => {
    const isTable = isPmt(packet) || pidOf(packet) < TABLE_PID_MAX;
    const isHit = seen >= afterPackets && seen < afterPackets + packets;
    seen += 1;
    return isTable && isHit ? [] : [packet];
  });
}

export function newPids(every = EVERY_PACKETS): Mangle {
  const isPmt = pmtFinder();
  const pids = new Set<number>();
  let seen = 0;
  let version = 0;
  const moved = (pid: number): number => pid + version * PID_STEP;
  const movePid = (bytes: Buffer, at: number): void => {
    bytes.writeUInt16BE((bytes.readUInt16BE(at) & 0xe000) | moved(bytes.readUInt16BE(at) & 0x1fff), at);
  };
  return eachPacket((packet, next) => {
    seen += 1;
    if (isPmt(packet)) {
      if (seen >= every && next !== null && (flagsOf(next) & FLAG.randomAccess) !== 0) {
        seen = 0;
        version += 1;
      }
      const pmt = sectionOf(packet);
      pmt[AT.version] = 0xc1 | ((version & 0x1f) << 1);
      for (const entry of entriesOf(pmt)) {
        pids.add(entry.readUInt16BE(1) & 0x1fff);
        movePid(entry, 1);
      }
      movePid(pmt, AT.clockPid);
      return [withSection(packet, [...pmt])];
    }
    return [pids.has(pidOf(packet)) ? changed(packet, (bytes) => movePid(bytes, 1)) : packet];
  });
}

export function audioOnly(): Mangle {
  const isPmt = pmtFinder();
  let videoPid = -1;
  return eachPacket((packet) => {
    if (isPmt(packet)) {
      const pmt = sectionOf(packet);
      const entries = entriesOf(pmt);
      for (const entry of entries) if (entry[0] === VIDEO_H264) videoPid = entry.readUInt16BE(1) & 0x1fff;
      const sound = entries.filter((entry) => entry[0] !== VIDEO_H264);
      const head = pmt.subarray(0, AT.streams + (pmt.readUInt16BE(AT.descriptorBytes) & 0xfff));
      return [withSection(packet, [...Buffer.concat([head, ...sound])])];
    }
    if (pidOf(packet) !== videoPid) return [packet];
    if ((flagsOf(packet) & FLAG.clock) === 0) return [];
    const clock = changed(packet, (bytes) => {
      bytes[1] = (bytes[1] ?? 0) & ~FLAG.begins;
      bytes[3] = FLAG.adaptation;
      bytes[4] = PACKET_BYTES - 5;
      bytes[5] = FLAG.clock;
      bytes.fill(0xff, 12);
    });
    return [clock];
  });
}

export function withoutKeyframes(afterPackets = 0): Mangle {
  let seen = 0;
  /** The picture's PID while a keyframe is left out. */
  let leftOut = -1;
  const counters = new Map<number, number>();
  return eachPacket((packet) => {
    const pid = pidOf(packet);
    if (begins(packet)) {
      if (seen >= afterPackets && (flagsOf(packet) & FLAG.randomAccess) !== 0) leftOut = pid;
      else if (pid === leftOut) leftOut = -1;
    }
    seen += 1;
    if (pid === leftOut) return [];
    const before = counters.get(pid);
    const control = packet[3] ?? 0;
    const counter = before === undefined ? control & 0x0f : before + 1;
    counters.set(pid, counter & 0x0f);
    return [
      changed(packet, (bytes) => {
        bytes[3] = (control & 0xf0) | (counter & 0x0f);
      }),
    ];
  });
}
