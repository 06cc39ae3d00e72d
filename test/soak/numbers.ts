/**
 * Takes the bytes of one answer in any pieces, chunk sizes and packets cut anywhere, and tells what of numbered media
 * (test/support/numbered.ts) is missing. It keeps less than a packet, and copies no more than that.
 */

const PACKET_BYTES = 188;
const VIDEO_PID = 0x101;
/** The lower half of each packet's number. */
const NUMBER_AT = PACKET_BYTES - 4;
const SYNC = 0x47;
/** Bits of the fourth byte, and of an adaptation field's flags. */
const ADAPTATION = 0x20;
const PAYLOAD = 0x10;
const DISCONTINUITY = 0x80;

export interface NumbersEvents {
  /**
   * Packets between the last one and this one are missing; negative: it goes back so many. `isSeam`: the proxy said
   * that another source begins here.
   */
  gap(missing: number, isSeam: boolean): void;
}

export class Numbers {
  packets = 0;
  /** Packets without a sync byte. */
  broken = 0;
  readonly #events: NumbersEvents;
  readonly #rest = Buffer.alloc(PACKET_BYTES);
  #kept = 0;
  #isSeam = false;
  #last = -1;

  constructor(events: NumbersEvents) {
    this.#events = events;
  }

  push(bytes: Buffer): void {
    let at = 0;
    if (this.#kept > 0) {
      at = bytes.copy(this.#rest, this.#kept, 0, PACKET_BYTES - this.#kept);
      this.#kept += at;
      if (this.#kept < PACKET_BYTES) return;
      this.#packet(this.#rest, 0);
      this.#kept = 0;
    }
    for (; at + PACKET_BYTES <= bytes.length; at += PACKET_BYTES) this.#packet(bytes, at);
    this.#kept = bytes.copy(this.#rest, 0, at);
  }

  #packet(bytes: Buffer, at: number): void {
    this.packets += 1;
    if (bytes[at] !== SYNC) {
      this.broken += 1;
      return;
    }
    if ((bytes.readUInt16BE(at + 1) & 0x1fff) !== VIDEO_PID) return;
    const control = bytes[at + 3] ?? 0;
    if ((control & ADAPTATION) !== 0 && ((bytes[at + 5] ?? 0) & DISCONTINUITY) !== 0) this.#isSeam = true;
    // One without payload carries no number: it is the proxy's own.
    if ((control & PAYLOAD) === 0) return;
    const number = bytes.readUInt32BE(at + NUMBER_AT);
    if (this.#last >= 0 && number !== this.#last + 1) this.#events.gap(number - this.#last - 1, this.#isSeam);
    this.#last = number;
    this.#isSeam = false;
  }
}

/** An HTTP/1.1 answer with a chunked body, or one that ends with the connection. */
export class Answer {
  /** 0: no header yet. */
  status = 0;
  readonly #body: (bytes: Buffer) => void;
  #head = "";
  #isChunked = false;
  #sizeText = "";
  #left = 0;
  /** The line break behind a chunk's bytes is still to come. */
  #isAfterChunk = false;
  /** The last chunk has come: a clean end. */
  isOver = false;

  constructor(body: (bytes: Buffer) => void) {
    this.#body = body;
  }

  push(bytes: Buffer): void {
    if (this.status !== 0) return this.#take(bytes);
    const before = this.#head.length;
    this.#head += bytes.toString("latin1");
    const end = this.#head.indexOf("\r\n\r\n");
    if (end < 0) return;
    this.status = Number(/^HTTP\/1\.1 (\d{3})/.exec(this.#head)?.[1] ?? 599);
    this.#isChunked = /\r\ntransfer-encoding: chunked/i.test(this.#head.slice(0, end + 2));
    this.#take(bytes.subarray(end + 4 - before));
    this.#head = "";
  }

  #take(bytes: Buffer): void {
    if (!this.#isChunked) {
      if (bytes.length > 0) this.#body(bytes);
      return;
    }
    // What follows the last chunk is no chunk.
    for (let at = 0; at < bytes.length && !this.isOver; ) {
      if (this.#left > 0) {
        const part = bytes.subarray(at, at + this.#left);
        this.#left -= part.length;
        at += part.length;
        this.#isAfterChunk = this.#left === 0;
        this.#body(part);
        continue;
      }
      const character = String.fromCharCode(bytes[at++] ?? 0);
      if (character !== "\n") {
        this.#sizeText += character;
        continue;
      }
      if (!this.#isAfterChunk) {
        this.#left = Number.parseInt(this.#sizeText, 16);
        this.isOver = this.#left === 0;
      }
      this.#isAfterChunk = false;
      this.#sizeText = "";
    }
  }
}
