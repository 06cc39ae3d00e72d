/** The global through which instrumented code learns which of its mutants is alive, and tells which it came by. */
import { INSTRUMENTED } from "./instrument.ts";

export interface Switches {
  /** Undefined: the code does what it always did. */
  activeMutant: string | undefined;
  /** How often the active mutant was come by; above the limit it throws, so that no loop is endless. */
  hitCount: number;
  hitLimit: number;
  mutantCoverage: Coverage;
  currentTestId: string | undefined;
}

interface Coverage {
  static: Record<string, number>;
  perTest: Record<string, Record<string, number>>;
}

/** Made once for a process: instrumented code holds on to it. */
export const SWITCHES: Switches = {
  activeMutant: undefined,
  hitCount: 0,
  hitLimit: Number.POSITIVE_INFINITY,
  mutantCoverage: { static: {}, perTest: {} },
  currentTestId: undefined,
};

Object.assign(globalThis, { [INSTRUMENTED]: SWITCHES });

/** What `run` answers, and the numbers of the mutants that it comes by. */
export function covered<T>(run: () => T): { readonly answer: T; readonly mutants: readonly string[] } {
  SWITCHES.mutantCoverage.static = {};
  const answer = run();
  return { answer, mutants: Object.keys(SWITCHES.mutantCoverage.static) };
}
