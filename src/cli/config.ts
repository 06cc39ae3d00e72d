// `aceslot config`: the settings in force, with where each came from. Secrets are masked by the loader.
import type { Flags, Loaded, ShownSetting } from "../config/load.ts";
import { configSchema } from "../config/schema.ts";
import { EXIT, print, UsageError } from "./run.ts";
import { readSettings, readSettingsAloud } from "./settings.ts";

export interface ConfigRequest {
  readonly check: boolean;
  readonly schema: boolean;
  readonly format: "text" | "json";
}

export async function config(flags: Flags, request: ConfigRequest): Promise<number> {
  if (request.check && request.schema) {
    throw new UsageError(
      "--check and --schema: they cannot go together: each prints its own answer; leave one out",
    );
  }
  if (request.schema) {
    await print(JSON.stringify(configSchema(), null, 2));
    return EXIT.done;
  }
  if (request.format === "json") {
    await print(JSON.stringify(asJson(readSettings(flags), request.check), null, 2));
    return EXIT.done;
  }
  const loaded = readSettingsAloud(flags);
  await print(request.check ? "The settings are valid." : asTable(loaded.shown));
  return EXIT.done;
}

function asJson({ shown, warnings }: Loaded, checkOnly: boolean): object {
  if (checkOnly) return { ok: true, warnings };
  const settings = Object.fromEntries(shown.map(({ name, value, source }) => [name, { value, source }]));
  return { settings, warnings };
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
  return (typeof value === "string" ? value : value.join(", ")).replace(/\p{C}/gu, "?");
}
