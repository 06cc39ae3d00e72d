/**
 * The package's types in a project that is strict, looks into its dependencies' types too, and has neither Bun's nor
 * Node's: only the language's own and the web's.
 */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../support/run.ts";
import { BIN, type Project } from "./installed.ts";

const TSC = join(BIN, "tsc");
/** The compiler's own library is left unchecked, which takes a third of the time; everything else is looked into. */
const OPTIONS = {
  ...{ target: "es2022", lib: ["es2022", "esnext.disposable", "dom"], types: [], noEmit: true },
  ...{ strict: true, skipLibCheck: false, skipDefaultLibCheck: true },
};

export function typesSuite(project: Project): void {
  /** What the compiler says, and the files that it had to read of packages. */
  async function compiled(name: string, compilerOptions: object, file: string) {
    const { folder } = project();
    const config = `tsconfig.${name}.json`;
    writeFileSync(join(folder, config), JSON.stringify({ compilerOptions, files: [file] }));
    const { code, out } = await run([TSC, "-p", config, "--listFiles"], { cwd: folder });
    const lines = out.split("\n").filter((line) => line !== "");
    const isFile = (line: string): boolean => line.startsWith("/");
    return {
      code,
      errors: lines.filter((line) => !isFile(line)),
      packages: packagesOf(lines.filter(isFile), folder),
    };
  }

  test.concurrent.each([
    ["bundler", "esnext"],
    ["node16", "node16"],
  ])("resolve and say what they should under %s", async (moduleResolution, module) => {
    const options = { ...OPTIONS, noUncheckedIndexedAccess: true, moduleResolution, module };
    expect(await compiled(moduleResolution, options, "types.ts")).toEqual({
      code: 0,
      errors: [],
      packages: ["aceslot", "xstate"],
    });
  });

  test.concurrent("those of the selector alone need no other package, however strict one is", async () => {
    const modules = { moduleResolution: "bundler", module: "esnext" };
    const options = { ...OPTIONS, ...modules, exactOptionalPropertyTypes: true };
    writeFileSync(
      join(project().folder, "selector.ts"),
      'export { createSelector } from "aceslot/selector";\n',
    );
    expect(await compiled("selector", options, "selector.ts")).toEqual({
      code: 0,
      errors: [],
      packages: ["aceslot"],
    });
  });
}

/** The compiler's own library is not one. */
function packagesOf(files: readonly string[], folder: string): string[] {
  const names = files
    .filter((file) => file.startsWith(folder) || !file.includes("/typescript/lib/"))
    .map((file) => file.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]);
  return [...new Set(names)].filter((name) => name !== undefined).sort();
}
