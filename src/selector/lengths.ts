/** How long each of the core's timers runs. */
import type { Timer } from "../slots/index.ts";
import type { PlainSelectorOptions } from "./types.ts";

export interface LengthEars {
  /** How long somebody may wait for a place from now on, in ms. */
  leftMs(client: number): number;
  /** Is a value that nobody holds closed at once? */
  isOver(stream: number): boolean;
}

export class Lengths {
  readonly #options: PlainSelectorOptions;
  readonly #opens: boolean;
  readonly #ears: LengthEars;

  /** `opens`: values are opened, so there is something that may take too long. */
  constructor(options: PlainSelectorOptions, opens: boolean, ears: LengthEars) {
    this.#options = options;
    this.#opens = opens;
    this.#ears = ears;
  }

  /** In ms; `Infinity`: for ever. */
  of(timer: Timer): number {
    const { openTimeoutMs, releaseTimeoutMs } = this.#options;
    switch (timer.kind) {
      case "queue":
        return this.#ears.leftMs(timer.client);
      case "linger":
        return this.lingerMs(timer.stream);
      case "start":
        return (this.#opens ? openTimeoutMs : undefined) ?? Number.POSITIVE_INFINITY;
      case "release":
        return releaseTimeoutMs ?? Number.POSITIVE_INFINITY;
      case "stall":
      case "provision":
        return Number.POSITIVE_INFINITY;
    }
  }

  /** How long a value is kept that nobody holds, in ms. */
  lingerMs(stream: number): number {
    const { lingerMs = 0 } = this.#options;
    return lingerMs === 0 || this.#ears.isOver(stream) ? 0 : lingerMs;
  }
}
