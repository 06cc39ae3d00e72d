/** Those who wait for the same thing, each for as long as it likes. */
import type { Clock } from "../../ports.ts";

export class Waiters {
  readonly #clock: Clock;
  readonly #settles = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isAny(): boolean {
    return this.#settles.size > 0;
  }

  get size(): number {
    return this.#settles.size;
  }

  /** Resolves when all are woken, after `timeoutMs`, or when `signal` says that nobody waits; at once if `isSettled`. */
  async wait(isSettled: () => boolean, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (isSettled()) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        cancel();
        signal.removeEventListener("abort", settle);
        this.#settles.delete(settle);
        resolve();
      };
      const cancel = this.#clock.after(timeoutMs, settle, "first segment");
      signal.addEventListener("abort", settle);
      this.#settles.add(settle);
    });
  }

  wake(): void {
    for (const settle of this.#settles) settle();
  }
}
