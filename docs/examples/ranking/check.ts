/**
 * `bun check.ts [hasty]`: checks the selector with another order of engines in small worlds of engines and slots. With
 * `hasty` nothing tells engines apart that are equally full, so that the order of the list decides.
 */
import { checkSelector, createStep, EXIT_CODE, PARTS, report, size } from "aceslot/check";
import { fullestFirst } from "./ranking.ts";

const hasty = process.argv[2] === "hasty";
const result = checkSelector({
  name: hasty ? "fullest first, hasty" : "fullest first",
  // As `createProxy({ rank: fullestFirst })` does it: our own ranking decides between those that are equally full.
  step: createStep({
    ...PARTS,
    rank: hasty ? fullestFirst : (a, b) => fullestFirst(a, b) || PARTS.rank(a, b),
  }),
  // A quick look; without this line it is every world of the preset ci, in half a minute.
  worlds: [size(1, 1, 3), size(2, 1, 2), size(2, 1, 3), size(2, 1, 2, { refusals: 1 })],
});
console.log(report("pretty", result));
process.exitCode = EXIT_CODE[result.verdict];
