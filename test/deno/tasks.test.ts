/** The tasks of deno.json, and the workflow for machines that reach JSR: they name what is there, and do what they say. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import denoJson from "../../deno.json";
import offline from "../../deno.offline.json";
import packageJson from "../../package.json";
import { contentId } from "../../src/sim/index.ts";
import { deno, ROOT, startProgram } from "./deno.ts";
import { watch } from "./playing.ts";
import { startRegistry } from "./registry.ts";

const TASKS: Readonly<Record<string, string>> = denoJson.tasks;

test("deno.json is of the same version and licence as package.json, and maps the same names with and without JSR", () => {
  const { version, license } = packageJson;
  expect(denoJson).toMatchObject({ version, license });
  const { "@std/async": real, "#async": seam, ...names } = denoJson.imports;
  const { "#async": adapter, ...sameNames } = offline.imports;
  expect(sameNames).toEqual(names);
  expect([real, seam, adapter]).toEqual([
    "jsr:@std/async@1.5.0",
    "./src/async/deno.ts",
    "./src/async/index.ts",
  ]);
  for (const path of Object.values(denoJson.exports)) expect(Object.values<string>(names)).toContain(path);
});

test("tasks name files that are there", () => {
  for (const command of Object.values(TASKS)) {
    const files = command.split(" ").filter((word) => /\.(ts|json)$/.test(word));
    for (const file of files) expect(existsSync(join(ROOT, file.replace(/^--[a-z-]+=/, "")))).toBe(true);
  }
});

test("deno task demo plays two streams on two simulated engines", async () => {
  await using demo = await startProgram([], ["demo", "0"], {
    flags: ["task", "--quiet"],
    line: /http:\S+(?=\/\n)/,
  });
  const [first, second] = await Promise.all([watch(demo.url, 1), watch(demo.url, 2)]);
  for (const each of [first, second]) expect(each).toMatchObject({ status: 200, broken: 0 });
  expect(demo.printed()).toContain(`/ace/getstream?id=${contentId(2)}`);
  expect(await demo.end()).toBe(0);
});

test("deno task test:std-async holds what JSR gives to the contract", async () => {
  await using registry = startRegistry();
  const { code, out } = await deno(["task", "test:std-async"], { env: registry.env });
  expect(out).toMatch(/ok \| [4-9] passed \| 0 failed/);
  expect(code).toBe(0);
});

test("the workflow runs the tasks that want JSR, and what it runs is there", () => {
  const workflow = readFileSync(join(ROOT, "deploy/ci/deno.yml"), "utf8");
  const { jobs, on, permissions } = Bun.YAML.parse(workflow) as {
    jobs: { deno: { steps: { run?: string; env?: object }[] } };
    on: object;
    permissions: object;
  };
  expect({ on, permissions }).toEqual({
    on: { push: null, pull_request: null },
    permissions: { contents: "read" },
  });
  const steps = jobs.deno.steps.filter(({ run }) => run !== undefined);
  expect(steps).toEqual([
    { run: "make install" },
    { run: "node_modules/.bin/deno task test:std-async" },
    { run: "node_modules/.bin/deno task publish:try" },
    { run: "node_modules/.bin/bun test ./test/deno", env: { ACESLOT_TEST_DENORT: "fetch" } },
  ]);
  expect(readFileSync(join(ROOT, "test/deno/publish.test.ts"), "utf8")).toContain(
    'ACESLOT_TEST_DENORT === "fetch"',
  );
});
