import { keep } from "../../../src/leases/keeping.ts";
import { fenceRises } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const fenceFromNothing: ClusterMutant = {
  name: "cluster-fence-from-nothing",
  history:
    "A counter in the store that begins again with the store, though proxies have seen higher numbers.",
  property: fenceRises.name,
  rules: {
    keep: (books, command, server) =>
      keep(
        books,
        {
          ...command,
          seen: 0,
          ...(command.type === "join" ? { held: command.held.map((lease) => ({ ...lease, fence: 0 })) } : {}),
        },
        server,
      ),
  },
  world: { faults: 1 },
};
