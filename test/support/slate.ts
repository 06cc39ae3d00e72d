/** What a slate should look like, pixel by pixel: nothing is lost when it is encoded. */
import { MACROBLOCK_SIDE } from "../../src/media/raster.ts";
import { drawSlate, SLATE_SIZE } from "../../src/stream/slate/card.ts";
import { type Refused, wordsOf } from "../../src/stream/slate/words.ts";

/** The picture in planes (YUV 4:2:0), as a decoder gives it. */
export function slatePlanes(refused: Refused): Buffer {
  const raster = drawSlate(wordsOf(refused));
  const { width, height, columns, rows } = SLATE_SIZE;
  const blocks = Array.from({ length: columns * rows }, (_, at) => raster.macroblock(at));
  const plane = (start: number, side: number): Buffer => {
    const [planeWidth, planeHeight] = [(width * side) / MACROBLOCK_SIDE, (height * side) / MACROBLOCK_SIDE];
    const samples = Buffer.alloc(planeWidth * planeHeight);
    for (let at = 0; at < samples.length; at++) {
      const [x, y] = [at % planeWidth, Math.floor(at / planeWidth)];
      const block = blocks[Math.floor(y / side) * columns + Math.floor(x / side)];
      samples[at] = block?.[start + (y % side) * side + (x % side)] ?? 0;
    }
    return samples;
  };
  return Buffer.concat([plane(0, 16), plane(256, 8), plane(320, 8)]);
}
