import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const lateOpenAccepted: Mutant = {
  name: "late-open-accepted",
  history:
    "A slip that is easily made: the answer to a start that was given up meanwhile is taken for good news.",
  property: "no illegal move",
  parts: {
    begin: (draft, id, answer) => {
      const held = draft.held(id);
      if (held?.session.start !== "sent" || held.slot.state !== "released")
        return PARTS.begin(draft, id, answer);
      draft.move(held.place.engine, held.place.slot, "started", "started");
      const { urls, playbackSession } = answer;
      return draft.patchSession(id, { start: "answered", urls, playbackSession });
    },
  },
  world: { requests: 1 },
};
