/**
 * Builds the npm package's files into dist/npm/: `bun deploy/npm/build.ts`, which `npm pack` runs by itself and
 * `make package` too. The same sources and lock give the same bytes. Nobody imports this.
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeDeclarations } from "./declarations.ts";
import { OUT } from "./entries.ts";
import { writeJavaScript } from "./javascript.ts";
import { embeddedLicences } from "./licences.ts";
import { prove } from "./proof.ts";

const ROOT = join(import.meta.dirname, "../..");
const out = join(ROOT, OUT);

mkdirSync(dirname(out), { recursive: true });
// Beside the folder that it becomes, so that nobody ever sees half of it.
const workshop = mkdtempSync(join(dirname(out), ".npm-"));
try {
  const folder = join(workshop, "built");
  prove(await writeJavaScript(folder));
  await writeDeclarations(folder, join(workshop, "types"));
  writeFileSync(join(folder, "THIRD-PARTY-LICENSES.txt"), embeddedLicences());
  rmSync(out, { recursive: true, force: true });
  renameSync(folder, out);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(workshop, { recursive: true, force: true });
}
