import type { Effect } from "../../../src/slots/index.ts";
import { Subject } from "../subject.ts";
import type { ShellMutant } from "./mutant.ts";

/** A start that goes unanswered is sent once more, although the first one may have begun. */
class StartRetried extends Subject {
  protected override async begin(order: Effect & { type: "start" }): Promise<void> {
    const { session } = order;
    const { signal } = new AbortController();
    await this.written();
    let outcome = await this.outside.engine.start(order, signal);
    if (outcome.kind === "failed" && outcome.opened === "unknown")
      outcome = await this.outside.engine.start(order, signal);
    if (outcome.kind === "started") this.post({ type: "started", session, answer: outcome.answer });
    else this.post({ type: "startFailed", session, ...outcome });
  }
}

export const startRetried: ShellMutant = {
  name: "shell-start-retried",
  history:
    "An HTTP client that repeats calls by itself after a time-out, for a call that must not be repeated.",
  property: "shell: one session of a content on an engine",
  subject: StartRetried,
};
