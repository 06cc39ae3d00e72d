/** Breaks MPEG-TS in the ways in which it breaks in life. Works on whole packets, across calls. */
import type { PlaybackFault } from "./engine-faults.ts";
import { PACKET_BYTES } from "./source.ts";

export type Mangle = (packets: Uint8Array) => Uint8Array;

const EVERY_PACKETS_DEFAULT = 200;
const NOISE = new Uint8Array(97).map((_, index) => ((index * 37) % 0x40) + 1); // never a sync byte
const TABLE_PID_MAX = 0x20;

/** The mangling that these faults ask for together. */
export function mangleFor(faults: readonly PlaybackFault[]): Mangle {
  const steps = faults.map(mangleOne).filter((step) => step !== null);
  return (packets) => steps.reduce((bytes, step) => step(bytes), packets);
}

function mangleOne(fault: PlaybackFault): Mangle | null {
  switch (fault.kind) {
    case "no_sync":
      return (packets) => packets.map((byte) => (byte === 0x47 ? 0x00 : byte));
    case "scrambled":
      return scramble;
    case "short_packet":
      return everyPacket(fault.everyPackets, (packet) => [packet.subarray(0, PACKET_BYTES - 1)]);
    case "garbage":
      return everyPacket(fault.everyPackets, (packet) => [NOISE, packet]);
    case "continuity":
      return everyPacket(fault.everyPackets, () => []);
    default:
      return null;
  }
}

function everyPacket(every = EVERY_PACKETS_DEFAULT, replace: (packet: Uint8Array) => Uint8Array[]): Mangle {
  let seen = 0;
  return (packets) => {
    const parts: Uint8Array[] = [];
    let keptFrom = 0;
    for (let at = 0; at + PACKET_BYTES <= packets.length; at += PACKET_BYTES) {
      if (++seen % every !== 0) continue;
      parts.push(packets.subarray(keptFrom, at), ...replace(packets.subarray(at, at + PACKET_BYTES)));
      keptFrom = at + PACKET_BYTES;
    }
    if (parts.length === 0) return packets;
    parts.push(packets.subarray(keptFrom));
    return Buffer.concat(parts);
  };
}

function scramble(packets: Uint8Array): Uint8Array {
  const scrambled = packets.slice();
  for (let at = 0; at + PACKET_BYTES <= scrambled.length; at += PACKET_BYTES) {
    const pid = (((scrambled[at + 1] ?? 0) & 0x1f) << 8) | (scrambled[at + 2] ?? 0);
    // The program table's place is not known here; sources keep their tables on low PIDs or mark a section's start.
    if (pid >= TABLE_PID_MAX) scrambled[at + 3] = (scrambled[at + 3] ?? 0) | 0xc0;
  }
  return scrambled;
}
