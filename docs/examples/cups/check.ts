/** The smallest model: two cups are filled and drunk. */
import { checkModel, EXIT_CODE, report } from "aceslot/check";

const result = checkModel({
  name: "two cups",
  begin: { full: 0 },
  happenings: ({ full }) => (full < 2 ? ["fill"] : ["drink"]),
  next: ({ full }, what) => ({ full: what === "fill" ? full + 1 : full - 1 }),
  properties: [
    {
      kind: "always",
      name: "no spill",
      sentence: "No more than two cups are full.",
      sometimes: "two cups are full",
      check: ({ full }) => (full > 2 ? `${full} are full` : full === 2),
    },
  ],
});
console.log(report("pretty", result));
process.exitCode = EXIT_CODE[result.verdict];
