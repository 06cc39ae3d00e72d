import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const leakAbortPending: Mutant = {
  name: "leak-abort-pending",
  history:
    "acexy: a client that leaves while its start is under way is noticed by nobody, and the stream plays for no one until somebody restarts the proxy.",
  property: "a stream lingers exactly when nobody watches it",
  parts: {
    leave: (draft, id) => {
      const left = draft.state.clients.get(id)?.stream;
      const stream = left === undefined ? undefined : draft.stream(left);
      if (stream?.phase !== "starting" || stream.clients.length > 1) return PARTS.leave(draft, id);
      draft.deleteClient(id);
      draft.patchStream(stream, { clients: [] });
    },
  },
  world: { requests: 1 },
};
