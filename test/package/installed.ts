/**
 * The package as users have it: packed by a plain `npm pack`, installed from the tarball into an empty project, once for
 * all tests and all runtimes.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

export const ROOT = join(import.meta.dirname, "../..");
export const BIN = join(ROOT, "node_modules/.bin");
/** Longer than a build on a busy machine takes: `npm pack` builds what is not built. */
export const INSTALL_MS_MAX = 300_000;
const OUTPUT_CHARS_MAX = 4_000;

/** What users of Node install beside it, in the version that our own tests use. */
const BESIDE = { "@hono/node-server": "2.1.9" };
const Report = z.tuple([
  z.object({ filename: z.string(), size: z.number(), files: z.array(z.object({ path: z.string() })) }),
]);

export interface Installed {
  /** The project; `remove` deletes it. */
  readonly folder: string;
  readonly tarball: string;
  /** Bytes of the tarball. */
  readonly size: number;
  /** What is in it. */
  readonly files: readonly string[];
  remove(): void;
}

/** What the suites are told: asked for when their tests run, since they are declared before. */
export type Project = () => Installed;

/** Packs and installs. @throws Error with what npm says. */
export async function install(): Promise<Installed> {
  const folder = mkdtempSync(join(tmpdir(), "aceslot-package-"));
  const [{ filename, size, files }] = Report.parse(
    JSON.parse(await npm(ROOT, "pack", "--json", "--pack-destination", folder)),
  );
  const project = { name: "user", version: "1.0.0", private: true, type: "module" };
  const dependencies = { aceslot: `file:${filename}`, ...BESIDE };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ ...project, dependencies }));
  await npm(folder, "install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund");
  return {
    ...{ folder, tarball: join(folder, filename), size, files: files.map(({ path }) => path) },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What it prints. @throws Error with what it complains of. */
export function npm(cwd: string, ...args: readonly string[]): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn("npm", args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    child.on("error", failed);
    child.on("close", (code) =>
      code === 0
        ? done(out)
        : failed(new Error(`npm ${args.join(" ")}: ${`${err}${out}`.slice(-OUTPUT_CHARS_MAX)}`)),
    );
  });
}
