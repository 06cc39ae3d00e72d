// Writes what is made from the option table: `bun src/config/docs.ts`. A test holds the files up to date.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { exampleFile, RELOADS } from "./example.ts";
import { flagOf, GROUPS, keyOf, type OptionSpec, variableOf } from "./option-spec.ts";
import { ACEXY_ONLY, ALL_OPTIONS } from "./options.ts";
import { schemaText } from "./schema.ts";

const INTRODUCTION = `# Options

<!-- Made from src/config/options.ts by \`bun src/config/docs.ts\`; changes here are lost. -->

Where they are set, which source is stronger, how secrets are kept out of sight and what a reload does is told in
[configuration.md](configuration.md). The same list as a commented TOML file: \`aceslot config --example\`, or
[deploy/aceslot.toml](../deploy/aceslot.toml).

Times carry a unit, as Go writes them: \`500ms\`, \`10s\`, \`1m30s\`, \`1h\`. Sizes: \`4MiB\`, \`4.2MiB\`, \`4MB\`, or
bytes. "Reload" says when SIGHUP brings a change into force.
`;

/** The whole page. */
export function optionsPage(): string {
  const groups = GROUPS.map((group) => {
    const specs = ALL_OPTIONS.filter((spec) => spec.group === group);
    return `## ${group}\n\n${table(["flag", "default", "meaning", "reload", "variables"], specs.map(row))}`;
  });
  const acexy = Object.values(ACEXY_ONLY).map((spec) => [code(spec.name), spec.help]);
  return `${[
    INTRODUCTION,
    ...groups,
    `## Variables of acexy alone\n\n${table(["variable", "meaning"], acexy)}`,
  ].join("\n")}`;
}

function row(spec: OptionSpec<unknown>): string[] {
  const flag = `${flagOf(spec) ?? spec.name} ${spec.kind.placeholder}`;
  const byDefault = spec.defaultText ?? (spec.default === null ? "" : code(spec.default));
  const noKey = keyOf(spec) === null ? "Not a key of the file." : "";
  const meaning = [`${spec.help}.`, spec.details ?? "", noKey].filter((part) => part !== "").join(" ");
  const names = [variableOf(spec), ...spec.aliases.map((alias) => alias.name), ...(spec.partAliases ?? [])];
  return [
    code(flag),
    byDefault,
    meaning,
    RELOADS[spec.reload],
    names
      .filter((name) => name !== null)
      .map(code)
      .join(", "),
  ];
}

const code = (text: string): string => `\`${text}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return `${[line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")}\n`;
}

/** The rows of the reload table in docs/configuration.md: what each option does with SIGHUP. */
export function reloadTable(): string {
  const rows = (["live", "new streams", "restart"] as const).map((reload) => {
    const flags = ALL_OPTIONS.filter((spec) => spec.reload === reload).map((spec) => code(`--${spec.name}`));
    return [RELOADS[reload], flags.join(", ")];
  });
  return table(["comes into force", "options"], rows);
}

const TABLE = /(<!-- reload table -->\n).*?(<!-- end -->)/s;

/** The page about configuration, with the table of today. */
export const withReloadTable = (page: string): string =>
  page.replace(TABLE, (_, begin, end) => `${begin}\n${reloadTable()}\n${end}`);

/** Files that are made from the table, by their path in the repository. */
export const MADE: Readonly<Record<string, (before: string) => string>> = {
  "docs/options.md": optionsPage,
  "docs/configuration.md": withReloadTable,
  "deploy/aceslot.toml": exampleFile,
  "deploy/aceslot.schema.json": schemaText,
};

if (import.meta.main)
  for (const [path, make] of Object.entries(MADE)) {
    const url = new URL(`../../${path}`, import.meta.url);
    const text = make(existsSync(url) ? readFileSync(url, "utf8") : "");
    writeFileSync(url, text);
  }
