import { keep } from "../../../src/leases/keeping.ts";
import { noUnderCount } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const termFrees: ClusterMutant = {
  name: "cluster-term-frees",
  history:
    "A key with an expiry for each lease, as many locks have it: the slot is free when the time is over, whatever the engine still plays.",
  property: noUnderCount.name,
  rules: {
    keep: (books, command, server) => {
      const booked = keep(books, command, server);
      if (booked.answer.type !== "beaten") return booked;
      const orphans = new Set(booked.answer.orphans.map(({ id }) => id));
      const engines = [...booked.books.engines].map(
        ([place, leases]) => [place, leases.filter(({ id }) => !orphans.has(id))] as const,
      );
      return {
        ...booked,
        books: { ...booked.books, engines: new Map(engines) },
        answer: { ...booked.answer, orphans: [] },
      };
    },
  },
  world: { faults: 1 },
};
