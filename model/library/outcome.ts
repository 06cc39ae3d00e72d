/** What was found, put together as a result that reports can be made of. */
import type {
  CheckResult,
  Coverage,
  PropertyKind,
  PropertyResult,
  RungResult,
  Verdict,
  Violation,
} from "../result.ts";

export interface Finding {
  readonly name: string;
  readonly rungs: readonly RungResult[];
  readonly violation: Violation | null;
  readonly properties: readonly {
    readonly name: string;
    readonly sentence: string;
    readonly sometimes: string;
    readonly kind: PropertyKind;
  }[];
  /** Properties that were put to the test, with the world in which that happened first. */
  readonly reached: ReadonlyMap<string, string>;
  readonly coverage: Coverage;
  /** What of the coverage has to have occurred. */
  readonly required: readonly string[];
  readonly assumptions: readonly string[];
  readonly limits: readonly string[];
  readonly seconds: number;
}

export function outcome(finding: Finding): CheckResult {
  const { name, rungs, violation, reached, coverage, assumptions, limits, seconds } = finding;
  const isCut = rungs.some(({ complete }) => !complete);
  const properties = finding.properties.map((property): PropertyResult => {
    const reachedIn = reached.get(property.name) ?? null;
    const status =
      violation?.property === property.name
        ? "violated"
        : isCut || violation
          ? "incomplete"
          : reachedIn === null
            ? "vacuous"
            : "holds";
    return { ...property, status, reachedIn };
  });
  const isMissing = finding.required.some((one) => (coverage.events[one] ?? 0) === 0);
  const isVacuous = isMissing || properties.some(({ status }) => status === "vacuous");
  const verdict: Verdict = violation ? "violated" : isCut ? "incomplete" : isVacuous ? "vacuous" : "holds";
  return {
    version: 1,
    verdict,
    preset: name,
    mutant: null,
    rungs,
    properties,
    coverage,
    assumptions,
    limits,
    violation,
    seconds,
    memoryBytes: memoryBytes(),
  };
}

/** Where the runtime tells; 0 elsewhere. */
const memoryBytes = (): number => globalThis.process?.memoryUsage?.().rss ?? 0;
