// Secrets out of files, and what is unwise about where a secret comes from.
import type { Rank } from "./candidates.ts";
import { ConfigError } from "./error.ts";
import { type ReadFile, readNamedFile } from "./file.ts";
import type { Found, Reading } from "./reading.ts";
import type { SecretOptions } from "./secret-specs.ts";
import { type Env, withHome } from "./state-dir.ts";
import { refusalText } from "./types.ts";

/** Files as the loader may use them. */
export interface FileAccess {
  /** The text of a file; throws as node:fs does. */
  readonly readFile: ReadFile;
  /** Permission bits, or `null` where they mean nothing (Windows). */
  readonly fileMode?: (path: string) => number | null;
}

/**
 * Whoever starts the service is stronger than the file: flags, variables, and the credentials that systemd hands over.
 */
const STRENGTH: Readonly<Record<Rank, number>> = {
  flag: 5,
  variable: 4,
  alias: 3,
  credential: 2,
  file: 1,
  default: 0,
};

/** A secret: itself, in a file, or as a credential of systemd, whichever has the strongest source. */
export function readSecret(
  reading: Reading,
  files: FileAccess,
  env: Env,
  options: SecretOptions,
): Found<string | null> {
  const secret = reading.optional(options.spec);
  const file = reading.optional(options.fileSpec);
  return reading.attempt(
    () => {
      const strongest = STRENGTH[secret.rank] > STRENGTH[file.rank] ? secret : file;
      if (secret.value !== null && secret.rank === file.rank)
        throw new ConfigError(
          "conflict",
          `${secret.place} and ${file.place}: only one of them can be set; leave one out`,
        );
      if (STRENGTH[strongest.rank] < STRENGTH.credential) {
        const credential = readCredential(reading, files, env, options);
        if (credential !== null) return credential;
      }
      if (strongest === secret || file.value === null) {
        if (secret.rank === "flag") reading.warnings.push(inProcessList(secret.place));
        return secret;
      }
      const path = withHome(file.value, env);
      const text = readNamedFile(files.readFile, file.place, path);
      return readHeld(reading, files, options, { ...file, value: path }, text);
    },
    () => secret,
  );
}

/** What systemd's `LoadCredential=<option>:…` handed over; null: nothing of this name. */
function readCredential(
  reading: Reading,
  files: FileAccess,
  env: Env,
  options: SecretOptions,
): Found<string | null> | null {
  const folder = env.CREDENTIALS_DIRECTORY;
  if (!folder) return null;
  const { name } = options.spec;
  const path = `${folder.replace(/(?<!\/)\/+$/, "")}/${name}`;
  const place = `the credential ${name}`;
  if (isMissing(files, path)) return null;
  const at = { value: path, source: `credential ${name}`, place, rank: "credential" } as const;
  return readHeld(reading, files, options, at, readNamedFile(files.readFile, place, path));
}

function isMissing(files: FileAccess, path: string): boolean {
  try {
    files.readFile(path);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOENT";
  }
}

/** The secret that a file holds. `at`: its path, and who named it. */
function readHeld(
  reading: Reading,
  files: FileAccess,
  { spec, what }: SecretOptions,
  at: Found<string>,
  text: string,
): Found<string | null> {
  const held = text.trim();
  const parsed = spec.kind.parse(held);
  if (!parsed.ok) {
    const place = `${at.place}: ${at.value}`;
    throw new ConfigError(
      "bad_file",
      held === ""
        ? `${place} is empty: it must hold ${what}; write ${what} into it`
        : refusalText(place, null, parsed, (example) => example),
    );
  }
  warnOfReaders(reading, files, at.value, what);
  return reading.show(spec, { ...at, value: parsed.value }, parsed.value);
}

export function warnOfReaders(reading: Reading, files: FileAccess, path: string, what: string): void {
  const mode = files.fileMode?.(path) ?? null;
  if (mode === null || (mode & 0o004) === 0) return;
  reading.warnings.push(`${path} holds ${what} and everybody on this host can read it; chmod 600 ${path}`);
}

export const inProcessList = (place: string): string =>
  `${place} can be read in this host's process list; prefer its variable or a file`;
