import { noUnderCount } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const joinSaysNothing: ClusterMutant = {
  name: "cluster-join-says-nothing",
  history:
    "Whoever joins again begins with nothing: what it held, and is still stopping, is free in the store.",
  property: noUnderCount.name,
  rules: { saysWhatItHolds: false },
  world: { faults: 1 },
};
