/** The clock in the picture, hh:mm:ss and the frame's number, in cells that are whole macroblocks. */
import type { Change } from "../../media/h264.ts";
import { drawText } from "../../media/lettering.ts";
import { type Colour, MACROBLOCK_SIDE, Raster, rgb } from "../../media/raster.ts";
import { modulo } from "../../media/ticks.ts";
import { FRAMES_PER_SECOND } from "./timeline.ts";

/** The clock stands on the same ground in every picture, so that all streams share its drawn cells. */
export const CLOCK_GROUND: Colour = rgb(0.055, 0.06, 0.075);

interface CellKind {
  readonly columns: number;
  readonly rows: number;
  /** Where the glyph begins in the cell, in pixels. A margin of ground stays on every side. */
  readonly left: number;
  readonly top: number;
  readonly unit: number;
  readonly pen: number;
  readonly colour: Colour;
}

const WHITE = rgb(0.97, 0.97, 0.97);
const GREY = rgb(0.62, 0.65, 0.7);
const DIGIT: CellKind = { columns: 2, rows: 3, left: 5.6, top: 8.4, unit: 5.2, pen: 2.5, colour: WHITE };
const COLON: CellKind = { columns: 1, rows: 3, left: -2.4, top: 8.4, unit: 5.2, pen: 2.8, colour: GREY };
const SMALL: CellKind = { columns: 1, rows: 2, left: 2.8, top: 8, unit: 2.6, pen: 1.3, colour: GREY };

interface Cell {
  readonly kind: CellKind;
  /** In macroblocks from the clock's upper left corner. */
  readonly column: number;
  readonly row: number;
  /** Which character of `clockText` it shows. */
  readonly index: number;
}

const CELLS = layOut();

/** In macroblocks. */
export const CLOCK_COLUMNS = 17;
export const CLOCK_ROWS = 3;

function layOut(): readonly Cell[] {
  const cells: Cell[] = [];
  let column = 0;
  for (const [index, mark] of [..."00:00:00 00"].entries()) {
    if (mark === " ") {
      column += 1;
      continue;
    }
    const kind = mark === ":" ? COLON : index > 8 ? SMALL : DIGIT;
    cells.push({ kind, column, row: kind === SMALL ? 1 : 0, index });
    column += kind.columns;
  }
  return cells;
}

/** `hh:mm:ss:ff` of a frame, in UTC if media time counts from 1970. */
export function clockText(frame: number): string {
  const seconds = Math.floor(frame / FRAMES_PER_SECOND);
  const parts = [
    modulo(Math.floor(seconds / 3600), 24),
    modulo(Math.floor(seconds / 60), 60),
    modulo(seconds, 60),
    modulo(frame, FRAMES_PER_SECOND),
  ];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/**
 * The clock's macroblocks of `frame` that differ from those of the frame `since`, or all of them.
 * `origin` is the macroblock in the upper left corner, of a picture so many `columns` wide.
 */
export function clockChanges(
  frame: number,
  since: number | undefined,
  origin: number,
  columns: number,
): Change[] {
  const text = clockText(frame);
  const before = since === undefined ? undefined : clockText(since);
  const changes: Change[] = [];
  for (const cell of CELLS) {
    const character = text.charAt(cell.index);
    if (character === before?.charAt(cell.index)) continue;
    const first = origin + cell.row * columns + cell.column;
    for (const [index, samples] of drawnCell(cell.kind, character).entries()) {
      const at = first + Math.floor(index / cell.kind.columns) * columns + (index % cell.kind.columns);
      changes.push({ kind: "samples", at, samples });
    }
  }
  return changes;
}

const drawn = new Map<CellKind, Map<string, readonly Uint8Array[]>>();

function drawnCell(kind: CellKind, character: string): readonly Uint8Array[] {
  const ofKind = drawn.get(kind) ?? new Map<string, readonly Uint8Array[]>();
  drawn.set(kind, ofKind);
  let cell = ofKind.get(character);
  if (cell === undefined) {
    const raster = new Raster(kind.columns * MACROBLOCK_SIDE, kind.rows * MACROBLOCK_SIDE, CLOCK_GROUND);
    drawText(raster, character, kind.left, kind.top, { ...kind, advance: 0 });
    cell = Array.from({ length: kind.columns * kind.rows }, (_, at) => raster.macroblock(at));
    ofKind.set(character, cell);
  }
  return cell;
}
