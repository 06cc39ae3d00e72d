/** Cuts bytes into MPEG-TS packets: finds the sync, keeps it across chunks, finds it again when it is lost. */

export const PACKET_BYTES = 188;
export const SYNC_BYTE = 0x47;
/** Sync bytes in a row, a packet apart, that make a sync: so many that chance never does in pictures. */
const SYNC_PACKETS = 5;
const SYNC_SPAN = (SYNC_PACKETS - 1) * PACKET_BYTES;
/** Blu-ray puts 4 bytes before each packet, error correction 16 behind it. */
const FOREIGN_PACKET_BYTES = [192, 204] as const;
const NOTHING = new Uint8Array(0);

/** The first place from `from` on where packets of `size` bytes follow each other; -1: none that can be told. */
function syncAt(bytes: Uint8Array, from: number, size: number = PACKET_BYTES): number {
  const span = (SYNC_PACKETS - 1) * size;
  for (let at = bytes.indexOf(SYNC_BYTE, from); at >= 0; at = bytes.indexOf(SYNC_BYTE, at + 1)) {
    if (at + span >= bytes.length) return -1;
    let next = at + size;
    while (next <= at + span && bytes[next] === SYNC_BYTE) next += size;
    if (next > at + span) return at;
  }
  return -1;
}

/** Says what these bytes are that make no sync. */
export function foreignWords(bytes: Uint8Array): string {
  const size = FOREIGN_PACKET_BYTES.find((bytesEach) => syncAt(bytes, 0, bytesEach) >= 0);
  if (size === undefined) return "the engine sends no MPEG-TS";
  return `the engine sends MPEG-TS in packets of ${size} bytes, which players do not expect`;
}

/** One after another, as a copy. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export class Framer {
  /** How often the sync was lost. */
  resyncs = 0;
  /** Bytes thrown away because they belonged to no packet. */
  discardedBytes = 0;
  /** Whether there was ever a sync. */
  everSynced = false;
  /** Bytes seen since the last one that belonged to a packet. */
  unsyncedBytes = 0;
  #synced = false;
  /** Synced: the start of a packet. Not synced: bytes that may yet be part of one. */
  #carry: Uint8Array = NOTHING;

  /** The whole packets that `chunk` completes, as runs; most are views into `chunk`. */
  push(chunk: Uint8Array): Uint8Array[] {
    const runs: Uint8Array[] = [];
    let bytes = chunk;
    let at = 0;
    if (this.#carry.length > 0) {
      if (this.#synced) {
        const missing = PACKET_BYTES - this.#carry.length;
        const packet = joined(this.#carry, chunk.subarray(0, missing));
        if (packet.length < PACKET_BYTES) {
          this.#carry = packet;
          return runs;
        }
        runs.push(packet);
        at = missing;
      } else {
        this.unsyncedBytes -= this.#carry.length;
        bytes = joined(this.#carry, chunk);
      }
      this.#carry = NOTHING;
    }
    while (at < bytes.length) {
      if (!this.#synced) {
        const found = syncAt(bytes, at);
        if (found < 0) {
          const keep = Math.max(at, bytes.length - SYNC_SPAN);
          this.discardedBytes += keep - at;
          this.unsyncedBytes += bytes.length - at;
          this.#carry = new Uint8Array(bytes.subarray(keep));
          break;
        }
        this.discardedBytes += found - at;
        this.unsyncedBytes = 0;
        this.#synced = true;
        this.everSynced = true;
        at = found;
      }
      let end = at;
      while (end + PACKET_BYTES <= bytes.length && bytes[end] === SYNC_BYTE) end += PACKET_BYTES;
      if (end > at) runs.push(bytes.subarray(at, end));
      at = end;
      if (at >= bytes.length) break;
      if (bytes[at] === SYNC_BYTE) {
        this.#carry = new Uint8Array(bytes.subarray(at));
        break;
      }
      this.#synced = false;
      this.resyncs += 1;
    }
    return runs;
  }
}
