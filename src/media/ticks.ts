/** Time in a transport stream: ticks of 90 kHz. */

export const TICKS_PER_MS = 90;

/** An AAC frame is 1024 samples at 48 kHz: 21⅓ ms, a whole number of ticks. */
export const AUDIO_FRAME_TICKS = 1920;

const TICKS_WRAP = 2 ** 33;

/** Timestamps have 33 bits: after 26.5 hours they begin again at zero. */
export function wrapTicks(ticks: number): number {
  return modulo(ticks, TICKS_WRAP);
}

/** The remainder that is never negative. */
export function modulo(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor;
}
