// `aceslot completion SHELL`: a script for the shell to source, made from the commands and the option table.
import { clusterMutants } from "../../model/cluster/index.ts";
import { MUTANTS } from "../../model/mutants/index.ts";
import { shellMutants } from "../../model/shell/index.ts";
import { flagOf } from "../config/option-spec.ts";
import { ALL_OPTIONS } from "../config/options.ts";
import { COMMANDS, SHELLS, type ShellName } from "./commands.ts";
import type { FlagWords } from "./flag-words.ts";
import { EXIT, print, UsageError } from "./run.ts";

interface Flag {
  readonly flag: string;
  readonly help: string;
  /** What comes after it. */
  readonly value: "nothing" | "word" | "file" | "directory" | readonly string[];
  /** The one command that knows it, or `null` for all. */
  readonly command: string | null;
}

export async function completion(shell: string): Promise<number> {
  const known = SHELLS.find((name) => name === shell);
  if (known === undefined) {
    throw new UsageError(
      `completion: ${JSON.stringify(shell)} is not allowed: it must be one of ${SHELLS.join(", ")}; try aceslot completion bash`,
    );
  }
  await print(script(known));
  return EXIT.done;
}

function script(shell: ShellName): string {
  switch (shell) {
    case "bash":
      return bash();
    case "zsh":
      return zsh();
    case "fish":
      return fish();
  }
}

const MUTANT_NAMES = ["all", ...[...MUTANTS, ...shellMutants, ...clusterMutants].map(({ name }) => name)];

const FLAGS: readonly Flag[] = [
  ...ALL_OPTIONS.map((spec): Flag => {
    const { placeholder, choices } = spec.kind;
    const value = choices ?? (placeholder === "FILE" ? "file" : placeholder === "DIR" ? "directory" : "word");
    return { flag: flagOf(spec) ?? spec.name, help: spec.help, value, command: null };
  }),
  { flag: "--help", help: "show the help", value: "nothing", command: null },
  { flag: "--version", help: "show the version", value: "nothing", command: null },
  ...COMMANDS.flatMap((command) =>
    command.flags
      .filter(({ ofSettings }) => !ofSettings)
      .map((words): Flag => ({ ...words, value: valueFor(words), command: command.name })),
  ),
];

function valueFor({ placeholder, choices, completes }: FlagWords): Flag["value"] {
  if (choices) return choices;
  if (completes === "mutants") return MUTANT_NAMES;
  if (completes) return completes === "files" ? "file" : "directory";
  return placeholder ? "word" : "nothing";
}

/** Commands whose argument is a file. */
const filed = COMMANDS.filter((command) => command.names === "files").map((command) => command.name);
const names = COMMANDS.map((command) => command.name);

function bash(): string {
  const cases = FLAGS.filter(({ value }) => value !== "nothing").map(({ flag, value, command }) => {
    const before = `    ${command ?? "*"}:${flag})`;
    if (value === "file") return `${before} COMPREPLY=($(compgen -f -- "$cur")); return ;;`;
    if (value === "directory") return `${before} COMPREPLY=($(compgen -d -- "$cur")); return ;;`;
    if (typeof value === "string") return `${before} return ;;`;
    return `${before} COMPREPLY=($(compgen -W "${value.join(" ")}" -- "$cur")); return ;;`;
  });
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
    case $word in ${names.join("|")}) command=$word; break ;; esac
  done
  case $command:$prev in
${cases.join("\n")}
    completion:completion) COMPREPLY=($(compgen -W "${SHELLS.join(" ")}" -- "$cur")); return ;;
  esac
  local words="${general.join(" ")}"
  case $command in
    "") words="${names.join(" ")} $words" ;;
${own.join("")}  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  case $command in ${filed.join("|")}) COMPREPLY+=($(compgen -f -- "$cur")) ;; esac
}
complete -F _aceslot aceslot
`;
}

function zsh(): string {
  const argument = ({ flag, help, value }: Flag): string => {
    const repeatable = ALL_OPTIONS.some((spec) => flagOf(spec) === flag && spec.repeatable);
    const head = `${repeatable ? "*" : ""}${flag}[${zshText(help)}]`;
    if (value === "nothing") return head;
    if (value === "file") return `${head}:file:_files`;
    if (value === "directory") return `${head}:directory:_files -/`;
    return typeof value === "string" ? `${head}:value: ` : `${head}:value:(${value.join(" ")})`;
  };
  const lines = FLAGS.map((flag) => `    ${single(argument(flag))} \\\n`);
  const commands = COMMANDS.map(({ name, help }) => `      ${single(`${name}:${help}`)}`);
  return `#compdef aceslot
_aceslot() {
  local state line
  _arguments \\
${lines.join("")}    '1:command:->command' \\
    '*:argument:->argument'
  if [[ $state == command ]]; then
    local -a commands=(
${commands.join("\n")}
    )
    _describe command commands
  elif [[ $state == argument ]]; then
    case $line[1] in
      completion) compadd ${SHELLS.join(" ")} ;;
      ${filed.join("|")}) _files ;;
    esac
  fi
}
compdef _aceslot aceslot
`;
}

function fish(): string {
  const lines = FLAGS.map(({ flag, help, value, command }) => {
    const where = command === null ? "" : ` -n '__fish_seen_subcommand_from ${command}'`;
    const what = {
      nothing: "",
      word: " -x",
      file: " -r -F",
      directory: " -x -a '(__fish_complete_directories)'",
    };
    const after = typeof value === "string" ? what[value] : ` -x -a '${value.join(" ")}'`;
    return `complete -c aceslot${where} -l ${flag.slice(2)}${after} -d ${single(help)}`;
  });
  const commands = COMMANDS.map(
    ({ name, help }) => `complete -c aceslot -n __fish_use_subcommand -a ${name} -d ${single(help)}`,
  );
  return [
    "complete -c aceslot -f",
    ...commands,
    ...filed.map((name) => `complete -c aceslot -F -n '__fish_seen_subcommand_from ${name}'`),
    `complete -c aceslot -n '__fish_seen_subcommand_from completion' -a '${SHELLS.join(" ")}'`,
    ...lines,
    "",
  ].join("\n");
}

/** In single quotes, for zsh and fish alike: the table's texts hold no backslash. */
const single = (text: string): string => `'${text.replaceAll("'", "’")}'`;

const zshText = (text: string): string => text.replace(/[[\]:]/g, "\\$&");
