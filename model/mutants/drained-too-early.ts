import type { Mutant } from "./mutant.ts";

export const drainedTooEarly: Mutant = {
  name: "drained-too-early",
  history:
    "A slip that is easily made: a shutdown is done when the last client is gone, while the engines still carry what those clients watched.",
  property: "drained once, and only when nothing is held",
  wrap: (step) => (state, event) => {
    const result = step(state, event);
    if (!result.state.draining || result.state.drained || result.state.streams.size > 0) return result;
    return {
      ...result,
      state: { ...result.state, drained: true },
      effects: [...result.effects, { type: "drained" }],
    };
  },
  world: { requests: 1, drains: 1 },
};
