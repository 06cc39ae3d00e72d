/**
 * Builds every platform's archive, the bill of materials and `checksums.sha256` into dist/:
 * `bun deploy/release.ts [ENTRY]`. The same sources and lock give the same bytes. Nobody imports this.
 */
import { createHash } from "node:crypto";
import { globSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { VERSION } from "../src/version.ts";
import { type ArchivedFile, tarGz, zip } from "./archives.ts";
import { compile, MAIN } from "./compile.ts";
import { billText, filesFor, filesForAll } from "./release-files.ts";
import { runtimePath } from "./runtimes.ts";
import { billOfMaterials } from "./sbom.ts";
import { archiveName, billName, binaryName, latestName, TARGETS, type Target } from "./targets.ts";

const DIST = "dist";
const entry = process.argv[2] ?? MAIN;

mkdirSync(DIST, { recursive: true });
for (const old of globSync(`${DIST}/{aceslot_*,checksums.sha256}`)) rmSync(old);

// What may stop a release comes before what takes long.
const bill = await billOfMaterials();
const shared = filesForAll(bill);
// Fetched one after another, before any work that a refused download would waste.
const runtimes = TARGETS.map((target) => ({ target, runtime: runtimePath(target.runtimePackage) }));
const checksums: string[] = [];
for (const { target, runtime } of runtimes) await release(target, runtime);
publish(billName(VERSION), Buffer.from(billText(bill)));
writeFileSync(join(DIST, "checksums.sha256"), checksums.join(""));

/** Writes the target's archive, also under the name that stays the same from version to version. */
async function release(target: Target, runtime: string): Promise<void> {
  const startedMs = performance.now();
  const binary = await compiled(target, runtime);
  const files = [binary, ...shared, ...filesFor(target)];
  const archive = await (target.os === "windows" ? zip(files) : tarGz(files));
  const name = archiveName(target, VERSION);
  publish(name, archive, latestName(target));
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${name}: binary ${mebibytes(binary.bytes)}, archive ${mebibytes(archive)}, ${seconds} s`);
}

/** Writes the file, under both names if there are two, with their lines for `sha256sum --check`. */
function publish(name: string, bytes: Uint8Array, alsoAs?: string): void {
  writeFileSync(join(DIST, name), bytes);
  const digest = createHash("sha256").update(bytes).digest("hex");
  checksums.push(`${digest}  ${name}\n`);
  if (alsoAs === undefined) return;
  linkSync(join(DIST, name), join(DIST, alsoAs));
  checksums.push(`${digest}  ${alsoAs}\n`);
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

function mebibytes(bytes: Uint8Array): string {
  return `${(bytes.length / 2 ** 20).toFixed(1)} MiB`;
}
