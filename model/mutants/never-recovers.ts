import type { Mutant } from "./mutant.ts";

export const neverRecovers: Mutant = {
  name: "never-recovers",
  history:
    "A circuit breaker without a way back: an engine that has failed once rests for ever, however often it answers its probes.",
  property: "engines come back",
  wrap: (step) => (state, event) =>
    event.type === "recovered" ? { state, effects: [], records: [], illegal: [] } : step(state, event),
  world: { requests: 2, refusals: 1 },
};
