/**
 * The test picture of one content: what stands still is drawn once, the clock and the ball frame by frame.
 *
 * From top to bottom: title, colour bars, clock and caption, the content's id on a ground whose hue comes
 * from the id, the ball on its track, a ramp of greys.
 */
import { codeBlock } from "../../media/blocks.ts";
import type { Change, KeyMacroblock, PictureSize } from "../../media/h264.ts";
import { drawText, type Lettering } from "../../media/lettering.ts";
import { type Colour, hsl, MACROBLOCK_SIDE, mix, Raster, rgb } from "../../media/raster.ts";
import { drawnBall, movedBall, SECOND_MARKS, TRACK_ROWS } from "./ball.ts";
import { CLOCK_COLUMNS, CLOCK_GROUND, CLOCK_ROWS, clockChanges } from "./clock.ts";
import { FRAMES_PER_SECOND } from "./timeline.ts";

const COLUMNS = 40;
const ROWS = 23;

export const CARD_SIZE: PictureSize = {
  width: COLUMNS * MACROBLOCK_SIDE,
  height: 360,
  columns: COLUMNS,
  rows: ROWS,
  framesPerSecond: FRAMES_PER_SECOND,
};

const WIDTH = CARD_SIZE.width;
const MARGIN = 32;
/** Upper edges, in pixels; each band ends where the next begins. */
const BAND = { title: 0, bars: 48, clock: 128, content: 208, track: 288, marks: 320, ramp: 336, end: 368 };

const WHITE = rgb(0.97, 0.97, 0.97);
const GREY = rgb(0.62, 0.65, 0.7);
const LABEL = { unit: 1.5, advance: 9, pen: 0.7, colour: GREY };
const TITLE = { unit: 2, advance: 12, pen: 1.3, colour: WHITE };
const ID = { unit: 3.6, advance: 27, pen: 1.7, colour: WHITE };
const ID_LINE_DIGITS = 20;
const ID_GROUP_DIGITS = 4;
const ID_GROUP_GAP = 8;
const CAPTION_LENGTH_MAX = 32;
const GROUND_LUMA_MAX = 88;
const RAMP_STEPS = 20;

/** Areas that differ between frames or between captions, in macroblocks. */
const CLOCK_AREA = { column: 2, row: 9, columns: CLOCK_COLUMNS, rows: CLOCK_ROWS };
const CAPTION_AREA = { column: 21, row: 10, columns: 18, rows: 2 };
const TRACK_AREA = { column: 0, row: BAND.track / MACROBLOCK_SIDE, columns: COLUMNS, rows: TRACK_ROWS };
type Area = typeof CLOCK_AREA;

export class Card {
  readonly #still: readonly KeyMacroblock[];
  readonly #hue: number;

