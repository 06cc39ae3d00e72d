/** Single MPEG-TS packets, for those who break them: what a packet says, and how it is changed. */
import { PACKET_BYTES } from "./source.ts";

/** Takes whole packets; what it gives back may be anything. It may remember what went before. */
export type Mangle = (packets: Uint8Array) => Uint8Array;

/** Bits of the second byte, of the fourth one, and of an adaptation field's flags. */
export const FLAG = {
  transportError: 0x80,
  begins: 0x40,
  scrambled: 0xc0,
  adaptation: 0x20,
  payload: 0x10,
  randomAccess: 0x40,
  clock: 0x10,
} as const;

export const pidOf = (packet: Uint8Array): number => (((packet[1] ?? 0) & 0x1f) << 8) | (packet[2] ?? 0);

export const begins = (packet: Uint8Array): boolean => ((packet[1] ?? 0) & FLAG.begins) !== 0;

/** Flags of the adaptation field; 0 if there is none. */
export const flagsOf = (packet: Uint8Array): number =>
  ((packet[3] ?? 0) & FLAG.adaptation) !== 0 && (packet[4] ?? 0) > 0 ? (packet[5] ?? 0) : 0;

/** Where the payload begins; the packet's length if it has none. */
export function payloadAt(packet: Uint8Array): number {
  if (((packet[3] ?? 0) & FLAG.payload) === 0) return PACKET_BYTES;
  return ((packet[3] ?? 0) & FLAG.adaptation) === 0 ? 4 : Math.min(PACKET_BYTES, 5 + (packet[4] ?? 0));
}

/** A changed copy: media may be shared between readers. */
export function changed(packet: Uint8Array, change: (bytes: Buffer) => void): Uint8Array {
  const bytes = Buffer.from(packet);
  change(bytes);
  return bytes;
}

/** Puts other bytes in each packet's place; what stays as it is goes on in runs. */
export function eachPacket(replace: (packet: Uint8Array, next: Uint8Array | null) => Uint8Array[]): Mangle {
  return (packets) => {
    const parts: Uint8Array[] = [];
    let keptFrom = 0;
    for (let at = 0; at + PACKET_BYTES <= packets.length; at += PACKET_BYTES) {
      const end = at + PACKET_BYTES;
      const packet = packets.subarray(at, end);
      const next = end < packets.length ? packets.subarray(end, end + PACKET_BYTES) : null;
      const replaced = replace(packet, next);
      if (replaced.length === 1 && replaced[0] === packet) continue;
      parts.push(packets.subarray(keptFrom, at), ...replaced);
      keptFrom = end;
    }
    if (parts.length === 0) return packets;
    parts.push(packets.subarray(keptFrom));
    return Buffer.concat(parts);
  };
}
