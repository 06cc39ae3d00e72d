import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const lateAnswerNotStopped: Mutant = {
  name: "late-answer-not-stopped",
  history:
    "A slip that is easily made: the stop is sent where a stream ends, and a start that is answered only after that is stopped by nobody.",
  property: "at rest nothing is left",
  parts: {
    begin: (draft, id, answer) => {
      const before = draft.effects.length;
      const session = PARTS.begin(draft, id, answer);
      if (!session) draft.effects.push(...draft.effects.splice(before).filter(({ type }) => type !== "stop"));
      return session;
    },
  },
  world: { requests: 1 },
};
