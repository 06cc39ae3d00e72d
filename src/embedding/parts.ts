/** Options that are no plain values: whether they are what they should be. */
import type { Log } from "../log.ts";
import type { PoolPort } from "../ports.ts";
import type { Comparator } from "../slots/index.ts";
import { wrong } from "./values.ts";

export interface Parts {
  readonly pool: PoolPort;
  readonly rank: Comparator;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export type PartName = keyof Parts;

/** Each throws a `ConfigError` that names `place`. */
export const PARTS: { readonly [Name in PartName]: (place: string, value: unknown) => Parts[Name] } = {
  pool: (place, value) =>
    hasMethods<PoolPort>(value, ["look", "describe"])
      ? value
      : refuse(place, value, "an object with look() and describe()", "pool: myPool"),
  rank: (place, value) =>
    typeof value === "function"
      ? (value as Comparator)
      : refuse(
          place,
          value,
          "a function of two engines that answers a number",
          "rank: (a, b) => a.own - b.own",
        ),
  log: (place, value) =>
    hasMethods<Log>(value, ["debug", "info", "warn", "error"])
      ? value
      : refuse(place, value, "an object with debug, info, warn and error", "log: console"),
  signal: (place, value) =>
    hasMethods<AbortSignal>(value, ["addEventListener", "throwIfAborted"])
      ? value
      : refuse(place, value, "an AbortSignal", "signal: controller.signal"),
};

const hasMethods = <T extends object>(value: unknown, names: readonly (keyof T)[]): value is T =>
  typeof value === "object" &&
  value !== null &&
  names.every((name) => typeof (value as Partial<T>)[name] === "function");

function refuse(place: string, value: unknown, rule: string, fix: string): never {
  throw wrong(place, value, rule, fix);
}
