// The TOML file: read, parsed, and every key known.
import { parse } from "smol-toml";
import { ConfigError, quoted } from "./error.ts";
import { nearest } from "./nearest.ts";
import { keyOf } from "./option-spec.ts";
import { ALL_OPTIONS } from "./options.ts";

const KEYS: readonly string[] = ALL_OPTIONS.map(keyOf).filter((key) => key !== null);

export type ReadFile = (path: string) => string;

/** Reads a file that `place` names, or says in one line why that cannot be. */
export function readNamedFile(readFile: ReadFile, place: string, path: string): string {
  try {
    return readFile(path);
  } catch (error) {
    throw new ConfigError(
      "unreadable_file",
      `${place}: ${quoted(path)} cannot be read: ${unreadable(error)}`,
    );
  }
}

function unreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "there is no such file; create it or mend the path";
    case "EACCES":
    case "EPERM":
      return "this user may not read it; give it the right to, such as with chown";
    case "EISDIR":
      return "it is a directory; name a file in it";
    default:
      return `${typeof code === "string" ? code : "the system refuses"}; check the file and its disk`;
  }
}

/** The file's keys and values, as TOML has them. Unknown keys, tables among them, stop the start. */
export function parseConfigFile(text: string, path: string): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>();
  for (const [key, value] of Object.entries(parsed(text, path))) {
    if (!KEYS.includes(key)) {
      const guess = nearest(key.replaceAll("_", "-"), KEYS);
      const fix =
        guess === null ? "take it out (all keys: aceslot config --schema)" : `did you mean ${guess}?`;
      throw new ConfigError(
        "unknown_name",
        `${quoted(key).slice(1, -1)} in ${path}: there is no such key; ${fix}`,
      );
    }
    values.set(key, value);
  }
  return values;
}

function parsed(text: string, path: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    // The parser's further lines quote the file, which may hold secrets.
    const [reason = ""] = error instanceof Error ? error.message.split("\n") : [];
    const line = error instanceof Error && "line" in error ? ` line ${error.line}` : "";
    throw new ConfigError(
      "bad_file",
      `${path}${line}: not TOML: ${reason.replace(/^Invalid TOML document: /, "")}; mend that line`,
    );
  }
}
