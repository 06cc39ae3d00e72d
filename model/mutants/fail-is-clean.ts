import type { Mutant } from "./mutant.ts";

export const failIsClean: Mutant = {
  name: "fail-is-clean",
  history:
    "A start that nobody answered is taken for one that did not begin, and its slot is free at once. The engine may have begun all the same: only the answer was lost.",
  property: "free only after proof",
  wrap: (step) => (state, event) =>
    step(state, event.type === "startFailed" ? { ...event, opened: "no" } : event),
  world: { requests: 1, losses: 1 },
};
