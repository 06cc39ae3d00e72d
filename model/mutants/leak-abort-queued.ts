import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const leakAbortQueued: Mutant = {
  name: "leak-abort-queued",
  history:
    "A slip that is easily made: the client that gives up is forgotten, its place in the queue is not.",
  property: "queue hygiene",
  parts: {
    leave: (draft, id) => {
      const { queue } = draft.state;
      PARTS.leave(draft, id);
      draft.state.queue = queue;
    },
  },
  world: {},
};
