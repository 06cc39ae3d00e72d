/** What must hold for the built files, whoever writes what in src/. Only build.ts imports this. */
import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { z } from "zod";
import type { Entry } from "./entries.ts";
import type { Written } from "./javascript.ts";

const ROOT = join(import.meta.dirname, "../..");
const Package = z.object({ dependencies: z.record(z.string(), z.string()) });

/** What these entries may import besides the package's own files, at once or later. */
const LIGHT: Partial<Record<Entry, readonly string[]>> = { selector: ["xstate"], slot: ["xstate"] };
/** Asked for where it may be missing, with `import().catch`. */
const IF_THERE = new Set(["bun:jsc"]);

/** @throws Error that names every package that is amiss. */
export function prove(written: readonly Written[]): void {
  const troubles = new Set([...undeclared(written), ...heavy(written), ...mixed(written)]);
  if (troubles.size > 0) throw new Error(`the package's files:\n${[...troubles].join("\n")}`);
}

/** What users install is what the files import, no less and no more. */
function undeclared(written: readonly Written[]): string[] {
  const { dependencies } = Package.parse(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")));
  const imported = new Set<string>();
  const troubles: string[] = [];
  for (const { name, imports } of written) {
    for (const { what, isPackage, isLazy } of imports) {
      if (!isPackage || isBuiltin(what) || (isLazy && IF_THERE.has(what))) continue;
      const of = packageOf(what);
      imported.add(of);
      if (dependencies[of] === undefined)
        troubles.push(
          `${name} imports ${what}, which is not among package.json's dependencies; move it there`,
        );
    }
  }
  for (const name of Object.keys(dependencies))
    if (!imported.has(name))
      troubles.push(
        `no file imports ${name}, and users would install it; move it to package.json's devDependencies`,
      );
  return troubles;
}

/** An entry that promises to be light is so in all that it can reach. */
function heavy(written: readonly Written[]): string[] {
  return Object.entries(LIGHT).flatMap(([entry, allowed]) =>
    reached(`${entry}.js`, written)
      .flatMap(({ name, imports }) => imports.map((each) => ({ name, ...each })))
      .filter(({ what, isPackage }) => isPackage && !allowed.includes(what))
      .map(({ name, what }) => `aceslot/${entry} reaches ${what}, through ${name}`),
  );
}

/** `aceslot` itself only passes names on: what stands in its file cannot be left out by bundlers. */
function mixed(written: readonly Written[]): string[] {
  return written
    .filter(({ name }) => name === "index.js")
    .flatMap(({ imports }) => imports.filter(({ isPackage }) => isPackage))
    .map(({ what }) => `index.js itself imports ${what}; name the module in APART (javascript.ts)`);
}

/** A file with all that it can reach. */
export function reached(from: string, written: readonly Written[]): Written[] {
  const found = new Map<string, Written>();
  const left = [from];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    const file = written.find((each) => each.name === name);
    if (file === undefined || found.has(name)) continue;
    found.set(name, file);
    left.push(...file.imports.filter(({ isPackage }) => !isPackage).map(({ what }) => what));
  }
  return [...found.values()];
}

/** `hono/streaming` → `hono`, `@hono/zod-openapi/x` → `@hono/zod-openapi`. */
function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
