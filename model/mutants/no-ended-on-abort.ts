import type { Mutant } from "./mutant.ts";

export const noEndedOnAbort: Mutant = {
  name: "no-ended-on-abort",
  history:
    "acexy reports the end of a stream that ends by itself, and forgets it on the path of the client that leaves. The orchestrator counts the stream for ever.",
  property: "the orchestrator converges",
  wrap: (step) => (state, event) => {
    const result = step(state, event);
    const effects = result.effects.filter(
      (effect) => effect.type !== "reportEnded" || effect.reason !== "nobody watches",
    );
    return { ...result, effects };
  },
  world: { requests: 1 },
};
