import { nothingLeft } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const leasesNeverEnd: ClusterMutant = {
  name: "cluster-leases-never-end",
  history:
    "A holder that does not look at its own clock: it goes on with streams whose leases have ended, and others stop them.",
  property: nothingLeft.name,
  rules: { givesUpInTime: false },
  world: { faults: 1 },
};
