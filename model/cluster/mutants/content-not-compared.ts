import { keep } from "../../../src/leases/keeping.ts";
import { contentOnce } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const contentNotCompared: ClusterMutant = {
  name: "cluster-content-not-compared",
  history:
    "A store that counts slots and does not look at what they play: an engine gives a content to one player only.",
  property: contentOnce.name,
  rules: {
    keep: (books, command, server) => {
      if (command.type !== "reserve") return keep(books, command, server);
      const { contents } = command;
      const blind = keep(books, { ...command, contents: [] }, server);
      const engines = [...blind.books.engines].map(
        ([place, leases]) =>
          [place, leases.map((lease) => (lease.id === command.id ? { ...lease, contents } : lease))] as const,
      );
      return { ...blind, books: { ...blind.books, engines: new Map(engines) } };
    },
  },
  world: { cap: 2, contents: 1 },
};
