import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { slotDiagram } from "../../model/diagram.ts";
import packageJson from "../../package.json" with { type: "json" };
import { aclLine } from "../../src/doctor/store-commands.ts";
import { VERSION } from "../../src/version.ts";
import { readOptions } from "../bench/options.ts";
import { SCENARIOS } from "../bench/scenarios.ts";
import { PAIRS, SUBJECTS } from "../bench/subjects.ts";

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
    "docs/bench.md",
    "docs/design.md",
    "docs/doctor.md",
    "docs/hls.md",
    "docs/metrics.md",
    "docs/options.md",
    "docs/replay.md",
    "docs/scale.md",
    "docs/second-opinions.md",
    "docs/several-proxies.md",
    "model/incidents/README.md",
  ])
    for (const [, target = ""] of read(page).matchAll(/\]\((?!https?:)([^)#]+)/g))
      expect(() => read(join(page, "..", target))).not.toThrow();
});

test("every make command in the docs is a target", () => {
  const makefile = read("Makefile");
  for (const page of ["README.md", "docs/bench.md", "docs/scale.md", "docs/several-proxies.md"])
    for (const [, target = ""] of read(page).matchAll(/(?:^|`)make ([a-z-]+)/gm))
      expect(makefile, `${page}: make ${target}`).toMatch(
        new RegExp(`^(?:[a-z0-9-]+ )*${target}\\b.*:.*## `, "m"),
      );
});

test("README's table names exactly the packages that are shipped", () => {
  const [, section = ""] = read("README.md").split("\n## Dependencies\n");
  const named = [...section.matchAll(/^\|(.*?)\|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/\[([^\]]+)\]/g)].map(([, name]) => name),
  );
  expect(named.sort()).toEqual(Object.keys(packageJson.dependencies).sort());
});

test("the user of the lease store in the docs is the one that doctor would make", () => {
  expect(read("docs/several-proxies.md")).toContain(`\n${aclLine("", "aceslot", 0)}\n`);
});

test("docs/bench.md names flags that the bench takes, and every scenario and subject", () => {
  const page = read("docs/bench.md");
  const commands = [...page.matchAll(/^make bench ARGS=("[^"]*"|\S+)/gm)];
  expect(commands).not.toEqual([]);
  for (const [, flags = ""] of commands)
    expect(() => readOptions(flags.replaceAll('"', "").split(" "))).not.toThrow();
  const beginningOf = (name: string): string => name.replace(/\d+.*$/, "");
  for (const name of [...SCENARIOS.map(({ name }) => name), ...SUBJECTS, ...PAIRS])
    expect(page.includes(`\`${name}\``) || page.includes(`\`${beginningOf(name)}`), name).toBe(true);
});
