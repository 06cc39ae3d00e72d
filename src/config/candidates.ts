// Gathers what the doors say about one option, the strongest first: flag, variable, acexy alias, file.
import { ConfigError } from "./error.ts";
import { type Alias, flagOf, keyOf, type OptionSpec, variableOf } from "./option-spec.ts";
import type { SettingSource } from "./settings.ts";
import { refusalText } from "./types.ts";

/** By option name; a flag given several times has several texts. */
export type Flags = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Doors {
  readonly flags: Flags;
  readonly variables: ReadonlyMap<string, string>;
  readonly file: { readonly path: string; readonly values: ReadonlyMap<string, unknown> } | null;
}

/** Strength of a door; two candidates of one strength contradict each other. */
export type Rank = "flag" | "variable" | "alias" | "file" | "default";

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

export function candidatesOf<T>(spec: OptionSpec<T>, doors: Doors): Candidate<T>[] {
  return [...fromFlag(spec, doors), ...fromVariables(spec, doors), ...fromFile(spec, doors)];
}

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
      texts: spec.repeatable ? texts.flatMap((text) => text.split(",")) : texts,
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
      texts: spec.repeatable ? text.split(/[\s,]+/).filter((part) => part !== "") : [text],
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
    const literal = spec.kind.schema.type === "integer" ? example : JSON.stringify(example);
    return `${key} = ${spec.repeatable ? `[${literal}]` : literal}`;
  };
  const items: readonly unknown[] = spec.repeatable && Array.isArray(value) ? value : [value];
  const texts = items.map((item) => {
    if (typeof item === "string") return item;
    if (typeof item === "number" || typeof item === "bigint") return String(item);
    const refusal = spec.kind.parse("");
    throw new ConfigError(
      "bad_value",
      refusal.ok
        ? `${place}: it must be a text`
        : refusalText(place, spec.secret ? null : typeName(item), refusal, assign),
    );
  });
  return [{ rank: "file", source: `file ${doors.file.path}`, place, texts, alias: null, assign }];
}

function typeName(value: unknown): string {
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return "[…]";
  return value instanceof Date ? value.toISOString() : "{…}";
}
