/** Long work in steps: it can be done in one go, or with pauses, so that streams need not wait for it. */
import { setImmediate as nextTurn } from "node:timers/promises";

/** Work that stops every now and then, and has its result at the end. */
export type Steps<T> = Generator<undefined, T, undefined>;

export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await nextTurn();
  }
}
