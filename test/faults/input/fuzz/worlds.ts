/** Worlds that `aceslot check` is asked to walk through, from files and flags: within its bounds, or refused in one line. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { WORLD_NAMES } from "../../../../src/cli/check-words.ts";
import { givenWorlds } from "../../../../src/cli/check-worlds.ts";
import { UsageError } from "../../../../src/cli/run.ts";
import { damagedText, word } from "./mutate.ts";
import { each, must, mustBeOneLine, type Target } from "./target.ts";

const literal = fc.oneof(
  fc.integer({ min: -1, max: 12 }).map(String),
  fc.constantFrom("true", "false", '"1"', "1.5", "nan", "[1]", "{}", "99999999999999999999", "0x1", "1e3"),
);
const world = fc
  .array(fc.tuple(fc.constantFrom(...WORLD_NAMES), literal), { maxLength: 6 })
  .map((lines) => `[[world]]\n${lines.map(([key, value]) => `${key} = ${value}`).join("\n")}\n`);
const file = damagedText(fc.array(world, { maxLength: 3 }).map((worlds) => worlds.join("")));
const flags = fc.dictionary(
  fc.constantFrom(...WORLD_NAMES),
  fc.oneof(literal, word, fc.constantFrom("yes", "no")),
  {
    minKeys: 1,
    maxKeys: 4,
  },
);

type Ask = readonly [own: Readonly<Record<string, string>>, path: string | null];

function holds(...[own, path]: Ask): void {
  try {
    for (const size of givenWorlds(own, path) ?? []) {
      must(
        size.engines >= 1 && size.engines <= 5 && size.cap >= 1 && size.cap <= 8,
        "a world can be explored",
      );
      must((size.engines + size.spares) * (size.cap + size.recaps) <= 31, "its slots can be told apart");
    }
  } catch (error) {
    must(
      error instanceof UsageError,
      `it is refused in words: ${error instanceof Error ? error.stack : error}`,
    );
    mustBeOneLine(error.message);
  }
}

export const worlds: Target = {
  name: "check",
  short: 150,
  async run(plan) {
    const folder = await mkdtemp(join(tmpdir(), "aceslot-fuzz-"));
    const path = join(folder, "worlds.toml");
    try {
      return await each(plan, fc.oneof(file, flags), async (asked) => {
        if (typeof asked !== "string") return holds(asked, null);
        await writeFile(path, asked);
        holds({}, path);
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
