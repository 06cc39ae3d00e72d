// What there is to complete: every flag with what may follow it, and the commands. The shells' files write it down.
import { clusterMutants } from "../../../model/cluster/index.ts";
import { MUTANTS } from "../../../model/mutants/index.ts";
import { shellMutants } from "../../../model/shell/index.ts";
import { flagOf } from "../../config/option-spec.ts";
import { ALL_OPTIONS } from "../../config/options.ts";
import { COMMANDS } from "../commands.ts";
import type { FlagWords } from "../flag-words.ts";

export interface Flag {
  readonly flag: string;
  readonly help: string;
  /** What comes after it. */
  readonly value: "nothing" | "word" | "file" | "directory" | readonly string[];
  /** The one command that knows it, or `null` for all. */
  readonly command: string | null;
  readonly repeatable: boolean;
}

const MUTANT_NAMES = ["all", ...[...MUTANTS, ...shellMutants, ...clusterMutants].map(({ name }) => name)];

export const FLAGS: readonly Flag[] = [
  ...ALL_OPTIONS.map((spec): Flag => {
    const { placeholder, choices } = spec.kind;
    const value = choices ?? valueNamed(placeholder);
    const { help, repeatable } = spec;
    return { flag: flagOf(spec) ?? spec.name, help, value, command: null, repeatable };
  }),
  ...[
    { flag: "--help", help: "show the help" },
    { flag: "--version", help: "show the version" },
  ].map((words): Flag => ({ ...words, value: "nothing", command: null, repeatable: false })),
  ...COMMANDS.flatMap((command) =>
    command.flags
      .filter(({ ofSettings }) => !ofSettings)
      .map((words): Flag => {
        const { flag, help } = words;
        return { flag, help, value: valueFor(words), command: command.name, repeatable: false };
      }),
  ),
];

function valueNamed(placeholder: string): Flag["value"] {
  if (/^FILE\b/.test(placeholder)) return "file";
  return placeholder === "DIR" ? "directory" : "word";
}

function valueFor({ placeholder, choices, completes }: FlagWords): Flag["value"] {
  if (choices) return choices;
  if (completes === "mutants") return MUTANT_NAMES;
  if (completes) return completes === "files" ? "file" : "directory";
  return placeholder ? "word" : "nothing";
}

export const COMMAND_NAMES = COMMANDS.map((command) => command.name);

/** Commands whose argument is a file. */
export const FILE_COMMANDS = COMMANDS.filter((command) => command.names === "files").map(({ name }) => name);

/** In single quotes, for zsh and fish alike: the table's texts hold no backslash. */
export const single = (text: string): string => `'${text.replaceAll("'", "’")}'`;
