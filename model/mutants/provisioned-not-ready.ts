import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const provisionedNotReady: Mutant = {
  name: "provisioned-not-ready",
  history:
    "acexy sends a stream to the engine that it has just had provisioned, which answers nothing for its first seconds.",
  property: "a new engine gets nothing before it answers",
  parts: {
    welcome: (draft, arrived) => {
      PARTS.welcome(draft, arrived);
      for (const id of arrived) {
        const engine = draft.engine(id);
        if (engine) draft.putEngine({ ...engine, resting: false });
      }
      draft.parts.closeProvisioning(draft);
    },
  },
  world: { spares: 1 },
};
