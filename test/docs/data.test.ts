/** What the pages show that is no command: settings, files for other programs, answers. Each is held by its reader. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import tsconfig from "../../tsconfig.json";
import { BINARY, bareEnvironment, scratchFolder } from "../support/binary.ts";
import { run } from "../support/run.ts";
import { allBlocks, type Block, placeOf, ROOT } from "./blocks.ts";
import { composeFaults, environmentOf, servicesOf } from "./compose.ts";

const blocks = allBlocks();
const inLanguage = (...languages: string[]): Block[] =>
  blocks.filter(({ language, notRun }) => languages.includes(language) && notRun === null);

/** Shown, not run: what programs print, pictures that the forge draws, and declarations; programs are `ts`. */
const SHOWN = ["text", "mermaid", "xml", "ini", "typescript"];
const HELD = ["sh", "toml", "yaml", "json", "ts", "m3u"];
/** Each has its reason beside it; more of them want better stand-ins. */
const NOT_RUN_MAX = 12;

test("every block names a language that somebody looks after, and few are not run", () => {
  const stray = blocks.filter(
    ({ language, notRun }) => notRun === null && ![...SHOWN, ...HELD].includes(language),
  );
  expect(stray.map(placeOf)).toEqual([]);
  const notRun = blocks.filter(({ notRun }) => notRun !== null && !runsElsewhere(notRun));
  expect(notRun.length).toBeLessThanOrEqual(NOT_RUN_MAX);
});

/** `test/examples/ runs it`. */
function runsElsewhere(reason: string): boolean {
  const [, where] = /^(test\/[\w/.-]+) runs it$/.exec(reason) ?? [];
  return where !== undefined && existsSync(join(ROOT, where));
}

let folder: Awaited<ReturnType<typeof scratchFolder>>;
beforeAll(async () => {
  folder = await scratchFolder();
  writeFileSync(join(folder.path, "channels.m3u"), "#EXTM3U\n");
});
afterAll(() => folder?.[Symbol.asyncDispose]());

const aceslot = (args: readonly string[], env: Record<string, string> = {}) =>
  run([BINARY, ...args], { cwd: folder.path, env: bareEnvironment(env) });

describe("settings", () => {
  for (const block of inLanguage("toml"))
    test(`the settings at ${placeOf(block)} are valid`, async () => {
      const file = join(folder.path, `line-${block.line}.toml`);
      writeFileSync(file, block.text);
      const isWorlds = block.text.includes("[[world]]");
      const outcome = await aceslot(
        isWorlds ? ["check", "--time", "200ms", "--config", file] : ["config", "--check", "--config", file],
      );
      expect(outcome.code, outcome.err).toBeLessThan(isWorlds ? 4 : 1);
    }, 60_000);
});

describe("files for other programs", () => {
  for (const block of inLanguage("yaml"))
    test(`the YAML at ${placeOf(block)} is valid`, async () => {
      const value = Bun.YAML.parse(block.text) as { services?: object };
      expect(value).toBeObject();
      if (value.services === undefined) return;
      expect(composeFaults(block.text)).toBeNull();
      for (const service of servicesOf(block.text)) {
        const set = Object.entries(environmentOf(service)).filter(
          ([name]) => /^(ACESLOT|ACEXY)_/.test(name) && !name.endsWith("_FILE"),
        );
        const { code, err } = await aceslot(["config", "--check"], Object.fromEntries(set));
        expect(code, err).toBe(0);
      }
    });
});

test("every JSON block is JSON", () => {
  for (const block of inLanguage("json")) {
    // An ellipsis of its own stands for what is left out around an excerpt; that is compared where it is made.
    if (/^…$/m.test(block.text)) continue;
    expect(() => JSON.parse(block.text), placeOf(block)).not.toThrow();
  }
});

test("every program in TypeScript runs", async () => {
  const programs = programsIn(folder.path);
  await inTurns(programs, AT_ONCE, async ({ file, block }) => {
    const { code, err } = await run([process.execPath, file], { cwd: folder.path });
    expect(code, `${placeOf(block)}\n${err}`).toBe(0);
  });
}, 180_000);

/** Every program of the pages as a file, for which the package's names are the sources. */
function programsIn(path: string): { readonly file: string; readonly block: Block }[] {
  symlinkSync(join(ROOT, "node_modules"), join(path, "node_modules"));
  const { paths } = tsconfig.compilerOptions;
  const sources = Object.entries(paths).map(([name, [file = ""]]) => [name, [join(ROOT, file)]]);
  writeFileSync(
    join(path, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { paths: Object.fromEntries(sources) } }),
  );
  return inLanguage("ts").map((block, index) => {
    const file = join(path, `program-${index}.ts`);
    writeFileSync(file, block.text);
    return { file, block };
  });
}

/** A program takes a moment to begin, most of it spent in waiting. */
const AT_ONCE = 4;

async function inTurns<One>(
  all: readonly One[],
  atOnce: number,
  each: (one: One) => Promise<void>,
): Promise<void> {
  const rest = all.values();
  const turn = async (): Promise<void> => {
    for (const one of rest) await each(one);
  };
  await Promise.all(Array.from({ length: atOnce }, turn));
}

test("every playlist has a heading and links", () => {
  for (const { text, page } of inLanguage("m3u"))
    expect([page, text]).toEqual([page, expect.stringMatching(/^#EXTM3U[\s\S]*^[^#\s]/m)]);
});
