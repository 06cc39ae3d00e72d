import { nothingLeft } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const orphansForgotten: ClusterMutant = {
  name: "cluster-orphans-forgotten",
  history:
    "A reserve that is atomic but knows no term: whatever a proxy held when it crashed is held for ever.",
  property: nothingLeft.name,
  rules: { takesOver: false },
  world: { faults: 1 },
};
