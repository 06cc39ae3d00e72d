/** Moves a program's clock, and the times of picture and sound with it. */
import { begins, changed, eachPacket, FLAG, flagsOf, type Mangle, payloadAt } from "./packets.ts";

const WRAP = 2n ** 33n;
const TICKS_PER_MS = 90n;
const WRAP_AFTER_MS = 3_000;
const JUMP_EVERY_MS = 2_000;
const JUMP_MS = 3_600_000;

const forward = (ticks: bigint): bigint => ((ticks % WRAP) + WRAP) % WRAP;

/** The clock reference, in ticks of 90 kHz; null: the packet has none. */
function clockOf(packet: Uint8Array): bigint | null {
  if ((flagsOf(packet) & FLAG.clock) === 0) return null;
  return Buffer.from(packet.subarray(4, 14)).readBigUInt64BE(2) >> 31n;
}

/** A time of 33 bits in five bytes, with a marker bit after each part. */
function moveTime(bytes: Buffer, at: number, byTicks: bigint): void {
  const [high, middle, low] = [bytes.readUInt8(at), bytes.readUInt16BE(at + 1), bytes.readUInt16BE(at + 3)];
  const time = (BigInt((high >> 1) & 7) << 30n) | BigInt(((middle >> 1) << 15) | (low >> 1));
  const moved = forward(time + byTicks);
  bytes[at] = (high & 0xf1) | (Number(moved >> 30n) << 1);
  bytes.writeUInt16BE((Number((moved >> 15n) & 0x7fffn) << 1) | 1, at + 1);
  bytes.writeUInt16BE((Number(moved & 0x7fffn) << 1) | 1, at + 3);
}

function moved(packet: Uint8Array, byTicks: bigint): Uint8Array {
  const clock = clockOf(packet);
  const at = payloadAt(packet);
  const isPes = begins(packet) && packet[at] === 0 && packet[at + 1] === 0 && packet[at + 2] === 1;
  if (byTicks === 0n || (clock === null && !isPes)) return packet;
  return changed(packet, (bytes) => {
    if (clock !== null) {
      const rest = bytes.readBigUInt64BE(6) & 0x7fffffffn;
      bytes.writeBigUInt64BE((forward(clock + byTicks) << 31n) | rest, 6);
    }
    if (!isPes) return;
    const times = (packet[at + 7] ?? 0) >> 6;
    if (times >= 2) moveTime(bytes, at + 9, byTicks);
    if (times === 3) moveTime(bytes, at + 14, byTicks);
  });
}

export function clockless(packet: Uint8Array): Uint8Array {
  if ((flagsOf(packet) & FLAG.clock) === 0) return packet;
  return changed(packet, (bytes) => {
    bytes[5] = (bytes[5] ?? 0) & ~FLAG.clock;
    bytes.fill(0xff, 6, 12);
  });
}

/** All times are moved such that the first clock reference is `afterMs` before the wrap. */
export function wrappingClock(afterMs = WRAP_AFTER_MS): Mangle {
  let byTicks: bigint | null = null;
  return eachPacket((packet) => {
    const clock = clockOf(packet);
    if (clock !== null) byTicks ??= WRAP - BigInt(afterMs) * TICKS_PER_MS - clock;
    return [moved(packet, byTicks ?? 0n)];
  });
}

export function jumpingClock(everyMs = JUMP_EVERY_MS, ms = JUMP_MS): Mangle {
  let byTicks = 0n;
  let jumpedAt: bigint | null = null;
  return eachPacket((packet) => {
    const clock = clockOf(packet);
    if (clock !== null) {
      jumpedAt ??= clock;
      if (forward(clock - jumpedAt) >= BigInt(everyMs) * TICKS_PER_MS) {
        jumpedAt = clock;
        byTicks += BigInt(ms) * TICKS_PER_MS;
      }
    }
    return [moved(packet, byTicks)];
  });
}
