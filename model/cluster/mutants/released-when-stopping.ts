import { noUnderCount } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const releasedWhenStopping: ClusterMutant = {
  name: "cluster-released-when-stopping",
  history: "The lease is given back when the stop is sent, not when the engine has confirmed it.",
  property: noUnderCount.name,
  rules: { holdsUntilProof: false },
};
