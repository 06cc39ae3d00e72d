/**
 * The package's JavaScript: one file for each entry and a few that they share, for Node 20 and whatever is newer. What
 * users install beside it stays an import. Only build.ts imports this.
 */
import { rmSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { ENTRIES } from "./entries.ts";

const ROOT = join(import.meta.dirname, "../..");

/**
 * What stands behind `aceslot` in files of their own: `index.js` then only passes names on, and a bundler that takes
 * `createSelector` from there leaves out the proxy's file, with everything that it imports.
 */
const APART = {
  create: "src/embedding/create.ts",
  table: "src/embedding/table.ts",
  schema: "src/config/schema.ts",
};

/** One file that was written, and what it imports: other packages, Node's modules, the files beside it. */
export interface Written {
  readonly name: string;
  readonly imports: readonly {
    readonly what: string;
    readonly isPackage: boolean;
    readonly isLazy: boolean;
  }[];
}

/** Writes the files into `folder`. @throws Error with what esbuild says. */
export async function writeJavaScript(folder: string): Promise<Written[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { ...ENTRIES, ...APART },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    chunkNames: "shared-[name]-[hash]",
    // What carries texts of others names their licences once, in THIRD-PARTY-LICENSES.txt.
    legalComments: "none",
    logLevel: "silent",
    metafile: true,
  });
  const written = Object.entries(metafile.outputs).map(([path, { imports }]) => ({
    name: basename(path),
    imports: imports.map(({ path: what, external = false, kind }) => ({
      what: external ? what : basename(what),
      isPackage: external,
      isLazy: kind === "dynamic-import",
    })),
  }));
  return withoutDoors(folder, written);
}

/** The doors of `APART` are for esbuild alone: nobody imports them. */
function withoutDoors(folder: string, written: readonly Written[]): Written[] {
  const doors = Object.keys(APART).map((name) => `${name}.js`);
  const wanted = new Set(written.flatMap(({ imports }) => imports.map(({ what }) => what)));
  const idle = doors.filter((door) => !wanted.has(door));
  for (const door of idle) rmSync(join(folder, door));
  return written.filter(({ name }) => !idle.includes(name));
}
