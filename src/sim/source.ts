/**
 * Where a simulated engine takes its media from: whole MPEG-TS packets for any interval of absolute media time.
 * Every engine reads the same clock, so two engines that play one content are at the same place of it.
 */

/** One content as a source of whole 188-byte packets; adjoining intervals join without gap or overlap. */
export interface MediaSource {
  /** The packets of that interval of absolute media time, in milliseconds. */
  read(fromMs: number, toMs: number): Uint8Array;
}

/** Opens a content; `caption` is what its picture may show. */
export type OpenMedia = (options: { content: string; caption: string }) => MediaSource;

export const PACKET_BYTES = 188;

/** Absolute media time now, in whole milliseconds since 1970; never goes back within a process. */
export const mediaNowMs = (): number => Math.floor(performance.timeOrigin + performance.now());

const BARE_PACKETS_PER_SECOND = 1000;

/**
 * Packets with right framing, continuity and nothing to see in them, at 1.5 Mbit/s: costs next to nothing, for
 * tests and benches that never look at the picture. Each payload holds the packet's absolute number (8 bytes,
 * big-endian), so a reader can tell what it missed.
 */
export const bareMedia: OpenMedia = (): MediaSource => ({
  read(fromMs: number, toMs: number): Uint8Array {
    const first = Math.ceil((fromMs * BARE_PACKETS_PER_SECOND) / 1000);
    const end = Math.max(first, Math.ceil((toMs * BARE_PACKETS_PER_SECOND) / 1000));
    const bytes = new Uint8Array((end - first) * PACKET_BYTES);
    const view = new DataView(bytes.buffer);
    for (let number = first, at = 0; number < end; number++, at += PACKET_BYTES) {
      bytes[at] = 0x47;
      bytes[at + 1] = 0x01; // PID 0x100
      bytes[at + 3] = 0x10 | (number & 0x0f);
      view.setBigUint64(at + 4, BigInt(number));
    }
    return bytes;
  },
});
