import { PARTS } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const queueTimeoutNotRearmed: Mutant = {
  name: "queue-timeout-not-rearmed",
  history:
    "A slip that is easily made: the time-out in the queue is set where a request comes in, and a stream that comes back to the queue after a failed start waits without one.",
  property: "a timer for everything that could wait for ever, and for nothing else",
  parts: {
    fail: (draft, stream, engine, fault, message) => {
      const before = draft.effects.length;
      PARTS.fail(draft, stream, engine, fault, message);
      const since = draft.effects.splice(before);
      draft.effects.push(...since.filter((effect) => effect.type !== "arm" || effect.timer.kind !== "queue"));
    },
  },
  world: { engines: 2, refusals: 1 },
};
