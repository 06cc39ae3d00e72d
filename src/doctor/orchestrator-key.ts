/** May we write to the orchestrator? Asked in a way that cannot change anything there. */
import { exchangeWithin, placeOf } from "../net/exchange.ts";
import type { OrchestratorStatus } from "../orchestrator/index.ts";
import { type Finding, fail, info, ok } from "./finding.ts";
import { ANSWER_BYTES_MAX, ANSWER_MS } from "./limits.ts";

const what = "orchestrator key";
const WHY =
  "the orchestrator takes no reports of our streams, so that others fill the same engines, and starts none for us";

/**
 * Generation 1 looks at the key before it looks at an event: an event without any of its fields is refused in any case,
 * with 422 if the key is right. Generation 2 asks for no key there, and elsewhere might take such a thing for an order;
 * its second listener asks for the key with the lists, which have been read.
 */
export async function mayWrite(
  baseUrl: string,
  key: string | null,
  generation: OrchestratorStatus["generation"],
): Promise<Finding> {
  if (generation === "control")
    return key === null ? info(what, "none is given, and none was asked for") : ok(what, "it is accepted");
  const place = placeOf(baseUrl);
  if (generation === 1 && place !== null) {
    const answer = await exchangeWithin(ANSWER_MS, {
      address: place.address,
      target: `${place.target.split("?")[0]?.replace(/(?<!\/)\/+$/, "")}/events/stream_started`,
      headers: key === null ? {} : { Authorization: `Bearer ${key}` },
      body: "{}",
      bytesMax: ANSWER_BYTES_MAX,
    });
    const status = answer.kind === "answered" ? answer.status : 0;
    if (status === 422) return ok(what, key === null ? "none is asked for" : "it may write");
    if (status === 401 || status === 403)
      return fail({
        what,
        found:
          key === null
            ? "none is given, and writing needs one"
            : "it is refused when something is to be written",
        why: WHY,
        fix: "give the key that the orchestrator was started with (its API_KEY): --orchestrator-key-file FILE , or ACESLOT_ORCHESTRATOR_KEY in a compose file",
      });
  }
  return key === null
    ? info(what, "none is given", "if the orchestrator asks for one, it starts no engines for us")
    : info(what, "it was accepted for the lists; whether it may write is seen only then");
}
