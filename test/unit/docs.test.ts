import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { slotDiagram } from "../../model/diagram.ts";
import packageJson from "../../package.json" with { type: "json" };
import { VERSION } from "../../src/version.ts";

const read = (path: string): string => readFileSync(join(import.meta.dir, "../..", path), "utf8");

test("the slot diagram in the docs is the machine's own", () => {
  expect(read("docs/design.md")).toContain(`\`\`\`mermaid\n${slotDiagram()}\n\`\`\``);
});

test("the version is the package's", () => {
  expect(VERSION).toBe(packageJson.version);
});

test("every relative link in the docs leads to a file", () => {
  for (const page of [
    "README.md",
    "docs/design.md",
    "docs/hls.md",
    "docs/options.md",
    "model/incidents/README.md",
  ])
    for (const [, target = ""] of read(page).matchAll(/\]\((?!https?:)([^)#]+)/g))
      expect(() => read(join(page, "..", target))).not.toThrow();
});
