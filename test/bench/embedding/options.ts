/** The flags of the embedding's bench. */
import { parseArgs } from "node:util";
import { listed, repetitionsOf } from "../flags.ts";
import { LIMITER_NAMES, type LimiterName, TRIALS, type Trial } from "./limits.ts";
import { PROXY_SCENARIOS } from "./proxies.ts";
import { RUNTIMES, type Runtime } from "./runtimes.ts";
import { WEIGHT } from "./weight.ts";

export interface Options {
  readonly isQuick: boolean;
  readonly trials: readonly Trial[];
  readonly scenarios: typeof PROXY_SCENARIOS;
  /** Whether the package is weighed. */
  readonly weighs: boolean;
  readonly runtimes: readonly Runtime[];
  readonly limiters: readonly LimiterName[];
  readonly repetitions: number;
  /** A source of `@std/async`'s Semaphore, for runtimes that cannot take it from JSR. */
  readonly stdAsync: string | null;
  /** Where all samples go as JSON; null: nowhere. */
  readonly jsonFile: string | null;
  /** The page whose marked blocks get this run's tables; null: none. */
  readonly pageFile: string | null;
}

const NAMES = [...[...TRIALS, ...PROXY_SCENARIOS].map(({ name }) => name), WEIGHT];

export const USAGE = `bun test/bench/embedding/main.ts [--quick] [--only NAME,…] [--runtimes NAME,…] [--limiters NAME,…]
    [--repeat N] [--std-async FILE] [--json FILE] [--write PAGE]
  names:    ${NAMES.join(" ")} (or a beginning: clients)
  runtimes: ${RUNTIMES.join(" ")}
  limiters: ${LIMITER_NAMES.join(" ")}
  --std-async: a source of the module @std/async/unstable-semaphore; without it Deno takes that from JSR
  --write:     puts the tables into the marked blocks of a page`;

const REPETITIONS = 5;

function chosen<Name extends string>(
  what: string,
  all: readonly Name[],
  text: string | undefined,
): readonly Name[] {
  if (text === undefined) return all;
  return listed(text).flatMap((name) => {
    const found = all.filter((one) => one === name || one.startsWith(`${name}-`));
    const exact = found.filter((one) => one === name);
    if (found.length === 0) throw new Error(`there is no ${what} ${name}; there are ${all.join(", ")}`);
    return exact.length > 0 ? exact : found;
  });
}

/** Throws an error with words for people. */
export function readOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      runtimes: { type: "string" },
      limiters: { type: "string" },
      repeat: { type: "string" },
      "std-async": { type: "string" },
      json: { type: "string" },
      write: { type: "string" },
    },
  });
  const isQuick = values.quick;
  const repetitions = repetitionsOf(values.repeat, isQuick, REPETITIONS);
  const names = chosen("scenario", NAMES, values.only);
  return {
    isQuick,
    trials: TRIALS.filter(({ name }) => names.includes(name)),
    scenarios: PROXY_SCENARIOS.filter(({ name }) => names.includes(name)),
    weighs: names.includes(WEIGHT),
    runtimes: chosen("runtime", RUNTIMES, values.runtimes),
    limiters: chosen("limiter", LIMITER_NAMES, values.limiters),
    repetitions,
    stdAsync: values["std-async"] ?? null,
    jsonFile: values.json ?? null,
    pageFile: values.write ?? null,
  };
}
