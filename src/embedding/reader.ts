/** Looks at the options one by one, and keeps all that is wrong with them. */
import { ConfigError, type ConfigErrorCode } from "../config/error.ts";
import { nearest } from "../config/nearest.ts";
import { ELSEWHERE, FIELDS, type Field, type FieldName, type ValueOf } from "./fields.ts";
import type { ProxyOptions } from "./options.ts";
import { PARTS, type PartName, type Parts } from "./parts.ts";
import { valueIn, valuesIn, wrong } from "./values.ts";

const KNOWN: readonly string[] = [...Object.keys(FIELDS), ...Object.keys(PARTS)];

/** Each name, and what is left of it without its unit, which is easily forgotten. */
const STEMS: ReadonlyMap<string, string> = new Map(
  KNOWN.flatMap((name) => [[name.replace(/(?:Ms|Bytes)$/, ""), name] as const, [name, name] as const]),
);

export class Reader {
  readonly #given: ReadonlyMap<string, unknown>;
  readonly #faults: ConfigError[] = [];

  constructor(options: unknown) {
    const isObject = typeof options === "object" && options !== null && !Array.isArray(options);
    if (!isObject)
      throw wrong("options", options, "an object", 'createProxy({ engines: ["127.0.0.1:6878"] })');
    // What is undefined is not given: so `token: process.env.TOKEN` may stand there. Lists are copied, since the
    // program may go on to use its own.
    this.#given = new Map(
      Object.entries(options)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]),
    );
    for (const name of this.#given.keys())
      if (!KNOWN.includes(name)) this.fault("unknown_name", unknownName(name));
  }

  /** All that is given, as it was when it was read. */
  get given(): ProxyOptions {
    return Object.fromEntries(this.#given);
  }

  has(name: FieldName | PartName): boolean {
    return this.#given.has(name);
  }

  /** The value, else the default, else null. */
  one<Name extends FieldName>(name: Name): ValueOf<Name> | null {
    const field = fieldOf(name);
    if (!this.has(name)) return defaultOf(field);
    return this.#attempt(() => valueIn(name, field, this.#given.get(name))) ?? defaultOf(field);
  }

  /** The same where the option table has a default. */
  sure<Name extends FieldName>(name: Name): ValueOf<Name> {
    const value = this.one(name);
    if (value === null) throw new Error(`the option ${name} has no default`);
    return value;
  }

  /** The values; none given: empty. */
  list<Name extends FieldName>(name: Name): readonly ValueOf<Name>[] {
    if (!this.has(name)) return [];
    return this.#attempt(() => valuesIn(name, fieldOf(name), this.#given.get(name))) ?? [];
  }

  /** Whether it is given, as a list without anything in it. */
  isEmpty(name: FieldName): boolean {
    const value = this.#given.get(name);
    return Array.isArray(value) && value.length === 0;
  }

  part<Name extends PartName>(name: Name): Parts[Name] | null {
    if (!this.has(name)) return null;
    return this.#attempt(() => PARTS[name](name, this.#given.get(name))) as Parts[Name] | null;
  }

  fault(code: ConfigErrorCode, message: string): void {
    this.#faults.push(new ConfigError(code, message));
  }

  /** Throws what was found wrong, as one error. */
  finish(): void {
    const [first, ...more] = this.#faults;
    if (first !== undefined) throw new ConfigError(first.code, first.message, more);
  }

  #attempt<T>(read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#faults.push(...error.all);
      return null;
    }
  }
}

/** TypeScript cannot tell that a table's line and its name belong together. */
const fieldOf = <Name extends FieldName>(name: Name): Field<ValueOf<Name>> =>
  FIELDS[name] as unknown as Field<ValueOf<Name>>;

function defaultOf<T>(field: Field<T>): T | null {
  const found = field.default === null ? null : field.kind.parse(field.default);
  return found?.ok ? found.value : null;
}

/** The sentence for a name that is none; with the one that was meant, by its letters or as the command line has it. */
export function unknownName(name: string): string {
  const flag = name.replace(/^--/, "").replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const elsewhere = Object.hasOwn(ELSEWHERE, flag) ? ELSEWHERE[flag] : undefined;
  if (elsewhere !== undefined) return `${name}: createProxy has no such option: ${elsewhere}`;
  const sameFlag = Object.entries(FIELDS).find(([, field]) => field.flag === flag)?.[0] ?? null;
  const guess = nearest(name, [...STEMS.keys()]);
  const meant = sameFlag ?? STEMS.get(guess ?? "") ?? null;
  return `${name}: createProxy has no such option${meant === null ? "; see optionTable() for those that there are" : `: did you mean ${meant}?`}`;
}
