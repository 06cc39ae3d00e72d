import type { SelectorEvent } from "../../../src/slots/index.ts";
import { Subject } from "../subject.ts";
import type { ShellMutant } from "./mutant.ts";

/** The start's own error path answers the clients too, although the selector may try another engine for them. */
class FailureAnsweredTwice extends Subject {
  protected override post(event: SelectorEvent): void {
    if (event.type === "startFailed") {
      const place = this.state.places.get(event.session);
      const slot = place && this.state.engines.get(place.engine)?.slots[place.slot];
      const stream = this.state.streams.get(slot?.session?.stream ?? -1);
      const { message } = event;
      for (const client of stream?.clients ?? [])
        this.answer(client, { kind: "reject", code: "engine_error", message, retryAfterSeconds: null });
    }
    super.post(event);
  }
}

export const failureAnsweredTwice: ShellMutant = {
  name: "shell-failure-answered-twice",
  history:
    "Both the call's catch block and the selector answer a failure: headers are sent twice, or a slot is given back twice.",
  property: "shell: one outcome for each request",
  subject: FailureAnsweredTwice,
};
