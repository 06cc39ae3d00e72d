import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const capLoweredCuts: Mutant = {
  name: "cap-lowered-cuts",
  history:
    "A slip that is easily made: a lower cap is put in force by cutting off the slots above it, with the streams in them.",
  property: "free only after proof",
  parts: {
    pump: (draft) => {
      if (draft.state.cap < draft.old.cap)
        for (const engine of [...draft.state.engines.values()])
          for (const { session } of engine.slots.slice(draft.state.cap)) {
            const stream = session && draft.stream(session.stream ?? 0);
            if (stream) draft.parts.end(draft, stream, "above the cap");
            if (session) draft.parts.settle(draft, session.id, "above the cap");
          }
      PARTS.pump(draft);
    },
  },
  world: { cap: 2, recaps: 1 },
};
