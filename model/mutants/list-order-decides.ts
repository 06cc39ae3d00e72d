import { RANKING } from "../../src/slots/index.ts";
import type { Mutant } from "./mutant.ts";

export const listOrderDecides: Mutant = {
  name: "list-order-decides",
  history:
    "acexy takes the first of several engines that are equally good, and the orchestrator lists them in random order: the same pool gives another choice each time.",
  property: "same choice for the same state",
  parts: {
    rank: (a, b) => {
      for (const { name, compare } of RANKING) {
        const order = name === "stable key" ? 0 : compare(a, b);
        if (order !== 0) return order;
      }
      return 0;
    },
  },
  world: { engines: 2, requests: 1 },
};
