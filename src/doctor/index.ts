/**
 * The doctor: looks at everything that a proxy with certain settings will need, and says what is wrong and how to mend
 * it. It starts no stream (but the one that it is told to try), provisions nothing, and leaves nothing behind. Only the
 * command line and tests import it.
 */

import { messageOf } from "../foreign.ts";
import { checkAccess } from "./access.ts";
import { checkCapacity } from "./capacity.ts";
import { checkClock } from "./clock.ts";
import { checkCpu } from "./cpu.ts";
import { checkDisk } from "./disk.ts";
import { checkEngines } from "./engines.ts";
import { type Finding, fail, warn } from "./finding.ts";
import { checkJournal, checkStateDir } from "./folders.ts";
import { checkLeases } from "./leases.ts";
import { CHECK_MS_MAX } from "./limits.ts";
import { checkListening } from "./listening.ts";
import { checkOrchestrator } from "./orchestrator.ts";
import type { Patient } from "./patient.ts";
import { tryContent } from "./playing.ts";
import { checkSources } from "./sources.ts";
import { checkVariables } from "./variables.ts";

export type { Finding, Verdict } from "./finding.ts";
export { readMachine } from "./machine.ts";
export type { Patient, SharedStore } from "./patient.ts";
export { checkVariables } from "./variables.ts";

type Check = (patient: Patient) => Promise<readonly Finding[]>;

/** By what they look at. */
const CHECKS: readonly (readonly [what: string, check: Check])[] = [
  ["variables", checkVariables],
  ["listening", checkListening],
  ["access", checkAccess],
  ["engines", checkEngines],
  ["orchestrator", checkOrchestrator],
  ["clock", checkClock],
  ["state folder", checkStateDir],
  ["journal", checkJournal],
  ["disk", checkDisk],
  ["playlists", checkSources],
  ["lease store", checkLeases],
  ["CPU", checkCpu],
  ["limits", checkCapacity],
];

/** All checks at once; their findings in the order of the list above. A content that is to be tried comes after them. */
export async function examine(patient: Patient): Promise<readonly Finding[]> {
  const findings = await Promise.all(
    CHECKS.map(([what, check]) => inTime(what, CHECK_MS_MAX, safely(check, patient))),
  );
  const tried = patient.testId === null ? [] : await safely(tryContent, patient);
  return [...findings.flat(), ...tried];
}

async function safely(check: Check, patient: Patient): Promise<readonly Finding[]> {
  try {
    return await check(patient);
  } catch (error) {
    return [
      fail({
        what: "doctor",
        found: `a check could not be made: ${messageOf(error)}`,
        why: "what it would have looked at is unknown",
        fix: "report this, with the settings: aceslot config",
      }),
    ];
  }
}

/** Exported for tests. */
export async function inTime(
  what: string,
  limitMs: number,
  checking: Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(
      () =>
        resolve([
          warn({
            what,
            found: `it could not be looked at within ${limitMs / 1_000} s`,
            why: "something hangs: a network that swallows packets, a name server, a disk that is not there any more",
            fix: "try again; if it stays so, look at what stands above with the same host or folder",
          }),
        ]),
      limitMs,
    );
  });
  try {
    return await Promise.race([checking, late]);
  } finally {
    clearTimeout(timer);
  }
}
