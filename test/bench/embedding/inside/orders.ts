/** What the bench asks of a program of its own that runs on Bun, Deno or Node, and what that answers: a line of JSON. */

export interface Places {
  readonly resources: number;
  /** Places that each of them has. */
  readonly cap: number;
}

export type Order = {
  readonly limiter: string;
  readonly places: Places;
  /** What to import for `@std/async`'s Semaphore; null: it is not to be had. */
  readonly stdAsync: string | null;
} & (
  | {
      readonly kind: "rate";
      /** So many tasks take a place and give it back, over and over. */
      readonly tasks: number;
      readonly warmUpMs: number;
      readonly measuredMs: number;
    }
  | {
      readonly kind: "memory";
      /** So many wait while all places are taken. */
      readonly waiters: number;
    }
);

export interface Answer {
  readonly perSecond?: number;
  readonly bytesPerSlot?: number;
  readonly bytesPerWaiter?: number;
  /** Of the whole program, its start included. */
  readonly cpuSeconds: number;
}
