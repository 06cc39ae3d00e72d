/**
 * What JSR would get and give: the package is published to a registry on this machine by `deno publish` itself, and a
 * program that imports it from there plays. JSR's rules (no slow types, everything resolves) are `deno publish`'s own.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import denoJson from "../../deno.json";
import packageJson from "../../package.json";
import { startSimEngine } from "../../src/sim/index.ts";
import { scratchFolder } from "../support/binary.ts";
import { DENO, deno, OFFLINE, PROGRAMS, ROOT, startProgram } from "./deno.ts";
import { statuses, watch } from "./playing.ts";
import { makeProject } from "./project.ts";
import { type Registry, startRegistry } from "./registry.ts";

const ENTRIES = Object.values(denoJson.exports);
const PAGE = ["/", "/assets/main.js", "/metrics"];
const BESIDE = ["/CHANGELOG.md", "/LICENSE", "/README.md", "/deno.json"];

/** Deno compiles all of it anew. */
const PATIENCE_MS = 150_000;

let registry: Registry;
let said = "";
beforeAll(async () => {
  registry = startRegistry();
  // The types are checked by `types.test.ts`, with the same settings.
  const { code, out, err } = await deno(
    ["publish", "--allow-dirty", "--no-provenance", "--no-check", "--token", "none"],
    { env: registry.env, deadlineMs: PATIENCE_MS },
  );
  said = `${out}${err}`;
  expect({ code, said }).toMatchObject({ code: 0 });
}, PATIENCE_MS);
afterAll(() => registry?.[Symbol.asyncDispose]());

test("it is published without a complaint: no slow types, no import that cannot be rewritten", () => {
  expect(said).toContain("Checking for slow types in the public API");
  expect(said).toContain(`Successfully published ${denoJson.name}@${denoJson.version}`);
  expect(said).not.toMatch(/\b(warning|error)\b/i);
});

test("it holds the modules that its entries reach, and nothing else", async () => {
  const reached = new Set<string>();
  for (const entry of ENTRIES) {
    const { out } = await deno(["info", "--json", OFFLINE, entry]);
    const { modules } = JSON.parse(out) as { modules: { specifier: string }[] };
    for (const { specifier } of modules) {
      const path = specifier.startsWith("file:") ? Bun.fileURLToPath(specifier).slice(ROOT.length) : "";
      if (/^\/(src|model)\//.test(path)) reached.add(path);
    }
  }
  // The map for machines without JSR puts the adapter in its place.
  reached.add("/src/async/deno.ts");
  const published = [...registry.published.keys()];
  expect(published.filter((path) => !reached.has(path) && !BESIDE.includes(path)).sort()).toEqual([]);
  expect([...reached, ...BESIDE].filter((path) => !published.includes(path)).sort()).toEqual([]);
});

test("its imports are packages of npm and JSR, each in the version of package.json", () => {
  const imported = new Set<string>();
  for (const [path, text] of registry.published)
    if (path.endsWith(".ts") && !path.endsWith(".data.ts"))
      for (const [, specifier = ""] of text.matchAll(/^(?:import|export|\}) [^"\n]*from "([^"]+)";$/gm))
        if (!/^(\.|node:)/.test(specifier)) imported.add(specifier);
  const versions = Object.entries(packageJson.dependencies).map(
    ([name, version]) => `npm:${name}@${version}`,
  );
  expect([...imported].filter((each) => !versions.includes(each))).toEqual(["jsr:@std/async@1.5.0"]);
});

test(
  "a program that imports it from there plays, with the network alone",
  async () => {
    await using folder = await scratchFolder();
    await makeProject(folder.path, join(PROGRAMS, "serve.ts"), "linked");
    await using engine = await startSimEngine();
    await using program = await startProgram(
      [`--allow-net=127.0.0.1:0,${engine.address}`],
      ["serve.ts", JSON.stringify({ engines: [engine.address] })],
      {
        cwd: folder.path,
        flags: ["run", "--no-prompt", "--no-lock", "--no-check", "--quiet"],
        env: registry.env,
      },
    );
    expect(await watch(program.url)).toMatchObject({ status: 200, broken: 0 });
    expect(await statuses(program.url, PAGE)).toEqual(Object.fromEntries(PAGE.map((path) => [path, 200])));
    expect(await program.end()).toBe(0);
    // Its own modules came from the registry, by the permission to import that every program has.
    const { host } = new URL(registry.url);
    expect(program.asked()).toEqual([`import ${host}`, `net ${engine.address}`, "net 127.0.0.1:0"].sort());
  },
  PATIENCE_MS,
);

describe("deno compile", () => {
  /**
   * What a binary begins with is Deno without its tools, `denort`, which no package holds: `deno compile` fetches it from
   * its makers. Where that is wanted (deploy/ci/deno.yml), the binary is run; here Deno itself stands in its place.
   */
  const canFetch = process.env.ACESLOT_TEST_DENORT === "fetch";
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let listed = "";
  const binary = (): string => join(folder.path, "app");

  beforeAll(async () => {
    folder = await scratchFolder();
    await makeProject(folder.path, join(PROGRAMS, "serve.ts"), "copied");
    const { code, err } = await deno(
      ["compile", "--no-check", "--no-lock", ...["--exclude", "node_modules/bintrees/test"]].concat([
        "--no-prompt",
        "--allow-net=127.0.0.1",
        "--output",
        binary(),
        "serve.ts",
      ]),
      {
        cwd: folder.path,
        env: { ...registry.env, ...(canFetch ? {} : { DENORT_BIN: realpathSync(DENO) }) },
        deadlineMs: PATIENCE_MS,
      },
    );
    expect({ code, err }).toMatchObject({ code: 0 });
    listed = err;
  }, PATIENCE_MS);
  afterAll(() => folder?.[Symbol.asyncDispose]());

  test("makes one file, with the program, its packages and the page inside", () => {
    expect(listed).toContain("serve.ts (");
    for (const name of ["hono", "prom-client", "xstate", "zod"]) expect(listed).toContain(` ${name}/* (`);
    const bytes = readFileSync(binary());
    expect(bytes.includes("Made by deploy/text-modules.ts: the files of src/dashboard/page/")).toBe(true);
    expect(bytes.length).toBeLessThan(160e6);
  });

  const plays = async (): Promise<void> => {
    await using engine = await startSimEngine();
    await using program = await startProgram([], [JSON.stringify({ engines: [engine.address] })], {
      command: binary(),
      flags: [],
      cwd: "/",
    });
    expect(await watch(program.url)).toMatchObject({ status: 200, broken: 0 });
    expect(await statuses(program.url, PAGE)).toEqual(Object.fromEntries(PAGE.map((path) => [path, 200])));
    expect(await program.end()).toBe(0);
  };
  if (canFetch) test("the file plays", plays);
});
