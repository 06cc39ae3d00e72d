/**
 * What a body errs with that is broken off. Some servers print it: one line says all there is to say, and where it was
 * made nothing.
 */
export class BrokenOff extends Error {
  override readonly name = "BrokenOff";

  constructor(reason: string) {
    super(`a client was broken off: ${reason}`);
    this.stack = `${this.name}: ${this.message}`;
  }
}
