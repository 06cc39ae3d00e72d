import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const lifo: Mutant = {
  name: "lifo",
  history: "acexy's waiters race for a lock: whoever comes last may well be first. Here it always is.",
  property: "first come, first served",
  parts: {
    pump: (draft) => {
      draft.state.queue = draft.state.queue.toReversed();
      PARTS.pump(draft);
      draft.state.queue = draft.state.queue.toSorted((a, b) => a - b);
    },
  },
  world: { requests: 3 },
};
