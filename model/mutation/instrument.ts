/** All mutants of the selector in one copy of its code: StrykerJS's instrumenter makes them, a switch picks one. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInstrumenter, type InstrumentResult } from "@stryker-mutator/instrumenter";

/** The name of the global that the instrumented code looks at. */
export const INSTRUMENTED = "__stryker__";

/** Of the instrumented files, as reports call it. */
export const LANGUAGE = "typescript";

/** One small change of the code: what it replaces is its location's text. */
export type CodeMutant = InstrumentResult["mutants"][number];

export interface Instrumented {
  readonly mutants: readonly CodeMutant[];
  /** By absolute path. */
  readonly files: ReadonlyMap<string, string>;
}

const silent = (): void => {};
const logger = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  fatal: silent,
};

/** The part of an injector that the instrumenter asks for. */
const injector = {
  provideValue: () => injector,
  injectClass: <T>(kind: new (log: typeof logger) => T): T => new kind(logger),
};

/** The files of a folder that hold code, with all their mutants, or with those of some files only. */
export async function instrument(folder: string, only?: readonly string[]): Promise<Instrumented> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  const sources = names.sort().map((name) => ({
    name: join(folder, name),
    content: readFileSync(join(folder, name), "utf8"),
    mutate: only === undefined || only.includes(name),
  }));
  const instrumenter = createInstrumenter(injector as unknown as Parameters<typeof createInstrumenter>[0]);
  const { files, mutants } = await instrumenter.instrument(sources, {
    plugins: null,
    ignorers: [],
    excludedMutations: [],
  });
  return { mutants, files: new Map(files.map(({ name, content }) => [name, content])) };
}

const COVERS = /function stryCov_9fa48\(\) \{[\s\S]*?\n\}\n(?=function stryMutAct_9fa48)/;

/** The same code without its bookkeeping of what is come by: several times faster. */
export function withoutCoverage(code: string): string {
  if (!COVERS.test(code)) {
    if (code.includes("stryCov_9fa48"))
      throw new Error("the instrumenter writes its coverage otherwise than it did");
    return code;
  }
  return code.replace(COVERS, "function stryCov_9fa48() {}\n");
}