  /** `content` is 40 lower-case hex digits. */
  constructor(content: string, caption: string) {
    this.#hue = hueOf(content);
    const raster = drawCard(content, this.#hue);
    const blocks = Array.from({ length: COLUMNS * ROWS }, (_, at) => raster.macroblock(at));
    const still = blocks.map((samples, at) => code(samples, at, blocks));
    // The caption is drawn apart and put in as samples: it can change nothing but its own area, not even
    // the size of a picture.
    const captionRaster = drawCaption(caption);
    for (const [index, at] of macroblocksOf(CAPTION_AREA).entries()) {
      still[at] = { kind: "samples", samples: captionRaster.macroblock(index) };
    }
    this.#still = still;
  }

  /** The whole picture of a frame. */
  keyPicture(frame: number): readonly KeyMacroblock[] {
    const picture = [...this.#still];
    const ball = drawnBall(frame, originOf(TRACK_AREA), COLUMNS, hsl(this.#hue + 180, 0.85, 0.62), (raster) =>
      paintGround(raster, BAND.track, this.#hue),
    );
    for (const change of [...clockChanges(frame, undefined, originOf(CLOCK_AREA), COLUMNS), ...ball]) {
      if (change.kind === "samples") picture[change.at] = change;
    }
    return picture;
  }

  /** What differs between a frame and the one before, in the order of the macroblocks. */
  changes(frame: number): readonly Change[] {
    return [
      ...clockChanges(frame, frame - 1, originOf(CLOCK_AREA), COLUMNS),
      ...movedBall(frame, originOf(TRACK_AREA), COLUMNS),
    ].sort((one, other) => one.at - other.at);
  }
}

/** FNV-1a of the id: similar ids get unlike hues, in steps that the eye can tell apart. */
function hueOf(content: string): number {
  let hash = 0x811c9dc5;
  for (const digit of content) hash = Math.imul(hash ^ digit.charCodeAt(0), 0x01000193);
  return ((hash >>> 8) % 36) * 10;
}

/** A colour of at most this lightness that white letters stand out from: yellow and green look brighter. */
function darkened(hue: number, saturation: number, lightness: number): Colour {
  const colour = hsl(hue, saturation, lightness);
  return colour.y <= GROUND_LUMA_MAX ? colour : darkened(hue, saturation, lightness - 0.02);
}

function drawCard(content: string, hue: number): Raster {
  const raster = new Raster(WIDTH, ROWS * MACROBLOCK_SIDE, CLOCK_GROUND);
  const band = (from: number, to: number, colour: Colour) => raster.fill(0, from, WIDTH, to - from, colour);

  band(BAND.title, BAND.bars, hsl(hue, 0.45, 0.16));
  drawText(raster, "aceslot simulator", MARGIN, 18, TITLE);
  const facts = `${WIDTH}x${CARD_SIZE.height}  ${FRAMES_PER_SECOND} fps  H.264 + AAC`;
  drawText(raster, facts, WIDTH - MARGIN - facts.length * LABEL.advance, 20, LABEL);

  const bars = [rgb(0.75, 0.75, 0.75), rgb(0.75, 0.75, 0), rgb(0, 0.75, 0.75), rgb(0, 0.75, 0)];
  bars.push(rgb(0.75, 0, 0.75), rgb(0.75, 0, 0), rgb(0, 0, 0.75), hsl(hue, 0.6, 0.5));
  const barWidth = WIDTH / bars.length;
  for (const [index, colour] of bars.entries()) {
    raster.fill(index * barWidth, BAND.bars, barWidth, BAND.clock - BAND.bars, colour);
  }

  drawText(raster, "UTC", (CLOCK_AREA.column + 15) * MACROBLOCK_SIDE + 3, 148, LABEL);
  drawText(raster, "played by", CAPTION_AREA.column * MACROBLOCK_SIDE + 2, 148, LABEL);

  paintGround(raster, 0, hue, BAND.content, BAND.ramp);
  drawText(raster, "content", MARGIN + 2, 212, { ...LABEL, colour: hsl(hue, 0.6, 0.86) });
  for (const [index, digit] of [...content].entries()) {
    const place = index % ID_LINE_DIGITS;
    const left = MARGIN + 2 + place * ID.advance + Math.floor(place / ID_GROUP_DIGITS) * ID_GROUP_GAP;
    drawText(raster, digit, left, 229 + 32 * Math.floor(index / ID_LINE_DIGITS), ID);
  }
  for (const mark of SECOND_MARKS) raster.fill(mark - 2, BAND.marks + 2, 4, 8, WHITE);

  const stepWidth = WIDTH / RAMP_STEPS;
  for (let step = 0; step < RAMP_STEPS; step++) {
    const light = step / (RAMP_STEPS - 1);
    raster.fill(step * stepWidth, BAND.ramp, stepWidth, BAND.end - BAND.ramp, rgb(light, light, light));
  }
  return raster;
}

/** The hued ground with the ball's track, on a raster whose first row is the picture's row `top`. */
function paintGround(raster: Raster, top: number, hue: number, from = 0, to = raster.height): void {
  const upper = darkened(hue, 0.6, 0.4);
  const lower = hsl(hue + 30, 0.7, 0.22);
  const groove = BAND.track + (TRACK_ROWS * MACROBLOCK_SIDE) / 2;
  // Two rows at a time, because chroma has half the rows.
  for (let y = from; y < to; y += 2) {
    const row = top + y;
    const colour = mix(upper, lower, (row - BAND.content) / (BAND.ramp - BAND.content));
    const onTrack = row >= groove - 2 && row < groove + 2;
    raster.fill(0, y, raster.width, 2, onTrack ? mix(colour, WHITE, 0.45) : colour);
  }
}

/** The caption in the size that fits; what is longer than the area is cut. */
function drawCaption(caption: string): Raster {
  const raster = new Raster(
    CAPTION_AREA.columns * MACROBLOCK_SIDE,
    CAPTION_AREA.rows * MACROBLOCK_SIDE,
    CLOCK_GROUND,
  );
  const characters = [...caption];
  const text =
    characters.length > CAPTION_LENGTH_MAX
      ? `${characters.slice(0, CAPTION_LENGTH_MAX - 2).join("")}..`
      : caption;
  const advance = Math.min(17, (raster.width - 6) / Math.max(1, [...text].length));
  const unit = (advance * 3) / 17;
  const style: Lettering = { unit, advance, pen: unit * 0.5, colour: WHITE };
  drawText(raster, text, 3, 23.6 - 6 * unit, style);
  return raster;
}

/** Continued from a neighbour where that gives exactly the same samples. */
function code(samples: Uint8Array, at: number, blocks: readonly Uint8Array[]): KeyMacroblock {
  const left = at % COLUMNS > 0 && neverDiffers(at - 1, at) ? blocks[at - 1] : undefined;
  const above = at >= COLUMNS && neverDiffers(at - COLUMNS, at) ? blocks[at - COLUMNS] : undefined;
  return codeBlock(samples, left, above);
}

/** Whether the edge that `at` would continue is the same in every frame. */
function neverDiffers(neighbour: number, at: number): boolean {
  if (isIn(CLOCK_AREA, neighbour) || isIn(CAPTION_AREA, neighbour)) return false;
  // Beside the ball is always a margin of ground: along the track its macroblocks may be continued.
  return !isIn(TRACK_AREA, neighbour) || (isIn(TRACK_AREA, at) && neighbour === at - 1);
}

function originOf(area: Area): number {
  return area.row * COLUMNS + area.column;
}

function isIn(area: Area, at: number): boolean {
  const column = (at % COLUMNS) - area.column;
  const row = Math.floor(at / COLUMNS) - area.row;
  return column >= 0 && column < area.columns && row >= 0 && row < area.rows;
}

function macroblocksOf(area: Area): number[] {
  return Array.from(
    { length: area.columns * area.rows },
    (_, index) => originOf(area) + Math.floor(index / area.columns) * COLUMNS + (index % area.columns),
  );
}
