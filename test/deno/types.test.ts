/** What Deno's compiler and its documentation find in the package, without an error anywhere. */
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import denoJson from "../../deno.json";
import { allBlocks } from "../docs/blocks.ts";
import { scratchFolder } from "../support/binary.ts";
import { deno, OFFLINE, ROOT } from "./deno.ts";

const ENTRIES = Object.values(denoJson.exports);
/** Those that are for Bun alone say so in their names. */
const EXAMPLES = [...new Glob("docs/examples/*/*.ts").scanSync(ROOT)].filter((path) => !/\/bun-/.test(path));
/** A compiler that shares two cores with others takes its time. */
const PATIENCE_MS = 150_000;

test(
  "every entry, every example, those of the reference too, and every program of these tests is checked by Deno with its own types",
  async () => {
    await using folder = await scratchFolder();
    const shown = referencePrograms(folder.path);
    expect(shown.length).toBeGreaterThan(20);
    const programs = [...new Glob("test/deno/programs/*.ts").scanSync(ROOT)];
    expect(EXAMPLES.length).toBeGreaterThan(5);
    const { code, err } = await deno(
      ["check", "--quiet", OFFLINE, ...ENTRIES, ...EXAMPLES, ...shown, ...programs],
      { deadlineMs: PATIENCE_MS },
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
  },
  PATIENCE_MS,
);

/** The examples of docs/reference/ as files; test/docs/ runs them, on Bun. */
function referencePrograms(folder: string): string[] {
  const blocks = allBlocks().filter(
    ({ page, language }) => page.startsWith("docs/reference/") && language === "ts",
  );
  return blocks.map(({ text }, index) => {
    const file = join(folder, `example-${index}.ts`);
    // A file outside of a package names those of npm as such.
    writeFileSync(file, text.replaceAll(' from "xstate"', ' from "npm:xstate"'));
    return file;
  });
}

/** Types of packages that a file imports: `deno doc` would have them exported again, with all that they name. */
const foreign = (path: string): string[] =>
  [...readFileSync(path, "utf8").matchAll(/^import (?:type )?\{([^}]*)\} from "[^.#][^"]*";$/gm)].flatMap(
    ([, names = ""]) => names.split(",").map((name) => name.replace(/\btype\b/, "").trim()),
  );

for (const entry of ENTRIES)
  test(
    `deno doc --lint ${entry}: all that is shown is documented, and names nothing that is hidden`,
    async () => {
      const { err } = await deno(["doc", "--lint", "--quiet", OFFLINE, entry]);
      const found = [...err.matchAll(/^error\[([\w-]+)\]: (.*)\n\s*--> (.+?):(\d+):\d+$/gm)].map(
        ([, rule = "", text = "", path = "", line = ""]) => ({ rule, text, path, line }),
      );
      // Whatever it says is read: its own count is of the same.
      expect(found.length).toBe(Number(/Found (\d+) documentation lint/.exec(err)?.[1] ?? 0));
      const own = found.filter(({ rule, text, path }) => {
        const [, hidden = ""] = /references private type '(\w+)/.exec(text) ?? [];
        return !(rule === "private-type-ref" && foreign(path).includes(hidden));
      });
      expect(own.map(({ rule, text, path, line }) => `${path}:${line} ${rule}: ${text}`)).toEqual([]);
    },
    PATIENCE_MS,
  );
