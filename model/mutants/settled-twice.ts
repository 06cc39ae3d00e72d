import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const settledTwice: Mutant = {
  name: "settled-twice",
  history:
    "A slip that is easily made: both the stop that is confirmed and the slot that becomes free tell that a session is settled.",
  property: "settled once for each session",
  parts: {
    settle: (draft, id, proof) => {
      const wasHeld = draft.held(id) !== undefined;
      const heir = PARTS.settle(draft, id, proof);
      if (wasHeld) draft.emit({ type: "settled", session: id, lease: null });
      return heir;
    },
  },
  world: { requests: 1 },
};
