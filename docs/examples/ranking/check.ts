/** `bun check.ts [hasty]`: checks the selector with another order of engines in small worlds of engines and slots. */
import { checkSelector, createStep, EXIT_CODE, PARTS, report, size } from "aceslot/check";
import { fullestFirst, hasty } from "./ranking.ts";

const rank = process.argv[2] === "hasty" ? hasty : fullestFirst;
const result = checkSelector({
  name: rank === hasty ? "fullest first, hasty" : "fullest first",
  step: createStep({ ...PARTS, rank }),
  // A quick look; without this line it is every world of the preset ci, in half a minute.
  worlds: [size(1, 1, 3), size(2, 1, 2), size(2, 1, 3), size(2, 1, 2, { refusals: 1 })],
});
console.log(report("pretty", result, { color: false, columns: 100, command: null }));
process.exitCode = EXIT_CODE[result.verdict];
