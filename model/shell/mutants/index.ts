/** The known bugs of shells. */
import { awaitBeforeTake } from "./await-before-take.ts";
import { awaitInHandler } from "./await-in-handler.ts";
import { checkThenAwait } from "./check-then-await.ts";
import { endReportedTwice } from "./end-reported-twice.ts";
import { failedStartUnheard } from "./failed-start-unheard.ts";
import { failureAnsweredTwice } from "./failure-answered-twice.ts";
import { freeWhenSent } from "./free-when-sent.ts";
import { lateStartDropped } from "./late-start-dropped.ts";
import { leaveUnheard } from "./leave-unheard.ts";
import { lockAcrossCalls } from "./lock-across-calls.ts";
import type { ShellMutant } from "./mutant.ts";
import { sendBeforeWritten } from "./send-before-written.ts";
import { sentUnasked } from "./sent-unasked.ts";
import { startRetried } from "./start-retried.ts";
import { stopUnheard } from "./stop-unheard.ts";

export type { ShellMutant } from "./mutant.ts";

export const SHELL_MUTANTS: readonly ShellMutant[] = [
  awaitBeforeTake,
  checkThenAwait,
  awaitInHandler,
  lockAcrossCalls,
  sendBeforeWritten,
  sentUnasked,
  startRetried,
  failedStartUnheard,
  failureAnsweredTwice,
  lateStartDropped,
  leaveUnheard,
  freeWhenSent,
  stopUnheard,
  endReportedTwice,
];
