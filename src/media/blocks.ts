/** Finds the cheapest exact way to write a macroblock of a key frame. */
import type { KeyMacroblock, Side } from "./h264.ts";

interface Plane {
  readonly start: number;
  readonly side: number;
}

const LUMA: readonly Plane[] = [{ start: 0, side: 16 }];
const CHROMA: readonly Plane[] = [
  { start: 256, side: 8 },
  { start: 320, side: 8 },
];

/** Continued from a neighbour where that gives exactly the same samples. A neighbour that must not be used is left out. */
export function codeBlock(
  samples: Uint8Array,
  left: Uint8Array | undefined,
  above: Uint8Array | undefined,
): KeyMacroblock {
  const luma = continuedFrom(samples, left, above, LUMA);
  const chroma = continuedFrom(samples, left, above, CHROMA);
  if (luma === undefined || chroma === undefined) return { kind: "samples", samples };
  return { kind: "continued", luma, chroma };
}

function continuedFrom(
  samples: Uint8Array,
  left: Uint8Array | undefined,
  above: Uint8Array | undefined,
  planes: readonly Plane[],
): Side | undefined {
  const continues = (neighbour: Uint8Array, edge: (plane: Plane, row: number, column: number) => number) =>
    planes.every((plane) => {
      for (let index = 0; index < plane.side * plane.side; index++) {
        const row = Math.floor(index / plane.side);
        const from = plane.start + edge(plane, row, index % plane.side);
        if (samples[plane.start + index] !== neighbour[from]) return false;
      }
      return true;
    });
  if (left && continues(left, ({ side }, row) => row * side + side - 1)) return "left";
  if (above && continues(above, ({ side }, _, column) => (side - 1) * side + column)) return "above";
  return undefined;
}
