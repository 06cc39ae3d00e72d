/** All properties, in the order in which they are looked at. */
import * as choosing from "./choosing.ts";
import * as pool from "./pool.ts";
import type { Property } from "./property.ts";
import * as queue from "./queue.ts";
import * as rest from "./rest.ts";
import * as slots from "./slots.ts";

export const PROPERTIES: readonly Property[] = [
  slots.realLoad,
  slots.noUnderCount,
  slots.capAtGrant,
  slots.conservation,
  slots.indexAgrees,
  slots.legality,
  slots.rightEngine,
  slots.freeAfterProof,
  slots.freshSessions,
  queue.noDying,
  slots.oneSession,
  slots.contentOnce,
  slots.settledOnce,
  queue.answeredOnce,
  queue.workConserving,
  queue.fifo,
  queue.yielding,
  queue.noStorm,
  queue.queueHygiene,
  queue.lingerExactly,
  queue.streamPerContent,
  choosing.heirGets,
  choosing.sameChoice,
  choosing.owingLast,
  queue.noCollateral,
  queue.watches,
  pool.timers,
  pool.lateAnswers,
  pool.fairAccounting,
  pool.ownIsNotForeign,
  pool.asListed,
  pool.overtaken,
  pool.keepsSlots,
  pool.oneProvisioning,
  pool.restsNew,
  pool.oneEngine,
  pool.resting,
  pool.formerLife,
  pool.capKept,
  pool.drainedOnce,
  pool.drainGrants,
  rest.everybodyAnswered,
  rest.nothingLeft,
  rest.provisioningEnds,
  rest.converges,
  rest.enginesComeBack,
  rest.NO_ENDLESS_WAIT,
  rest.NO_ENDLESS_HOLD,
  rest.ALWAYS_REST,
];

export { propertyOfAssertion } from "./choosing.ts";
export * from "./property.ts";
