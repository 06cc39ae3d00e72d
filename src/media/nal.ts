/**
 * Writes H.264 access units: bits, Exp-Golomb numbers and raw samples into one reused buffer.
 *
 * Emulation prevention happens on the way in: inside a NAL unit no 00 00 is followed by a byte below 4.
 */

export class NalWriter {
  readonly #bytes: Uint8Array;
  #length = 0;
  #zeros = 0;
  #bits = 0;
  #bitCount = 0;

  constructor(capacityBytes: number) {
    this.#bytes = new Uint8Array(capacityBytes);
  }

  reset(): void {
    this.#length = 0;
  }

  /** What has been written since `reset`; valid until the next one. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Bytes that are not part of a NAL unit, such as a PES header or a finished NAL unit. */
  raw(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Start code and header. */
  beginNal(referenceIdc: number, unitType: number): void {
    this.#bytes[this.#length + 0] = 0;
    this.#bytes[this.#length + 1] = 0;
    this.#bytes[this.#length + 2] = 0;
    this.#bytes[this.#length + 3] = 1;
    this.#bytes[this.#length + 4] = (referenceIdc << 5) | unitType;
    this.#length += 5;
    this.#zeros = 0;
  }

  /** The stop bit and zeros up to the byte's end. */
  endNal(): void {
    this.bits(1, 1);
    this.align();
  }

  /** At most 24 bits at once, the highest first. */
  bits(value: number, count: number): void {
    this.#bits = (this.#bits << count) | value;
    this.#bitCount += count;
    while (this.#bitCount >= 8) {
      this.#bitCount -= 8;
      this.#byte((this.#bits >>> this.#bitCount) & 0xff);
    }
    this.#bits &= (1 << this.#bitCount) - 1;
  }

  /** Exp-Golomb, `ue(v)`. */
  unsigned(value: number): void {
    const count = 32 - Math.clz32(value + 1);
    this.bits(0, count - 1);
    this.bits(value + 1, count);
  }

  /** Exp-Golomb, `se(v)`. */
  signed(value: number): void {
    this.unsigned(value > 0 ? 2 * value - 1 : -2 * value);
  }

  align(): void {
    if (this.#bitCount > 0) this.bits(0, 8 - this.#bitCount);
  }

  /** Raw samples, of which none is below 4 (video range begins at 16): nothing in them needs an escape. */
  samples(samples: Uint8Array): void {
    this.align();
    this.#bytes.set(samples, this.#length);
    this.#length += samples.length;
    this.#zeros = 0;
  }

  #byte(value: number): void {
    if (this.#zeros >= 2 && value <= 3) {
      this.#bytes[this.#length++] = 3;
      this.#zeros = 0;
    }
    this.#bytes[this.#length++] = value;
    this.#zeros = value === 0 ? this.#zeros + 1 : 0;
  }
}
