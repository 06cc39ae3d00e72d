/**
 * The package's types: checked with what Node 20 knows and without Bun's types, then one file for each entry. What no
 * public type names is not in them, so that they need neither Bun's nor Node's types. Only build.ts imports this.
 */
import { join } from "node:path";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";
import ts from "typescript";
import { ENTRIES, ENTRY_NAMES } from "./entries.ts";

const ROOT = join(import.meta.dirname, "../..");
const TSCONFIG = join(import.meta.dirname, "tsconfig.json");

/**
 * Writes `index.d.ts`, … into `folder`; `workshop` is for what lies between.
 * @throws Error with what the compiler says, or naming what a public type uses and no entry exports.
 */
export async function writeDeclarations(folder: string, workshop: string): Promise<void> {
  emit(workshop);
  const warnings: string[] = [];
  const bundle = await rollup({
    input: Object.fromEntries(
      ENTRY_NAMES.map((entry) => [entry, join(workshop, ENTRIES[entry].replace(/\.ts$/, ".d.ts"))]),
    ),
    external: (id) => !/^[./]/.test(id),
    plugins: [dts()],
    onwarn: ({ message }) => warnings.push(message),
  });
  try {
    await bundle.write({
      dir: folder,
      entryFileNames: "[name].d.ts",
      chunkFileNames: ({ name }) => `shared-${name.replace(/\.d$/, "")}.d.ts`,
      minifyInternalExports: false,
      // Otherwise every entry would name the packages that only another one needs.
      hoistTransitiveImports: false,
    });
  } finally {
    await bundle.close();
  }
  if (warnings.length > 0) throw new Error(`the package's types:\n${warnings.join("\n")}`);
}

/** Checks everything that the entries reach, and writes its declarations as they lie in the repository. */
function emit(outDir: string): void {
  const { config, error } = ts.readConfigFile(TSCONFIG, ts.sys.readFile);
  if (error) throw new Error(told([error]));
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, join(TSCONFIG, ".."));
  const entries = ENTRY_NAMES.map((entry) => join(ROOT, ENTRIES[entry]));
  const program = ts.createProgram([...fileNames, ...entries], { ...options, rootDir: ROOT, outDir });
  const problems = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  if (problems.length > 0) throw new Error(told(problems));
}

function told(problems: readonly ts.Diagnostic[]): string {
  return ts.formatDiagnostics(problems, {
    getCurrentDirectory: () => ROOT,
    getCanonicalFileName: (name) => name,
    getNewLine: () => "\n",
  });
}
