/** The page of the examples: it has them all, and each of its commands has a test. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { blocksOf } from "../docs/blocks.ts";
import { commandsOf, ROOT, startExample } from "./example.ts";

const FOLDER = "docs/examples";
const files = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(join(ROOT, folder).length + 1));
const commands = blocksOf(`${FOLDER}/README.md`).flatMap(({ text }) => text.split("\n").filter(Boolean));

test("every folder of examples is on the page, and every program that its commands name is there", () => {
  const programs = commands.map((line) => /docs\/examples\/(\S+\.ts)/.exec(line)?.[1] ?? line);
  expect(files(FOLDER)).toEqual(expect.arrayContaining(programs));
  const folders = (paths: string[]): string[] =>
    [...new Set(paths.map((path) => path.split("/")[0] ?? ""))].sort();
  expect(folders(programs)).toEqual(folders(files(FOLDER).filter((path) => path.includes("/"))));
});

test("every command of the page is run by a test", () => {
  const tests = readdirSync(import.meta.dir).map((name) => join("test/examples", name));
  const sources = [...tests, "test/unit/check-examples.test.ts"].map((path) =>
    readFileSync(join(ROOT, path), "utf8"),
  );
  for (const line of commands) {
    const [, runtime = "", file = ""] = /^(\w+) (?:.*? )?docs\/examples\/(\S+\.ts)/.exec(line) ?? [];
    expect([...commandsOf(file).keys()] as string[]).toContain(runtime);
    expect(
      sources.some((text) => text.includes(`"${file}"`)),
      `${file} has a test`,
    ).toBe(true);
  }
});

test("every example imports what a reader can install, and its own files", () => {
  for (const path of files(FOLDER).filter((path) => path.endsWith(".ts"))) {
    const source = readFileSync(join(ROOT, FOLDER, path), "utf8");
    for (const [, name = ""] of source.matchAll(/^(?:import|export) .*?from "(.+?)";$|^\} from "(.+?)";$/gms))
      expect(name, path).toMatch(
        /^(?:\.\/[\w-]+\.ts|aceslot(?:\/\w+)?|hono(?:\/\w+)?|@hono\/node-server|node:[\w/]+|bun)$/,
      );
  }
});

const CUPS = "cups/check.ts";
for (const runtime of commandsOf(CUPS).keys())
  test.concurrent(`the smallest model is checked on ${runtime}`, async () => {
    await using example = await startExample(CUPS, runtime);
    expect([await example.ended, example.errors]).toEqual([0, ""]);
    expect(example.lines.join("\n")).toContain("✔ HOLDS");
  });
