import { Subject } from "../subject.ts";
import type { ShellMutant } from "./mutant.ts";

class SendBeforeWritten extends Subject {
  protected override async written(): Promise<void> {}
}

export const sendBeforeWritten: ShellMutant = {
  name: "shell-send-before-written",
  history:
    "The state file is written in the background to save a millisecond; a crash in it forgets the session.",
  property: "shell: written before sent",
  subject: SendBeforeWritten,
};
