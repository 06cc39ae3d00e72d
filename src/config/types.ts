// The kinds of value an option may have. Each kind parses, shows and describes itself;
// none reads a file, the environment or the clock. The option table and the loader use them.
import { quoted } from "./error.ts";

/** A value, or the rule that the text breaks and a value that would do (or advice where no value fits all). */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly rule: string;
      readonly example: string | null;
      readonly advice?: string;
      /** The part that is wrong, and why; said in place of the rule. */
      readonly fault?: string;
    };

/** A JSON schema (draft 2020-12), by its keywords. */
export type JsonSchema = { readonly [keyword: string]: unknown };

export interface ValueKind<T> {
  /** What stands after the flag in `--help`: `TIME`, `HOST:PORT`. */
  readonly placeholder: string;
  /** Of a number: the least and the most, in the unit that `parse` answers. */
  readonly range?: readonly [min: number, max: number];
  /** The fixed choices, for completion. */
  readonly choices?: readonly string[];
  /** Of the value in the TOML file. */
  readonly schema: JsonSchema;
  /** The values of a variable that lists several; default: what stands between commas and spaces. */
  split?(text: string): readonly string[];
  parse(text: string): Parsed<T>;
  /** As a text that reads back as the same value; of one that holds secrets only what may be seen. */
  show(value: T): string;
  /** Whether `show` leaves something out, since it is a secret. */
  hides?(value: T): boolean;
}

export const accepted = <T>(value: T): Parsed<T> => ({ ok: true, value });

/** `rule` ends the sentence "it must be …". */
export const refused = (rule: string, example: string | null, advice?: string): Parsed<never> =>
  advice === undefined ? { ok: false, rule, example } : { ok: false, rule, example, advice };

/** The rule is long, and one part of the value is wrong: `fault` says which, as a clause of its own. */
export const refusedFor = (fault: string, rule: string, example: string): Parsed<never> => ({
  ok: false,
  rule,
  example,
  fault,
});

export function integer(min: number, max: number, example: number): ValueKind<number> {
  const rule = `a whole number from ${min} to ${max}`;
  return {
    placeholder: "N",
    range: [min, max],
    schema: { type: "integer", minimum: min, maximum: max },
    parse(text) {
      if (!/^-?\d{1,15}$/.test(text)) return refused(rule, String(example));
      const value = Number(text);
      if (value < min) return refused(rule, String(min));
      if (value > max) return refused(rule, String(max));
      return accepted(value);
    },
    show: String,
  };
}

/** A pattern for a word in any case of letters: the schema's patterns know no flags. */
export const inAnyCase = (word: string): string =>
  word.replaceAll(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`);

/** One of a few words, in any case of letters. */
export function oneOf<const Choice extends string>(
  choices: readonly Choice[],
  example: Choice,
  placeholder = choices.join("|"),
): ValueKind<Choice> {
  const anyCase = choices.map(inAnyCase).join("|");
  return {
    placeholder,
    choices,
    schema: { anyOf: [{ enum: choices }, { type: "string", pattern: `^(${anyCase})$` }] },
    parse(text) {
      const found = choices.find((choice) => choice === text.toLowerCase());
      return found === undefined ? refused(`one of ${choices.join(", ")}`, example) : accepted(found);
    },
    show: (value) => value,
  };
}

/** True and false as Go writes them in environment variables. */
export const truth: ValueKind<boolean> = {
  placeholder: "true|false",
  schema: { type: "boolean" },
  parse(text) {
    if (/^(1|t|true)$/i.test(text)) return accepted(true);
    if (/^(0|f|false)$/i.test(text)) return accepted(false);
    return refused("true or false", "true");
  },
  show: String,
};

const TEXT_LENGTH_MAX = 256;
const PATH_LENGTH_MAX = 4096;

/** A text of one line that is not empty. */
export function lineSchema(maxLength: number): JsonSchema {
  return { type: "string", minLength: 1, maxLength, pattern: "^\\P{Cc}+$" };
}

/** One line of text. */
export const line: ValueKind<string> = {
  placeholder: "TEXT",
  schema: lineSchema(TEXT_LENGTH_MAX),
  parse(text) {
    if (text === "" || text.length > TEXT_LENGTH_MAX || /\p{Cc}/u.test(text)) {
      return refused(`one line of 1 to ${TEXT_LENGTH_MAX} characters`, "proxy-1");
    }
    return accepted(text);
  },
  show: (value) => value,
};

export function path(placeholder: "FILE" | "DIR", example: string): ValueKind<string> {
  return {
    placeholder,
    schema: lineSchema(PATH_LENGTH_MAX),
    parse(text) {
      if (text === "" || text.length > PATH_LENGTH_MAX || /\p{Cc}/u.test(text)) {
        return refused(`a path of 1 to ${PATH_LENGTH_MAX} characters on one line`, example);
      }
      return accepted(text);
    },
    show: (value) => value,
  };
}

/** Asked of clients in the query, in the path and as Bearer: so only what needs no escaping in any of them. */
export const clientToken: ValueKind<string> = {
  placeholder: "TOKEN",
  schema: { type: "string", pattern: "^(?=.*[A-Za-z0-9])[A-Za-z0-9._~-]{1,256}$" },
  parse(text) {
    if (/^(?=.*[A-Za-z0-9])[A-Za-z0-9._~-]{1,256}$/.test(text)) return accepted(text);
    return refused("1 to 256 letters, digits and - . _ ~", null, "make one with: openssl rand -hex 16");
  },
  show: (value) => value,
};

/** Sent as `Authorization: Bearer …`: visible ASCII without spaces. */
export const bearerKey: ValueKind<string> = {
  placeholder: "KEY",
  schema: { type: "string", pattern: "^[!-~]{1,4096}$" },
  parse(text) {
    if (/^[!-~]{1,4096}$/.test(text)) return accepted(text);
    return refused(
      "1 to 4096 visible ASCII characters without spaces",
      null,
      "copy the key as the orchestrator has it",
    );
  },
  show: (value) => value,
};

/** Begins the names of keys in a shared store, between braces. */
export const keyPrefix: ValueKind<string> = {
  placeholder: "NAME",
  schema: { type: "string", pattern: "^[A-Za-z0-9._-]{1,64}$" },
  parse(text) {
    if (/^[A-Za-z0-9._-]{1,64}$/.test(text)) return accepted(text);
    return refused("1 to 64 letters, digits and . _ -", "aceslot");
  },
  show: (value) => value,
};

/** A secret that goes nowhere but into its own protocol: any text of one line. */
export const password: ValueKind<string> = {
  placeholder: "PASSWORD",
  schema: lineSchema(PATH_LENGTH_MAX),
  parse(text) {
    if (text !== "" && text.length <= PATH_LENGTH_MAX && !/\p{Cc}/u.test(text)) return accepted(text);
    return refused(`1 to ${PATH_LENGTH_MAX} characters on one line`, null, "copy it as the store has it");
  },
  show: (value) => value,
};

/** The sentence for a refused value. `place` is how the user wrote it; `assign` writes it anew with another value. */
export function refusalText(
  place: string,
  value: string | null,
  refusal: Parsed<never> & { readonly ok: false },
  assign: (example: string) => string,
): string {
  const what = value === null ? "the value (not shown)" : quoted(value);
  const fix = refusal.advice ?? (refusal.example === null ? null : `try ${assign(refusal.example)}`);
  const why = refusal.fault ?? `it must be ${refusal.rule}`;
  return `${place}: ${what} is not allowed: ${why}${fix === null ? "" : `; ${fix}`}`;
}
