/** The slate's picture: a dark card with an amber bar, a title, and small lines below. */
import { codeBlock } from "../../media/blocks.ts";
import { type PictureSize, writeDelimiter, writeKeyPicture, writeParameterSets } from "../../media/h264.ts";
import { drawText, type Lettering } from "../../media/lettering.ts";
import { NalWriter } from "../../media/nal.ts";
import { MACROBLOCK_BYTES, MACROBLOCK_SIDE, Raster, rgb } from "../../media/raster.ts";
import { SLATE_FPS } from "./limits.ts";
import type { SlateWords } from "./words.ts";

const COLUMNS = 40;
const ROWS = 23;

export const SLATE_SIZE: PictureSize = {
  width: COLUMNS * MACROBLOCK_SIDE,
  height: 360,
  columns: COLUMNS,
  rows: ROWS,
  framesPerSecond: SLATE_FPS,
};

const GROUND = rgb(0.055, 0.06, 0.075);
const AMBER = rgb(0.95, 0.65, 0.15);
const TITLE = { unit: 4, advance: 27, pen: 2.4, colour: rgb(0.97, 0.97, 0.97) };
const SMALL = { unit: 2.1, advance: 13, pen: 1.15, colour: rgb(0.75, 0.77, 0.8) };

/** In rows of macroblocks: a line of text that begins with one touches only two of them, and each costs bytes. */
const ROW = { bar: 6, title: 8, lines: 12 } as const;
const LINE_ROWS = 2;
/** From the row's upper edge to that of the capitals, so that strokes stay within two rows. */
const TITLE_TOP = 4;
const SMALL_TOP = 6;
const BAR = { width: 64, height: 8 } as const;

/** Most bytes of a macroblock and what belongs to it. */
const BLOCK_BYTES_MAX = MACROBLOCK_BYTES + 16;

export function drawSlate({ title, lines }: SlateWords): Raster {
  const raster = new Raster(SLATE_SIZE.width, ROWS * MACROBLOCK_SIDE, GROUND);
  const left = (SLATE_SIZE.width - BAR.width) / 2;
  raster.fill(left, ROW.bar * MACROBLOCK_SIDE + 4, BAR.width, BAR.height, AMBER);
  centred(raster, title, ROW.title * MACROBLOCK_SIDE + TITLE_TOP, TITLE);
  for (const [index, line] of lines.entries())
    centred(raster, line, (ROW.lines + LINE_ROWS * index) * MACROBLOCK_SIDE + SMALL_TOP, SMALL);
  return raster;
}

function centred(raster: Raster, text: string, top: number, style: Lettering): void {
  // Whole pixels: a letter is cut out once for each place within a pixel.
  const width = text.length * style.advance - (style.advance - 4 * style.unit);
  drawText(raster, text, Math.round((raster.width - width) / 2), top, style);
}

/**
 * The picture as an access unit. It serves again and again, though key pictures have numbers: only two that follow each
 * other at once must differ in it (H.264 §7.4.3).
 */
export function encodeSlate(words: SlateWords): Uint8Array {
  const raster = drawSlate(words);
  const blocks = Array.from({ length: COLUMNS * ROWS }, (_, at) => raster.macroblock(at));
  const coded = blocks.map((samples, at) =>
    codeBlock(samples, at % COLUMNS > 0 ? blocks[at - 1] : undefined, blocks[at - COLUMNS]),
  );
  const out = new NalWriter(COLUMNS * ROWS * BLOCK_BYTES_MAX);
  writeDelimiter(out, true);
  writeParameterSets(out, SLATE_SIZE);
  writeKeyPicture(out, 0, COLUMNS, coded);
  return out.view().slice();
}
