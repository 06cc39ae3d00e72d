import type { Mutant } from "./mutant.ts";

export const dropSlotsOnMissing: Mutant = {
  name: "drop-slots-on-missing",
  history:
    "A slip that is easily made: an engine that a list does not name is forgotten with all that it holds. It comes back a look later, with its sessions, and as empty.",
  property: "free only after proof",
  parts: {
    dropIfGone: (draft, id) => {
      const engine = draft.engine(id);
      if (!engine || engine.listed) return;
      for (const { session } of engine.slots) if (session) draft.deletePlace(session.id);
      draft.deleteEngine(id);
    },
  },
  world: { requests: 1, vanishings: 1, looks: 1 },
};
