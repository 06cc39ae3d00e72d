import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const secondClientReselects: Mutant = {
  name: "second-client-reselects",
  history:
    "acexy, for a second client of a content that plays: it selects an engine again, reserves it and reports it, and then attaches the client to the first one.",
  property: "a stream per content",
  parts: {
    findStream: (state, contents, variant, not) => {
      const stream = PARTS.findStream(state, contents, variant, not);
      return stream?.phase === "playing" && not === undefined ? undefined : stream;
    },
  },
  world: { contents: 1 },
};
