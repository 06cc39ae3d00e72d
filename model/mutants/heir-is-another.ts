import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const heirIsAnother: Mutant = {
  name: "heir-is-another",
  history:
    "A slip that is easily made: the place that was handed over goes to somebody who waits, not to the one for whom it was given up.",
  property: "first come, first served",
  parts: {
    settle: (draft, id, proof) => {
      const heir = PARTS.settle(draft, id, proof);
      return heir === null ? null : (draft.state.queue.findLast((waiting) => waiting !== heir) ?? heir);
    },
  },
  world: { requests: 3, contents: 3, players: 2, zaps: 1 },
};
