/**
 * The clock of the test stream: milliseconds, frames and 90 kHz ticks, all counted from the same zero.
 *
 * Media time is absolute, so that two engines that play one content at one moment agree on every
 * timestamp without knowing each other.
 */

export const FRAMES_PER_SECOND = 25;
export const FRAME_MS = 1000 / FRAMES_PER_SECOND;

/** Every so many frames a key frame (IDR) with which a decoder can begin. */
export const GOP_FRAMES = 25;

/** Program tables are repeated every so many frames; divides `GOP_FRAMES`, so each key frame has them. */
export const TABLES_FRAMES = 5;

export const TICKS_PER_MS = 90;
export const FRAME_TICKS = FRAME_MS * TICKS_PER_MS;

/** An AAC frame is 1024 samples at 48 kHz: 21⅓ ms, a whole number of ticks. */
export const AUDIO_FRAME_TICKS = 1920;

/** How long before its presentation a frame is sent: time for a decoder to receive a whole key frame. */
export const PCR_LEAD_TICKS = 300 * TICKS_PER_MS;

const TICKS_WRAP = 2 ** 33;

/** Timestamps have 33 bits: after 26.5 hours they begin again at zero. */
export function wrapTicks(ticks: number): number {
  return modulo(ticks, TICKS_WRAP);
}

/** The remainder that is never negative. */
export function modulo(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor;
}

/** The first frame that begins at or after a media time. */
export function frameFrom(mediaMs: number): number {
  return Math.ceil(mediaMs / FRAME_MS);
}

/** The newest key frame that begins at or before a media time. */
export function keyFrameBefore(mediaMs: number): number {
  return Math.floor(mediaMs / FRAME_MS / GOP_FRAMES) * GOP_FRAMES;
}

export function isKeyFrame(frame: number): boolean {
  return modulo(frame, GOP_FRAMES) === 0;
}
