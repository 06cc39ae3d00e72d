// `aceslot completion SHELL`: a script for the shell to source, made from the commands and the option table.
import { SHELLS, type ShellName } from "../commands.ts";
import { EXIT, print, UsageError } from "../run.ts";
import { bash } from "./bash.ts";
import { fish } from "./fish.ts";
import { powershell } from "./powershell.ts";
import { zsh } from "./zsh.ts";

const SCRIPTS: Readonly<Record<ShellName, () => string>> = { bash, zsh, fish, powershell };

export async function completion(shell: string): Promise<number> {
  const known = SHELLS.find((name) => name === shell);
  if (known === undefined) {
    throw new UsageError(
      `completion: ${JSON.stringify(shell)} is not allowed: it must be one of ${SHELLS.join(", ")}; try aceslot completion bash`,
    );
  }
  await print(SCRIPTS[known]());
  return EXIT.done;
}
