import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const heirIgnored: Mutant = {
  name: "heir-ignored",
  history:
    "The first draft of the hand-over: the place that a zapping player gave up for itself went to whoever had waited longest.",
  property: "a place that was handed over goes to its heir",
  parts: {
    settle: (draft, id, proof) => {
      PARTS.settle(draft, id, proof);
      return null;
    },
  },
  world: { requests: 3, contents: 3, players: 2, zaps: 1 },
};
