/**
 * Draws text on a raster: strokes of the glyph table with round ends and soft edges, at any size. A
 * character that the table lacks is drawn as a question mark.
 */
import { GLYPHS } from "./glyphs.ts";
import type { Colour, Raster } from "./raster.ts";

type Point = readonly [x: number, y: number];
/** x and y of both ends, in grid units. */
type Segment = readonly [fromX: number, fromY: number, toX: number, toY: number];

const CORNER_RADIUS = 1.9;
const CURVE_STEPS = 6;

export interface Lettering {
  /** Pixels to one unit of the glyph grid; capitals are 6 units high. */
  readonly unit: number;
  /** Pixels from one character to the next. */
  readonly advance: number;
  /** Half the thickness of a stroke, in pixels. */
  readonly pen: number;
  readonly colour: Colour;
}

/** Draws `text` with the left and upper edges of its first capital's strokes centred on (left, top). */
export function drawText(raster: Raster, text: string, left: number, top: number, style: Lettering): void {
  for (const [index, character] of [...text].entries()) {
    // Whole pixels between characters, so that equal characters look equal.
    if (character !== " ") drawGlyph(raster, character, left + Math.round(index * style.advance), top, style);
  }
}

/** A drawn glyph: how much of each pixel it covers, row by row, in steps of 1/255. */
interface Stamp {
  readonly width: number;
  readonly height: number;
  readonly coverage: Uint8Array;
}

/** Few: one for each character, size and place within a pixel in use. */
const stamps = new Map<string, Stamp>();

function drawGlyph(raster: Raster, character: string, left: number, top: number, style: Lettering): void {
  const { unit, pen } = style;
  const glyph = Object.hasOwn(GLYPHS, character) ? character : "?";
  const reach = pen + 1;
  const boxLeft = Math.floor(left - 0.2 * unit - reach);
  const boxTop = Math.floor(top - 0.6 * unit - reach);
  const originX = left - boxLeft;
  const originY = top - boxTop;
  const key = [glyph, unit, pen, originX, originY].join("/");
  let stamp = stamps.get(key);
  if (stamp === undefined) {
    stamp = cutStamp(glyph, originX, originY, unit, pen);
    stamps.set(key, stamp);
  }
  const { width, height, coverage } = stamp;
  raster.paint(
    boxLeft,
    boxTop,
    width,
    height,
    style.colour,
    (x, y) => (coverage[(y - boxTop) * width + x - boxLeft] ?? 0) / 255,
  );
}

function cutStamp(glyph: string, originX: number, originY: number, unit: number, pen: number): Stamp {
  const width = Math.ceil(originX + 4.3 * unit + pen + 1);
  const height = Math.ceil(originY + 7.7 * unit + pen + 1);
  const coverage = new Uint8Array(width * height);
  const segments = parse(GLYPHS[glyph] ?? "");
  for (let at = 0; at < coverage.length; at++) {
    const gridX = ((at % width) + 0.5 - originX) / unit;
    const gridY = (Math.floor(at / width) + 0.5 - originY) / unit;
    let nearest = Number.POSITIVE_INFINITY;
    for (const segment of segments) nearest = Math.min(nearest, squaredDistance(segment, gridX, gridY));
    coverage[at] = Math.round(255 * Math.max(0, Math.min(1, pen + 0.5 - Math.sqrt(nearest) * unit)));
  }
  return { width, height, coverage };
}

function squaredDistance([fromX, fromY, toX, toY]: Segment, x: number, y: number): number {
  const alongX = toX - fromX;
  const alongY = toY - fromY;
  const length = alongX * alongX + alongY * alongY;
  const share =
    length === 0 ? 0 : Math.max(0, Math.min(1, ((x - fromX) * alongX + (y - fromY) * alongY) / length));
  const offX = x - fromX - share * alongX;
  const offY = y - fromY - share * alongY;
  return offX * offX + offY * offY;
}

function parse(glyph: string): Segment[] {
  const [, radius, paths] = /^(?:([\d.]+)\|)?(.*)$/.exec(glyph) ?? [];
  const segments: Segment[] = [];
  for (const path of (paths ?? "").split(";")) {
    const words = path.trim().split(/\s+/);
    const closed = words.at(-1) === "z";
    const corners = (closed ? words.slice(0, -1) : words).map((word) => {
      const [x, y] = word.replace("!", "").split(",").map(Number);
      return { at: [x ?? 0, y ?? 0] as Point, sharp: word.endsWith("!") };
    });
    const line: Point[] = [];
    for (const [index, corner] of corners.entries()) {
      const before = corners[closed ? (index + corners.length - 1) % corners.length : index - 1];
      const after = corners[closed ? (index + 1) % corners.length : index + 1];
      if (corner.sharp || before === undefined || after === undefined) line.push(corner.at);
      else line.push(...rounded(before.at, corner.at, after.at, Number(radius ?? CORNER_RADIUS)));
    }
    const first = line[0];
    if (closed && first !== undefined) line.push(first);
    for (const [index, to] of line.entries()) {
      const from = line[index - 1];
      if (from !== undefined) segments.push([from[0], from[1], to[0], to[1]]);
    }
  }
  return segments;
}

/** A corner as a quadratic curve that leaves both sides at most `radius` before it. */
function rounded(before: Point, corner: Point, after: Point, radius: number): Point[] {
  const start = towards(corner, before, radius);
  const end = towards(corner, after, radius);
  return Array.from({ length: CURVE_STEPS + 1 }, (_, step) => {
    const t = step / CURVE_STEPS;
    const weigh = (axis: 0 | 1) =>
      (1 - t) ** 2 * start[axis] + 2 * t * (1 - t) * corner[axis] + t ** 2 * end[axis];
    return [weigh(0), weigh(1)];
  });
}

function towards(from: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  // Half of a side at most: its other end may be a rounded corner too.
  const share = Math.min(distance / length, 0.5);
  return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
}
