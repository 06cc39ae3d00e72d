import { noUnderCount } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const pauseOutlastsDeadline: ClusterMutant = {
  name: "cluster-pause-outlasts-deadline",
  history:
    "Not a bug but the assumption, taken away: a proxy is paused between its check and the start until another one has taken the slot over and waited in vain.",
  property: noUnderCount.name,
  rules: { outlastsPauses: false },
  world: { faults: 1 },
};
