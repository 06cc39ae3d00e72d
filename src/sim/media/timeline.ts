/**
 * The clock of the test stream: milliseconds, frames and 90 kHz ticks, all counted from the same zero.
 *
 * Media time is absolute, so that two engines that play one content at one moment agree on every
 * timestamp without knowing each other.
 */
import { modulo, TICKS_PER_MS } from "../../media/ticks.ts";

export const FRAMES_PER_SECOND = 25;
export const FRAME_MS = 1000 / FRAMES_PER_SECOND;

/** Every so many frames a key frame (IDR) with which a decoder can begin. */
export const GOP_FRAMES = 25;

/** Program tables are repeated every so many frames; divides `GOP_FRAMES`, so each key frame has them. */
export const TABLES_FRAMES = 5;

export const FRAME_TICKS = FRAME_MS * TICKS_PER_MS;

/** How long before its presentation a frame is sent: time for a decoder to receive a whole key frame. */
export const PCR_LEAD_TICKS = 300 * TICKS_PER_MS;

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
