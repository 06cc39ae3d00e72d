/**
 * A text for plain data that is equal exactly where the data is. The packages that were looked at either know no maps
 * and sets, or write different data alike (`["a", "b"]` and `["a','b"]`, a key 1 and a key "1"); then two states would
 * be taken for one.
 */

/** Deeper data most likely contains itself. */
const DEPTH_MAX = 200;

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * The key of a state made of plain data: null, undefined, booleans, numbers, bigints, strings, arrays, typed arrays,
 * objects, maps and sets. Objects, maps and sets count as unordered: where the order of insertion decides something,
 * use an array, or give the model a `key` of its own.
 *
 * @throws {TypeError} for functions, symbols, instances of other classes, and data that contains itself.
 *
 * @example
 * ```ts
 * import { stableKey } from "aceslot/check";
 *
 * console.log(stableKey({ b: new Set([2, 1]), a: "x" }) === stableKey({ a: "x", b: new Set([1, 2]) })); // true
 * ```
 */
export const stableKey = (data: unknown): string => write(data, 0);

function write(data: unknown, depth: number): string {
  switch (typeof data) {
    case "string":
      return JSON.stringify(data);
    case "number":
      return Object.is(data, -0) ? "-0" : String(data);
    case "bigint":
      return `${data}n`;
    case "boolean":
    case "undefined":
      return String(data);
    case "object":
      return data === null ? "null" : writeObject(data, depth + 1);
    default:
      throw new TypeError(`a ${typeof data} is no plain data; give the model a key() that leaves it out`);
  }
}

function writeObject(data: object, depth: number): string {
  if (depth > DEPTH_MAX)
    throw new TypeError(
      `a state is nested more than ${DEPTH_MAX} deep; if it contains itself, give the model a key()`,
    );
  const inner = (part: unknown): string => write(part, depth);
  if (Array.isArray(data)) return `[${Array.from(data, inner).join()}]`;
  if (data instanceof Map)
    return `Map{${[...data]
      .map(([key, value]) => `${inner(key)}:${inner(value)}`)
      .toSorted(byText)
      .join()}}`;
  if (data instanceof Set) return `Set{${[...data].map(inner).toSorted(byText).join()}}`;
  if (ArrayBuffer.isView(data) && !(data instanceof DataView))
    return `${data.constructor.name}[${Array.from(data as unknown as Iterable<number | bigint>, inner).join()}]`;
  const prototype: unknown = Object.getPrototypeOf(data);
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError(
      `an instance of ${data.constructor.name} is no plain data; give the model a key() for its states`,
    );
  const fields = Object.entries(data).map(([name, value]) => `${JSON.stringify(name)}:${inner(value)}`);
  return `{${fields.toSorted(byText).join()}}`;
}
