/**
 * The simulated world's clock and timers. Every log entry of every engine and orchestrator of one process is
 * stamped by the same monotonic clock, so entries of different servers can be put in one order.
 */

/** Milliseconds of the process's monotonic clock, with fractions. */
export const nowMs = (): number => performance.now();

/** The longest log or call list that is kept; the older half is dropped when it is full. */
export const LOG_LENGTH_MAX = 20_000;

/** Appends to a bounded log. */
export function appendBounded<T>(log: T[], entry: T): void {
  if (log.length >= LOG_LENGTH_MAX) log.splice(0, LOG_LENGTH_MAX / 2);
  log.push(entry);
}

/** Timers that die together with their server. */
export class Timers {
  readonly #pending = new Set<ReturnType<typeof setTimeout>>();

  /** Runs `then` after `delayMs`; at once, within this call, when the delay is 0 or less. Returns a canceller. */
  after(delayMs: number, then: () => void): () => void {
    if (delayMs <= 0) {
      then();
      return () => {};
    }
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      then();
    }, delayMs);
    this.#pending.add(timer);
    return () => {
      clearTimeout(timer);
      this.#pending.delete(timer);
    };
  }

  clear(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
