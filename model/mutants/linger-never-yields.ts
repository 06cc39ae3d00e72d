import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const lingerNeverYields: Mutant = {
  name: "linger-never-yields",
  history:
    "The first draft of the linger time: a stream that nobody watches kept its slot for its five seconds, while somebody waited for that slot.",
  property: "lingering streams yield",
  parts: {
    wouldHelp: (draft, stream, waiting) =>
      stream.lingeringSince === null && PARTS.wouldHelp(draft, stream, waiting),
  },
  world: {},
};
