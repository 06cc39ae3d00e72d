// What a second reading of the sources changes, and what of it can come into force without a restart.
// It reads and prints nothing; the command line's reload does.
import type { Loaded } from "./load.ts";
import type { OptionSpec, Reload } from "./option-spec.ts";
import { OPTIONS } from "./options.ts";
import type { Settings, ShownSetting } from "./settings.ts";

export interface Change {
  /** The option's name. */
  readonly name: string;
  /** As `aceslot config` shows them: secrets are masked. */
  readonly from: string;
  readonly to: string;
  readonly reload: Reload;
}

export interface Reloaded {
  /** The new settings; what needs a restart is as it was. */
  readonly inForce: Loaded;
  readonly changes: readonly Change[];
}

/** `before`: what is in force; `read`: what the sources say now. */
export function reloaded(before: Loaded, read: Loaded): Reloaded {
  const changed = optionsOf(before.settings).filter(
    ([field]) => !isSame(before.settings[field], read.settings[field]),
  );
  const kept = changed.filter(([, spec]) => spec.reload === "restart");
  const keptNames = new Set(kept.map(([, spec]) => spec.name));
  const shownBefore = new Map(before.shown.map((each) => [each.name, each]));
  const fields = kept.map(([field]) => field);
  return {
    inForce: {
      settings: { ...unchanged(before.settings, read.settings), ...picked(before.settings, fields) },
      sources: { ...read.sources, ...picked(before.sources, fields) },
      warnings: read.warnings,
      shown: read.shown.map((each) => (keptNames.has(each.name) && shownBefore.get(each.name)) || each),
    },
    changes: changed.map(([, { name, reload }]) => ({
      name,
      from: textOf(before.shown, name),
      to: textOf(read.shown, name),
      reload,
    })),
  };
}

/** Options with a setting of their own; of a secret in a file the secret itself counts. */
const optionsOf = (settings: Settings): (readonly [keyof Settings, OptionSpec<unknown>])[] =>
  (Object.entries(OPTIONS) as [keyof Settings, OptionSpec<unknown>][]).filter(([field]) => field in settings);

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Values that say the same stay the same objects, so that whoever compares them sees no change. */
function unchanged(before: Settings, read: Settings): Settings {
  const same = (Object.keys(read) as (keyof Settings)[]).filter((field) =>
    isSame(before[field], read[field]),
  );
  return { ...read, ...picked(before, same) };
}

function picked<T extends object>(from: T, names: readonly (keyof T)[]): Partial<T> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Partial<T>;
}

function textOf(shown: readonly ShownSetting[], name: string): string {
  const value = shown.find((each) => each.name === name)?.value ?? null;
  if (value === null) return "nothing";
  return (typeof value === "string" ? value : value.join(", ")).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
}
