/** What an installation weighs, and what its imports take: told by the package's own scales, of its tarball. */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const WEIGHT = "weight";
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Tables of Markdown; null: there is no tarball to weigh. */
export function weigh(): string | null {
  if (globSync(join(ROOT, "dist/aceslot-*.tgz")).length === 0) return null;
  const scales = join(ROOT, "deploy/npm/weigh.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, [scales], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${scales}: ${stderr}`);
  return stdout.trim();
}
