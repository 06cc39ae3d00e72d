import type { ClientId } from "../../../src/slots/index.ts";
import { Subject } from "../subject.ts";
import type { ShellMutant } from "./mutant.ts";

/** A client that leaves before its answer is only forgotten: the answer, when it comes, finds nobody. */
class LeaveUnheard extends Subject {
  override leave(client: ClientId): void {
    if (this.state.clients.get(client)?.served) super.leave(client);
  }
}

export const leaveUnheard: ShellMutant = {
  name: "shell-leave-unheard",
  history:
    "acexy: a client that goes away while the engine prebuffers leaves the stream, and its slot, behind.",
  property: "shell: at rest nothing is left",
  subject: LeaveUnheard,
};
