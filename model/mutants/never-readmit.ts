import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const neverReadmit: Mutant = {
  name: "never-readmit",
  history:
    "A slip that is easily made: an engine that was missing from one list is on a black list from then on.",
  property: "the pool is as it was listed",
  parts: {
    takeSnapshot: (draft, event) => {
      PARTS.takeSnapshot(draft, event);
      for (const known of draft.old.engines.values()) {
        const engine = draft.engine(known.id);
        if (engine?.listed && !known.listed) draft.putEngine({ ...engine, listed: false });
      }
    },
  },
  world: { requests: 1, vanishings: 1 },
};
