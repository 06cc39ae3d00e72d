import pRetry from "p-retry";
import { delay } from "./delay.ts";

/** All tries failed; `cause` is what the last one threw. */
export class RetryError extends Error {
  constructor(cause: unknown, attempts: number) {
    super(`Retrying exceeded the maxAttempts (${attempts}).`, { cause });
    this.name = "RetryError";
  }
}

export interface RetryOptions {
  /** Growth of the pause; default 2. */
  multiplier?: number;
  /** The longest pause in ms; default 60000. */
  maxTimeout?: number;
  /** Default 5. */
  maxAttempts?: number;
  /** The first pause in ms; default 1000. */
  minTimeout?: number;
  /** The part of a pause that is random, 0 to 1; default 1. */
  jitter?: number;
  /** Whether to try again after this; otherwise it is thrown as it is. Default: always. */
  isRetriable?: (error: unknown) => boolean;
}

/** Carries anything thrown through p-retry, which treats some errors differently. */
class Thrown extends Error {
  readonly thrown: unknown;
  constructor(thrown: unknown) {
    super("thrown");
    this.thrown = thrown;
  }
}

/**
 * Calls `fn` until it succeeds, at most `maxAttempts` times, with pauses that grow. Throws `RetryError` when the
 * tries are used up, `RangeError` for options that make no sense.
 */
export async function retry<T>(fn: (() => Promise<T>) | (() => T), options: RetryOptions = {}): Promise<T> {
  const { multiplier = 2, maxTimeout = 60_000, maxAttempts = 5, minTimeout = 1000, jitter = 1 } = options;
  const isRetriable = options.isRetriable ?? (() => true);
  const refuse = (name: string, rule: string, value: number): never => {
    throw new RangeError(`Cannot retry as '${name}' must be ${rule}: current value is ${value}`);
  };
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1)
    refuse("maxAttempts", "a positive integer", maxAttempts);
  if (!Number.isFinite(multiplier) || multiplier < 1)
    refuse("multiplier", "a finite number >= 1", multiplier);
  if (!(maxTimeout > 0)) refuse("maxTimeout", "a positive number", maxTimeout);
  if (!(minTimeout >= 0)) refuse("minTimeout", ">= 0", minTimeout);
  if (minTimeout > maxTimeout) refuse("minTimeout", "<= 'maxTimeout'", minTimeout);
  if (!(jitter >= 0 && jitter <= 1)) refuse("jitter", "between 0 and 1", jitter);

  try {
    return await pRetry(
      async () => {
        try {
          return await fn();
        } catch (thrown) {
          throw new Thrown(thrown);
        }
      },
      {
        retries: maxAttempts - 1,
        // The pauses are made below: p-retry has another kind of jitter.
        minTimeout: 0,
        shouldRetry: async ({ error, retriesConsumed }) => {
          if (error instanceof Thrown && !isRetriable(error.thrown)) return false;
          const pauseMs = Math.min(maxTimeout, minTimeout * multiplier ** retriesConsumed);
          await delay(pauseMs * (1 - jitter * Math.random()));
          return true;
        },
      },
    );
  } catch (error) {
    if (!(error instanceof Thrown)) throw error;
    throw isRetriable(error.thrown) ? new RetryError(error.thrown, maxAttempts) : error.thrown;
  }
}
