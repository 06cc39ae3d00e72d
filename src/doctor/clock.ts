/** Do the clocks of the others agree with ours? */
import { type Exchange, exchangeWithin, hostPortOf, placeOf } from "../net/exchange.ts";
import type { Address } from "../slots/index.ts";
import { type Finding, ok, warn } from "./finding.ts";
import { ANSWER_BYTES_MAX, ANSWER_MS, CLOCK_DRIFT_MS, CLOCKS_ASKED_MAX } from "./limits.ts";
import type { Patient } from "./patient.ts";

interface Asked {
  readonly who: string;
  readonly address: Address;
  readonly target: string;
}

export async function checkClock(patient: Patient): Promise<Finding[]> {
  const { orchestrator, engines } = patient.settings;
  const place = orchestrator === null ? null : placeOf(orchestrator);
  const asked: Asked[] = [
    ...(place === null ? [] : [{ who: "the orchestrator", ...place }]),
    ...(orchestrator === null ? engines : []).slice(0, CLOCKS_ASKED_MAX).map((address) => ({
      who: `engine ${hostPortOf(address)}`,
      address,
      target: "/webui/api/service?method=get_version",
    })),
  ];
  const told = await Promise.all(asked.map(drift));
  const known = told.filter((each) => each !== null);
  if (known.length === 0) return [];
  const wrong = known.filter(({ byMs }) => Math.abs(byMs) > CLOCK_DRIFT_MS);
  if (wrong.length === 0)
    return [ok("clock", `as ${known.length === 1 ? known[0]?.who : "those of the others"}`)];
  return wrong.map(({ who, byMs }) =>
    warn({
      what: "clock",
      found: `that of ${who} is ${Math.round(Math.abs(byMs) / 1_000)} s ${byMs > 0 ? "ahead of" : "behind"} ours`,
      why: "times in journals and logs cannot be laid side by side, certificates may count as expired, and one of the two is wrong",
      fix: "compare  date -u  on both hosts, and on the wrong one:  timedatectl set-ntp true  (containers have their host's clock)",
    }),
  );
}

/** How far it is ahead of ours; null: it does not tell. */
async function drift({ who, address, target }: Asked): Promise<{ who: string; byMs: number } | null> {
  const answer: Exchange = await exchangeWithin(ANSWER_MS, { address, target, bytesMax: ANSWER_BYTES_MAX });
  // It was told when the answer began, in whole seconds: on the average half of one more.
  return answer.kind === "failed" || answer.atMs === null
    ? null
    : { who, byMs: answer.atMs + 500 - Date.now() };
}
