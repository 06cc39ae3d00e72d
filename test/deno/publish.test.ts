/**
 * What JSR would get and give: the package is published to a registry on this machine by `deno publish` itself, and a
 * program that imports it from there plays. JSR's rules (no slow types, everything resolves) are `deno publish`'s own.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import denoJson from "../../deno.json";
import packageJson from "../../package.json";
import { startSimEngine } from "../../src/sim/index.ts";
import { scratchFolder } from "../support/binary.ts";
import { deno, OFFLINE, PROGRAMS, ROOT, startProgram } from "./deno.ts";
import { statuses, watch } from "./playing.ts";
import { type Registry, startRegistry } from "./registry.ts";

const ENTRIES = Object.values(denoJson.exports);
const BESIDE = ["/CHANGELOG.md", "/LICENSE", "/README.md", "/deno.json"];

let registry: Registry;
let said = "";
beforeAll(async () => {
  registry = startRegistry();
  // The types are checked by `types.test.ts`, with the same settings.
  const { code, out, err } = await deno(
    ["publish", "--allow-dirty", "--no-provenance", "--no-check", "--token", "none"],
    { env: { JSR_URL: registry.url } },
  );
  said = `${out}${err}`;
  expect({ code, said }).toMatchObject({ code: 0 });
});
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
  expect([...imported].filter((each) => !versions.includes(each))).toEqual(["jsr:@std/async@^1.5.0"]);
});

test("a program that imports it from there plays, with the network alone", async () => {
  await using folder = await scratchFolder();
  await symlink(join(ROOT, "node_modules"), join(folder.path, "node_modules"));
  await copyFile(join(PROGRAMS, "serve.ts"), join(folder.path, "serve.ts"));
  const write = (name: string, value: unknown) => writeFile(join(folder.path, name), JSON.stringify(value));
  await write("package.json", { dependencies: packageJson.dependencies });
  await write("deno.json", {
    nodeModulesDir: "manual",
    imports: { aceslot: `jsr:${denoJson.name}@^${denoJson.version}` },
  });
  await using engine = await startSimEngine();
  await using program = await startProgram(
    [`--allow-net=127.0.0.1:0,${engine.address}`],
    ["serve.ts", JSON.stringify({ engines: [engine.address] })],
    {
      cwd: folder.path,
      flags: ["run", "--no-prompt", "--no-lock", "--no-check", "--quiet"],
      env: { JSR_URL: registry.url },
    },
  );
  expect(await watch(program.url)).toMatchObject({ status: 200, broken: 0 });
  expect(await statuses(program.url, ["/", "/assets/main.js", "/metrics"])).toEqual({
    "/": 200,
    "/assets/main.js": 200,
    "/metrics": 200,
  });
  expect(await program.end()).toBe(0);
  // Its own modules came from the registry, by the permission to import that every program has.
  const { host } = new URL(registry.url);
  expect(program.asked()).toEqual([`import ${host}`, `net ${engine.address}`, "net 127.0.0.1:0"].sort());
});
