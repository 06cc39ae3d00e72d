import { loadOf } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";
import { overbook } from "./overbook.ts";

export const offByOne: Mutant = {
  name: "off-by-one",
  history: "A slip that is easily made: `<=` for `<` where an engine's load is held against its cap.",
  property: "load ≤ cap at every grant",
  parts: {
    isOpen: ({ state }, engine) =>
      engine.listed && !engine.draining && !engine.resting && loadOf(engine) <= state.cap,
    reserve: overbook,
  },
  world: {},
};
