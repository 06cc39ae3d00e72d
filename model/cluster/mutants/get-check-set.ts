import { realLoad } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const getCheckSet: ClusterMutant = {
  name: "cluster-get-check-set",
  history:
    "The first thing that comes to mind with a store: read the count, compare it, write it raised by one.",
  property: realLoad.name,
  rules: { claimsAtOnce: false },
};
