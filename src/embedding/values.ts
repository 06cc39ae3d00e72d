/** One option's value, out of JavaScript: the right type, then the rule of its kind. */

import { durationMs, durationText } from "../config/durations.ts";
import { ConfigError, quoted } from "../config/error.ts";
import { sizeBytes } from "../config/sizes.ts";
import { refusalText } from "../config/types.ts";
import type { Field } from "./fields.ts";

const UNITS = { ms: "milliseconds", bytes: "bytes", count: "" } as const;

/** The value as the rest of the proxy has it. Throws a `ConfigError` that names `place`, what is wrong and the fix. */
export function valueIn<T>(place: string, field: Field<T>, value: unknown): T {
  switch (field.form) {
    case "ms":
    case "bytes":
    case "count":
      return parsed(place, field, numberIn(place, field, field.form, value), (text) => numeric(field, text));
    case "yes/no":
      if (typeof value !== "boolean") throw wrong(place, value, "true or false", `${place}: true`);
      return parsed(place, field, String(value), (text) => text);
    default:
      return parsed(place, field, textIn(place, field, value), quoted);
  }
}

/** A list's values; what is wrong is told of each by its own place. */
export function valuesIn<T>(place: string, field: Field<T>, value: unknown): readonly T[] {
  if (!Array.isArray(value)) {
    const example = typeof value === "string" && field.kind.parse(value).ok ? value : exampleOf(field);
    throw wrong(place, value, "an array of strings", `${place}: [${quoted(example)}]`);
  }
  const faults: ConfigError[] = [];
  const values = Array.from(value, (each: unknown, index) => {
    try {
      return [valueIn(`${place}[${index}]`, field, each)];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      faults.push(error);
      return [];
    }
  });
  const [first, ...more] = faults;
  if (first !== undefined) throw new ConfigError(first.code, first.message, more);
  return values.flat();
}

/** The sentence for a value of the wrong type. */
export const wrong = (place: string, value: unknown, rule: string, fix: string): ConfigError =>
  new ConfigError("bad_value", `${place}: ${shown(value)} is not allowed: it must be ${rule}; try ${fix}`);

function parsed<T>(place: string, field: Field<T>, text: string, write: (example: string) => string): T {
  const found = field.kind.parse(text);
  if (found.ok) return found.value;
  const isElement = place.endsWith("]");
  throw new ConfigError(
    "bad_value",
    refusalText(place, field.secret ? null : text, found, (example) =>
      isElement ? write(example) : `${place}: ${write(example)}`,
    ),
  );
}

function textIn<T>(place: string, field: Field<T>, value: unknown): string {
  if (typeof value === "string") return value;
  const fix = field.secret ? "a string" : quoted(exampleOf(field));
  const { choices } = field.kind;
  throw wrong(
    place,
    field.secret ? SECRET : value,
    choices === undefined ? "a string" : `one of ${choices.join(", ")}`,
    place.endsWith("]") ? fix : `${place}: ${fix}`,
  );
}

/** As the text that the kind reads. */
function numberIn<T>(place: string, field: Field<T>, form: keyof typeof UNITS, value: unknown): string {
  const [min, max] = field.kind.range ?? [0, Number.MAX_SAFE_INTEGER];
  const fits = typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
  if (fits) return form === "ms" ? `${value}ms` : String(value);
  const meant = typeof value === "string" ? meantBy(form, value) : typeof value === "number" ? value : null;
  const usable = meant === null || Number.isNaN(meant) ? Number(numeric(field, exampleOf(field))) : meant;
  const near = Math.min(max, Math.max(min, Math.round(usable)));
  const unit = UNITS[form] === "" ? "" : ` of ${UNITS[form]}`;
  const most = form === "ms" ? `${max} (${durationText(max)})` : String(max);
  throw wrong(place, value, `a whole number${unit} from ${min} to ${most}`, `${place}: ${near}`);
}

/** What somebody who wrote it as on the command line wanted to say. */
function meantBy(form: keyof typeof UNITS, text: string): number | null {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  return form === "ms" ? durationMs(text) : form === "bytes" ? sizeBytes(text) : null;
}

/** An example of the kind, as the number that JavaScript has. */
function numeric<T>(field: Field<T>, text: string): string {
  const found = field.kind.parse(text);
  return found.ok ? String(found.value) : text;
}

/** Asking for nothing sensible gives what the kind proposes. */
function exampleOf<T>(field: Field<T>): string {
  const found = field.kind.parse("\0");
  return found.ok ? "" : (found.example ?? "…");
}

const SECRET = Symbol("secret");

/** A value in a message. */
export function shown(value: unknown): string {
  if (value === SECRET) return "the value (not shown)";
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value === "function") return "a function";
  return String(value);
}
