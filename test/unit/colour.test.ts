import { expect, test } from "bun:test";
import { join } from "node:path";
import { coloursOn, linesCanBeRewritten } from "../../src/cli/colour.ts";
import { scratchFolder } from "../support/binary.ts";
import { run } from "../support/run.ts";

const terminal = { isTTY: true };
const file = {};

test("colours are for terminals, and the usual variables decide otherwise", () => {
  const cases: [object, Record<string, string>, boolean][] = [
    [terminal, {}, true],
    [file, {}, false],
    [terminal, { TERM: "dumb" }, false],
    [terminal, { NO_COLOR: "1" }, false],
    [terminal, { NO_COLOR: "" }, true],
    [terminal, { CLICOLOR: "0" }, false],
    [file, { FORCE_COLOR: "1" }, true],
    [file, { CLICOLOR_FORCE: "1" }, true],
    [file, { CLICOLOR_FORCE: "0" }, false],
    [terminal, { FORCE_COLOR: "0" }, false],
    [file, { FORCE_COLOR: "3", TERM: "dumb" }, true],
    [file, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
  ];
  for (const [screen, env, coloured] of cases) expect([env, coloursOn(screen, env)]).toEqual([env, coloured]);
});

test("lines are written over on terminals only, whatever is forced", () => {
  expect(linesCanBeRewritten(terminal, { NO_COLOR: "1" })).toBe(true);
  expect(linesCanBeRewritten(terminal, { TERM: "dumb" })).toBe(false);
  expect(linesCanBeRewritten(file, { FORCE_COLOR: "1" })).toBe(false);
});

const MAIN = join(import.meta.dir, "../../src/cli/main.ts");
const ESCAPE = "\u001b[";
const commands = [
  ["--help"],
  ["doctor", "--engine", "127.0.0.1:1", "--state-dir", "none"],
  ["check", "--time", "300ms", "--out", "."],
];

test("what is printed is coloured on a real terminal, and plain in a pipe", async () => {
  await using folder = await scratchFolder();
  const cwd = folder.path;
  for (const args of commands) {
    const command = [process.execPath, MAIN, ...args];
    // util-linux's script runs a program on a pseudo-terminal.
    const onTerminal = (env: Record<string, string>) =>
      run(["script", "-qec", command.map((word) => `'${word}'`).join(" "), "/dev/null"], { cwd, env });
    const [coloured, without, dumb, piped, forced] = await Promise.all([
      onTerminal({ TERM: "xterm" }),
      onTerminal({ TERM: "xterm", NO_COLOR: "1" }),
      onTerminal({ TERM: "dumb" }),
      run(command, { cwd }),
      run(command, { cwd, env: { FORCE_COLOR: "1" } }),
    ]);
    // The line of progress is wiped (ESC [K) with or without colours; a dumb terminal cannot.
    const colours = [coloured, without, piped, forced].map(({ out }) =>
      out.replaceAll(`${ESCAPE}K`, "").includes(ESCAPE),
    );
    expect([args[0], ...colours]).toEqual([args[0], true, false, false, true]);
    expect(dumb.out).not.toContain("\u001b");
    expect(piped.err).not.toContain("\u001b");
  }
}, 120_000);
