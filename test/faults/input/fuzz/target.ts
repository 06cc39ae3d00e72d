/** What all entries have in common that are fuzzed: a name, and a run of any length that a seed repeats. */
import fc from "fast-check";

export interface Target {
  /** As TARGET= names it. */
  readonly name: string;
  /** Runs in the short version, which all take a few seconds together. */
  readonly short: number;
  /** Throws with the seed and the smallest input that was found, if a property does not hold. Resolves with the inputs tried. */
  run(plan: Plan): Promise<number>;
}

export interface Plan {
  readonly seed: number;
  readonly runs: number;
}

/** fast-check's parameters for a plan. Shrinking ends after a while: what is found must be told in any case. */
export const parametersOf = ({ seed, runs }: Plan): fc.Parameters<unknown> => ({
  seed,
  numRuns: runs,
  interruptAfterTimeLimit: 3_600_000,
  markInterruptAsFailure: false,
  maxSkipsPerRun: 1_000,
});

/** Runs a property over one input at a time. */
export async function each<T>(
  plan: Plan,
  input: fc.Arbitrary<T>,
  holds: (input: T) => void | Promise<void>,
): Promise<number> {
  let inputs = 0;
  await fc.assert(
    fc.asyncProperty(input, async (one) => {
      inputs += 1;
      await holds(one);
    }),
    parametersOf(plan) as fc.Parameters<[T]>,
  );
  return inputs;
}

/** A failure that names what was wrong, for the report of fast-check. */
export function must(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`it does not hold that ${what}`);
}

/** No answer to bad input tells of our insides. */
export const hasStack = (text: string): boolean =>
  /\n\s+at |\.ts:\d+|node_modules|\/\$bunfs|TypeError|RangeError|\[object Object\]/.test(text);

/** One line for people: nothing that moves a terminal's cursor, nothing without end. */
export function mustBeOneLine(text: string, lengthMax = 2_000): void {
  must(text !== "", "a message says something");
  must(!/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text), `a message is one line: ${JSON.stringify(text.slice(0, 300))}`);
  must(text.length <= lengthMax, `a message is short: ${text.length} characters`);
  must(!hasStack(text), `a message tells nothing of our insides: ${text.slice(0, 300)}`);
}
