/** All mutants, in the order in which they are listed. */
import { abortHeadStopsPump } from "./abort-head-stops-pump.ts";
import { capLoweredCuts } from "./cap-lowered-cuts.ts";
import { capLoweredIgnored } from "./cap-lowered-ignored.ts";
import { closedForAnother } from "./closed-for-another.ts";
import { collapseUnread } from "./collapse-unread.ts";
import { contentTwice } from "./content-twice.ts";
import { countOwnTwice } from "./count-own-twice.ts";
import { counterNotUpdated } from "./counter-not-updated.ts";
import { doubleRelease } from "./double-release.ts";
import { drainedTooEarly } from "./drained-too-early.ts";
import { drainingStillGrants } from "./draining-still-grants.ts";
import { dropSlotsOnMissing } from "./drop-slots-on-missing.ts";
import { engineUnderTwoIds } from "./engine-under-two-ids.ts";
import { failIsClean } from "./fail-is-clean.ts";
import { firstLeaverCloses } from "./first-leaver-closes.ts";
import { flapResetsSlots } from "./flap-resets-slots.ts";
import { foreignForgotten } from "./foreign-forgotten.ts";
import { freeOnLeave } from "./free-on-leave.ts";
import { halfEarlyRelease } from "./half-early-release.ts";
import { heirIgnored } from "./heir-ignored.ts";
import { heirIsAnother } from "./heir-is-another.ts";
import { joinClosing } from "./join-closing.ts";
import { lateAnswerNotRearmed } from "./late-answer-not-rearmed.ts";
import { lateAnswerNotStopped } from "./late-answer-not-stopped.ts";
import { lateOpenAccepted } from "./late-open-accepted.ts";
import { leakAbortPending } from "./leak-abort-pending.ts";
import { leakAbortQueued } from "./leak-abort-queued.ts";
import { leakOpenFail } from "./leak-open-fail.ts";
import { lifo } from "./lifo.ts";
import { lingerNeverYields } from "./linger-never-yields.ts";
import { listOrderDecides } from "./list-order-decides.ts";
import { lostWakeup } from "./lost-wakeup.ts";
import type { Mutant } from "./mutant.ts";
import { neverReadmit } from "./never-readmit.ts";
import { neverRecovers } from "./never-recovers.ts";
import { noEndedOnAbort } from "./no-ended-on-abort.ts";
import { noPumpAfterProv } from "./no-pump-after-prov.ts";
import { noQuarantine } from "./no-quarantine.ts";
import { offByOne } from "./off-by-one.ts";
import { origRace } from "./orig-race.ts";
import { overtakenLook } from "./overtaken-look.ts";
import { owingEngineAsked } from "./owing-engine-asked.ts";
import { patienceWithoutEnd } from "./patience-without-end.ts";
import { provFlagStuck } from "./prov-flag-stuck.ts";
import { provOverTooEarly } from "./prov-over-too-early.ts";
import { provStorm } from "./prov-storm.ts";
import { provisionedNotReady } from "./provisioned-not-ready.ts";
import { queueTimeoutNotRearmed } from "./queue-timeout-not-rearmed.ts";
import { releaseOnAck } from "./release-on-ack.ts";
import { restingUnasked } from "./resting-unasked.ts";
import { reusedStreamId } from "./reused-stream-id.ts";
import { secondClientReselects } from "./second-client-reselects.ts";
import { secondClientUnserved } from "./second-client-unserved.ts";
import { servedTwice } from "./served-twice.ts";
import { settledTwice } from "./settled-twice.ts";
import { shareOnlyActive } from "./share-only-active.ts";
import { sharedAddress } from "./shared-address.ts";
import { snapshotEndsQuarantine } from "./snapshot-ends-quarantine.ts";
import { snapshotOverwrite } from "./snapshot-overwrite.ts";
import { staleForeign } from "./stale-foreign.ts";
import { startedTooEarly } from "./started-too-early.ts";
import { wrongEngine } from "./wrong-engine.ts";
import { yieldStorm } from "./yield-storm.ts";
import { zapperUnwatched } from "./zapper-unwatched.ts";

export { type Mutant, stepOf } from "./mutant.ts";

/**
 * Known bugs of selectors, ours and others'. A check that does not catch one of them in its `world` proves nothing.
 */
export const MUTANTS: readonly Mutant[] = [
  origRace,
  halfEarlyRelease,
  releaseOnAck,
  offByOne,
  freeOnLeave,
  doubleRelease,
  wrongEngine,
  leakAbortQueued,
  leakAbortPending,
  leakOpenFail,
  failIsClean,
  snapshotOverwrite,
  staleForeign,
  countOwnTwice,
  dropSlotsOnMissing,
  lostWakeup,
  lifo,
  provStorm,
  provFlagStuck,
  noPumpAfterProv,
  shareOnlyActive,
  joinClosing,
  firstLeaverCloses,
  noEndedOnAbort,
  noQuarantine,
  snapshotEndsQuarantine,
  reusedStreamId,
  startedTooEarly,
  neverReadmit,
  neverRecovers,
  sharedAddress,
  secondClientReselects,
  capLoweredIgnored,
  flapResetsSlots,
  lingerNeverYields,
  abortHeadStopsPump,
  drainingStillGrants,
  engineUnderTwoIds,
  provisionedNotReady,
  provOverTooEarly,
  closedForAnother,
  lateOpenAccepted,
  lateAnswerNotStopped,
  lateAnswerNotRearmed,
  counterNotUpdated,
  queueTimeoutNotRearmed,
  heirIgnored,
  heirIsAnother,
  yieldStorm,
  listOrderDecides,
  collapseUnread,
  contentTwice,
  foreignForgotten,
  secondClientUnserved,
  servedTwice,
  settledTwice,
  drainedTooEarly,
  patienceWithoutEnd,
  overtakenLook,
  restingUnasked,
  capLoweredCuts,
  zapperUnwatched,
  owingEngineAsked,
];

export function mutantNamed(name: string): Mutant | undefined {
  return MUTANTS.find((mutant) => mutant.name === name);
}
