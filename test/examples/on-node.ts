/** An example for Node 20, which reads no TypeScript: its own files are translated, and it imports the built package. */
import { copyFileSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { OUT } from "../../deploy/npm/entries.ts";
import { writeJavaScript } from "../../deploy/npm/javascript.ts";
import { scratchFolder } from "../support/binary.ts";

const ROOT = join(import.meta.dir, "../..");

/** What Node runs in place of a file; gone when it is disposed. */
export async function translated(file: string): Promise<{ readonly path: string } & AsyncDisposable> {
  const folder = await scratchFolder();
  const path = join(folder.path, basename(file).replace(/ts$/, "mjs"));
  symlinkSync(await installed(), join(folder.path, "node_modules"));
  await build({
    entryPoints: [file],
    outfile: path,
    // Of tsconfig.json nothing counts: there the package's name leads to the sources.
    tsconfigRaw: {},
    ...{ bundle: true, packages: "external", format: "esm", platform: "node", target: "node20" },
  });
  return { path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

let once: Promise<string> | null = null;

/** A `node_modules` with everything that is in ours, and the package as `npm install aceslot` puts it there. */
function installed(): Promise<string> {
  once ??= install();
  return once;
}

async function install(): Promise<string> {
  // For all files of tests, and the test runner tells nobody when it ends: so the next run takes away what this one leaves.
  const cache = join(ROOT, "node_modules/.cache/examples");
  mkdirSync(cache, { recursive: true });
  for (const pid of readdirSync(cache))
    if (!isRunning(Number(pid))) rmSync(join(cache, pid), { recursive: true, force: true });
  const modules = join(cache, `${process.pid}`, "node_modules");
  const own = join(modules, "aceslot");
  mkdirSync(own, { recursive: true });
  for (const name of readdirSync(join(ROOT, "node_modules")).filter((name) => !name.startsWith(".")))
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  copyFileSync(join(ROOT, "package.json"), join(own, "package.json"));
  await writeJavaScript(join(own, OUT));
  return modules;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
