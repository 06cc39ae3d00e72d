/** Breaks MPEG-TS in the ways in which it breaks in life. Works on whole packets, across calls. */
import type { PlaybackFault } from "./engine-faults.ts";
import { clockless, jumpingClock, wrappingClock } from "./mangle-clock.ts";
import {
  audioOnly,
  newPids,
  pmtFinder,
  TABLE_PID_MAX,
  withoutKeyframes,
  withoutTables,
} from "./mangle-program.ts";
import { changed, eachPacket, FLAG, type Mangle, payloadAt, pidOf } from "./packets.ts";
import { PACKET_BYTES } from "./source.ts";

const EVERY_PACKETS_DEFAULT = 200;
const LOST_SYNC_PACKETS = 20;
const NOISE = new Uint8Array(97).map((_, index) => ((index * 37) % 0x40) + 1); // never a sync byte
const ADAPTATION_LENGTH_ILLEGAL = 200;

/** Those that read what packets say come before those that spoil them, and last those that leave no packets. */
const ORDER: readonly PlaybackFault["kind"][] = [
  ...(["no_keyframes", "no_random_access", "audio_only", "new_pids", "no_tables"] as const),
  ...(["clock_wrap", "clock_jump", "no_clock", "scrambled"] as const),
  ...(["continuity", "duplicates", "transport_error", "adaptation"] as const),
  ...(["lost_sync", "no_sync", "garbage", "short_packet", "packet_size"] as const),
];

/** The mangling that these faults ask for together, in whatever order. */
export function mangleFor(faults: readonly PlaybackFault[]): Mangle {
  const inOrder = faults.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  const steps = inOrder.map(mangleOne).filter((step) => step !== null);
  return (packets) => steps.reduce((bytes, step) => step(bytes), packets);
}

function mangleOne(fault: PlaybackFault): Mangle | null {
  switch (fault.kind) {
    case "no_sync":
      return (packets) => packets.map((byte) => (byte === 0x47 ? 0x00 : byte));
    case "lost_sync":
      return lostSync(fault.everyPackets, fault.packets);
    case "short_packet":
      return everyPacket(fault.everyPackets, (packet) => [packet.subarray(0, PACKET_BYTES - 1)]);
    case "garbage":
      return everyPacket(fault.everyPackets, (packet) => [NOISE, packet]);
    case "continuity":
      return everyPacket(fault.everyPackets, () => []);
    case "duplicates":
      return everyPacket(fault.everyPackets, (packet) => [packet, packet]);
    case "transport_error":
      return everyPacket(fault.everyPackets, (packet) => [damaged(packet)]);
    case "adaptation":
      return everyPacket(fault.everyPackets, (packet) => [overlong(packet)]);
    case "scrambled":
      return scrambled();
    case "packet_size":
      return eachPacket((packet) =>
        fault.bytes === 192 ? [Uint8Array.of(0, 1, 2, 3), packet] : [packet, new Uint8Array(16)],
      );
    case "no_tables":
      return withoutTables(fault.afterPackets, fault.packets);
    case "new_pids":
      return newPids(fault.everyPackets);
    case "audio_only":
      return audioOnly();
    case "no_random_access":
      return eachPacket((packet) => [unflagged(packet)]);
    case "no_keyframes":
      return withoutKeyframes(fault.afterPackets);
    case "no_clock":
      return eachPacket((packet) => [clockless(packet)]);
    case "clock_wrap":
      return wrappingClock(fault.afterMs);
    case "clock_jump":
      return jumpingClock(fault.everyMs, fault.ms);
    default:
      return null;
  }
}

function everyPacket(every = EVERY_PACKETS_DEFAULT, replace: (packet: Uint8Array) => Uint8Array[]): Mangle {
  let seen = 0;
  return eachPacket((packet) => (++seen % every === 0 ? replace(packet) : [packet]));
}

function lostSync(every = EVERY_PACKETS_DEFAULT, lost = LOST_SYNC_PACKETS): Mangle {
  let seen = 0;
  return eachPacket((packet) => [
    seen++ % every < every - lost
      ? packet
      : changed(packet, (bytes) => {
          bytes[0] = 0;
        }),
  ]);
}

const damaged = (packet: Uint8Array): Uint8Array =>
  changed(packet, (bytes) => {
    bytes[1] = (bytes[1] ?? 0) | FLAG.transportError;
    for (let at = 20; at < PACKET_BYTES; at += 20) bytes[at] = ~(bytes[at] ?? 0);
  });

const overlong = (packet: Uint8Array): Uint8Array =>
  changed(packet, (bytes) => {
    bytes[3] = (bytes[3] ?? 0) | FLAG.adaptation;
    bytes[4] = ADAPTATION_LENGTH_ILLEGAL;
  });

function scrambled(): Mangle {
  const isPmt = pmtFinder();
  return eachPacket((packet) => {
    if (isPmt(packet) || pidOf(packet) < TABLE_PID_MAX) return [packet];
    const secret = changed(packet, (bytes) => {
      bytes[3] = (bytes[3] ?? 0) | FLAG.scrambled;
      for (let at = payloadAt(packet); at < PACKET_BYTES; at++) bytes[at] = (bytes[at] ?? 0) ^ (0x5a + at);
    });
    return [secret];
  });
}

const unflagged = (packet: Uint8Array): Uint8Array =>
  ((packet[3] ?? 0) & FLAG.adaptation) === 0 || packet[4] === 0
    ? packet
    : changed(packet, (bytes) => {
        bytes[5] = (bytes[5] ?? 0) & ~FLAG.randomAccess;
      });
