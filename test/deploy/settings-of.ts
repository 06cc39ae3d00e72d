/** Holds what a file in deploy/ passes to aceslot against the loader that the binary has. */
import { basename } from "node:path";
import { loadSettings } from "../../src/config/load.ts";
import type { Settings } from "../../src/config/settings.ts";

/** Secrets' files get a secret. @throws ConfigError as the start would. */
export function settingsOf(env: Readonly<Record<string, string>>, configText = ""): Settings {
  const { settings, warnings } = loadSettings({
    flags: {},
    env: { HOME: "/proc/nonexistent", ...env },
    readFile: (path) => (basename(path).endsWith(".toml") ? configText : "a-secret-of-twenty-chars\n"),
  });
  if (warnings.length > 0) throw new Error(warnings.join("\n"));
  return settings;
}

/** As Docker Compose puts variables in: `${NAME:-default}`, and `${NAME:?why}`, which somebody must set. */
export function filledIn(text: string, given: Readonly<Record<string, string>> = {}): string {
  return text.replace(
    /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_, name: string, kind?: string, rest = "") =>
      given[name] ?? (kind === "-" ? rest : `given-${name.toLowerCase()}`),
  );
}
