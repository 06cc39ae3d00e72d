/**
 * A counting semaphore with a queue, as many programs have one: whoever asks gets a permit or waits, a wait ends by a
 * time-out or an abort, `release` gives the permit back. Pure: a pool and an event give the next pool. Two bugs that
 * such pools are known for can be switched on.
 */

export interface Pool {
  /** Permits that nobody holds. */
  readonly free: number;
  /** Clients that hold one. */
  readonly held: readonly number[];
  /** Clients that wait, first come, first served. */
  readonly queue: readonly number[];
}

export interface PoolEvent {
  /** `giveUp`: the wait has timed out, or was aborted. */
  readonly type: "acquire" | "giveUp" | "release";
  readonly client: number;
}

export const BUGS = [
  /** Giving up rejects the client's promise, and forgets to take the client out of the queue. */
  "aborted-waiter",
  /** Nobody asks whether the permit that comes back is one that was out. */
  "double-release",
] as const;
export type Bug = (typeof BUGS)[number];

export const poolOf = (permits: number): Pool => ({ free: permits, held: [], queue: [] });

export function step(pool: Pool, { type, client }: PoolEvent, bug: Bug | null = null): Pool {
  switch (type) {
    case "acquire":
      return serve({ ...pool, queue: [...pool.queue, client] });
    case "giveUp":
      if (bug === "aborted-waiter") return pool;
      return { ...pool, queue: without(pool.queue, client) };
    case "release":
      if (bug !== "double-release" && !pool.held.includes(client)) return pool;
      return serve({ ...pool, free: pool.free + 1, held: without(pool.held, client) });
  }
}

function serve(pool: Pool): Pool {
  const [next, ...queue] = pool.queue;
  if (next === undefined || pool.free === 0) return pool;
  return { free: pool.free - 1, held: [...pool.held, next], queue };
}

const without = (clients: readonly number[], client: number): number[] =>
  clients.filter((one) => one !== client);
