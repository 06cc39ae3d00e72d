import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";
import { firstReleased } from "./released.ts";

export const wrongEngine: Mutant = {
  name: "wrong-engine",
  history:
    "A slip that is easily made where a slot is known by a number only: a confirmed stop frees the first slot that is being given back, on whatever engine that is.",
  property: "free only after proof",
  parts: {
    settle: (draft, id, proof) => PARTS.settle(draft, firstReleased(draft) ?? id, proof),
  },
  world: { engines: 2 },
};
