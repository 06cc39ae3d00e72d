// Secrets out of files, and what is unwise about where a secret comes from.
import type { Rank } from "./candidates.ts";
import { ConfigError } from "./error.ts";
import { type ReadFile, readNamedFile } from "./file.ts";
import { OPTIONS } from "./options.ts";
import type { Found, Reading } from "./reading.ts";
import { type Env, withHome } from "./state-dir.ts";
import { refusalText } from "./types.ts";

/** Files as the loader may use them. */
export interface FileAccess {
  /** The text of a file; throws as node:fs does. */
  readonly readFile: ReadFile;
  /** Permission bits, or `null` where they mean nothing (Windows). */
  readonly fileMode?: (path: string) => number | null;
}

const STRENGTH: Readonly<Record<Rank, number>> = { flag: 4, variable: 3, alias: 2, file: 1, default: 0 };

/** The orchestrator's key: itself or in a file, whichever has the stronger source. */
export function readOrchestratorKey(reading: Reading, files: FileAccess, env: Env): Found<string | null> {
  const spec = OPTIONS.orchestratorKey;
  const key = reading.optional(spec);
  const file = reading.optional(OPTIONS.orchestratorKeyFile);
  if (file.value === null || STRENGTH[key.rank] > STRENGTH[file.rank]) {
    if (key.rank === "flag") reading.warnings.push(inProcessList(key.place));
    return key;
  }
  if (key.value !== null && key.rank === file.rank) {
    throw new ConfigError(
      "conflict",
      `${key.place} and ${file.place}: only one of them can be set; leave one out`,
    );
  }
  const path = withHome(file.value, env);
  const text = readNamedFile(files.readFile, file.place, path).trim();
  const parsed = spec.kind.parse(text);
  if (!parsed.ok) {
    const place = `${file.place}: ${path}`;
    throw new ConfigError(
      "bad_file",
      text === ""
        ? `${place} is empty: it must hold the key; write the key into it`
        : refusalText(place, null, parsed, (example) => example),
    );
  }
  warnOfReaders(reading, files, path, "the key");
  return reading.show(spec, { ...file, value: parsed.value }, parsed.value);
}

export function warnOfReaders(reading: Reading, files: FileAccess, path: string, what: string): void {
  const mode = files.fileMode?.(path) ?? null;
  if (mode === null || (mode & 0o004) === 0) return;
  reading.warnings.push(`${path} holds ${what} and everybody on this host can read it; chmod 600 ${path}`);
}

export const inProcessList = (place: string): string =>
  `${place} can be read in this host's process list; prefer its variable or a file`;
