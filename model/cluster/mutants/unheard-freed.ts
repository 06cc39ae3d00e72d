import { keep } from "../../../src/leases/keeping.ts";
import { noUnderCount } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const unheardFreed: ClusterMutant = {
  name: "cluster-unheard-freed",
  history:
    "Ours, once: a join freed every lease of its own that it did not name, those too that were handed over in an answer that was lost.",
  property: noUnderCount.name,
  rules: {
    keep: (books, command, server) => {
      const booked = keep(books, command, server);
      if (command.type !== "join") return booked;
      const named = new Set(command.held.map(({ id }) => id));
      const engines = [...booked.books.engines].map(
        ([place, leases]) =>
          [place, leases.filter(({ id, owner }) => owner !== command.member || named.has(id))] as const,
      );
      return { ...booked, books: { ...booked.books, engines: new Map(engines) } };
    },
  },
  world: { requests: 1, contents: 1, faults: 3 },
};
