import { noUnderCount } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const reaperFreesAtOnce: ClusterMutant = {
  name: "cluster-reaper-frees-at-once",
  history:
    "A reaper that closes what it can and frees the rest: of a start that nobody has seen answered there is nothing to close, and it may still come.",
  property: noUnderCount.name,
  rules: { waitsForTheUnanswered: false },
  world: { faults: 1 },
};
