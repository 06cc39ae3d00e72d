/**
 * What has happened since the start, in plain numbers: fed by every decision, read by `/metrics`. Counting costs a
 * few additions and needs no library, so it is there from the first request on, whoever asks and when.
 */
import type { Clock } from "../../ports.ts";
import type { SelectorEvent, State, Step } from "../../slots/index.ts";
import { dropEnding } from "./endings.ts";
import { RequestCounts } from "./requests.ts";
import { SessionCounts } from "./sessions.ts";

export { Histogram } from "./histogram.ts";

export class Counts {
  readonly requests: RequestCounts;
  readonly sessions: SessionCounts;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.requests = new RequestCounts(clock);
    this.sessions = new SessionCounts(clock);
  }

  /** One decision, before its effects leave. */
  took(event: SelectorEvent, before: State, taken: Step): void {
    this.sessions.took(event, before, taken);
    this.requests.timers(taken.effects);
    for (const effect of taken.effects)
      if (effect.type === "drop") this.requests.ended(effect.client, dropEnding(event, effect.reason));
  }
}
