// Writes docs/options.md from the option table: `bun src/config/docs.ts`. A test holds the page up to date.
import { writeFileSync } from "node:fs";
import { flagOf, GROUPS, keyOf, type OptionSpec, variableOf } from "./option-spec.ts";
import { ACEXY_ONLY, ALL_OPTIONS } from "./options.ts";

const INTRODUCTION = `# Options

<!-- Made from src/config/options.ts by \`bun src/config/docs.ts\`; changes here are lost. -->

An option is looked for in these places; the first that sets it wins:

1. the flag, \`--queue-timeout 30s\`;
2. the environment variable, \`ACESLOT_QUEUE_TIMEOUT=30s\`; after it, where there is one, the variable that
   acexy has for the same thing, so that its compose files run unchanged;
3. the key of the TOML file that \`--config\` names, \`queue-timeout = "30s"\`;
4. the default.

\`aceslot config\` shows the settings in force and where each came from, \`aceslot config --check\` only checks
them. A value that is not allowed, an unknown flag, key or \`ACESLOT_\` variable stops the start with exit
code 4 and one line that names the value, the rule and the fix. An empty variable counts as not set.

Times carry a unit, as Go writes them: \`500ms\`, \`10s\`, \`1m30s\`, \`1h\`. Sizes: \`4MiB\`, \`4.2MiB\`, \`4MB\`, or
bytes. Lists are repeated flags, a TOML list, or commas between the values of a variable.
`;

/** The whole page. */
export function optionsPage(): string {
  const groups = GROUPS.map((group) => {
    const specs = ALL_OPTIONS.filter((spec) => spec.group === group);
    return `## ${group}\n\n${table(["flag", "default", "meaning", "variables"], specs.map(row))}`;
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

if (import.meta.main) writeFileSync(new URL("../../docs/options.md", import.meta.url), optionsPage());
