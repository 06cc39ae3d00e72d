import pTimeout from "p-timeout";

/** The longest that a timer of any runtime counts; it would fire at once above that. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export interface DeadlineOptions {
  /** Ends the wait early: the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * What `promise` becomes, unless `ms` milliseconds pass first: then a `DOMException` named `TimeoutError`.
 * The work behind the promise goes on; whoever can stop it should do so.
 */
export async function deadline<T>(
  promise: Promise<T>,
  ms: number,
  options: DeadlineOptions = {},
): Promise<T> {
  const { signal } = options;
  if (!(ms >= 0)) throw new TypeError(`A deadline is a number of milliseconds from 0 on, not ${ms}`);
  try {
    return await pTimeout(promise, {
      // p-timeout wants a positive number, and a timer that is too long would fire at once.
      milliseconds: ms > TIMER_MS_MAX ? Number.POSITIVE_INFINITY : Math.max(1, ms),
      message: new DOMException("Signal timed out.", "TimeoutError"),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    // p-timeout wraps reasons that are no errors; `@std/async` passes them on as they are.
    if (signal?.aborted && !(signal.reason instanceof Error) && error instanceof DOMException)
      throw signal.reason;
    throw error;
  }
}
