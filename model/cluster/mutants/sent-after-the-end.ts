import { heldWhenSent } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const sentAfterTheEnd: ClusterMutant = {
  name: "cluster-sent-after-the-end",
  history:
    "The grant is trusted: a proxy that was paused after it asked sends the start on waking, though its lease has ended.",
  property: heldWhenSent.name,
  rules: { checksBeforeSending: false },
  world: { faults: 1 },
};
