import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const staleForeign: Mutant = {
  name: "stale-foreign",
  history:
    "The prototype of this selector: a list that lags still shows a session of ours that is over, and it was taken for somebody else's. Clients starved although a slot was free.",
  property: "own is not foreign, and foreign is not forgotten",
  parts: {
    ownerOf: (state, listed, ours) =>
      state.past.includes(listed.playbackSession ?? "") ? "foreign" : PARTS.ownerOf(state, listed, ours),
  },
  world: { requests: 1, looks: 1 },
};
