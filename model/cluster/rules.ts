/** What a proxy and its store do, where a bug may do something else: each rule is named by what is right. */
import { keep } from "../../src/leases/keeping.ts";

export interface Rules {
  /** The store. */
  readonly keep: typeof keep;
  /** A slot is looked at and claimed in one command. */
  readonly claimsAtOnce: boolean;
  /** What ended members held is taken over. */
  readonly takesOver: boolean;
  /** A lease is checked right before its start is sent. */
  readonly checksBeforeSending: boolean;
  /** Whoever could not renew in time gives its sessions up. */
  readonly givesUpInTime: boolean;
  /** What was taken over is free when there is proof, or when its engine has surely ended it. */
  readonly waitsForProof: boolean;
  /** What was taken over and cannot be stopped waits for the release deadline. */
  readonly waitsForTheUnanswered: boolean;
  /** A lease is given back when there is proof that its session is over, not when it is being stopped. */
  readonly holdsUntilProof: boolean;
  /** A claim of which nobody knows what became is given back. */
  readonly givesBackTheUnknown: boolean;
  /** What the store says is a proxy's, though it knows nothing of it, is given back, or taken over. */
  readonly findsStrays: boolean;
  /** Whoever waits hears that a slot has become free. */
  readonly tellsOfFreeSlots: boolean;
  /** Who joins says what it holds. */
  readonly saysWhatItHolds: boolean;
  /** The assumption: nobody is paused between a check and its start for longer than an adopter waits. */
  readonly outlastsPauses: boolean;
}

export const RIGHT: Rules = {
  keep,
  claimsAtOnce: true,
  takesOver: true,
  checksBeforeSending: true,
  givesUpInTime: true,
  waitsForProof: true,
  waitsForTheUnanswered: true,
  holdsUntilProof: true,
  givesBackTheUnknown: true,
  findsStrays: true,
  tellsOfFreeSlots: true,
  saysWhatItHolds: true,
  outlastsPauses: true,
};
