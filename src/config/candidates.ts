// Gathers what the doors say about one option, the strongest first: flag, variable, acexy alias, file.
import { ConfigError } from "./error.ts";
import { type Alias, flagOf, keyOf, type OptionSpec, variableOf } from "./option-spec.ts";
import type { SettingSource } from "./settings.ts";
import { type JsonSchema, type Parsed, refusalText } from "./types.ts";

/** By option name; a flag given several times has several texts. */
export type Flags = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Doors {
  readonly flags: Flags;
  readonly variables: ReadonlyMap<string, string>;
  readonly file: { readonly path: string; readonly values: ReadonlyMap<string, unknown> } | null;
}

/** Strength of a door; two candidates of one strength contradict each other. */
export type Rank = "flag" | "variable" | "alias" | "credential" | "file" | "default";

export interface Candidate<T> {
  readonly rank: Rank;
  readonly source: SettingSource;
  /** How a message names the place. */
  readonly place: string;
  readonly texts: readonly string[];
  readonly alias: Alias<T> | null;
  /** The same setting with another value, as one would write it there. */
  readonly assign: (example: string) => string;
}

/** What each door says, the strongest first. Each throws by itself, so that a fault at one hides none at another. */
export const DOORS: readonly (<T>(spec: OptionSpec<T>, doors: Doors) => Candidate<T>[])[] = [
  fromFlag,
  fromVariables,
  fromFile,
];

function fromFlag<T>(spec: OptionSpec<T>, doors: Doors): Candidate<T>[] {
  const flag = flagOf(spec);
  const given = Object.hasOwn(doors.flags, spec.name) ? doors.flags[spec.name] : undefined;
  if (flag === null || given === undefined) return [];
  const texts = typeof given === "string" ? [given] : given;
  if (!spec.repeatable && texts.length > 1) {
    throw new ConfigError(
      "given_twice",
      `${flag}: given ${texts.length} times: it takes one value; leave the others out`,
    );
  }
  return [
    {
      rank: "flag",
      source: `flag ${flag}`,
      place: flag,
      // Where commas may belong to a value, flags are repeated.
      texts:
        spec.repeatable && spec.kind.split === undefined ? texts.flatMap((text) => text.split(",")) : texts,
      alias: null,
      assign: (example) => `${flag} ${example}`,
    },
  ];
}

function fromVariables<T>(spec: OptionSpec<T>, doors: Doors): Candidate<T>[] {
  const own = variableOf(spec);
  const found: Candidate<T>[] = [];
  const names = [
    ...(own === null ? [] : [{ name: own, alias: null }]),
    ...spec.aliases.map((alias) => ({ name: alias.name, alias })),
  ];
  for (const { name, alias } of names) {
    const text = doors.variables.get(name);
    if (text === undefined) continue;
    found.push({
      rank: alias === null ? "variable" : "alias",
      source: `env ${name}`,
      place: name,
      texts: spec.repeatable
        ? (spec.kind.split?.(text) ?? text.split(/[\s,]+/)).filter((part) => part !== "")
        : [text],
      alias,
      assign: (example) => `${name}=${example}`,
    });
  }
  return found;
}

function fromFile<T>(spec: OptionSpec<T>, doors: Doors): Candidate<T>[] {
  const key = keyOf(spec);
  if (key === null || doors.file === null || !doors.file.values.has(key)) return [];
  const value = doors.file.values.get(key);
  const place = `${key} in ${doors.file.path}`;
  const assign = (example: string) => {
    const literal = literalOf(spec, example);
    return `${key} = ${spec.repeatable ? `[${literal}]` : literal}`;
  };
  const items: readonly unknown[] = spec.repeatable && Array.isArray(value) ? value : [value];
  const texts = items.map((item) => fileText(spec, item, place, assign));
  return [{ rank: "file", source: `file ${doors.file.path}`, place, texts, alias: null, assign }];
}

/** The text of a value of the type that the schema asks for. A number in place of a text would lose its zeros. */
function fileText<T>(
  spec: OptionSpec<T>,
  item: unknown,
  place: string,
  assign: (example: string) => string,
): string {
  if (typeof item === "string" && takes(spec, "string")) return item;
  if (typeof item === "number" && takes(spec, "integer")) return String(item);
  const shown = typeof item === "string" ? item : typeName(item);
  const meant = spec.kind.parse(typeof item === "string" || typeof item === "number" ? shown : "");
  const refusal: Parsed<T> = meant.ok
    ? {
        ok: false,
        rule: typeof item === "string" ? "a number, without quotes" : "a text in quotes",
        example: spec.secret ? null : shown,
      }
    : meant;
  throw new ConfigError("bad_value", refusalText(place, spec.secret ? null : shown, refusal, assign));
}

function takes({ kind: { schema } }: OptionSpec<unknown>, type: "string" | "integer"): boolean {
  const parts: readonly JsonSchema[] = Array.isArray(schema.anyOf) ? [schema, ...schema.anyOf] : [schema];
  return parts.some((part) => part.type === type);
}

/** A value as it stands in the file. */
export const literalOf = (spec: OptionSpec<unknown>, text: string): string =>
  takes(spec, "string") ? JSON.stringify(text) : text;

/** A value of TOML that is no text, for a message. Its tables have nothing that could make a text of them. */
export function typeName(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return "[…]";
  return value instanceof Date ? value.toISOString() : "{…}";
}
