import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const lostWakeup: Mutant = {
  name: "lost-wakeup",
  history: "The classic of every queue: a slot becomes free, and nobody tells those who wait.",
  property: "nobody waits while there is room",
  parts: {
    pump: (draft) => {
      if (!draft.effects.some((effect) => effect.type === "settled")) PARTS.pump(draft);
    },
  },
  world: {},
};
