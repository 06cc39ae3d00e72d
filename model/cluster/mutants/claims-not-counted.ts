import { atGrant } from "../properties.ts";
import type { ClusterMutant } from "./mutant.ts";

export const claimsNotCounted: ClusterMutant = {
  name: "cluster-claims-not-counted",
  history:
    "A selector that counts its own slots alone and leaves the rest to the store: it asks for full engines again and again, and sends nobody elsewhere.",
  property: atGrant.name,
  parts: { loadOf: (engine) => engine.own + engine.foreign.length },
};
