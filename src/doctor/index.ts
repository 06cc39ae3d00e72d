/**
 * The doctor: looks at everything that a proxy with certain settings will need, and says what is wrong and how to mend
 * it. It starts no stream, provisions nothing, and leaves nothing behind. Only the command line and tests import it.
 */
import { checkEngines } from "./engines.ts";
import { type Finding, fail, messageOf } from "./finding.ts";
import { checkJournal, checkStateDir } from "./folders.ts";
import { checkLeases } from "./leases.ts";
import { checkListening } from "./listening.ts";
import { checkOrchestrator } from "./orchestrator.ts";
import type { Patient } from "./patient.ts";

export type { Finding, Verdict } from "./finding.ts";
export type { Patient, SharedStore } from "./patient.ts";

/** All checks at once; their findings in the order of this list. */
export async function examine(patient: Patient): Promise<readonly Finding[]> {
  const findings = await Promise.all(
    [checkListening, checkEngines, checkOrchestrator, checkStateDir, checkJournal, checkLeases].map(
      async (check) => {
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
      },
    ),
  );
  return findings.flat();
}
