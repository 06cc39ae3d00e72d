import type { Mutant } from "./mutant.ts";

export const zapperUnwatched: Mutant = {
  name: "zapper-unwatched",
  history:
    "A slip that is easily made: whether a player has zapped is asked when it asks for the next channel, and not again when its former one begins to play only after that.",
  property: "a zapping player is looked at",
  wrap: (step) => (state, event) => {
    const result = step(state, event);
    if (event.type === "request") return result;
    return { ...result, effects: result.effects.filter((effect) => effect.type !== "watch") };
  },
  world: { zaps: 1 },
};
