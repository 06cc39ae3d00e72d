/** What the pages in deploy/ show to copy is whole, and their links lead somewhere. */
import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DOMParser } from "@xmldom/xmldom";
import { parseDocument } from "yaml";
import { OPTIONS } from "../../src/config/options.ts";
import { VERSION } from "../../src/version.ts";

const ROOT = join(import.meta.dir, "../..");
const PAGES = globSync("deploy/**/README.md", { cwd: ROOT });
const read = (page: string): string => readFileSync(join(ROOT, page), "utf8");
/** Ours, and Docker's own behind an image's name. */
const FLAGS = [...Object.values(OPTIONS).map(({ name }) => `--${name}`), "--push"];

const CHECKS: Readonly<Record<string, (text: string) => string>> = {
  sh: (text) => spawnSync("bash", ["-n"], { input: text, encoding: "utf8" }).stderr,
  yaml: (text) => parseDocument(text, { strict: true }).errors.join("\n"),
  xml: (text) => {
    const complaints: string[] = [];
    new DOMParser({ onError: (_, message) => void complaints.push(message) }).parseFromString(
      text,
      "text/xml",
    );
    return complaints.join("\n");
  },
  bat: () => "",
};

test("there are pages", () => {
  expect(PAGES.sort()).toContain("deploy/README.md");
});

test.each(PAGES)("%s: links lead to files, and what is fenced is whole", (page) => {
  for (const [, target = ""] of read(page).matchAll(/\]\((?!https?:)([^)#]+)/g))
    expect(existsSync(join(ROOT, dirname(page), target)), target).toBe(true);
  for (const [, language = "", text = ""] of read(page).matchAll(/^```(\w*)\n(.*?)^```$/gms)) {
    const check = CHECKS[language];
    expect(check?.(text) ?? `no check for "${language}"`).toBe("");
  }
});

test.each(PAGES)("%s: flags of aceslot are ones that there are, and the version is this one", (page) => {
  const commands = [...read(page).matchAll(/aceslot(?:\.exe)?(?::[\d.]+)? (?:serve )?(--[^\n`"]*)/g)].map(
    ([, flags]) => flags,
  );
  for (const flag of commands.join(" ").match(/--[a-z][a-z-]+/g) ?? []) expect(FLAGS).toContain(flag);
  for (const [, version] of read(page).matchAll(/aceslot(?::|_v)(\d+\.\d+\.\d+)/g))
    expect(version).toBe(VERSION);
});

test("images are named by this version wherever they are named", () => {
  const named = globSync("deploy/{compose,docker,kubernetes,unraid}/*", { cwd: ROOT }).flatMap((file) =>
    existsSync(join(ROOT, file))
      ? [...read(file).matchAll(/\baceslot:(\d+\.\d+\.\d+)/g)].map(([, version]) => version)
      : [],
  );
  expect(named.length).toBeGreaterThan(6);
  expect(new Set(named)).toEqual(new Set([VERSION]));
});
