import type { Mutant } from "./mutant.ts";

export const owingEngineAsked: Mutant = {
  name: "owing-engine-asked",
  history:
    "Our own selector, until a frozen engine was next in turn: its stop was late, and the next stream went to it all the same, although another engine had room.",
  property: "an engine that owes an end is asked last",
  parts: { isOwing: () => false },
  world: { engines: 2, cap: 2, requests: 3, contents: 3, delays: 1, reports: false },
};
