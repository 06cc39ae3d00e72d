import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const countOwnTwice: Mutant = {
  name: "count-own-twice",
  history:
    "A slip that is easily made: what the list shows is added to what the books hold, and a stream of ours is in both.",
  property: "own is not foreign, and foreign is not forgotten",
  parts: {
    ownerOf: (state, listed, ours) => {
      const name = listed.playbackSession ?? "";
      return ours.has(name) && !state.past.includes(name) ? "foreign" : PARTS.ownerOf(state, listed, ours);
    },
  },
  world: { requests: 1, looks: 1 },
};
