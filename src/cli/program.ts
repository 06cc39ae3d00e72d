// The command line, built from the option table and the list of commands. It reads words only;
// what they mean is the loader's and the commands' business, which are imported when asked for.
import { stripVTControlCharacters } from "node:util";
import { Command, CommanderError, Option } from "commander";
import type { Flags } from "../config/candidates.ts";
import { quoted } from "../config/error.ts";
import { nearest } from "../config/nearest.ts";
import { ALL_OPTIONS } from "../config/options.ts";
import { coloursOn } from "./colour.ts";
import { COMMANDS, type CommandWords } from "./commands.ts";
import { commandHelp, optionsHelp, rootHelp } from "./help.ts";
import { EXIT, print, UsageError } from "./run.ts";
import { versionLine } from "./version.ts";

/** What the user asks for. `own` holds the command's own flags, by name without dashes. */
export interface Asked {
  readonly command: string;
  readonly words: readonly string[];
  readonly settings: Flags;
  readonly own: Readonly<Record<string, string | true>>;
}

/** Calls `answer` with what is asked, and returns its exit code. Throws `UsageError`. */
export async function runProgram(
  argv: readonly string[],
  answer: (asked: Asked) => Promise<number>,
): Promise<number> {
  let exitCode: number = EXIT.done;
  const settings: Record<string, string[]> = {};
  const root = new Command("aceslot");

  const add = (words: CommandWords): void => {
    const own: Record<string, string | true> = {};
    const command = root.command(words.name).argument("[words...]");
    for (const { flag, placeholder, choices, ofSettings } of words.flags) {
      if (ofSettings) continue;
      const option = new Option(placeholder ? `${flag} <${placeholder}>` : flag);
      if (placeholder)
        option.argParser((value: string) =>
          keepOnce(own, flag, choices ? oneOf(flag, value, choices) : value),
        );
      command.addOption(option);
      if (!placeholder) command.on(`option:${flag.slice(2)}`, () => keepOnce(own, flag, true));
    }
    command.action(async (given: string[]) => {
      const most = words.argument ? (words.repeatable ? Number.POSITIVE_INFINITY : 1) : 0;
      if (given.length === 0 && words.argument) {
        throw new UsageError(`${words.name}: ${words.argument} is missing; see aceslot ${words.name} --help`);
      }
      if (given.length > most) {
        const many = quoted(given[most] ?? "");
        throw new UsageError(
          `${words.name}: ${many} is not allowed: it takes ${most === 0 ? "no argument" : `one ${words.argument}`}; leave it out`,
        );
      }
      if (words.withoutSettings) refuseSettings(words, settings);
      exitCode = await answer({ command: words.name, words: given, settings, own });
    });
  };

  root.version(versionLine(), "-V, --version").argument("[command]").argument("[words...]");
  for (const spec of ALL_OPTIONS) {
    const option = new Option(`--${spec.name} <${spec.kind.placeholder}>`);
    root.addOption(
      option.argParser((value: string) => {
        settings[spec.name] = [...(settings[spec.name] ?? []), value];
      }),
    );
  }
  for (const words of COMMANDS) add(words);
  root.helpCommand(false);
  const help = root.command("help").argument("[command]");
  help.action(async (name: string | undefined) => {
    if (name === "options") {
      const text = optionsHelp();
      return print(coloursOn() ? text : stripVTControlCharacters(text));
    }
    const about = name === undefined ? root : root.commands.find((command) => command.name() === name);
    if (about === undefined) throw unknownCommand(name ?? "");
    about.outputHelp();
  });
  root.action(async (unknown: string | undefined) => {
    if (unknown !== undefined) throw unknownCommand(unknown);
    exitCode = await answer({ command: "serve", words: [], settings, own: {} });
  });
  for (const command of [root, ...root.commands]) {
    command
      .exitOverride()
      .showSuggestionAfterError(false)
      .configureOutput({ writeErr: () => {}, getOutHasColors: () => coloursOn() })
      .configureHelp({
        formatHelp: (about) => `${about === root ? rootHelp() : commandHelp(about.name())}\n`,
      });
  }

  try {
    await root.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error);
  }
  return exitCode;
}

/** A flag that would be ignored is a mistake; one that is read is given once. */
function refuseSettings({ name, flags }: CommandWords, settings: Flags): void {
  for (const [setting, values = []] of Object.entries(settings)) {
    const flag = `--${setting}`;
    if (!flags.some((own) => own.ofSettings && own.flag === flag))
      throw new UsageError(`${flag}: ${name} reads no settings of the proxy; leave it out`);
    if (values.length > 1)
      throw new UsageError(`${flag}: given more than once: it takes one value; leave the others out`);
  }
}

function keepOnce(own: Record<string, string | true>, flag: string, value: string | true): void {
  const name = flag.slice(2);
  if (Object.hasOwn(own, name)) {
    throw new UsageError(`${flag}: given more than once: it takes one value; leave the others out`);
  }
  own[name] = value;
}

function oneOf(flag: string, value: string, choices: readonly string[]): string {
  if (choices.includes(value)) return value;
  throw new UsageError(
    `${flag}: ${quoted(value)} is not allowed: it must be one of ${choices.join(", ")}; try ${flag} ${choices.at(-1)}`,
  );
}

function unknownCommand(name: string): UsageError {
  const guess = nearest(name, [...COMMANDS.map((command) => command.name), "help"]);
  const fix = guess === null ? "see aceslot --help" : `did you mean aceslot ${guess}?`;
  return new UsageError(`${quoted(name)}: there is no such command; ${fix}`);
}

/** commander's own sentence may quote what was typed, secrets among it; ours names the flag alone. */
function usageError({ code, message }: CommanderError): UsageError {
  const [, typed = ""] = /'(-[^\s'=]*)/.exec(message) ?? [];
  switch (code) {
    case "commander.unknownOption": {
      const flags = [...ALL_OPTIONS.map((spec) => `--${spec.name}`), "--help", "--version"];
      const own = COMMANDS.flatMap((command) => command.flags.map(({ flag }) => flag));
      const guess = nearest(typed, [...flags, ...own]);
      const fix = guess === null ? "see aceslot help options" : `did you mean ${guess}?`;
      return new UsageError(`${quoted(typed).slice(1, -1)}: there is no such option; ${fix}`);
    }
    case "commander.optionMissingArgument": {
      const spec = ALL_OPTIONS.find(({ name }) => `--${name}` === typed);
      const refusal = spec?.kind.parse("");
      const example = refusal?.ok === false ? refusal.example : null;
      const fix = example === null ? "give it one" : `try ${typed} ${example}`;
      const own = COMMANDS.flatMap((command) => command.flags).find(({ flag }) => flag === typed);
      const what = spec?.kind.placeholder ?? own?.placeholder ?? "one";
      return new UsageError(`${typed}: there is no value: it needs ${what}; ${fix}`);
    }
    default:
      return new UsageError(`the command line cannot be read (${code}); see aceslot --help`);
  }
}
