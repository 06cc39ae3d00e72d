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
    case "EFBIG":
      return "it is far too large for a file of this kind; name another one";
    case "ESPIPE":
      return "it is a pipe, which cannot be read a second time; name a file, or restart";
    case "EISDIR":
      return "it is a directory; name a file in it";
    default:
      return `${typeof code === "string" ? code : "the system refuses"}; check the file and its disk`;
  }
}

export interface ConfigFile {
  readonly path: string;
  readonly values: ReadonlyMap<string, unknown>;
  /** Keys that nobody knows, tables among them. */
  readonly faults: readonly ConfigError[];
}

/** The file's keys and values, as TOML has them. Throws for what is not TOML. */
export function parseConfigFile(text: string, path: string): ConfigFile {
  const values = new Map<string, unknown>();
  const faults: ConfigError[] = [];
  for (const [key, value] of Object.entries(parsed(text, path))) {
    if (KEYS.includes(key)) values.set(key, value);
    else faults.push(unknownKey(key, value, path));
  }
  return { path, values, faults };
}

/** Most of them are right names in another place's notation. */
function unknownKey(key: string, value: unknown, path: string): ConfigError {
  const place = `${quoted(key).slice(1, -1)} in ${path}`;
  const says = (text: string): ConfigError => new ConfigError("unknown_name", `${place}: ${text}`);
  if (key === "config") return says("a file cannot name another one; take it out");
  const alias = ALIASES.get(key.toUpperCase());
  if (alias !== undefined)
    return says(`there is no such key: it is a variable's name; did you mean ${alias}?`);
  const guess = nearest(key.toLowerCase().replace(OTHER_NOTATION, "").replaceAll("_", "-"), KEYS);
  const what = /^aceslot_/i.test(key)
    ? ": it is a variable's name"
    : isTable(value)
      ? ", and there are no tables: keys stand alone, above any [table]"
      : "";
  const fix = guess === null ? "take it out (all keys: aceslot config --schema)" : `did you mean ${guess}?`;
  return says(`there is no such key${what}; ${fix}`);
}

/** acexy's names, with the keys that mean the same. */
const ALIASES: ReadonlyMap<string, string> = new Map(
  ALL_OPTIONS.flatMap((spec) =>
    [...spec.aliases.map(({ name }) => name), ...(spec.partAliases ?? [])].map((name) => [name, spec.name]),
  ),
);

/** What stands before the name in a variable and in a flag. */
const OTHER_NOTATION = /^(aceslot_|--)/;

const isTable = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

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
