/** Waits for a condition: tests never sleep and hope. */

/** Of what comes within a second where the machine has nothing else to do. */
const DEADLINE_MS = 30_000;

/** Resolves with the first answer of `check` that is neither false nor null nor undefined; rejects after the deadline. */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
  deadlineMs = DEADLINE_MS,
): Promise<Exclude<T, false | null | undefined>> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const answer = await check();
    if (answer !== false && answer !== null && answer !== undefined)
      return answer as Exclude<T, false | null | undefined>;
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
