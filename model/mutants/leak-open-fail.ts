import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const leakOpenFail: Mutant = {
  name: "leak-open-fail",
  history: "acexy's reservation is given back by the fetch that succeeds; one that fails or panics keeps it.",
  property: "one live session per stream",
  parts: {
    release: (draft, id, cause, heir) => {
      if (draft.held(id)?.session.start === "failed") draft.disarm({ kind: "start", session: id });
      else PARTS.release(draft, id, cause, heir);
    },
  },
  world: { requests: 1, refusals: 1 },
};
