export interface DelayOptions {
  /** Ends the delay early: the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Whether the timer keeps the process alive; default true. */
  persistent?: boolean;
}

/** The longest that a timer of any runtime counts; it would fire at once above that. */
export const TIMER_MS_MAX = 2 ** 31 - 1;

/** Resolves after `ms` milliseconds, of any length. */
export function delay(ms: number, options: DelayOptions = {}): Promise<void> {
  const { signal, persistent = true } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    let leftMs = Math.max(0, Math.trunc(ms) || 0);
    let timer: ReturnType<typeof setTimeout>;
    const wait = (): void => {
      const partMs = Math.min(leftMs, TIMER_MS_MAX);
      leftMs -= partMs;
      timer = setTimeout(leftMs > 0 ? wait : done, partMs);
      // A number in browsers, an object with `unref` in Node, Bun and Deno.
      if (!persistent && typeof timer === "object") timer.unref();
    };
    const done = (): void => {
      signal?.removeEventListener("abort", aborted);
      resolve();
    };
    const aborted = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", aborted, { once: true });
    wait();
  });
}
