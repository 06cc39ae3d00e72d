/** The pages of faults and of complaints name tests: each of their rows has one that begins with its number. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const numbers = (letter: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);

const PAGES = {
  "docs/faults.md": [
    ...numbers("E", 16),
    ...numbers("O", 12),
    ...numbers("C", 8),
    ...numbers("P", 8),
    ...numbers("L", 5),
  ],
  "docs/complaints.md": numbers("U", 25),
};

interface Row {
  readonly id: string;
  /** Of the files that it links, from the root. */
  readonly tests: readonly string[];
}

function rowsOf(page: string): Row[] {
  const lines = readFileSync(join(ROOT, page), "utf8").split("\n");
  return lines.flatMap((line) => {
    const id = /^\| ([A-Z]\d+) \|/.exec(line)?.[1];
    const links = [...line.matchAll(/\]\(([^)]+\.test\.ts)\)/g)].map(([, link]) => link ?? "");
    return id === undefined ? [] : [{ id, tests: links.map((link) => join(dirname(page), link)) }];
  });
}

/** Numbers with which titles in a file begin. */
const titled = (path: string): ReadonlySet<string> =>
  new Set([...readFileSync(join(ROOT, path), "utf8").matchAll(/["`]([A-Z]\d+) /g)].map(([, id]) => id ?? ""));

const TEST_FILES = [...new Bun.Glob("{test,deploy}/**/*.test.ts").scanSync({ cwd: ROOT })];

for (const [page, ids] of Object.entries(PAGES))
  describe(page, () => {
    const rows = rowsOf(page);

    test("has every row, once, in order", () => {
      expect(rows.map(({ id }) => id)).toEqual(ids);
    });

    test("names tests for each row, and in each of them a title begins with the row's number", () => {
      const without = rows.filter(({ tests }) => tests.length === 0).map(({ id }) => id);
      const wrong = rows.flatMap(({ id, tests }) =>
        tests.filter((path) => !titled(path).has(id)).map((path) => `${id}: ${path}`),
      );
      expect({ without, wrong }).toEqual({ without: [], wrong: [] });
    });

    test("names every file that tests one of its rows", () => {
      const letters = new Set(ids.map((id) => id.charAt(0)));
      const missing = TEST_FILES.filter((path) => /test\/(faults|cluster)\//.test(path) || letters.has("U"))
        .flatMap((path) => [...titled(path)].map((id) => ({ id, path })))
        .filter(({ id }) => ids.includes(id))
        .filter(({ id, path }) => !rows.find((row) => row.id === id)?.tests.includes(path))
        .map(({ id, path }) => `${id}: ${path}`);
      expect(missing).toEqual([]);
    });
  });
