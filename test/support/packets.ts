/** MPEG-TS packets as they lie in what a player got. */

export const PACKET_BYTES = 188;

/** The PID of the packet that begins at `at`. */
export const pidAt = (bytes: Uint8Array, at: number): number =>
  (((bytes[at + 1] ?? 0) & 0x1f) << 8) | (bytes[at + 2] ?? 0);
