// Completion for bash: one function that looks at the word before, and at the command.
import { COMMANDS, SHELLS } from "../commands.ts";
import { COMMAND_NAMES, FILE_COMMANDS, FLAGS, type Flag } from "./flags.ts";

export function bash(): string {
  const cases = FLAGS.filter(({ value }) => value !== "nothing").map(answer);
  const general = FLAGS.filter(({ command }) => command === null).map(({ flag }) => flag);
  const own = COMMANDS.map(({ name, flags, withoutSettings }) => {
    const words = [
      ...(withoutSettings ? ["--help", "--version"] : ["$words"]),
      ...flags.map(({ flag }) => flag),
    ];
    return words.length === 1 ? "" : `    ${name}) words="${words.join(" ")}" ;;\n`;
  });
  return `_aceslot() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in ${COMMAND_NAMES.join("|")}) command=$word; break ;; esac
  done
  case $command:$prev in
${cases.join("\n")}
    completion:completion) COMPREPLY=($(compgen -W "${SHELLS.join(" ")}" -- "$cur")); return ;;
  esac
  local words="${general.join(" ")}"
  case $command in
    "") words="${COMMAND_NAMES.join(" ")} $words" ;;
${own.join("")}  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  case $command in ${FILE_COMMANDS.join("|")}) COMPREPLY+=($(compgen -f -- "$cur")) ;; esac
}
complete -F _aceslot aceslot
`;
}

/** What follows a flag that takes a value. */
function answer({ flag, value, command }: Flag): string {
  const before = `    ${command ?? "*"}:${flag})`;
  if (value === "file") return `${before} COMPREPLY=($(compgen -f -- "$cur")); return ;;`;
  if (value === "directory") return `${before} COMPREPLY=($(compgen -d -- "$cur")); return ;;`;
  if (typeof value === "string") return `${before} return ;;`;
  return `${before} COMPREPLY=($(compgen -W "${value.join(" ")}" -- "$cur")); return ;;`;
}
