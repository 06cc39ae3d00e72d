import { keep } from "../../../src/leases/keeping.ts";
import { noUnderCount } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const noRecovery: ClusterMutant = {
  name: "cluster-no-recovery",
  history:
    "A store that starts empty grants at once: nobody told it that streams play under leases that it has forgotten.",
  property: noUnderCount.name,
  rules: {
    keep: (books, command, server) => {
      const booked = keep(books, command, server);
      return { ...booked, books: { ...booked.books, grantsFrom: 0 } };
    },
  },
  world: { faults: 1 },
};
