// What one line of the option table says, and the names that follow from it.
import type { ValueKind } from "./types.ts";

export const GROUPS = [
  "Proxy",
  "Engines",
  "Playlist",
  "Times",
  "State and memory",
  "Several proxies",
  "Configuration and log",
] as const;
export type Group = (typeof GROUPS)[number];

/** A name from acexy that works as this option's environment variable. */
export interface Alias<T> {
  readonly name: string;
  /** Where the alias admits values that the option itself does not. */
  readonly kind?: ValueKind<T>;
  /** Mends a value that is legal there and harmful here; the warning says so. */
  mend?(value: T): { readonly value: T; readonly warning: string } | null;
}

/**
 * When SIGHUP brings a change into force: for everything at once; for streams that begin from then on; or only with
 * a restart.
 */
export type Reload = "live" | "new streams" | "restart";

/** Where an option can be set: a flag, an ACESLOT_ variable, a key of the TOML file. */
export type Door = "flag" | "variable" | "key";

export interface OptionSpec<T> {
  /** `queue-timeout`: gives `--queue-timeout`, `ACESLOT_QUEUE_TIMEOUT` and the key `queue-timeout`. */
  readonly name: string;
  readonly group: Group;
  readonly kind: ValueKind<T>;
  /** In the option's own notation; `null`: nothing is set. */
  readonly default: string | null;
  /** What the docs say instead, where the default is found out at the start. */
  readonly defaultText?: string;
  /** One line, without a full stop. */
  readonly help: string;
  /** More for the docs. */
  readonly details?: string;
  /** A value to show where nothing is set by default and the kind has no good one. */
  readonly example?: string;
  readonly reload: Reload;
  readonly aliases: readonly Alias<T>[];
  /** Further acexy variables that the docs name here; they are put together by the loader. */
  readonly partAliases?: readonly string[];
  readonly doors: readonly Door[];
  readonly repeatable: boolean;
  readonly secret: boolean;
}

type Optional = "aliases" | "doors" | "reload" | "repeatable" | "secret";

export function option<T>(
  spec: Omit<OptionSpec<T>, Optional> & Partial<Pick<OptionSpec<T>, Optional>>,
): OptionSpec<T> {
  return {
    aliases: [],
    doors: ["flag", "variable", "key"],
    reload: "live",
    repeatable: false,
    secret: false,
    ...spec,
  };
}

/** `null` where the option has no such door. */
export const flagOf = (spec: OptionSpec<unknown>): string | null =>
  spec.doors.includes("flag") ? `--${spec.name}` : null;

export const variableOf = (spec: OptionSpec<unknown>): string | null =>
  spec.doors.includes("variable") ? `ACESLOT_${spec.name.toUpperCase().replaceAll("-", "_")}` : null;

export const keyOf = (spec: OptionSpec<unknown>): string | null =>
  spec.doors.includes("key") ? spec.name : null;
