import type { Effect } from "../../../src/slots/index.ts";
import { Subject } from "../subject.ts";
import type { ShellMutant } from "./mutant.ts";

class FreeWhenSent extends Subject {
  protected override async stop(order: Effect & { type: "stop" }): Promise<void> {
    void this.outside.engine.stop(order.urls);
    this.post({ type: "stopConfirmed", session: order.session, proof: "stop confirmed" });
  }
}

export const freeWhenSent: ShellMutant = {
  name: "shell-free-when-sent",
  history:
    "acexy: the connection is closed and the count is lowered at once, while the engine still carries the stream.",
  property: "shell: free only with proof",
  subject: FreeWhenSent,
};
