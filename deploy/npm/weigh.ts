/**
 * What the npm package weighs, and how long its imports take, as tables: `bun deploy/npm/weigh.ts`, after
 * `make package`. It installs the tarball into an empty project of its own, as a user would. Nobody imports this.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { VERSION } from "../../src/version.ts";
import { ENTRY_NAMES, specifier } from "./entries.ts";

const ROOT = join(import.meta.dirname, "../..");
const BIN = join(ROOT, "node_modules/.bin");
const TARBALL = join(ROOT, `dist/aceslot-${VERSION}.tgz`);
/** Cold processes for each figure; the median is told. */
const RUNS = 11;

/** As users start them; Deno without a right, and without looking anywhere for packages. */
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  Node: ["node"],
  Bun: [join(BIN, "bun")],
  Deno: [join(BIN, "deno"), "run", "--no-prompt", "--cached-only", "--node-modules-dir=manual"],
};

const folder = mkdtempSync(join(tmpdir(), "aceslot-weigh-"));
try {
  writeFileSync(join(folder, "package.json"), '{ "name": "user", "private": true, "type": "module" }');
  run(["npm", "install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", TARBALL]);
  console.log(`\n${sizes()}\n\n${await loads()}\n\n${imports()}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Of what npm puts on the disk. */
function sizes(): string {
  const own = contents(join(folder, "node_modules/aceslot"));
  const all = contents(join(folder, "node_modules"));
  const packages = all.filter(({ path }) => /node_modules\/(@[^/]+\/)?[^/@]+\/package\.json$/.test(path));
  return table(
    ["installed", "", ""],
    [
      ["tarball", kB(statSync(TARBALL).size), ""],
      ["unpacked", kB(total(own)), `${own.length} files`],
      ["with all dependencies", kB(total(all)), `${packages.length - 1} packages besides aceslot`],
    ],
  );
}

/** Of what an import reads at once, and of what a bundler makes of it. */
async function loads(): Promise<string> {
  const rows: string[][] = [];
  for (const entry of ENTRY_NAMES) {
    const { metafile } = await bundled(`import "${specifier(entry)}";`, {
      minify: false,
      treeShaking: false,
    });
    const read = readAtOnce(metafile);
    const packages = [...new Set(read.map(({ path }) => packageOf(path)))].filter(
      (name) => name !== "aceslot" && name !== "",
    );
    rows.push([
      `\`${specifier(entry)}\``,
      kB(total(read)),
      `${read.length}`,
      packages.sort().join(", ") || "none",
    ]);
  }
  const alone = `import { createSelector } from "aceslot/selector"; console.log(createSelector);`;
  const { text } = await bundled(alone, { minify: true });
  const bundle = `${kB(text.length)} minified, ${kB(gzipSync(text).length)} with gzip`;
  return `${table(["import", "reads at once", "files", "of other packages"], rows)}\n\nA bundle of \`createSelector\`: ${bundle}.`;
}

/** Of one import in a process of its own, from its beginning to its end; the runtime's own start is not in it. */
function imports(): string {
  const rows = ENTRY_NAMES.map((entry) => {
    const file = join(folder, "import.js");
    writeFileSync(
      file,
      `const began = performance.now();\nawait import("${specifier(entry)}");\nconsole.log(performance.now() - began);\n`,
    );
    return [
      `\`${specifier(entry)}\``,
      ...Object.values(RUNTIMES).map((command) => `${median([...command, file]).toFixed(0)} ms`),
    ];
  });
  return table([`cold import, median of ${RUNS}`, ...Object.keys(RUNTIMES)], rows);
}

function median(command: readonly string[]): number {
  const times = Array.from({ length: RUNS }, () => Number(run(command)));
  return times.sort((a, b) => a - b)[(RUNS - 1) / 2] ?? Number.NaN;
}

async function bundled(contents: string, options: { minify: boolean; treeShaking?: boolean }) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: folder },
    ...{ bundle: true, format: "esm", platform: "node", write: false, metafile: true, logLevel: "silent" },
    ...{ outdir: folder, splitting: true, external: ["bun:jsc"], ignoreAnnotations: !options.minify },
    ...options,
  });
  return { text: outputFiles.map((file) => file.text).join(""), metafile };
}

/** Without what only a later `import()` reads. */
function readAtOnce({ inputs }: Metafile): { path: string; bytes: number }[] {
  const found = new Map<string, number>();
  const left = ["<stdin>"];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    const input = inputs[path];
    if (input === undefined || found.has(path)) continue;
    found.set(path, input.bytes);
    left.push(...input.imports.filter(({ kind }) => kind !== "dynamic-import").map((each) => each.path));
  }
  found.delete("<stdin>");
  return [...found].map(([path, bytes]) => ({ path, bytes }));
}

function packageOf(path: string): string {
  return path.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1] ?? "";
}

function contents(under: string): { path: string; bytes: number }[] {
  return readdirSync(under, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile() && !each.parentPath.includes("/.bin"))
    .map((each) => join(each.parentPath, each.name))
    .map((path) => ({ path, bytes: readFileSync(path).length }));
}

function total(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function kB(bytes: number): string {
  return bytes < 10_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** What it prints. @throws Error with what it complains of. */
function run([program = "", ...args]: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? stderr}`);
  return stdout;
}
