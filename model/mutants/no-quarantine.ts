import type { Mutant } from "./mutant.ts";

export const noQuarantine: Mutant = {
  name: "no-quarantine",
  history: "acexy forgets everything when it restarts, its sessions on the engines included.",
  property: "a former life counts",
  parts: { adopt: () => {} },
  world: { requests: 1, crashes: 1 },
};
