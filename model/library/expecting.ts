/** Looks at what users' models hand over: a checker that takes a slip for a yes would say "holds" of anything. */
import type { WorldSize } from "../world/size.ts";

const KINDS = ["always", "step", "eventually", "sometimes"];

/** Throws `TypeError` that names the value, the rule and the fix. */
export function expectModel(model: unknown): void {
  const { name, happenings, next, properties } = fieldsOf(model);
  if (typeof name !== "string") throw wrong("the model's name", name, 'a text; name: "my semaphore"');
  for (const [field, value] of Object.entries({ happenings, next }))
    if (typeof value !== "function") throw wrong(`${name}: ${field}`, value, "a function; see Model");
  if (!Array.isArray(properties))
    throw wrong(`${name}: properties`, properties, "a list of properties, each with a kind");
  for (const property of properties) {
    const { name: called, kind, check } = fieldsOf(property);
    if (typeof called !== "string")
      throw wrong(`${name}: a property's name`, called, 'a text; name: "no spill"');
    if (!KINDS.some((one) => one === kind))
      throw wrong(`${name}: the kind of "${called}"`, kind, `one of ${KINDS.join(", ")}`);
    if (typeof check !== "function")
      throw wrong(`${name}: the check of "${called}"`, check, "a function that answers a text or a boolean");
  }
}

/** A selector, and worlds in which something can happen; throws `TypeError` or `RangeError`. */
export function expectSelector(name: string, step: unknown, worlds: readonly WorldSize[]): void {
  if (typeof step !== "function")
    throw wrong(`${name}: step`, step, "a function; step: createStep({ ...PARTS, rank: mine })");
  if (worlds.length === 0)
    throw new RangeError(`${name}: there is no world in which it could fail; worlds: [size(2, 1, 2)]`);
  for (const world of worlds)
    for (const field of ["engines", "cap", "requests", "contents"] as const)
      if (!(Number.isInteger(world[field]) && world[field] >= 1))
        throw new RangeError(
          `${name}: ${field} of a world is ${world[field]}, and must be a whole number from 1 on; size(2, 1, 2)`,
        );
}

/** What may happen, as `happenings` answered it; throws `TypeError`. */
export function expectHappenings<Happening>(
  model: string,
  answer: Iterable<Happening>,
): readonly Happening[] {
  const given: unknown = answer;
  const found = given !== null && typeof given === "object" && Symbol.iterator in given ? [...answer] : null;
  if (!found)
    throw wrong(`${model}: what happenings() answered`, given, "a list; [] where nothing may happen");
  for (const one of found)
    if (typeof one !== "string" && typeof fieldsOf(one).type !== "string")
      throw wrong(
        `${model}: a happening`,
        one,
        'a word, or an object whose type is one; { type: "acquire" }',
      );
  return found;
}

/** What a property's check answered; throws `TypeError`. */
export function expectAnswer(property: string, answer: string | boolean): string | boolean {
  if (typeof answer === "string" || typeof answer === "boolean") return answer;
  throw wrong(
    `what the check of "${property}" answered`,
    answer,
    "a text that says what is wrong, true where the property was put to the test, or false",
  );
}

type Fields = { readonly [field: string]: unknown };

/** Inherited ones too: a model may be an instance of a class. */
const fieldsOf = (value: unknown): Fields => (isObject(value) ? value : {});

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null;

function wrong(what: string, value: unknown, rule: string): TypeError {
  const shown =
    typeof value === "string"
      ? `"${value}"`
      : typeof value === "object" && value
        ? "an object"
        : String(value);
  return new TypeError(
    `${what} is ${typeof value === "function" ? "a function" : shown}, and must be ${rule}`,
  );
}
