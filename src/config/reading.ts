// One reading of all doors: finds each option's value, keeps the warnings and what to show.
import { type Candidate, DOORS, type Doors, type Rank } from "./candidates.ts";
import { ConfigError } from "./error.ts";
import { flagOf, type OptionSpec } from "./option-spec.ts";
import type { SettingSource, ShownSetting } from "./settings.ts";
import { type Parsed, refusalText } from "./types.ts";

const MASK = "***";

/** A setting with where it came from; `value` is `null` where nothing is set. */
export interface Found<T> {
  readonly value: T;
  readonly source: SettingSource;
  /** How a message names it. */
  readonly place: string;
  readonly rank: Rank;
}

export class Reading {
  readonly doors: Doors;
  readonly warnings: string[] = [];
  readonly #faults: ConfigError[];
  readonly #shown = new Map<string, ShownSetting>();

  /** `faults`: what is known to be wrong already. */
  constructor(doors: Doors, faults: readonly ConfigError[] = []) {
    this.doors = doors;
    this.#faults = [...faults];
  }

  /** All that is wrong, each thing once. */
  get faults(): readonly ConfigError[] {
    return [...new Map(this.#faults.map((fault) => [fault.message, fault])).values()];
  }

  /** What `read` answers. What is wrong with it is kept and told at the end, with the rest; `instead` stands in. */
  attempt<T>(read: () => T, instead: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#faults.push(...error.all);
      return instead();
    }
  }

  /** An option that may be unset. */
  optional<T>(spec: OptionSpec<T>): Found<T | null> {
    const [first, ...weaker] = this.#candidates(spec);
    const found =
      first === undefined
        ? unset(spec)
        : this.attempt(
            () => this.#single(spec, first),
            () => unset(spec),
          );
    for (const candidate of weaker) this.#check(spec, candidate);
    return this.show(spec, found, found.value === null ? null : spec.kind.show(found.value));
  }

  /** An option that always has a value, since the table gives it a default. */
  required<T>(spec: OptionSpec<T>): Found<T> {
    const found = this.optional(spec);
    if (found.value === null) throw new Error(`the option ${spec.name} has no default`);
    return { ...found, value: found.value };
  }

  /** A repeatable option; the strongest door's list stands alone. `more` are further candidates for it. */
  list<T>(spec: OptionSpec<T>, more: readonly Candidate<T>[] = []): Found<readonly T[]> {
    const own = this.#candidates(spec);
    const beforeFile = own.filter((candidate) => candidate.rank !== "file");
    const [first, ...weaker] = [...beforeFile, ...more, ...own.slice(beforeFile.length)];
    for (const candidate of weaker) this.#check(spec, candidate);
    if (first === undefined) {
      const { value, ...rest } = unset(spec);
      return { ...rest, value: value === null ? [] : [value] };
    }
    const values = first.texts.flatMap((text) =>
      this.attempt(
        () => [checked(spec, first, text)],
        () => [],
      ),
    );
    if (first.texts.length === 0) {
      const message = `${first.place}: the list is empty: it needs a value; leave it out for the default`;
      this.#faults.push(new ConfigError("bad_value", message));
    }
    return { value: values, source: first.source, place: first.place, rank: first.rank };
  }

  show<T>(spec: OptionSpec<unknown>, found: Found<T>, text: ShownSetting["value"]): Found<T> {
    const value = spec.secret && text !== null ? MASK : text;
    this.#shown.set(spec.name, { name: spec.name, value, source: found.source });
    return found;
  }

  shown(specs: readonly OptionSpec<unknown>[]): ShownSetting[] {
    return specs.map((spec) => this.#shown.get(spec.name)).filter((setting) => setting !== undefined);
  }

  #candidates<T>(spec: OptionSpec<T>): Candidate<T>[] {
    return DOORS.flatMap((door) =>
      this.attempt(
        () => door(spec, this.doors),
        () => [],
      ),
    );
  }

  #single<T>(spec: OptionSpec<T>, candidate: Candidate<T>): Found<T> {
    const value = checked(spec, candidate, candidate.texts[0] ?? "");
    const mended = candidate.alias?.mend?.(value) ?? null;
    if (mended !== null) this.warnings.push(mended.warning);
    return {
      value: mended?.value ?? value,
      source: candidate.source,
      place: candidate.place,
      rank: candidate.rank,
    };
  }

  /** What a stronger door overrides must be right all the same. */
  #check<T>(spec: OptionSpec<T>, candidate: Candidate<T>): void {
    for (const text of candidate.texts)
      this.attempt(
        () => void checked(spec, candidate, text),
        () => {},
      );
  }
}

function checked<T>(spec: OptionSpec<T>, candidate: Candidate<T>, text: string): T {
  const parsed: Parsed<T> = (candidate.alias?.kind ?? spec.kind).parse(text);
  if (parsed.ok) return parsed.value;
  const value = spec.secret ? null : text;
  throw new ConfigError("bad_value", refusalText(candidate.place, value, parsed, candidate.assign));
}

function unset<T>(spec: OptionSpec<T>): Found<T | null> {
  const place = flagOf(spec) ?? spec.name;
  const parsed = spec.default === null ? null : spec.kind.parse(spec.default);
  if (parsed?.ok === false) throw new Error(`the default of ${place} breaks its own rule`);
  return { value: parsed?.value ?? null, source: "default", place, rank: "default" };
}
