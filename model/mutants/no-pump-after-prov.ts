import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const noPumpAfterProv: Mutant = {
  name: "no-pump-after-prov",
  history:
    "A slip that is easily made: the new engine is there and ready, and those for whose sake it was started go on waiting.",
  property: "nobody waits while there is room",
  parts: {
    pump: (draft) => {
      const isOver = draft.old.provisioning.phase === "asked" && draft.state.provisioning.phase === "idle";
      if (!isOver) PARTS.pump(draft);
    },
  },
  world: { spares: 1 },
};
