// Secrets out of files, and what is unwise about where a secret comes from.
import type { Rank } from "./candidates.ts";
import { ConfigError } from "./error.ts";
import { type ReadFile, readNamedFile } from "./file.ts";
import type { OptionSpec } from "./option-spec.ts";
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

export interface SecretOptions {
  readonly spec: OptionSpec<string>;
  readonly fileSpec: OptionSpec<string>;
  /** `the key`: as messages call it. */
  readonly what: string;
}

export const readOrchestratorKey = (reading: Reading, files: FileAccess, env: Env): Found<string | null> =>
  readSecret(reading, files, env, {
    spec: OPTIONS.orchestratorKey,
    fileSpec: OPTIONS.orchestratorKeyFile,
    what: "the key",
  });

/** A secret: itself or in a file, whichever has the stronger source. */
export function readSecret(
  reading: Reading,
  files: FileAccess,
  env: Env,
  { spec, fileSpec, what }: SecretOptions,
): Found<string | null> {
  const secret = reading.optional(spec);
  const file = reading.optional(fileSpec);
  if (file.value === null || STRENGTH[secret.rank] > STRENGTH[file.rank]) {
    if (secret.rank === "flag") reading.warnings.push(inProcessList(secret.place));
    return secret;
  }
  if (secret.value !== null && secret.rank === file.rank) {
    throw new ConfigError(
      "conflict",
      `${secret.place} and ${file.place}: only one of them can be set; leave one out`,
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
        ? `${place} is empty: it must hold ${what}; write ${what} into it`
        : refusalText(place, null, parsed, (example) => example),
    );
  }
  warnOfReaders(reading, files, path, what);
  return reading.show(spec, { ...file, value: parsed.value }, parsed.value);
}

export function warnOfReaders(reading: Reading, files: FileAccess, path: string, what: string): void {
  const mode = files.fileMode?.(path) ?? null;
  if (mode === null || (mode & 0o004) === 0) return;
  reading.warnings.push(`${path} holds ${what} and everybody on this host can read it; chmod 600 ${path}`);
}

export const inProcessList = (place: string): string =>
  `${place} can be read in this host's process list; prefer its variable or a file`;
