/** The reference is what the sources say: every name is told of, and the pages are those of today. Links: docs.test.ts. */
import { beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ENTRIES } from "../../deploy/reference/entries.ts";
import { FOLDER, pagesOf } from "../../deploy/reference/make.ts";
import { read, type Sources } from "../../deploy/reference/read.ts";
import packageJson from "../../package.json";

let sources: Sources;
let pages: Map<string, string>;
beforeAll(async () => {
  sources = await read();
  pages = pagesOf(sources);
}, 60_000);

const onDisk = (name: string): string => readFileSync(join(FOLDER, name), "utf8");

test("every exported name has a comment, every type that one names is exported, every link leads somewhere", () => {
  expect(sources.faults).toEqual([]);
});

test("the pages are those of today; `make reference` writes them anew", () => {
  const stale = [...pages].filter(([name, text]) => onDisk(name) !== text).map(([name]) => name);
  expect(stale).toEqual([]);
  expect(readdirSync(FOLDER).sort()).toEqual(["README.md", ...pages.keys()].sort());
});

test("the public surface is the one that was reviewed: docs/reference/api.md", () => {
  expect(pages.get("api.md")).toBe(onDisk("api.md"));
});

test("docs/semver.md names the versions that are tested with", () => {
  const page = readFileSync(join(FOLDER, "../semver.md"), "utf8");
  const { bun, deno, typescript } = packageJson.devDependencies;
  const [major, minor] = typescript.split(".");
  const node = packageJson.engines.node.replace(">=", "");
  for (const words of [`Bun ${bun}`, `Deno ${deno}`, `TypeScript ${major}.${minor}`, `Node ${node}`])
    expect(page).toContain(words);
  const entries = [...page.matchAll(/`(aceslot(?:\/\w+)?)`/g)].map(([, name = ""]) => name);
  expect(new Set(entries)).toEqual(new Set(ENTRIES.map(({ name }) => name)));
});
