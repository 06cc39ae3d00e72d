import type { Mutant } from "./mutant.ts";

export const secondClientUnserved: Mutant = {
  name: "second-client-unserved",
  history:
    "A slip that is easily made: the first media goes to the client that started the stream, and those who joined meanwhile are never told.",
  property: "answered once",
  wrap: (step) => (state, event) => {
    const result = step(state, event);
    const first = result.effects.find((effect) => effect.type === "serve");
    return {
      ...result,
      effects: result.effects.filter((effect) => effect.type !== "serve" || effect === first),
    };
  },
  world: { contents: 1 },
};
