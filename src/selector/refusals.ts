/** Why an `acquire` is refused: the core's reasons in the selector's own words. */
import type { ClientId, RejectCode, State, StreamId } from "../slots/index.ts";
import { SelectorError } from "./error.ts";
import { WAITING_MAX } from "./limits.ts";
import type { Resources } from "./resources.ts";
import { causeWords, keyOf, places, resourcesWords } from "./words.ts";

export interface Refused {
  readonly client: ClientId;
  readonly code: RejectCode;
  readonly message: string;
  /** As it was before the refusal, and as it is after it. */
  readonly before: State;
  readonly after: State;
  /** What was asked for, as the core names it. */
  readonly content: string;
  /** How long it was to wait at most. */
  readonly timeoutMs: number;
}

interface Failure {
  readonly resource: string;
  readonly error: unknown;
}

export const crowdedError = (): SelectorError =>
  new SelectorError("no_capacity", `${WAITING_MAX} wait for a slot already; ask for less at once`);

export const closedError = (): SelectorError =>
  new SelectorError("closed", "the selector is closed or being drained, and gives out no more slots");

export class Refusals {
  readonly #resources: Resources;
  readonly #openTimeoutMs: number | undefined;
  /** The last failure of `open` for what has no slot yet. */
  readonly #failures = new Map<StreamId, Failure>();

  constructor(resources: Resources, openTimeoutMs: number | undefined) {
    this.#resources = resources;
    this.#openTimeoutMs = openTimeoutMs;
  }

  note(stream: StreamId, failure: Failure): void {
    this.#failures.set(stream, failure);
  }

  forget(stream: StreamId): void {
    this.#failures.delete(stream);
  }

  errorOf(refused: Refused): SelectorError {
    const { before } = refused;
    const message = causeWords(refused.message);
    const stream = before.streams.get(before.clients.get(refused.client)?.stream ?? -1);
    const failure = stream && this.#failures.get(stream.id);
    const cause = failure ? { cause: failure.error } : {};
    const tried = [...(stream?.tried ?? [])];
    switch (refused.code) {
      case "draining":
        return closedError();
      case "ended":
        return new SelectorError("discarded", `somebody discarded the slot: ${message}`);
      case "engine_timeout": {
        const where = named([...tried, stream?.place?.engine]);
        return new SelectorError(
          "open_timeout",
          `open did not answer within ${this.#openTimeoutMs} ms; tried ${where}`,
          cause,
        );
      }
      case "engine_error": {
        const where = named([...tried, failure?.resource]);
        return new SelectorError(
          "open_failed",
          `open failed, the last time with "${message}"; tried ${where}`,
          cause,
        );
      }
      case "no_capacity":
      case "provisioning_blocked":
        return new SelectorError("no_capacity", this.#noCapacity(refused, failure), cause);
    }
  }

  #noCapacity({ after, timeoutMs, content }: Refused, failure: Failure | undefined): string {
    if (after.halted)
      return "the selector's books contradict themselves, so it gives out no more slots; close it and make a new one";
    const wait = timeoutMs === 0 ? "no slot is free now" : `no slot came free within ${timeoutMs} ms`;
    const failed = failure ? `; open failed on ${failure.resource}` : "";
    return `${wait}: ${this.#whyNot(after, keyOf(content))}${failed}`;
  }

  #whyNot(state: State, key: string): string {
    const { usable, resting, shut, room } = this.#resources.places(state);
    if (usable.length + resting.length === 0)
      return shut > 0 ? "all resources have a cap of 0" : "there are no resources";
    const rest = resting.length > 0 ? `${resourcesWords(resting.length)} failed and must answer first` : "";
    if (usable.length === 0) return rest;
    const held = usable.reduce((sum, id) => sum + (state.engines.get(id)?.own ?? 0), 0);
    const also = rest === "" ? "" : `, ${rest}`;
    if (room === 0) return `others hold all places of ${resourcesWords(usable.length)}${also}`;
    if (held >= room && room === 1) return `the only slot is held${also}`;
    if (held >= room) return `all ${places(room)} of ${resourcesWords(usable.length)} are held${also}`;
    const whose = key === "" ? "this one" : `"${key}"`;
    return `what is free is not for ${whose}, which failed there or is still being closed there${also}`;
  }
}

const named = (ids: readonly (string | undefined)[]): string =>
  [...new Set(ids.filter((id) => id !== undefined))].join(", ");
