import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const shareOnlyActive: Mutant = {
  name: "share-only-active",
  history:
    "acexy finds a stream to share only once it plays: two players that ask for one content within its start-up time start it twice.",
  property: "a stream per content",
  parts: {
    findStream: (state, contents, variant, not) => {
      const stream = PARTS.findStream(state, contents, variant, not);
      return stream?.phase === "playing" ? stream : undefined;
    },
  },
  world: { contents: 1 },
};
