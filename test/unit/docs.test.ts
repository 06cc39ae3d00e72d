import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundledPackages } from "../../deploy/sbom.ts";
import { textPackages } from "../../deploy/text-modules.ts";
import { slotDiagram } from "../../model/diagram.ts";
import packageJson from "../../package.json" with { type: "json" };
import { EXIT_CODES } from "../../src/cli/exit-codes.ts";
import { ACEXY_ONLY, ALL_OPTIONS } from "../../src/config/options.ts";
import { aclLine } from "../../src/doctor/store-commands.ts";
import { UNREADY_CODES } from "../../src/http/api/schemas.ts";
import { STATUS_OF } from "../../src/http/errors.ts";
import { VERSION } from "../../src/version.ts";
import { readOptions } from "../bench/options.ts";
import { SCENARIOS } from "../bench/scenarios.ts";
import { PAIRS, SUBJECTS } from "../bench/subjects.ts";
import { pages, ROOT } from "../docs/blocks.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

test("the slot diagram in the docs is the machine's own", () => {
  expect(read("docs/design.md")).toContain(`\`\`\`mermaid\n${slotDiagram()}\n\`\`\``);
});

test("the version is the package's", () => {
  expect(VERSION).toBe(packageJson.version);
});

const PAGES = [...pages(), "model/incidents/README.md", "CHANGELOG.md", "SECURITY.md"];

test("every relative link in the docs leads to a file, and every anchor to a heading", () => {
  const broken = PAGES.flatMap((page) =>
    linksOf(page).flatMap(([path, anchor]) => {
      const target = path === "" ? page : join(page, "..", path);
      const where = `${page} → ${path}${anchor === "" ? "" : `#${anchor}`}`;
      if (!existsSync(join(ROOT, target))) return [`${where}: there is no such file`];
      if (anchor === "" || anchorsOf(target).has(anchor)) return [];
      return [`${where}: there is no such heading`];
    }),
  );
  expect(broken).toEqual([]);
});

/** Path and anchor of each relative link, outside of code. */
function linksOf(page: string): (readonly [path: string, anchor: string])[] {
  const prose = read(page).replace(/^( *)(`{3,})[\s\S]*?^\1\2$/gm, "");
  return [...prose.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(
    ([, path = "", anchor = ""]) => [path, anchor],
  );
}

/** As forges make them of headings: lower case, spaces as dashes, no punctuation; a second one of a name gets -1. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of read(page).matchAll(/^#+ (.*)$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const name = plain.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
    let unique = name;
    for (let n = 1; anchors.has(unique); n++) unique = `${name}-${n}`;
    anchors.add(unique);
  }
  return anchors;
}

test("every page of docs/ can be reached from its index", () => {
  const linked = linksOf("docs/README.md").map(([path]) => join("docs", path));
  for (const page of pages())
    if (/^docs\/[^/]+$/.test(page) && page !== "docs/README.md") expect(linked).toContain(page);
});

test("every make command in the docs is a target", () => {
  const makefile = read("Makefile");
  for (const page of PAGES)
    for (const [, target = ""] of read(page).matchAll(/(?:^|`)make ([a-z-]+)/gm))
      expect(makefile, `${page}: make ${target}`).toMatch(
        new RegExp(`^(?:[a-z0-9-]+ )*${target}\\b.*:.*## `, "m"),
      );
});

test("every error, every reason of /readyz and every finding of the doctor has its line in troubleshooting", () => {
  const page = read("docs/troubleshooting.md");
  for (const [code, status] of Object.entries(STATUS_OF))
    expect(page).toMatch(new RegExp(`^\\| .*\`${code}\`.* \\| ${status} \\|`, "m"));
  for (const code of UNREADY_CODES) expect(page).toMatch(new RegExp(`^\\| \`${code}\` \\|`, "m"));
  const [, findings = ""] = page.split("\n## By what the doctor finds\n");
  for (const what of doctorLooksAt()) expect(findings).toMatch(new RegExp(`^\\|.*\`${what}\\b`, "m"));
});

/** What the doctor's findings are about, as its sources name them. */
function doctorLooksAt(): string[] {
  const folder = join(ROOT, "src/doctor");
  const sources = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  const named = sources.flatMap((text) => [...text.matchAll(/\bwhat(?:: | = )"([a-z ]+)/g)]);
  return [...new Set(named.map(([, what = ""]) => what))];
}

test("every variable of acexy that works here has its line in the page for those who come from it", () => {
  const page = read("docs/from-acexy.md");
  const names = [...ALL_OPTIONS, ...Object.values(ACEXY_ONLY)].flatMap((spec) => [
    ...spec.aliases.map(({ name }) => name),
    ...(spec.partAliases ?? []),
  ]);
  for (const name of names.filter((each) => each.startsWith("ACEXY_")))
    expect(page).toMatch(new RegExp(`^\\|.*\`${name}\``, "m"));
});

test("the exit codes in the docs are those of the manual page", () => {
  const rows = EXIT_CODES.map(
    ({ code, commands, meaning }) => `| ${code} | ${commands?.join(", ") ?? "every command"} | ${meaning} |`,
  );
  expect(read("docs/faq.md")).toContain(rows.join("\n"));
});

test("README's tables name exactly the packages that are shipped: with the library, and in the binary besides", async () => {
  const [, section = ""] = read("README.md").split("\n## Dependencies\n");
  const tables = section.split("\n\n| package | why |\n").slice(1);
  const named = tables.map((table) =>
    [...(table.split("\n\n")[0] ?? "").matchAll(/^\|(.*?)\|/gm)]
      .flatMap(([, cell = ""]) => [...cell.matchAll(/\[([^\]]+)\]/g)].map(([, name]) => name))
      .sort(),
  );
  const { dependencies, devDependencies } = packageJson;
  const held = [...new Set([...(await bundledPackages()), ...textPackages()])];
  expect(named).toEqual([
    Object.keys(dependencies).sort(),
    held.filter((name) => name in devDependencies).sort(),
  ]);
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
