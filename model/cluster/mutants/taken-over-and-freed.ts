import { noUnderCount } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const takenOverAndFreed: ClusterMutant = {
  name: "cluster-taken-over-and-freed",
  history:
    "A slot that was taken over is given back after a while, whether or not its engine has confirmed the stop.",
  property: noUnderCount.name,
  rules: { waitsForProof: false },
  world: { faults: 1 },
};
