/** The known bugs of protocols between proxies. */
import { createStep, PARTS, step } from "../../../src/slots/index.ts";
import type { Stepper } from "../../world/answers.ts";
import { RIGHT, type Rules } from "../rules.ts";
import { claimsNotCounted } from "./claims-not-counted.ts";
import { contentNotCompared } from "./content-not-compared.ts";
import { fenceFromNothing } from "./fence-from-nothing.ts";
import { fenceStandsStill } from "./fence-stands-still.ts";
import { getCheckSet } from "./get-check-set.ts";
import { joinSaysNothing } from "./join-says-nothing.ts";
import { leasesNeverEnd } from "./leases-never-end.ts";
import type { ClusterMutant } from "./mutant.ts";
import { noRecovery } from "./no-recovery.ts";
import { orphansForgotten } from "./orphans-forgotten.ts";
import { pauseOutlastsDeadline } from "./pause-outlasts-deadline.ts";
import { reaperFreesAtOnce } from "./reaper-frees-at-once.ts";
import { releasedWhenStopping } from "./released-when-stopping.ts";
import { sentAfterTheEnd } from "./sent-after-the-end.ts";
import { takenOverAndFreed } from "./taken-over-and-freed.ts";
import { termFrees } from "./term-frees.ts";
import { unheardFreed } from "./unheard-freed.ts";
import { unknownClaimForgotten } from "./unknown-claim-forgotten.ts";
import { wakeupLost } from "./wakeup-lost.ts";

export type { ClusterMutant } from "./mutant.ts";

export const CLUSTER_MUTANTS: readonly ClusterMutant[] = [
  getCheckSet,
  termFrees,
  orphansForgotten,
  sentAfterTheEnd,
  leasesNeverEnd,
  takenOverAndFreed,
  reaperFreesAtOnce,
  pauseOutlastsDeadline,
  releasedWhenStopping,
  unknownClaimForgotten,
  joinSaysNothing,
  unheardFreed,
  noRecovery,
  fenceFromNothing,
  fenceStandsStill,
  claimsNotCounted,
  contentNotCompared,
  wakeupLost,
];

export const clusterMutant = (name: string): ClusterMutant | undefined =>
  CLUSTER_MUTANTS.find((mutant) => mutant.name === name);

/** What a bug does in place of ours; null: nothing. */
export const rulesOf = (mutant: ClusterMutant | null): Rules => ({ ...RIGHT, ...mutant?.rules });
export const stepOf = (mutant: ClusterMutant | null): Stepper =>
  mutant?.parts ? createStep({ ...PARTS, ...mutant.parts }) : step;
