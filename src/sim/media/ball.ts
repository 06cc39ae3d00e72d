/**
 * The ball that runs along the foot of the picture: 4 s there, 4 s back, over a mark at every full second,
 * which is when the sound's note begins.
 *
 * Its track looks the same everywhere along it, so that moving the ball is moving macroblocks.
 */
import type { Change } from "../../media/h264.ts";
import { type Colour, MACROBLOCK_SIDE, mix, Raster, rgb } from "../../media/raster.ts";
import { modulo } from "../../media/ticks.ts";
import { FRAMES_PER_SECOND } from "./timeline.ts";

/** Even, so that chroma, which has half the resolution, moves by whole samples too. */
const STEP_PIXELS = 6;
const RUN_FRAMES = 4 * FRAMES_PER_SECOND;
const LEFT_END = 20;
const RADIUS = 11;
/** A pixel of ground is kept beside the ball's soft edge: what lies right of it continues that ground. */
const REACH = RADIUS + 2;

/** In macroblocks. */
export const TRACK_ROWS = 2;
const TRACK_HEIGHT = TRACK_ROWS * MACROBLOCK_SIDE;

/** Where the ball's centre is at each full second, in pixels from the left. */
export const SECOND_MARKS: readonly number[] = Array.from(
  { length: RUN_FRAMES / FRAMES_PER_SECOND + 1 },
  (_, second) => LEFT_END + second * FRAMES_PER_SECOND * STEP_PIXELS,
);

/** The ball's centre, in pixels from the left. */
export function ballAt(frame: number): number {
  const phase = modulo(frame, 2 * RUN_FRAMES);
  return LEFT_END + STEP_PIXELS * (phase < RUN_FRAMES ? phase : 2 * RUN_FRAMES - phase);
}

/** The macroblocks that show the ball of this frame, drawn. `paintGround` paints the empty track. */
export function drawnBall(
  frame: number,
  origin: number,
  columns: number,
  colour: Colour,
  paintGround: (raster: Raster) => void,
): Change[] {
  const centre = ballAt(frame);
  const { first, last } = columnsAround(centre, centre);
  const raster = new Raster((last - first + 1) * MACROBLOCK_SIDE, TRACK_HEIGHT, colour);
  paintGround(raster);
  paintBall(raster, centre - first * MACROBLOCK_SIDE, colour);
  return eachMacroblock(first, last, origin, columns, (at, index) => ({
    kind: "samples",
    at,
    samples: raster.macroblock(index),
  }));
}

/** The same picture made from the frame before by moving. */
export function movedBall(frame: number, origin: number, columns: number): Change[] {
  const centre = ballAt(frame);
  const before = ballAt(frame - 1);
  const { first, last } = columnsAround(Math.min(centre, before), Math.max(centre, before));
  return eachMacroblock(first, last, origin, columns, (at) => ({
    kind: "shifted",
    at,
    rightPixels: centre - before,
  }));
}

function columnsAround(from: number, to: number): { first: number; last: number } {
  return {
    first: Math.max(0, Math.floor((from - REACH) / MACROBLOCK_SIDE)),
    last: Math.floor((to + REACH) / MACROBLOCK_SIDE),
  };
}

function eachMacroblock(
  first: number,
  last: number,
  origin: number,
  columns: number,
  change: (at: number, index: number) => Change,
): Change[] {
  const width = last - first + 1;
  return Array.from({ length: width * TRACK_ROWS }, (_, index) =>
    change(origin + Math.floor(index / width) * columns + first + (index % width), index),
  );
}

function paintBall(raster: Raster, centre: number, colour: Colour): void {
  const middle = TRACK_HEIGHT / 2;
  const disc = (dx: number, dy: number, radius: number) => (x: number, y: number) =>
    Math.max(
      0,
      Math.min(1, radius + 0.5 - Math.sqrt((x + 0.5 - centre - dx) ** 2 + (y + 0.5 - middle - dy) ** 2)),
    );
  const white = rgb(1, 1, 1);
  raster.paint(0, 0, raster.width, raster.height, mix(colour, white, 0.9), disc(0, 0, RADIUS));
  raster.paint(0, 0, raster.width, raster.height, colour, disc(0, 0, RADIUS - 2.5));
  raster.paint(0, 0, raster.width, raster.height, mix(colour, white, 0.6), disc(-3, -3, 2));
}
