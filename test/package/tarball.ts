/** What is in the tarball, what the well-known judges of packages say of it, and that both ways of packing agree. */
import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transform } from "esbuild";
import denoJson from "../../deno.json" with { type: "json" };
import { ENTRIES, ENTRY_NAMES, OUT, specifier } from "../../deploy/npm/entries.ts";
import { textPackages } from "../../deploy/text-modules.ts";
import packageJson from "../../package.json" with { type: "json" };
import tsconfigJson from "../../tsconfig.json" with { type: "json" };
import { run } from "../support/run.ts";
import { BIN, type Project, ROOT } from "./installed.ts";

/** It was 0.69 MB; two thirds of that are the page's scripts and typeface. */
const BYTES_MAX = 1_000_000;

const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");
const environment = { HOME: tmpdir(), NO_COLOR: "1" };

export function tarballSuite(project: Project): void {
  /** As it was installed. */
  const inside = (): string => join(project().folder, "node_modules/aceslot", OUT);

  test("the names that are imported lead to the same places everywhere", () => {
    const path = (entry: (typeof ENTRY_NAMES)[number]) => (entry === "index" ? "." : `./${entry}`);
    const of = <T>(name: (entry: (typeof ENTRY_NAMES)[number]) => string, value: (source: string) => T) =>
      Object.fromEntries(ENTRY_NAMES.map((entry) => [name(entry), value(`./${ENTRIES[entry]}`)]));
    expect(tsconfigJson.compilerOptions.paths).toMatchObject(of(specifier, (source) => [source]));
    expect(denoJson.exports).toEqual(of(path, (source) => source) as typeof denoJson.exports);
    expect(denoJson.imports).toMatchObject(of(specifier, (source) => source));
    const { "./package.json": _, ...exported } = packageJson.exports;
    const built = ENTRY_NAMES.map((name) => [
      path(name),
      { types: `./${OUT}/${name}.d.ts`, default: `./${OUT}/${name}.js` },
    ]);
    expect(exported).toEqual(Object.fromEntries(built));
  });

  test("it holds the built files, the readme and its pages, the licences and the changes, and nothing else", () => {
    const built = readdirSync(join(ROOT, OUT)).map((name) => `${OUT}/${name}`);
    const others = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
    const pages = ["docs/*.md", "docs/reference/**", "docs/examples/**"].flatMap((pattern) => [
      ...new Bun.Glob(pattern).scanSync(ROOT),
    ]);
    expect([...project().files].sort()).toEqual([...others, ...built, ...pages].sort());
    expect(built.filter((name) => !/\.(js|d\.ts)$/.test(name))).toEqual([`${OUT}/THIRD-PARTY-LICENSES.txt`]);
    expect(project().size).toBeLessThan(BYTES_MAX);
  });

  test("make package makes the same bytes as npm pack", async () => {
    const folder = mkdtempSync(join(tmpdir(), "aceslot-packed-"));
    try {
      const { code, err } = await run([join(BIN, "bun"), "deploy/npm/pack.ts", folder], {
        cwd: ROOT,
        env: environment,
      });
      expect({ code, err }).toEqual({ code: 0, err: "" });
      const [name = ""] = readdirSync(folder);
      expect(sha256(join(folder, name))).toBe(sha256(project().tarball));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("every script is written as Node 20 reads it: nothing would have to be lowered for it", async () => {
    const files = readdirSync(inside()).filter((name) => name.endsWith(".js"));
    expect(files.length).toBeGreaterThan(ENTRY_NAMES.length);
    for (const name of files) {
      const text = readFileSync(join(inside(), name), "utf8");
      const [asItIs, lowered] = await Promise.all(
        ["esnext", "node20"].map((target) => transform(text, { target, format: "esm" })),
      );
      expect(lowered?.code === asItIs?.code ? "" : name).toBe("");
    }
  });

  test("no file names a place on the machine that built it", () => {
    for (const name of readdirSync(inside()))
      expect(readFileSync(join(inside(), name), "utf8").includes(ROOT) ? name : "").toBe("");
  });

  test("the licences of what is inside the scripts are told in full", () => {
    const text = readFileSync(join(inside(), "THIRD-PARTY-LICENSES.txt"), "utf8");
    for (const name of textPackages())
      expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, "m"));
    for (const words of ["Apache License", "SIL OPEN FONT LICENSE", "Permission is hereby granted"])
      expect(text).toContain(words);
  });

  describe("the judges of packages find nothing", () => {
    test("publint, strictly", async () => {
      const { code, out } = await run([join(BIN, "publint"), "run", project().tarball, "--strict"], {
        cwd: project().folder,
        env: environment,
      });
      expect({ code, out: out.trim().split("\n").at(-1) }).toEqual({ code: 0, out: "All good!" });
    });

    test("are the types wrong? not for those who import", async () => {
      const flags = ["--profile", "esm-only", "--no-color", "--format", "ascii"];
      const { code, out } = await run([join(BIN, "attw"), project().tarball, ...flags], {
        cwd: project().folder,
        env: environment,
      });
      expect({ code, out: code === 0 ? "" : out }).toEqual({ code: 0, out: "" });
      for (const entry of ENTRY_NAMES) expect(out).toContain(`"${specifier(entry)}"`);
    });
  });
}
