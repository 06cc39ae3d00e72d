/** What hangs, a network's disk for one, is not waited for without end. */

/** Rejects with a sentence about `who` when `work` is not done within `ms`; what it does later is nobody's business. */
export async function inTime<T>(work: Promise<T>, ms: number, who: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${who} has not answered for ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
