import type { Mutant } from "./mutant.ts";

export const restingUnasked: Mutant = {
  name: "resting-unasked",
  history:
    "A slip that is easily made: an engine that has failed is set aside, and whoever should ask whether it is well again is never told.",
  property: "a resting engine is asked until it answers",
  wrap: (step) => (state, event) => {
    const result = step(state, event);
    return {
      ...result,
      effects: result.effects.filter((effect) => effect.type !== "probe" || effect.faults === 0),
    };
  },
  world: { requests: 1, refusals: 1 },
};
