/**
 * Packs what build.ts built: `bun deploy/npm/pack.ts [FOLDER]` writes `aceslot-VERSION.tgz` into FOLDER (dist/), byte
 * for byte what `npm pack` makes, and says what it weighs. Nobody imports this.
 *
 * npm makes an empty package without a word when scripts are off and nothing was built. Here that is an error.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { OUT } from "./entries.ts";

const ROOT = join(import.meta.dirname, "../..");
const Report = z.tuple([
  z.object({
    filename: z.string(),
    size: z.number(),
    unpackedSize: z.number(),
    files: z.array(z.object({ path: z.string() })),
  }),
]);
/** `exports`: conditions in any depth, with paths at their ends. */
type Targets = string | { readonly [condition: string]: Targets };
const Targets: z.ZodType<Targets> = z.lazy(() => z.union([z.string(), z.record(z.string(), Targets)]));
const Package = z.object({ exports: Targets });

const folder = resolve(process.argv[2] ?? join(ROOT, "dist"));
if (!existsSync(join(ROOT, OUT))) fail(`${OUT} is not built; run \`make package\``);
// It is built already; npm would ask make again.
const packed = spawnSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
  cwd: ROOT,
  encoding: "utf8",
});
if (packed.status !== 0) fail(packed.error?.message ?? packed.stderr);
const [{ filename, size, unpackedSize, files }] = Report.parse(JSON.parse(packed.stdout));
const held = new Set(files.map(({ path }) => path));
const { exports } = Package.parse(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")));
const wanted = [
  ...targets(exports),
  ...["README.md", "LICENSE", "CHANGELOG.md"],
  ...readdirSync(join(ROOT, OUT)).map((name) => `${OUT}/${name}`),
];
const missing = wanted.filter((path) => !held.has(path));
if (missing.length > 0) fail(`the package lacks ${missing.join(", ")}; run \`make package\``);
const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;
console.log(
  `${join(folder, filename)}: ${kilobytes(size)}, unpacked ${kilobytes(unpackedSize)}, ${held.size} files`,
);

function targets(exported: Targets): string[] {
  return typeof exported === "string"
    ? [exported.replace(/^\.\//, "")]
    : Object.values(exported).flatMap(targets);
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
