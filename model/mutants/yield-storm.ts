import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const yieldStorm: Mutant = {
  name: "yield-storm",
  history:
    "A slip that is easily made: each look at the queue makes every lingering stream yield, for the sake of one client.",
  property: "no more streams yield than wait",
  parts: {
    makeRoom: (draft) => {
      for (const stream of [...draft.state.streams.values()])
        if (stream.lingeringSince !== null && stream.place !== null)
          draft.parts.end(draft, stream, "yielded to a waiting request");
      PARTS.makeRoom(draft);
    },
  },
  world: { cap: 2, requests: 3, contents: 3 },
};
