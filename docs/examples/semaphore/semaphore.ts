/**
 * What a program uses: promises and signals around the very `step` that is checked. It decides nothing by itself, so
 * there is nothing in it that the check would not see.
 */
import { type Pool, type PoolEvent, poolOf, step } from "./pool.ts";

export class Semaphore {
  #pool: Pool;
  #clients = 0;
  /** What tells a client that waits of its permit. */
  readonly #waiting = new Map<number, () => void>();

  constructor(permits: number) {
    this.#pool = poolOf(permits);
  }

  /** Resolves, first come, first served, with what gives the permit back. Rejects with the signal's reason. */
  acquire(signal?: AbortSignal): Promise<() => void> {
    const client = this.#clients++;
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const giveUp = (): void => {
        this.#waiting.delete(client);
        this.#take({ type: "giveUp", client });
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", giveUp);
      this.#waiting.set(client, () => {
        signal?.removeEventListener("abort", giveUp);
        resolve(() => this.#take({ type: "release", client }));
      });
      this.#take({ type: "acquire", client });
    });
  }

  #take(event: PoolEvent): void {
    this.#pool = step(this.#pool, event);
    for (const client of this.#pool.held) {
      this.#waiting.get(client)?.();
      this.#waiting.delete(client);
    }
  }
}
