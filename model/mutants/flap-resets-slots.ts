import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const flapResetsSlots: Mutant = {
  name: "flap-resets-slots",
  history:
    "A slip that is easily made: an engine whose health has changed, or that was away or draining for a while, is taken in anew, with all its slots free.",
  property: "conservation",
  parts: {
    takeSnapshot: (draft, event) => {
      PARTS.takeSnapshot(draft, event);
      for (const engine of [...draft.state.engines.values()]) {
        const before = draft.old.engines.get(engine.id);
        if (!before || !engine.listed) continue;
        if (before.listed && before.health === engine.health && before.draining === engine.draining) continue;
        const slots = engine.slots.map(() => ({ state: "free", session: null }) as const);
        draft.putEngine({ ...engine, slots, own: 0 });
      }
    },
  },
  world: { requests: 1, vanishings: 1 },
};
