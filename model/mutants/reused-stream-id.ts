import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const reusedStreamId: Mutant = {
  name: "reused-stream-id",
  history:
    "The prototype of this selector: the next run of a stream went under the number of the one before. The end of the first and the start of the second travel unordered, and erase each other.",
  property: "fresh sessions",
  parts: {
    settle: (draft, id, proof) => {
      const heir = PARTS.settle(draft, id, proof);
      draft.state.nextSession = Math.max(0, ...draft.state.places.keys()) + 1;
      return heir;
    },
  },
  world: {},
};
