/** Reads the sources behind the entry points: TypeDoc understands the comments, TypeScript the declarations. */
import { join } from "node:path";
import {
  Application,
  type Context,
  Converter,
  type DeclarationReflection,
  Logger,
  LogLevel,
  type Reflection,
} from "typedoc";
import type ts from "typescript";
import { ENTRIES, type Entry, ROOT } from "./entries.ts";

/** One entry point, as it was read. */
export interface Module {
  readonly entry: Entry;
  readonly reflection: DeclarationReflection;
  /** Where its names are exported. */
  readonly file: ts.SourceFile;
}

export interface Sources {
  readonly modules: readonly Module[];
  readonly checker: ts.TypeChecker;
  /** The declarations behind what TypeDoc tells of. */
  readonly declarationsOf: (reflection: Reflection) => readonly ts.Declaration[];
  /** What TypeDoc found wrong: what has no comment, is not exported though exported types name it, or links to nothing: one line each. */
  readonly faults: readonly string[];
}

class Faults extends Logger {
  readonly lines: string[] = [];
  override log(message: string, level: LogLevel): void {
    // Fields of a plain object within a type are told of by the comment of the whole.
    if (level >= LogLevel.Warn && !message.includes(".__type.")) this.lines.push(message);
  }
}

/** Of more than one entry: TypeDoc takes a single one for the whole project. Takes some seconds, reads only files of the repository, and writes nothing. */
export async function read(entries: readonly Entry[] = ENTRIES): Promise<Sources> {
  const app = await Application.bootstrap({
    entryPoints: entries.map(({ source }) => join(ROOT, source)),
    tsconfig: join(ROOT, "deploy/reference/tsconfig.json"),
    // `make types` looks for errors.
    skipErrorChecking: true,
    excludeExternals: true,
    excludePrivate: true,
    disableSources: true,
    disableGit: true,
    preservedTypeAnnotationTags: ["@throws"],
    sort: ["source-order"],
    validation: {
      notExported: true,
      invalidLink: true,
      invalidPath: true,
      rewrittenLink: true,
      notDocumented: true,
      unusedMergeModuleWith: true,
    },
  });
  const faults = new Faults();
  app.logger = faults;
  const symbols = new Map<Reflection, ts.Symbol>();
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context: Context, reflection: Reflection) => {
    const symbol = context.getSymbolFromReflection(reflection);
    if (symbol) symbols.set(reflection, symbol);
  });
  let program: ts.Program | undefined;
  app.converter.on(Converter.EVENT_BEGIN, (context: Context) => {
    program = context.programs[0];
  });
  const project = await app.convert();
  if (!project || !program) throw new Error(faults.lines.join("\n"));
  app.validate(project);
  const modules = entries.map((entry): Module => {
    const file = program?.getSourceFile(join(ROOT, entry.source));
    const reflection = project.children?.find((child) => symbols.get(child)?.declarations?.[0] === file);
    if (!file || !reflection) throw new Error(`TypeDoc did not read ${entry.source}`);
    return { entry, reflection, file };
  });
  return {
    modules,
    checker: program.getTypeChecker(),
    declarationsOf: (reflection) => symbols.get(reflection)?.declarations ?? [],
    faults: faults.lines,
  };
}
