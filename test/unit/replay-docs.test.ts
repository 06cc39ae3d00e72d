import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pretty } from "../../model/replay/pretty.ts";
import { replay } from "../../model/replay/replay.ts";

const ROOT = join(import.meta.dir, "../..");
const INCIDENT = "model/incidents/2025-10-12.csv";
const PAGE = readFileSync(join(ROOT, "docs/replay.md"), "utf8");
const OPTIONS = { cap: 2, shown: (name: string) => name };

test("the page shows the incident as the command tells it", async () => {
  const told = await replay([join(ROOT, INCIDENT)], OPTIONS);
  const out = pretty({ ...told, files: [INCIDENT] }, { colours: false, safe: (text) => text });
  expect(PAGE).toContain(`\`\`\`text\n${out}\`\`\``);
});

test("colours are of a terminal only, and change no word", async () => {
  const told = await replay([join(ROOT, INCIDENT)], OPTIONS);
  const [plain, coloured] = [false, true].map((colours) => pretty(told, { colours, safe: (text) => text }));
  expect(plain).not.toContain("\u001b");
  expect(coloured).toContain("\u001b[31m");
  expect(Bun.stripANSI(coloured ?? "")).toBe(plain ?? "");
});

test("every relative link of the page leads to a file", () => {
  for (const [, target = ""] of PAGE.matchAll(/\]\((?!https?:)([^)#]+)/g))
    expect(() => readFileSync(join(ROOT, "docs", target))).not.toThrow();
});
