import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";
import { firstReleased } from "./released.ts";

export const closedForAnother: Mutant = {
  name: "closed-for-another",
  history:
    "A slip that is easily made where confirmed stops are only counted: one that comes twice, or for a session that is settled, frees the next slot that is being given back.",
  property: "free only after proof",
  parts: {
    settle: (draft, id, proof) =>
      PARTS.settle(draft, draft.held(id) ? id : (firstReleased(draft) ?? id), proof),
  },
  world: { cap: 2, doubles: 1 },
};
