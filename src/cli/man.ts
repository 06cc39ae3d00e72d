// `aceslot man`: the manual page, in mdoc(7), made from the commands and the option table.
import { flagOf, GROUPS, type OptionSpec, variableOf } from "../config/option-spec.ts";
import { ALL_OPTIONS } from "../config/options.ts";
import { VERSION } from "../version.ts";
import { COMMANDS, type CommandWords } from "./commands.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import type { FlagWords } from "./flag-words.ts";
import { EXIT, print } from "./run.ts";

export async function man(): Promise<number> {
  await print(manualPage());
  return EXIT.done;
}

/** The source of aceslot(1). */
export function manualPage(): string {
  return [
    ".Dd $Mdocdate$",
    ".Dt ACESLOT 1",
    `.Os "aceslot ${VERSION}"`,
    ".Sh NAME",
    ".Nm aceslot",
    ".Nd AceStream proxy that never gives an engine more streams than it can carry",
    ".Sh SYNOPSIS",
    ".Nm",
    ".Op Ar command",
    ".Op Ar options",
    ".Sh DESCRIPTION",
    ".Nm",
    ...text(
      "shares AceStream streams among players. It picks an engine from a pool, starts each stream there once, and sends its MPEG-TS to everyone who asks for it. No engine ever carries more streams than --max-streams-per-engine.",
    ),
    ".Pp",
    ...text("Play it at"),
    `.Lk ${word("http://HOST:6879/ace/getstream?id=CONTENT-ID")} ,`,
    ...text("look at it at"),
    `.Lk ${word("http://HOST:6879/")} .`,
    ".Sh COMMANDS",
    ...list(COMMANDS.flatMap(command)),
    ".Sh OPTIONS",
    ...text(
      "These are for serve, demo, config, doctor and healthcheck. Times carry a unit: 500ms, 10s, 1m30s. Sizes: 4MiB, 4MB, or bytes.",
    ),
    ...GROUPS.flatMap((group) => [
      `.Ss ${word(group)}`,
      ...list(ALL_OPTIONS.filter((spec) => spec.group === group).flatMap(setting)),
    ]),
    ".Sh ENVIRONMENT",
    ...text(
      "Every option is also a variable: its name in capitals after ACESLOT_, with _ for each dash. A flag wins over a variable, a variable over the file, the file over the default.",
    ),
    ...list([
      ...variable("ACESLOT_QUEUE_TIMEOUT", "as --queue-timeout, and so on for every option"),
      ...variable("ACEXY_*", "the variables of acexy, which mean what they mean there"),
      ...variable("NO_COLOR", "if set, nothing is coloured"),
      ...variable("FORCE_COLOR , CLICOLOR_FORCE", "if set and not 0, files and pipes get colours too"),
    ]),
    ".Sh EXIT STATUS",
    ...list(
      EXIT_CODES.flatMap(({ code, commands, meaning }) => [
        `.It ${code}`,
        ...text(commands === null ? sentence(meaning) : `${commands.join(", ")}: ${meaning}.`),
      ]),
    ),
    ".Sh EXAMPLES",
    ...text("One engine on this machine:"),
    ...example("aceslot --engine 127.0.0.1:6878"),
    ...text("A pool that an orchestrator keeps, two streams on each engine:"),
    ...example("aceslot --orchestrator http://orchestrator:8000 --max-streams-per-engine 2"),
    ...text("What is wrong, and how to mend it:"),
    `.Dl ${word("aceslot doctor --engine 127.0.0.1:6878")}`,
  ].join("\n");
}

function command({ name, argument, repeatable, help, flags }: CommandWords): string[] {
  const takes = argument === undefined ? "" : ` Ar ${argument}${repeatable ? " ..." : ""}`;
  return [`.It Cm ${name}${takes}`, ...text(`${sentence(help)}`), ...(flags.length > 0 ? own(flags) : [])];
}

const own = (flags: readonly FlagWords[]): string[] =>
  list(
    flags.flatMap(({ flag, placeholder, help }) => [
      `.It Fl ${word(flag.slice(1))}${placeholder ? ` Ar ${word(placeholder)}` : ""}`,
      ...text(sentence(help)),
    ]),
  );

function setting(spec: OptionSpec<unknown>): string[] {
  const name = (flagOf(spec) ?? `--${spec.name}`).slice(1);
  const byDefault = spec.defaultText ?? spec.default;
  const names = [variableOf(spec), ...spec.aliases.map((alias) => alias.name)].filter(
    (each) => each !== null,
  );
  return [
    `.It Fl ${word(name)} Ar ${word(spec.kind.placeholder)}`,
    ...text(sentence(spec.help)),
    ...text(spec.details?.replaceAll("`", "") ?? ""),
    ...(byDefault === null ? [] : text(`Default: ${byDefault}.`)),
    ...text(`Variable: ${names.join(", ")}.`),
  ];
}

const variable = (name: string, meaning: string): string[] => [
  `.It Ev ${word(name)}`,
  ...text(sentence(meaning)),
];

const list = (items: readonly string[]): string[] => [".Bl -tag -width Ds", ...items, ".El"];

const example = (line: string): string[] => [`.Dl ${word(line)}`, ".Pp"];

/** A capital in front, unless the first word is one to be typed (`ci: seconds`). */
const sentence = (help: string): string =>
  /^[a-z-]+:/.test(help) ? `${help}.` : `${help.slice(0, 1).toUpperCase()}${help.slice(1)}.`;

/** Each sentence on a line of its own, as mdoc wants it; nothing in it is a request. */
function text(words: string): string[] {
  return words === ""
    ? []
    : escaped(words)
        .split(/(?<=[.:;?!]) (?=[A-Z])/)
        .map(atBeginning);
}

const atBeginning = (line: string): string => (/^[.']/.test(line) ? `\\&${line}` : line);

/** What follows a macro on its line. */
const word = (words: string): string => escaped(words).replaceAll('"', "\\(dq");

const escaped = (words: string): string =>
  words.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("…", "...").replaceAll("’", "\\(cq");
