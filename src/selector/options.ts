/** Looks at what users pass: the first value that cannot be is named, with the rule and the fix. */
import { SelectorError } from "./error.ts";
import { CAP_MAX, TIMER_MS_MAX } from "./limits.ts";
import type { AcquireOptions, PlainSelectorOptions, Resource } from "./types.ts";

/** A resource with nothing left out. */
export type FullResource = Required<Resource>;

const DURATIONS = ["lingerMs", "timeoutMs", "openTimeoutMs", "releaseTimeoutMs"] as const;
const HOOKS = ["open", "close", "probe", "rank"] as const;
const OPTIONS: readonly string[] = ["resources", "signal", ...DURATIONS, ...HOOKS];
const ACQUIRE_OPTIONS: readonly string[] = ["key", "signal", "timeoutMs"];

const bad = (message: string): SelectorError => new SelectorError("bad_option", message);

/** Throws `SelectorError`; answers the resources with nothing left out. */
export function checkOptions(options: PlainSelectorOptions): FullResource[] {
  checkObject("options", options, "pass { resources: […] }");
  for (const name of Object.keys(options))
    if (!OPTIONS.includes(name)) throw bad(`"${name}" is no option; there are ${OPTIONS.join(", ")}`);
  for (const name of DURATIONS) {
    const value = options[name];
    if (value !== undefined) checkDuration(name, value);
  }
  const given: { readonly [name: string]: unknown } = { ...options };
  for (const name of HOOKS)
    if (given[name] !== undefined && typeof given[name] !== "function")
      throw bad(`${name} is ${shown(given[name])}, and must be a function; leave it out if there is none`);
  if (given.close !== undefined && given.open === undefined)
    throw bad("close is given without open, so there would be no value to close; give both or neither");
  checkSignal(options.signal);
  if (!Array.isArray(options.resources))
    throw bad(
      `resources is ${shown(options.resources)}, and must be a list such as [{ id: "gpu-0", cap: 1 }]`,
    );
  const resources = options.resources.map((resource) => checkResource(resource));
  const ids = new Set<string>();
  for (const { id } of resources) {
    if (ids.has(id))
      throw bad(`resource "${id}" is there twice; give each an id of its own, or a larger cap`);
    ids.add(id);
  }
  return resources;
}

/** Throws `SelectorError`; answers the resource with nothing left out. */
export function checkResource(resource: Resource): FullResource {
  checkObject("a resource", resource, 'pass { id: "gpu-0" }');
  const { id, cap = 1, taken = 0 } = resource;
  if (typeof id !== "string" || id === "")
    throw bad(`a resource's id is ${shown(id)}, and must be a text that is not empty; name it, as "gpu-0"`);
  checkPlaces(`cap of resource "${id}"`, cap);
  checkPlaces(`taken of resource "${id}"`, taken);
  return { id, cap, taken };
}

/** Throws `SelectorError`. */
export function checkAcquire(options: AcquireOptions): void {
  checkObject("options", options, "leave it out, or pass { key, signal, timeoutMs }");
  for (const name in options)
    if (!ACQUIRE_OPTIONS.includes(name))
      throw bad(`"${name}" is no option of acquire; there are ${ACQUIRE_OPTIONS.join(", ")}`);
  const { key, timeoutMs, signal } = options;
  if (key !== undefined && (typeof key !== "string" || key === ""))
    throw bad(
      `key is ${shown(key)}, and must be a text that is not empty; leave it out for a slot of one's own`,
    );
  if (timeoutMs !== undefined) checkDuration("timeoutMs", timeoutMs);
  checkSignal(signal);
}

function checkObject(name: string, value: unknown, fix: string): void {
  if (typeof value !== "object" || value === null)
    throw bad(`${name} is ${shown(value)}, and must be an object; ${fix}`);
}

function checkSignal(signal: AbortSignal | undefined): void {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw bad(`signal is ${shown(signal)}, and must be an AbortSignal; pass controller.signal`);
}

function checkDuration(name: string, value: number): void {
  if (value === Number.POSITIVE_INFINITY) return;
  if (typeof value !== "number" || !(value >= 0 && value <= TIMER_MS_MAX))
    throw bad(
      `${name} is ${shown(value)}, and must be milliseconds from 0 to ${TIMER_MS_MAX}; for no limit say Infinity`,
    );
}

function checkPlaces(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > CAP_MAX)
    throw bad(
      `${name} is ${shown(value)}, and must be a whole number from 0 to ${CAP_MAX}; for more places use several resources`,
    );
}

function shown(value: unknown): string {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  return String(value);
}
