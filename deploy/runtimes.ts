/**
 * Fetches Bun's runtimes for other platforms: from the npm registry with npm itself, in the version and with
 * the checksum that package-lock.json pins. Only deploy/ imports this.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const CACHE = "node_modules/.cache/bun-runtimes";
const Locked = z.object({ version: z.string(), integrity: z.string().startsWith("sha512-") });
const Lock = z.object({ packages: z.record(z.string(), z.unknown()) });

/** The path of the package's runtime, fetched on first use. @throws Error that names the package. */
export function runtimePath(packageName: string): string {
  const { version, integrity } = lockedRelease(packageName);
  const home = join(CACHE, `${packageName.replaceAll("/", "-")}-${version}`);
  if (!existsSync(home)) fetchInto(home, `${packageName}@${version}`, integrity);
  const bin = join(home, "package/bin");
  const [executable] = readdirSync(bin);
  if (executable === undefined) throw new Error(`${bin}: no runtime inside; delete ${home} and try again`);
  return join(bin, executable);
}

function lockedRelease(packageName: string): z.infer<typeof Locked> {
  const lock = Lock.parse(JSON.parse(readFileSync("package-lock.json", "utf8")));
  const found = Locked.safeParse(lock.packages[`node_modules/${packageName}`]);
  if (!found.success)
    throw new Error(`package-lock.json: ${packageName} is not pinned there with a checksum`);
  return found.data;
}

/** Makes `home` appear in one step, or not at all. */
function fetchInto(home: string, spec: string, integrity: string): void {
  mkdirSync(CACHE, { recursive: true });
  const workshop = mkdtempSync(join(CACHE, ".fetch-"));
  try {
    run("npm", ["pack", spec, "--silent", "--pack-destination", workshop]);
    const [tarball] = readdirSync(workshop);
    if (tarball === undefined) throw new Error(`npm pack ${spec}: brought no file`);
    const path = join(workshop, tarball);
    const sha512 = `sha512-${createHash("sha512").update(readFileSync(path)).digest("base64")}`;
    if (sha512 !== integrity) throw new Error(`${spec}: got ${sha512}, package-lock.json pins ${integrity}`);
    run("tar", ["-xzf", path, "-C", workshop]);
    rmSync(path);
    renameSync(workshop, home);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

function run(command: string, args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0)
    throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? `exit code ${status}`}`);
}
