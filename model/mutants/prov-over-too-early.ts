import type { Mutant } from "./mutant.ts";

export const provOverTooEarly: Mutant = {
  name: "prov-over-too-early",
  history:
    "A slip that is easily made: provisioning is over when the orchestrator says so, and the next shortage, which is still the same one, asks for one engine more.",
  property: "one provisioning at a time",
  parts: {
    closeProvisioning: (draft) => {
      const { provisioning } = draft.state;
      if (provisioning.phase !== "asked" || !provisioning.answered) return;
      draft.state.provisioning = { phase: "idle" };
      draft.disarm({ kind: "provision" });
    },
  },
  world: { requests: 2, spares: 2 },
};
