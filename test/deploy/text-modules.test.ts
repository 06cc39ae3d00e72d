/** What the program carries as text is what stands in the files that people edit, and no module is taken in as text. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { TEXT_MODULES } from "../../deploy/text-modules.ts";

const ROOT = join(import.meta.dir, "../..");

for (const { path, text } of TEXT_MODULES)
  test(`${path} is as its files are (make texts)`, () => {
    expect(readFileSync(join(ROOT, path), "utf8") === text()).toBe(true);
  });

test("nothing that is published imports text, which JSR and Node refuse", () => {
  const importing = [...new Glob("{src,model}/**/*.ts").scanSync(ROOT)].filter((path) =>
    /\bwith\s*\{\s*["']?type["']?\s*:/.test(readFileSync(join(ROOT, path), "utf8")),
  );
  expect(importing).toEqual([]);
});
