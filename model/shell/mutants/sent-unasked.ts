import type { Effect } from "../../../src/slots/index.ts";
import { Subject } from "../subject.ts";
import type { ShellMutant } from "./mutant.ts";

/** After the wait for the disk nobody asks whether the start is still wanted. */
class SentUnasked extends Subject {
  protected override async begin(order: Effect & { type: "start" }): Promise<void> {
    const { session } = order;
    await this.written();
    const outcome = await this.outside.engine.start(order, new AbortController().signal);
    if (outcome.kind === "started") this.post({ type: "started", session, answer: outcome.answer });
    else this.post({ type: "startFailed", session, ...outcome });
  }
}

export const sentUnasked: ShellMutant = {
  name: "shell-sent-unasked",
  history:
    "What was true before an await is taken for true after it: the slot was given back while the disk was slow.",
  property: "shell: no session without a slot",
  subject: SentUnasked,
};
