import { keep } from "../../../src/leases/keeping.ts";
import { fenceRises } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const fenceStandsStill: ClusterMutant = {
  name: "cluster-fence-stands-still",
  history:
    "The fence is read for each grant and raised for none: two holders of one slot have the same number.",
  property: fenceRises.name,
  rules: {
    keep: (books, command, server) =>
      keep({ ...books, fence: books.fence - 1 }, { ...command, seen: 0 }, server),
  },
};
