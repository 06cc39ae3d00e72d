import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const foreignForgotten: Mutant = {
  name: "foreign-forgotten",
  history:
    "A slip that is easily made: a listed stream without a label is nobody's, so it is not counted. Other users of the orchestrator set none.",
  property: "own is not foreign, and foreign is not forgotten",
  parts: {
    ownerOf: (state, listed, ours) => {
      const owner = PARTS.ownerOf(state, listed, ours);
      return owner === "foreign" && listed.label === null ? "known" : owner;
    },
  },
  world: { requests: 1, foreign: 1, looks: 1 },
};
