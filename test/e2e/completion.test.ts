/** The completions as people have them: sourced into real shells, which are asked what they would offer. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMMANDS, SHELLS } from "../../src/cli/commands.ts";
import { ALL_OPTIONS } from "../../src/config/options.ts";
import { run } from "../support/run.ts";

const MAIN = join(import.meta.dir, "../../src/cli/main.ts");
const SUPPORT = join(import.meta.dir, "../support");

let folder = "";
const scripts = new Map<string, string>();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "aceslot-completion-"));
  writeFileSync(join(folder, "journal.jsonl"), "");
  for (const shell of SHELLS) {
    const { code, out } = await run([process.execPath, MAIN, "completion", shell], { cwd: folder });
    expect(code).toBe(0);
    scripts.set(shell, out);
    writeFileSync(join(folder, `completion.${shell}`), out);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** What each shell offers for each of the lines, whose last word is being typed. */
const offers: Readonly<Record<string, (typed: readonly string[]) => Promise<string[][]>>> = {
  async bash(typed) {
    const each = typed.map((line) => {
      const words = line.split(" ").map((word) => `'${word}'`);
      return `COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}; _aceslot; printf '%s\\n' "\${COMPREPLY[@]}" '=='`;
    });
    const command = `. ./completion.bash; ${each.join("; ")}`;
    const { out, err } = await run(["bash", "--norc", "-c", command], { cwd: folder });
    expect(err).toBe("");
    return answers(out);
  },
  async zsh(typed) {
    const result = join(folder, "offers");
    writeFileSync(result, "");
    const { code, err } = await run(
      ["zsh", "-f", join(SUPPORT, "zsh-complete.zsh"), join(folder, "completion.zsh"), result, ...typed],
      { cwd: folder, env: { HOME: folder, TERM: "xterm" } },
    );
    expect([code, err]).toEqual([0, ""]);
    return answers(readFileSync(result, "utf8"));
  },
  async fish(typed) {
    const command = `source completion.fish; ${typed.map((line) => `complete -C '${line}'; echo ==`).join("; ")}`;
    const { out, err } = await run(["fish", "--no-config", "-c", command], {
      cwd: folder,
      env: { HOME: folder },
    });
    expect(err).toBe("");
    return answers(out).map((each) => each.map((offer) => offer.split("\t")[0] ?? ""));
  },
};

const answers = (text: string): string[][] => text.split(/^==$/m).slice(0, -1).map(lines);

const cases: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ["aceslot con", ["config"]],
  ["aceslot --log-level ", ["debug", "info", "warn", "error"]],
  ["aceslot --slate ", ["off", "on"]],
  ["aceslot config --sch", ["--schema"]],
  ["aceslot check --pre", ["--preset"]],
  ["aceslot check --list", ["--list-mutants", "--list-properties"]],
  ["aceslot check --mutant orig", ["orig-race"]],
  ["aceslot completion ", SHELLS],
  ["aceslot replay --format ", ["pretty", "json"]],
  ["aceslot config --format ", ["text", "json"]],
  ["aceslot replay jour", ["journal.jsonl"]],
  ["aceslot --journal jour", ["journal.jsonl"]],
  ["aceslot serve --sch", []],
  ["aceslot man --lis", []],
];

for (const [shell, offer] of Object.entries(offers)) {
  test(`${shell} completes commands, flags, values and files`, async () => {
    const [first = [], flags = [], ...rest] = await offer([
      "aceslot ",
      "aceslot --",
      ...cases.map(([line]) => line),
    ]);
    for (const { name } of COMMANDS) expect(first).toContain(name);
    for (const { name } of ALL_OPTIONS) expect(flags).toContain(`--${name}`);
    const offered = rest.map((each, index) => [cases[index]?.[0], each.sort()]);
    expect(offered).toEqual(cases.map(([line, each]) => [line, [...each].sort()]));
  });
}

/** No PowerShell runs here. What can be told without one: strings, brackets and comments of the script. */
test("the PowerShell script is well-formed and knows every command and option", () => {
  const script = scripts.get("powershell") ?? "";
  expect(script).toMatch(
    /^Register-ArgumentCompleter -Native -CommandName 'aceslot', 'aceslot.exe' -ScriptBlock \{\n/,
  );
  // It ends strings at curly quotes as well, and Windows PowerShell reads nothing beyond ASCII safely.
  expect(script).not.toMatch(/[^\n -~]/);
  const bare = script
    .replace(/'(?:[^'\n]|'')*'/g, "S")
    .replace(/"[^"\n]*"/g, "S")
    .replace(/#.*$/gm, "");
  expect(bare).not.toMatch(/['"`]/);
  const open: string[] = [];
  const closing: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
  for (const [mark] of bare.matchAll(/[()[\]{}]/g)) {
    const ending = closing[mark];
    if (ending !== undefined) open.push(ending);
    else expect(open.pop()).toBe(mark);
  }
  expect(open).toEqual([]);
  for (const { name } of COMMANDS) expect(script).toContain(`    @('${name}', '`);
  for (const { name } of ALL_OPTIONS) expect(script).toContain(`    @('', '--${name}', '`);
});
