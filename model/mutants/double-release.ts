import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const doubleRelease: Mutant = {
  name: "double-release",
  history:
    "A slip that is easily made: the path that ends a stream gives its slot back, and so does whoever called it.",
  property: "no illegal move",
  parts: {
    end: (draft, stream, reason, refusal, heir, clean) => {
      PARTS.end(draft, stream, reason, refusal, heir, clean);
      if (stream.place) draft.parts.release(draft, stream.place.session, reason);
    },
  },
  world: { requests: 1 },
};
