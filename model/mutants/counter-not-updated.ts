import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const counterNotUpdated: Mutant = {
  name: "counter-not-updated",
  history:
    "A slip that is easily made with a counter beside the slots: the path of the failed start frees the slot and forgets the counter.",
  property: "index agrees",
  parts: {
    settle: (draft, id, proof) => {
      const held = draft.held(id);
      const heir = PARTS.settle(draft, id, proof);
      const engine = held?.session.start === "failed" ? draft.engine(held.engine.id) : undefined;
      if (engine) draft.putEngine({ ...engine, own: engine.own + 1 });
      return heir;
    },
  },
  world: { requests: 1, refusals: 1 },
};
