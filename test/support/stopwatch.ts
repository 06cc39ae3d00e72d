/** How long others take, as far as this process was awake: what a machine that stands still takes is nobody's delay. */

const TICK_MS = 50;
/** A tick that is later by more than a busy machine makes it tells of a pause. */
const LATE_TICK_MS = 4 * TICK_MS;

/** Begins at once; ends, and answers the milliseconds, when it is read. */
export function stopwatch(): () => number {
  let awakeMs = 0;
  let beforeMs = performance.now();
  const tick = (): void => {
    const nowMs = performance.now();
    awakeMs += Math.min(nowMs - beforeMs, LATE_TICK_MS);
    beforeMs = nowMs;
  };
  const timer = setInterval(tick, TICK_MS);
  return () => {
    clearInterval(timer);
    tick();
    return awakeMs;
  };
}
