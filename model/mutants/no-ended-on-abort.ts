import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const noEndedOnAbort: Mutant = {
  name: "no-ended-on-abort",
  history:
    "acexy reports the end of a stream that has played, and forgets it on the path of the client that leaves before. The orchestrator counts the stream for ever.",
  property: "the orchestrator converges",
  parts: {
    release: (draft, id, cause, heir) => {
      const stream = draft.old.streams.get(draft.held(id)?.session.stream ?? 0);
      PARTS.release(draft, id, cause, heir);
      if (stream?.live === false && draft.held(id)) draft.patchSession(id, { reportedTo: null });
    },
  },
  world: { requests: 1 },
};
