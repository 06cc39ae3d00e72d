import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const overtakenLook: Mutant = {
  name: "overtaken-look",
  history:
    "A slip that is easily made: answers are taken in as they come. Of two looks at the pool the older one may come last, and what it shows is no longer true.",
  property: "an overtaken look changes nothing",
  parts: {
    takeSnapshot: (draft, event) =>
      PARTS.takeSnapshot(draft, { ...event, asked: Math.max(event.asked, draft.state.asked + 1) }),
  },
  world: { looks: 2, vanishings: 1 },
};
