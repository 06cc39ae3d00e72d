import type { Mutant } from "./mutant.ts";

export const provFlagStuck: Mutant = {
  name: "prov-flag-stuck",
  history:
    "A slip that is easily made: the mark that an engine is being provisioned is taken back where that succeeds, and survives where it fails.",
  property: "provisioning ends",
  wrap: (step) => (state, event) => {
    const isOver =
      event.type === "provisionFailed" || (event.type === "timer" && event.timer.kind === "provision");
    if (!isOver || state.provisioning.phase !== "asked") return step(state, event);
    return { state, effects: [{ type: "arm", timer: { kind: "provision" } }], records: [], illegal: [] };
  },
  world: { spares: 1, refusals: 1 },
};
