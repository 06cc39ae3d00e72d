// The TOML file with every option, explained and commented out: `aceslot config --example`.
// `bun src/config/docs.ts` writes it to deploy/aceslot.toml; a test holds that up to date.
import { literalOf } from "./candidates.ts";
import { flagOf, GROUPS, keyOf, type OptionSpec, type Reload, variableOf } from "./option-spec.ts";
import { ALL_OPTIONS, OPTIONS } from "./options.ts";
import { SECRETS } from "./secret-specs.ts";

const COLUMNS = 100;

const SCHEMA_HINT = "#:schema ./aceslot.schema.json";

const INTRODUCTION = [
  "The settings of aceslot, each with its default or, where there is none, with an example.",
  "Lines that begin with # alone are settings: take the # away and change the value. Lines that begin with ## need a " +
    "file first. Flags and variables are stronger than what stands here.",
  "`aceslot --config aceslot.toml config --check` says what is wrong in it. SIGHUP brings changes into force under " +
    "running streams, except where a restart is said to be needed. Editors that know JSON schemas check the file " +
    "while you write, if the output of `aceslot config --schema` lies beside it.",
];

/** What SIGHUP does with a change, as a sentence. */
export const RELOADS: Readonly<Record<Reload, string>> = {
  live: "at once",
  "new streams": "for new streams",
  restart: "restart",
};

const AFTER_CHANGE: Readonly<Record<Reload, readonly string[]>> = {
  live: [],
  "new streams": ["A change counts for new streams."],
  restart: ["A change needs a restart."],
};

/** Uncommenting every line with one # yields a file that loads. */
export function exampleFile(): string {
  const groups = GROUPS.map((group) => {
    const specs = ALL_OPTIONS.filter((spec) => spec.group === group && keyOf(spec) !== null);
    return [`# ---- ${group} ${"-".repeat(COLUMNS - group.length - 8)}`, ...specs.map(block)].join("\n\n");
  });
  const head = [SCHEMA_HINT, ...INTRODUCTION.flatMap((text) => ["#", ...wrapped(text)])].join("\n");
  return `${[head, ...groups].join("\n\n\n")}\n`;
}

function block(spec: OptionSpec<unknown>): string {
  const aliases = [...spec.aliases.map(({ name }) => name), ...(spec.partAliases ?? [])];
  const byDefault = spec.defaultText ?? (spec.default === null ? "nothing" : spec.default);
  const said = [
    `${spec.help[0]?.toUpperCase()}${spec.help.slice(1)}.`,
    ...(spec.details === undefined ? [] : [spec.details]),
  ];
  return [
    ...wrapped(said.join(" ")),
    ...wrapped(
      [
        `Default: ${byDefault}.`,
        `Flag: ${flagOf(spec)}.`,
        `Variable: ${[variableOf(spec), ...aliases].join(", ")}.`,
        ...AFTER_CHANGE[spec.reload],
      ].join(" "),
    ),
    `${needsFile(spec) ? "##" : "#"}${exampleLine(spec)}`,
  ].join("\n");
}

function exampleLine(spec: OptionSpec<unknown>): string {
  const literal = literalOf(spec, exampleOf(spec));
  return `${spec.name} = ${spec.repeatable ? `[${literal}]` : literal}`;
}

/** The default; else a value that would do. */
function exampleOf(spec: OptionSpec<unknown>): string {
  const refusal = spec.kind.parse("");
  const example = spec.default ?? spec.example ?? (refusal.ok ? null : refusal.example);
  if (example === null) throw new Error(`the option ${spec.name} has no example`);
  return example;
}

/** Read when the settings are: without the file there are none. */
const needsFile = (spec: OptionSpec<unknown>): boolean =>
  spec === OPTIONS.leaseCaFile || SECRETS.some(({ fileSpec }) => fileSpec === spec);

function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > COLUMNS) lines.push(`# ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
