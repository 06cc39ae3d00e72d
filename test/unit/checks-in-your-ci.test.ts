/** The page "Model checks in your CI" and the workflow to copy: every command is run, or is known to the program. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT_CODE } from "../../model/result.ts";
import { scratchFolder } from "../support/binary.ts";
import { run } from "../support/run.ts";

const ROOT = join(import.meta.dir, "../..");
const MAIN = join(ROOT, "src/cli/main.ts");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const PAGE = read("docs/checks-in-your-ci.md");
const blocks = (language: string): string[] =>
  [...PAGE.matchAll(new RegExp(`^ *\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\`$`, "gmu"))].map(
    ([, text = ""]) => text,
  );
const SHELL = blocks("sh").flatMap((text) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean),
);

/** Every text under a key, however deep. */
function under(key: string, tree: unknown): string[] {
  if (Array.isArray(tree)) return tree.flatMap((part) => under(key, part));
  if (typeof tree !== "object" || tree === null) return [];
  return Object.entries(tree).flatMap(([name, value]) =>
    name === key ? [value].flat().map(String) : under(key, value),
  );
}

const WORKFLOW = Bun.YAML.parse(read("deploy/ci/check.yml"));
const YAML = blocks("yaml").map((text) => Bun.YAML.parse(text));
const STEPS = [WORKFLOW, ...YAML].flatMap((tree) => [...under("run", tree), ...under("script", tree)]);

/** As a shell would take it apart: nothing on the page needs quotes. */
const words = (command: string): string[] => command.replace(/ > \S+$/u, "").split(" ");

describe("the page's commands", () => {
  // The incident stands for the preset ci, which takes half a minute.
  const quick = (args: readonly string[]): string[] => args.map((arg) => (arg === "ci" ? "incident" : arg));
  test("are all looked at", () => {
    expect(SHELL.length).toBeGreaterThan(8);
    for (const command of SHELL) expect(command).toMatch(/^(aceslot check|bun|deno run) /u);
  });
  for (const command of SHELL.filter((each) => each.startsWith("aceslot ") && !each.includes("--replay")))
    test(command, async () => {
      await using folder = await scratchFolder();
      const { code, err } = await run([process.execPath, MAIN, ...quick(words(command).slice(1))], {
        cwd: folder.path,
      });
      expect([code, err]).toEqual([EXIT_CODE.holds, expect.not.stringContaining("--")]);
    });
  test("aceslot check --replay found/trace.json", async () => {
    expect(SHELL).toContain("aceslot check --replay found/trace.json");
    await using folder = await scratchFolder();
    const aceslot = (...args: string[]) =>
      run([process.execPath, MAIN, "check", ...args], { cwd: folder.path });
    expect(await aceslot("--mutant", "double-release", "--out", "found")).toMatchObject({ code: 1 });
    expect(existsSync(join(folder.path, "found/trace.json"))).toBe(true);
    expect(await aceslot("--replay", "found/trace.json")).toMatchObject({ code: 1 });
  });
});

describe("the page's examples", () => {
  test("are what the files say", () => {
    const files = [...PAGE.matchAll(/<!-- file: (\S+) -->\n```ts\n([\s\S]*?)```/gu)];
    expect(files.length).toBeGreaterThan(0);
    for (const [, path = "", text = ""] of files) expect(read(join("docs", path))).toContain(text);
  });
  for (const [, path = "", args = "", text = ""] of PAGE.matchAll(
    /<!-- output: (\S+) (.*?) ?-->\n```\n([\s\S]*?)```/gu,
  ))
    test(`${path} ${args} prints what the page shows`, async () => {
      expect(SHELL).toContain(`bun docs/${path} ${args}`);
      const { out } = await run([process.execPath, join("docs", path), args], { cwd: ROOT });
      expect(out).toContain(text.trim());
    });
  test("that are run by name are there", () => {
    for (const command of SHELL.filter((each) => !each.startsWith("aceslot ")))
      expect(existsSync(join(ROOT, command.split(" ").find((word) => word.endsWith(".ts")) ?? "–"))).toBe(
        true,
      );
  });
  test("links lead to files", () => {
    for (const [, target = ""] of PAGE.matchAll(/\]\((?!https?:)([^)#]+)/gu))
      expect(existsSync(join(ROOT, "docs", target))).toBe(true);
  });
  test("exit codes are the program's", () => {
    const rows = [...PAGE.matchAll(/^\| (\d) \| (\w+) \|/gmu)].map(([, code, verdict = ""]) => [
      verdict,
      Number(code),
    ]);
    expect(Object.fromEntries(rows)).toEqual(EXIT_CODE);
  });
});

describe("the workflows", () => {
  test("have the two lines", () => {
    expect(YAML[0]).toEqual([
      { run: "make build" },
      { run: "dist/aceslot check --preset ci --format github" },
    ]);
  });
  test("run only what there is", async () => {
    const { out: help } = await run([process.execPath, MAIN, "check", "--help"], { cwd: ROOT });
    const known = new Set(help.match(/--[a-z-]+/gu));
    for (const step of STEPS) {
      const [program, ...args] = words(step);
      if (program === "make") {
        expect(read("Makefile")).toMatch(new RegExp(`^${args[0]}:`, "mu"));
        continue;
      }
      expect([program, args[0]]).toEqual(["dist/aceslot", "check"]);
      for (const flag of args.filter((arg) => arg.startsWith("-"))) expect([...known]).toContain(flag);
    }
    expect(STEPS.length).toBeGreaterThan(6);
  });
  test("the one to copy checks what every push brings, keeps what it finds, and asks for no more rights", () => {
    expect(WORKFLOW).toMatchObject({
      on: { push: null, pull_request: null },
      permissions: { contents: "read" },
      jobs: { check: { "timeout-minutes": 15 }, mutants: { if: "github.event_name == 'schedule'" } },
    });
    expect(under("path", WORKFLOW)).toEqual(["check/"]);
    expect(under("run", WORKFLOW)).toContain(
      "dist/aceslot check --preset ci --time 10m --format github --out check",
    );
  });
});
