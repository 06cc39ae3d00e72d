/** Why an `acquire` is refused: the core's reasons in the selector's own words. */
import type { Effect, State } from "../slots/index.ts";
import { SelectorError } from "./error.ts";
import { WAITING_MAX } from "./limits.ts";
import type { Resources } from "./resources.ts";
import { keyOf, places, resourcesWords } from "./words.ts";

export interface Refused {
  readonly effect: Pick<Effect & { readonly type: "reject" }, "client" | "code" | "message">;
  /** As it was before the refusal, and as it is after it. */
  readonly before: State;
  readonly after: State;
  /** What was asked for, as the core names it. */
  readonly content: string;
  readonly resources: Resources;
  /** How long the `acquire` was to wait at most. */
  readonly timeoutMs: number;
  readonly openTimeoutMs: number;
  /** The last failure of `open` for it, if there was one. */
  readonly failure: { readonly resource: string; readonly error: unknown } | undefined;
}

export const crowdedError = (): SelectorError =>
  new SelectorError("no_capacity", `${WAITING_MAX} wait for a slot already; ask for less at once`);

export const closedError = (): SelectorError =>
  new SelectorError("closed", "the selector is closed or being drained, and gives out no more slots");

export function refusal(refused: Refused): SelectorError {
  const { effect, before, failure } = refused;
  const client = before.clients.get(effect.client);
  const stream = client && before.streams.get(client.stream);
  const cause = failure ? { cause: failure.error } : {};
  switch (effect.code) {
    case "draining":
      return closedError();
    case "ended":
      return new SelectorError("discarded", `somebody discarded the slot: ${effect.message}`);
    case "engine_timeout": {
      const tried = [...new Set([...(stream?.tried ?? []), ...(stream?.place ? [stream.place.engine] : [])])];
      return new SelectorError(
        "open_timeout",
        `open did not answer within ${refused.openTimeoutMs} ms; tried ${tried.join(", ")}`,
        cause,
      );
    }
    case "engine_error": {
      const tried = [...new Set([...(stream?.tried ?? []), ...(failure ? [failure.resource] : [])])];
      return new SelectorError(
        "open_failed",
        `open failed, the last time with "${effect.message}"; tried ${tried.join(", ")}`,
        cause,
      );
    }
    case "no_capacity":
    case "provisioning_blocked":
      return new SelectorError("no_capacity", noCapacity(refused), cause);
  }
}

function noCapacity({ after, resources, timeoutMs, failure, content }: Refused): string {
  if (after.halted)
    return "the selector's books contradict themselves, so it gives out no more slots; close it and make a new one";
  const wait = timeoutMs === 0 ? "no slot is free now" : `no slot came free within ${timeoutMs} ms`;
  const failed = failure ? `; open failed on ${failure.resource}` : "";
  return `${wait}: ${whyNot(after, resources, keyOf(content))}${failed}`;
}

function whyNot(state: State, resources: Resources, key: string): string {
  const { usable, resting, room } = resources.places(state);
  if (usable.length + resting.length === 0) return "there are no resources";
  const rest = resting.length > 0 ? `${resourcesWords(resting.length)} failed and must answer first` : "";
  if (usable.length === 0) return rest;
  const held = usable.reduce((sum, id) => sum + (state.engines.get(id)?.own ?? 0), 0);
  const also = rest === "" ? "" : `, ${rest}`;
  if (room === 0) return `others hold all places of ${resourcesWords(usable.length)}${also}`;
  if (held >= room) return `all ${places(room)} of ${resourcesWords(usable.length)} are held${also}`;
  const whose = key === "" ? "this one" : `"${key}"`;
  return `what is free is not for ${whose}, which failed there or is still being closed there${also}`;
}
