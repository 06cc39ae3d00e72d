/**
 * Builds every platform's archive and `checksums.sha256` into dist/: `bun deploy/release.ts [ENTRY]`.
 * The same sources and lock give the same bytes. Nobody imports this.
 */
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { VERSION } from "../src/version.ts";
import { type ArchivedFile, tarGz, zip } from "./archives.ts";
import { compile, MAIN } from "./compile.ts";
import { runtimePath } from "./runtimes.ts";
import { archiveName, binaryName, TARGETS, type Target } from "./targets.ts";

const DIST = "dist";
const DOCUMENTS = ["LICENSE", "README.md", "CHANGELOG.md"];
const entry = process.argv[2] ?? MAIN;

mkdirSync(DIST, { recursive: true });
for (const old of globSync(`${DIST}/{aceslot_v*,checksums.sha256}`)) rmSync(old);

const documents = DOCUMENTS.filter((name) => existsSync(name)).map((name) => plainFile(name, name));
// Fetched one after another, before any work that a refused download would waste.
const runtimes = TARGETS.map((target) => ({ target, runtime: runtimePath(target.runtimePackage) }));
const checksums: string[] = [];
for (const { target, runtime } of runtimes) checksums.push(await release(target, runtime));
writeFileSync(join(DIST, "checksums.sha256"), checksums.join(""));

/** Writes the target's archive; gives its line for `sha256sum --check`. */
async function release(target: Target, runtime: string): Promise<string> {
  const startedMs = performance.now();
  const binary = await compiled(target, runtime);
  const files = [binary, ...documents];
  const archive = await (target.os === "windows" ? zip(files) : tarGz(files));
  const name = archiveName(target, VERSION);
  writeFileSync(join(DIST, name), archive);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${name}: binary ${mebibytes(binary.bytes)}, archive ${mebibytes(archive)}, ${seconds} s`);
  return `${createHash("sha256").update(archive).digest("hex")}  ${name}\n`;
}

async function compiled(target: Target, runtime: string): Promise<ArchivedFile> {
  const workshop = mkdtempSync(join(DIST, ".release-"));
  try {
    const outfile = join(workshop, binaryName(target));
    await compile({ entry, outfile, foreign: { target: target.bunTarget, runtimePath: runtime } });
    return { name: binaryName(target), bytes: readFileSync(outfile), executable: true };
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

function plainFile(name: string, path: string): ArchivedFile {
  return { name, bytes: readFileSync(path), executable: false };
}

function mebibytes(bytes: Uint8Array): string {
  return `${(bytes.length / 2 ** 20).toFixed(1)} MiB`;
}
