import { nobodyWaits } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const wakeupLost: ClusterMutant = {
  name: "cluster-wakeup-lost",
  history: "Proxies hear of slots that are taken and not of those that become free: whoever waits, waits on.",
  property: nobodyWaits.name,
  rules: { tellsOfFreeSlots: false },
};
