/** Does the orchestrator answer, of which generation is it, and do the engines that it lists answer from here? */

import { messageOf } from "../foreign.ts";
import { createOrchestratorPool } from "../orchestrator/index.ts";
import { lookAt } from "./engines.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";
import { ANSWER_MS } from "./limits.ts";
import { mayWrite } from "./orchestrator-key.ts";
import type { Patient } from "./patient.ts";
import { addressTrap } from "./reaching.ts";

export async function checkOrchestrator(patient: Patient): Promise<Finding[]> {
  const { orchestrator: baseUrl, orchestratorKey: key } = patient.settings;
  if (baseUrl === null) return [];
  const what = "orchestrator";
  const pool = createOrchestratorPool({ baseUrl, key, fallback: [], lookTimeoutMs: ANSWER_MS });
  try {
    const { engines, streams, skipped } = await pool.look();
    const { generation } = pool.status();
    const kind = generation === null ? "" : `generation ${generation}, `;
    const findings = [
      ok(what, `answers: ${kind}${engines.length} engines, ${streams.length} streams`),
      await mayWrite(baseUrl, key, generation),
    ];
    for (const line of skipped)
      findings.push(
        warn({
          what,
          found: `a record makes no sense: ${line}`,
          why: "what it describes is left out",
          fix: "look at the orchestrator's own log",
        }),
      );
    if (engines.length === 0)
      findings.push(
        warn({
          what,
          found: "it lists no engine",
          why: "every request waits until one is there",
          fix: "start engines through the orchestrator (its MIN_REPLICAS), or see why its own have stopped",
        }),
      );
    const addresses = engines.map(({ address }) => address);
    return [...findings, ...(await lookAt(patient, addresses, "listed"))];
  } catch (error) {
    return [explain(patient, baseUrl, messageOf(error))];
  } finally {
    pool.close();
  }
}

function explain(patient: Patient, baseUrl: string, found: string): Finding {
  // The pool's own words say which option to look at.
  const isKey = found.includes("--orchestrator-key");
  const trap = isKey
    ? null
    : addressTrap(
        patient.inContainer,
        new URL(baseUrl).hostname.replace(/^\[|\]$/g, ""),
        found,
        "orchestrator",
        "ACESLOT_ORCHESTRATOR: http://orchestrator:8000",
      );
  return fail({
    what: "orchestrator",
    found,
    why: trap?.why ?? "without it no engine is known, and only those of --engine are used",
    fix: isKey
      ? "give the key that the orchestrator was started with (its API_KEY): --orchestrator-key-file FILE"
      : (trap?.fix ??
        `try  curl ${baseUrl}/engines  from here, and correct --orchestrator; it is the base URL, without /engines`),
  });
}
