/** Descriptors that are kept open for nothing, so that nobody else has them when they are needed. */
import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";

export class Spares {
  readonly #held: number[] = [];

  get count(): number {
    return this.#held.length;
  }

  /** As many as `count`, or as there are. */
  hold(count: number): void {
    try {
      while (this.#held.length < count) this.#held.push(openSync(devNull, "r"));
    } catch {
      // There are no more.
    }
  }

  release(): void {
    for (const descriptor of this.#held.splice(0)) closeSync(descriptor);
  }
}
