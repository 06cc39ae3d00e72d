/** What the binary and the package are made of is what was looked at: pinned, with digests, and asked about. */
import { describe, expect, test } from "bun:test";
import { globSync, readFileSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scratchFolder } from "../../support/binary.ts";
import { run } from "../../support/run.ts";

const ROOT = join(import.meta.dir, "../../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

interface Locked {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}
const MANIFEST = JSON.parse(read("package.json")) as Record<string, Record<string, string> | undefined>;
const LOCKED = Object.entries(
  (JSON.parse(read("package-lock.json")) as { packages: Record<string, Locked> }).packages,
).filter(([path]) => path !== "");

test("every dependency is named with one exact version", () => {
  const named = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"].flatMap(
    (kind) => Object.entries(MANIFEST[kind] ?? {}),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test("every package that is installed comes from the registry that npm is set to, with its digest", () => {
  expect(LOCKED.length).toBeGreaterThan(100);
  const odd = LOCKED.filter(
    // An address of its own could be anybody's.
    ([, { resolved, integrity = "", link = false }]) =>
      link || resolved !== undefined || !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity),
  );
  expect(odd).toEqual([]);
});

test("nothing that goes into the binary or the package runs a script when it is installed", () => {
  const carried = LOCKED.filter(([, { dev }]) => dev !== true);
  expect(carried.length).toBeGreaterThanOrEqual(Object.keys(MANIFEST.dependencies ?? {}).length);
  expect(carried.filter(([, { hasInstallScript }]) => hasInstallScript === true)).toEqual([]);
  for (const word of ["preinstall", "install", "postinstall", "prepare"])
    expect(MANIFEST.scripts).not.toHaveProperty(word);
  // And where the tools' own scripts would run, they are not let.
  for (const path of ["Makefile", "deploy/docker/Dockerfile"])
    for (const [line] of read(path).matchAll(/npm (?:ci|install)\b.*/g))
      expect(line).toContain("--ignore-scripts");
});

test("what Deno imports is our own, or one exact version of JSR's", () => {
  for (const path of ["deno.json", "deno.offline.json"]) {
    const { imports } = JSON.parse(read(path)) as { imports: Record<string, string> };
    const odd = Object.values(imports).filter(
      (to) => !/^\.\/|^(?:jsr|npm):@?[\w/-]+@\d+\.\d+\.\d+$/.test(to),
    );
    expect(odd).toEqual([]);
  }
});

test("workflows use actions by their commit, and images are built from named versions", () => {
  const workflows = globSync("deploy/ci/*.yml", { cwd: ROOT });
  const used = workflows.flatMap((path) =>
    [...read(path).matchAll(/uses:\s*(\S+)/g)].map(([, action]) => action),
  );
  expect(used.length).toBeGreaterThan(3);
  for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  for (const path of workflows) expect(read(path)).toContain("permissions:\n  contents: read");
  const bases = [...read("deploy/docker/Dockerfile").matchAll(/^FROM (?:--\S+ )?(\S+)/gm)].map(
    ([, image]) => image,
  );
  expect(bases.length).toBe(2);
  for (const image of bases) expect(image).toMatch(/:(?!latest)[\w.-]+$/);
});

describe("the audit", () => {
  const audited = async (npm: string): Promise<{ code: number | null; out: string }> => {
    await using folder = await scratchFolder();
    await writeFile(join(folder.path, "npm"), `#!/bin/sh\n${npm}\n`);
    await chmod(join(folder.path, "npm"), 0o755);
    const env = { PATH: `${folder.path}:${process.env.PATH ?? ""}` };
    return await run(["bash", join(ROOT, ".ci/audit.sh")], { cwd: folder.path, env });
  };
  const report =
    'case "$*" in *--json*) echo "{\\"auditReportVersion\\": 2}";; *) echo "a fault of hono";; esac';

  test("passes where no fault is known", async () => {
    expect(await audited(report)).toMatchObject({ code: 0, out: expect.stringContaining("no known fault") });
  });
  test("fails where one is, and tells it", async () => {
    expect(await audited(`${report}\nexit 1`)).toMatchObject({
      code: 1,
      out: expect.stringContaining("a fault of hono"),
    });
  });
  test.each([
    ["has no such question", 'echo "{\\"error\\": {\\"code\\": \\"E405\\"}}"; exit 1'],
    ["cannot be reached", "exit 1"],
    ["says nothing at all", ":"],
  ])("says aloud that it was not done where the registry %s", async (_, npm) => {
    expect(await audited(npm)).toMatchObject({ code: 3, out: expect.stringContaining("NOT DONE") });
  });
});
