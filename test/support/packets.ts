/** MPEG-TS packets as they lie in what a player got. */

export const PACKET_BYTES = 188;

/** The PID of the packet that begins at `at`. */
export const pidAt = (bytes: Buffer, at: number): number => bytes.readUInt16BE(at + 1) & 0x1fff;
