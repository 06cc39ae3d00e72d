/** The selector's decisions as they ship. `createStep({ ...PARTS, rank: mine })` is the same selector with another one. */
import type { Parts } from "./draft.ts";
import { dropIfGone, holdsContent, isOpen, isOwing, ownerOf, takeIn } from "./pool.ts";
import { closeProvisioning, welcome } from "./provisioning.ts";
import { makeRoom, pump, wouldHelp } from "./queue.ts";
import { byRank } from "./ranking.ts";
import { adopt, begin, release, reserve, settle } from "./sessions.ts";
import { takeSnapshot } from "./snapshot.ts";
import { loadOf } from "./state.ts";
import { collapse, end, fail, findStream, leave } from "./streams.ts";

/** The decisions as they ship. */
export const PARTS: Parts = {
  loadOf,
  isOpen,
  rank: byRank,
  holdsContent,
  isOwing,
  wouldHelp,
  pump,
  makeRoom,
  reserve,
  begin,
  release,
  settle,
  adopt,
  findStream,
  leave,
  fail,
  end,
  collapse,
  takeSnapshot,
  takeIn,
  ownerOf,
  dropIfGone,
  welcome,
  closeProvisioning,
};
