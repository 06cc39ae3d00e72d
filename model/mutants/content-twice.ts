import type { Mutant } from "./mutant.ts";

export const contentTwice: Mutant = {
  name: "content-twice",
  history:
    "acexy puts a content on an engine that plays it already for somebody else. The engine serves one player and starves the other.",
  property: "a content never twice on one engine",
  parts: { holdsContent: () => false },
  world: { cap: 2, contents: 1 },
};
