import type { Mutant } from "./mutant.ts";

export const drainingStillGrants: Mutant = {
  name: "draining-still-grants",
  history:
    "A slip that is easily made: a shutdown ends what there is, and the door stays open for whoever comes meanwhile.",
  property: "draining grants nothing and keeps nobody",
  wrap: (step) => (state, event) => {
    if (event.type !== "request" || !state.draining) return step(state, event);
    const result = step({ ...state, draining: false }, event);
    return { ...result, state: { ...result.state, draining: true } };
  },
  world: { requests: 1, drains: 1 },
};
