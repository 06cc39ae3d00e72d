import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const lateAnswerNotRearmed: Mutant = {
  name: "late-answer-not-rearmed",
  history:
    "A defect of our own first draft: the deadline of a slot ran from the release. An engine that answers late may have begun just then, and goes on after the slot is free.",
  property: "a late answer begins the release deadline anew",
  parts: {
    begin: (draft, id, answer) => {
      const before = draft.effects.length;
      const session = PARTS.begin(draft, id, answer);
      if (!session) draft.effects.push(...draft.effects.splice(before).filter(({ type }) => type !== "arm"));
      return session;
    },
  },
  world: { requests: 1 },
};
