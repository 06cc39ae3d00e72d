import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const freeOnLeave: Mutant = {
  name: "free-on-leave",
  history:
    "acexy lets its slot go when the last client leaves and has sent a stop that nobody waits for. The engine goes on for seconds, or for ever if the stop is lost.",
  property: "free only after proof",
  parts: {
    leave: (draft, id) => {
      const left = draft.state.clients.get(id)?.stream;
      PARTS.leave(draft, id);
      const stream = left === undefined ? undefined : draft.stream(left);
      if (!stream?.place || stream.clients.length > 0) return;
      draft.parts.end(draft, stream, "last client left");
      draft.parts.settle(draft, stream.place.session, "last client left");
    },
  },
  world: { requests: 1 },
};
