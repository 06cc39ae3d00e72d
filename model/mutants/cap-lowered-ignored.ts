import { loadOf } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";
import { overbook } from "./overbook.ts";

export const capLoweredIgnored: Mutant = {
  name: "cap-lowered-ignored",
  history:
    "A slip that is easily made: the cap is looked at where slots are made, and an engine that was made with more of them goes on filling them after the cap was lowered.",
  property: "load ≤ cap at every grant",
  parts: {
    isOpen: (_, engine) =>
      engine.listed && !engine.draining && !engine.resting && loadOf(engine) < engine.slots.length,
    reserve: overbook,
  },
  world: { cap: 2, requests: 3, recaps: 1 },
};
