// `aceslot config`: the settings in force, with where each came from. Secrets are masked by the loader.
import { exampleFile } from "../config/example.ts";
import { ConfigError, type Flags, type Loaded, type ShownSetting } from "../config/load.ts";
import { schemaText } from "../config/schema.ts";
import { neutral } from "./escaped.ts";
import { EXIT, print, UsageError } from "./run.ts";
import { readSettings, readSettingsAloud } from "./settings.ts";

export interface ConfigRequest {
  readonly check: boolean;
  readonly example: boolean;
  readonly schema: boolean;
  readonly format: "text" | "json";
}

export async function config(flags: Flags, request: ConfigRequest): Promise<number> {
  const [first, second] = (["check", "example", "schema"] as const).filter((flag) => request[flag]);
  if (second !== undefined) {
    throw new UsageError(
      `--${first} and --${second}: they cannot go together: each prints its own answer; leave one out`,
    );
  }
  if (request.example || request.schema) {
    await print(request.example ? exampleFile() : schemaText());
    return EXIT.done;
  }
  if (request.format === "json") return asJson(flags, request.check);
  const loaded = readSettingsAloud(flags);
  await print(request.check ? "The settings are valid." : asTable(loaded.shown));
  return EXIT.done;
}

/** Faults are an answer too, for whoever reads JSON. */
async function asJson(flags: Flags, checkOnly: boolean): Promise<number> {
  let loaded: Loaded;
  try {
    loaded = readSettings(flags);
  } catch (error) {
    if (!(error instanceof ConfigError) || !checkOnly) throw error;
    const faults = error.all.map(({ code, message }) => ({ code, message }));
    await print(JSON.stringify({ ok: false, faults }, null, 2));
    return EXIT.badUsage;
  }
  const { shown, warnings } = loaded;
  const settings = Object.fromEntries(shown.map(({ name, value, source }) => [name, { value, source }]));
  await print(JSON.stringify(checkOnly ? { ok: true, warnings } : { settings, warnings }, null, 2));
  return EXIT.done;
}

function asTable(shown: readonly ShownSetting[]): string {
  const rows = [
    ["SETTING", "VALUE", "FROM"],
    ...shown.map((each) => [each.name, valueText(each), each.source]),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function valueText({ value }: ShownSetting): string {
  if (value === null) return "-";
  return neutral(typeof value === "string" ? value : value.join(", "));
}
