import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const abortHeadStopsPump: Mutant = {
  name: "abort-head-stops-pump",
  history:
    "A slip that is easily made: the client at the head of the queue gives up, its entry stays as a hole, and whoever serves the queue stops at the hole.",
  property: "queue hygiene",
  parts: {
    leave: (draft, id) => {
      const { queue } = draft.state;
      const left = draft.state.clients.get(id)?.stream;
      PARTS.leave(draft, id);
      if (left === queue[0]) draft.state.queue = queue;
    },
    pump: (draft) => {
      const [head] = draft.state.queue;
      if (head !== undefined && draft.stream(head)) PARTS.pump(draft);
    },
  },
  world: {},
};
