/** The clock of the runtime. Checks put one of their own in its place. */

export interface Clock {
  /** Monotonic milliseconds since some fixed moment. */
  nowMs(): number;
  /** Calls `fire` once after `delayMs`; the answer takes it back. `what` says what is waited for. */
  after(delayMs: number, fire: () => void, what: string): () => void;
}

export const runtimeClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return () => clearTimeout(timer);
  },
};
