/**
 * Runs everything that a turn has set off, to its end. On Bun that is one synchronous call; elsewhere the macrotask
 * queue is waited for once, which is slower and comes to the same.
 */

/** Null: it is done already. */
export type Settle = () => Promise<void> | null;

const oneMacrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export async function microtaskDrain(portable = false): Promise<Settle> {
  const jsc = portable ? null : await import("bun:jsc").catch(() => null);
  if (!jsc) return oneMacrotask;
  return () => {
    jsc.drainMicrotasks();
    return null;
  };
}
