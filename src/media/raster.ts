/** A small 4:2:0 picture in video range (BT.709) that shapes are painted on with soft edges. */

export const MACROBLOCK_SIDE = 16;
export const MACROBLOCK_BYTES = 384;

export interface Colour {
  readonly y: number;
  readonly cb: number;
  readonly cr: number;
}

/** Hue in degrees, saturation and lightness from 0 to 1. */
export function hsl(hue: number, saturation: number, lightness: number): Colour {
  const swing = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number) => {
    const k = (offset + hue / 30) % 12;
    return lightness - swing * Math.max(-1, Math.min(k - 3, 9 - k, 1));
  };
  return rgb(channel(0), channel(8), channel(4));
}

/** Red, green and blue from 0 to 1. */
export function rgb(red: number, green: number, blue: number): Colour {
  const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return {
    y: 16 + 219 * luma,
    cb: 128 + (224 * (blue - luma)) / 1.8556,
    cr: 128 + (224 * (red - luma)) / 1.5748,
  };
}

export function mix(from: Colour, to: Colour, share: number): Colour {
  const between = (a: number, b: number) => a + (b - a) * share;
  return { y: between(from.y, to.y), cb: between(from.cb, to.cb), cr: between(from.cr, to.cr) };
}

/** How much of the pixel (x, y) a shape covers, from 0 to 1; 0 outside the shape. */
export type Coverage = (x: number, y: number) => number;

export class Raster {
  readonly width: number;
  readonly height: number;
  readonly #luma: Uint8Array;
  readonly #cb: Uint8Array;
  readonly #cr: Uint8Array;

  /** Sides in pixels, both multiples of 16. */
  constructor(width: number, height: number, colour: Colour) {
    this.width = width;
    this.height = height;
    this.#luma = new Uint8Array(width * height).fill(Math.round(colour.y));
    this.#cb = new Uint8Array((width * height) / 4).fill(Math.round(colour.cb));
    this.#cr = new Uint8Array((width * height) / 4).fill(Math.round(colour.cr));
  }

  /** Fills a box whose sides are even: chroma has one sample for two by two pixels. */
  fill(left: number, top: number, width: number, height: number, colour: Colour): void {
    fillRows(this.#luma, this.width, left, top, width, height, colour.y);
    fillRows(this.#cb, this.width / 2, left / 2, top / 2, width / 2, height / 2, colour.cb);
    fillRows(this.#cr, this.width / 2, left / 2, top / 2, width / 2, height / 2, colour.cr);
  }

  /** Paints a shape inside the box (left, top, width, height); what lies outside the picture is cut off. */
  paint(left: number, top: number, width: number, height: number, colour: Colour, coverage: Coverage): void {
    const right = Math.min(this.width, left + width);
    const bottom = Math.min(this.height, top + height);
    const x0 = Math.max(0, left);
    const y0 = Math.max(0, top);
    const inside = (x: number, y: number) =>
      x >= x0 && x < right && y >= y0 && y < bottom ? coverage(x, y) : 0;
    for (let y = y0 & ~1; y < bottom; y += 2) {
      for (let x = x0 & ~1; x < right; x += 2) {
        let sum = 0;
        for (let corner = 0; corner < 4; corner++) {
          const cornerX = x + (corner & 1);
          const cornerY = y + (corner >> 1);
          const share = inside(cornerX, cornerY);
          if (share > 0) blend(this.#luma, cornerY * this.width + cornerX, colour.y, share);
          sum += share;
        }
        if (sum === 0) continue;
        const at = (y >> 1) * (this.width >> 1) + (x >> 1);
        blend(this.#cb, at, colour.cb, sum / 4);
        blend(this.#cr, at, colour.cr, sum / 4);
      }
    }
  }

  /** The 384 samples of a macroblock, 256 Y, 64 Cb, 64 Cr, row by row; counted along the rows. */
  macroblock(at: number): Uint8Array {
    const columns = this.width / MACROBLOCK_SIDE;
    const left = (at % columns) * MACROBLOCK_SIDE;
    const top = Math.floor(at / columns) * MACROBLOCK_SIDE;
    const samples = new Uint8Array(MACROBLOCK_BYTES);
    for (let row = 0; row < 16; row++) {
      const from = (top + row) * this.width + left;
      samples.set(this.#luma.subarray(from, from + 16), row * 16);
    }
    for (let row = 0; row < 8; row++) {
      const from = (top / 2 + row) * (this.width / 2) + left / 2;
      samples.set(this.#cb.subarray(from, from + 8), 256 + row * 8);
      samples.set(this.#cr.subarray(from, from + 8), 320 + row * 8);
    }
    return samples;
  }
}

function fillRows(
  plane: Uint8Array,
  stride: number,
  left: number,
  top: number,
  width: number,
  height: number,
  value: number,
): void {
  for (let row = top; row < top + height; row++) {
    plane.fill(Math.round(value), row * stride + left, row * stride + left + width);
  }
}

function blend(plane: Uint8Array, at: number, target: number, share: number): void {
  const before = plane[at] ?? 0;
  plane[at] = Math.round(before + (target - before) * share);
}
