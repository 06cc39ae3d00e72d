import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const provStorm: Mutant = {
  name: "prov-storm",
  history:
    "acexy asks for a new engine once for each request that finds none, so one shortage starts as many containers as there are players.",
  property: "one provisioning at a time",
  parts: {
    makeRoom: (draft) => {
      const { provisioning } = draft.state;
      if (provisioning.phase === "asked") draft.state.provisioning = { phase: "idle" };
      PARTS.makeRoom(draft);
      if (draft.state.provisioning.phase === "idle") draft.state.provisioning = provisioning;
    },
  },
  world: { requests: 3, spares: 1 },
};
