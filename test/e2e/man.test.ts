/** The manual page as `aceslot man` prints it: held by mandoc's own checks, and read with man. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { COMMANDS } from "../../src/cli/commands.ts";
import { ALL_OPTIONS } from "../../src/config/options.ts";
import { scratchFolder } from "../support/binary.ts";
import { run } from "../support/run.ts";

const MAIN = join(import.meta.dir, "../../src/cli/main.ts");

test("aceslot man is a manual page without a fault, and tells every command and option", async () => {
  await using folder = await scratchFolder();
  const cwd = folder.path;
  const page = await run([process.execPath, MAIN, "man"], { cwd });
  expect([page.code, page.err]).toEqual([0, ""]);
  writeFileSync(join(cwd, "aceslot.1"), page.out);
  const lint = await run(["mandoc", "-Tlint", "-Wwarning", "aceslot.1"], { cwd });
  expect(lint).toEqual({ code: 0, out: "", err: "" });
  const { out: read } = await run(["mandoc", "-Tascii", "-Owidth=200", "aceslot.1"], { cwd });
  // Bold is a letter over itself.
  const text = read
    .split("\b")
    .map((part, index, parts) => (index < parts.length - 1 ? part.slice(0, -1) : part))
    .join("");
  for (const { name, flags } of COMMANDS) {
    expect(text).toMatch(new RegExp(`^ +${name}\\b`, "m"));
    for (const { flag, placeholder } of flags)
      expect(text).toContain(` ${flag}${placeholder ? ` ${placeholder}` : ""}`);
  }
  for (const { name, kind, default: byDefault } of ALL_OPTIONS) {
    expect(text).toContain(` --${name} ${kind.placeholder}`);
    if (byDefault !== null) expect(text).toContain(`Default: ${byDefault}.`);
  }
  expect(text.replace(/\s+/g, " ")).toContain(
    "~/Library/Application Support/aceslot, on Windows %LOCALAPPDATA%\\aceslot.",
  );
  expect(text).toMatch(/EXIT STATUS\n +0 +Done; nothing wrong was found\./);
});
