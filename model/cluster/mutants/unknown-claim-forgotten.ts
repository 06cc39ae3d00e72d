import { nothingLeft } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const unknownClaimForgotten: ClusterMutant = {
  name: "cluster-unknown-claim-forgotten",
  history:
    "A claim that is not answered in time counts as refused and is forgotten; the store had granted it, and nobody ever gives it back.",
  property: nothingLeft.name,
  rules: { givesBackTheUnknown: false, findsStrays: false },
  world: { faults: 1 },
};
