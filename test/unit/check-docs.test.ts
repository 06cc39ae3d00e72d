/** The pages about checks say what the code says today. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { generatedParts, written } from "../../model/docs.ts";
import { PROPERTIES } from "../../model/properties/index.ts";
import { SHELL_PROPERTIES } from "../../model/shell/properties.ts";
import { sourceOf, whereText } from "../../model/where.ts";
import { checkPage } from "../../src/cli/check-docs.ts";
import { CHECK_FLAGS, WORLD_NAMES } from "../../src/cli/check-words.ts";

const DOCS = join(import.meta.dir, "../../docs");
const read = (page: string): string => readFileSync(join(DOCS, page), "utf8");

test("docs/check.md is what the flags say today", () => {
  expect(read("check.md"), "run: bun src/cli/check-docs.ts").toBe(checkPage());
});

test("every size and budget of a world is a flag, once", () => {
  const flags = CHECK_FLAGS.map(({ flag }) => flag);
  expect(flags).toEqual([...new Set(flags)]);
  for (const name of WORLD_NAMES) expect(flags).toContain(`--${name}`);
});

test("the tables and pictures in docs/model-checking.md are the code's", async () => {
  const page = read("model-checking.md");
  expect(written(page, await generatedParts()), "run: bun model/docs.ts").toBe(page);
});

test("a part without a place on the page is an error", () => {
  expect(() => written("", new Map([["slot", ""]]))).toThrow("has no place for slot");
});

test("every relative link leads to a file, and every place on the page exists", () => {
  for (const page of ["check.md", "model-checking.md"])
    for (const [, target = "", place = ""] of read(page).matchAll(
      /\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g,
    )) {
      expect(existsSync(join(DOCS, target || page)), target).toBe(true);
      const titles = [...read(target || page).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
        title
          .toLowerCase()
          .replaceAll(" ", "-")
          .replace(/[^a-z0-9-]/g, ""),
      );
      if (place) expect(titles).toContain(place);
    }
});

test("each property's place in the sources is where it says, so that reports can point at it", async () => {
  const stands = readFileSync(join(DOCS, "../model/where.data.ts"), "utf8");
  expect(stands, "run: bun model/where.ts").toBe(await whereText());
  for (const { name } of [...PROPERTIES, ...SHELL_PROPERTIES])
    expect(sourceOf(name)?.line).toBeGreaterThan(0);
});
