// The texts of --help, made from the option table and the list of commands: `aceslot --help` fits a screen of 24
// lines with 80 columns, `aceslot help options` lists everything by group, in as many columns as there are, at most 100.
import { flagOf, GROUPS, type OptionSpec } from "../config/option-spec.ts";
import { ALL_OPTIONS, OPTIONS } from "../config/options.ts";
import { VERSION } from "../version.ts";
import { COMMANDS, type CommandWords } from "./commands.ts";
import type { FlagWords } from "./flag-words.ts";
import { columnsOf, wrapped } from "./wrapped.ts";

const COLUMNS_MAX = 100;
/** Of a terminal that nobody made larger. */
const SCREEN_COLUMNS = 80;

type Row = readonly [term: string, text: string];

/** What most people need, where its own words are too long for a screen in shorter ones. */
const EVERYDAY: readonly (readonly [OptionSpec<unknown>, string?])[] = [
  [OPTIONS.engines],
  [OPTIONS.orchestrator, "URL of the orchestrator that lists the engines"],
  [OPTIONS.maxStreamsPerEngine],
  [OPTIONS.listen],
  [OPTIONS.token],
  [OPTIONS.playlists, "M3U file or URL with the channels; repeatable"],
  [OPTIONS.slate, "say why there is no picture in a picture"],
  [OPTIONS.stateDir, "where open sessions survive a crash"],
  [OPTIONS.config, "TOML file with these options as keys"],
];

export function rootHelp(): string {
  const plumbing = COMMANDS.filter((command) => command.plumbing);
  const also = plumbing.map((command) => `${command.name}${argumentOf(command)}`).join(", ");
  const commands = COMMANDS.filter((command) => !command.plumbing).map(
    (command): Row => [`${command.name}${argumentOf(command)}`, command.help],
  );
  const options = EVERYDAY.map(([spec, help]) => row(help === undefined ? spec : { ...spec, help }));
  const screen = (rows: readonly Row[]) =>
    rows.flatMap((each) => lines(each, termWidth(rows), SCREEN_COLUMNS));
  return [
    `${bold(`aceslot ${VERSION}`)} - an AceStream proxy that never overloads an engine`,
    `${bold("Usage:")} aceslot [command] [options]`,
    "",
    ...screen([...commands, ["and", also]]),
    "",
    ...screen(options),
    "",
    "All options: aceslot help options. A command's own: aceslot COMMAND --help.",
    "Each is also a variable (ACESLOT_LISTEN) and a key of the TOML file (listen).",
  ].join("\n");
}

/** `aceslot help options`: all of them, by group. */
export function optionsHelp(columns = columnsOf(COLUMNS_MAX)): string {
  return [
    `${bold("Options")} of aceslot ${VERSION}, for serve, demo, config and doctor`,
    "",
    ...allOptions(columns),
  ].join("\n");
}

function allOptions(columns: number): string[] {
  const groups = GROUPS.map((group): [string, Row[]] => [
    group,
    ALL_OPTIONS.filter((spec) => spec.group === group).map(row),
  ]);
  const sections = [...groups, ["Other", OTHER] as const];
  const width = termWidth(sections.flatMap(([, rows]) => rows));
  return [
    ...sections.flatMap(([title, rows]) => [
      bold(title),
      ...rows.flatMap((each) => lines(each, width, columns)),
      "",
    ]),
    ...[
      "Each option is also a variable (--queue-timeout: ACESLOT_QUEUE_TIMEOUT) and a key of the TOML file.",
      "The variables of acexy work too. Times: 500ms, 10s, 1m30s. Sizes: 4MiB, 4MB, 1000000.",
    ].flatMap((line) => wrapped(line, columns)),
  ];
}

const OTHER: readonly Row[] = [
  ["-h, --help", "what is used most, or what a command takes"],
  ["-V, --version", "version, runtime and platform"],
];

export function commandHelp(name: string, columns = columnsOf(COLUMNS_MAX)): string {
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) return rootHelp();
  const own = ({ flag, placeholder, help }: FlagWords): Row => [
    placeholder ? `${flag} ${placeholder}` : flag,
    help,
  ];
  const groups = [...new Set(command.flags.map(({ group }) => group))];
  const last: Row = ["-h, --help", "this text"];
  const width = termWidth([...command.flags.map(own), last]);
  const sections = groups.flatMap((group, index) => [
    ...(group === undefined ? [] : [...(index === 0 ? [] : [""]), bold(group)]),
    ...command.flags
      .filter((flag) => flag.group === group)
      .flatMap((flag) => lines(own(flag), width, columns)),
  ]);
  return [
    `${bold(`aceslot ${name}`)} - ${command.help}`,
    "",
    `${bold("Usage:")} aceslot ${name}${argumentOf(command)} [options]`,
    "",
    ...sections,
    ...lines(last, width, columns),
    ...settingsOf(command, columns),
    ...(HINTS[name] ?? []).flatMap((line) => wrapped(line, columns)),
  ].join("\n");
}

/** What a command says of the settings that it reads: the one that runs all day lists them. */
function settingsOf({ name, withoutSettings }: CommandWords, columns: number): string[] {
  if (withoutSettings) return [];
  return name === "serve"
    ? ["", ...allOptions(columns)]
    : ["", "The options of `aceslot help options` apply here too."];
}

/** What some commands say below their flags. */
const HINTS: Readonly<Record<string, readonly string[]>> = {
  completion: [
    "",
    "bash:       source <(aceslot completion bash)",
    "zsh:        source <(aceslot completion zsh)",
    "fish:       aceslot completion fish | source",
    "powershell: aceslot completion powershell | Out-String | Invoke-Expression",
  ],
  man: ["", "Read it: aceslot man | man -l -", "Keep it: aceslot man > /usr/local/share/man/man1/aceslot.1"],
  check: [
    "",
    "Without --out a violation's trace is written to aceslot-trace.json in the working folder.",
    "Ends with 0: all hold; 1: violated; 2: a limit was reached; 3: something was never put to the test; 4: bad usage. More: docs/model-checking.md and docs/check.md.",
  ],
  doctor: [
    "",
    "Without --test-id it starts no stream; it changes nothing. Ends with 0: fine; 1: something will not work.",
    "More: docs/doctor.md.",
  ],
  replay: [
    "",
    "Several files are several proxies on the same engines, merged by the time that their lines tell.",
    "The output of redis-cli monitor is what their store did; - is standard input.",
    "Ends with 0: nothing wrong; 1: an illegal step, or the cap was certainly exceeded; 2: it cannot be told; 4: a file cannot be read. More: docs/replay.md.",
  ],
};

/** ` FILE…` */
function argumentOf({ argument, repeatable }: CommandWords): string {
  return argument === undefined ? "" : ` ${argument}${repeatable ? "…" : ""}`;
}

function row(spec: OptionSpec<unknown>): Row {
  const byDefault = spec.defaultText === undefined ? spec.default : null;
  return [
    `${flagOf(spec) ?? spec.name} ${spec.kind.placeholder}`,
    byDefault === null ? spec.help : `${spec.help} [${byDefault}]`,
  ];
}

const termWidth = (rows: readonly Row[]): number => Math.max(...rows.map(([term]) => term.length)) + 2;

function lines([term, text]: Row, width: number, columns: number): string[] {
  return wrapped(text, columns - width - 2).map(
    (part, index) => `  ${(index === 0 ? term : "").padEnd(width)}${part}`,
  );
}

/** Taken off again where the output is no terminal. */
const bold = (text: string): string => `\u001b[1m${text}\u001b[22m`;
