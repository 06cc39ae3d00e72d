/**
 * What the npm package offers, and where it lies in it. package.json's `exports`, tsconfig.json's `paths` and deno.json
 * say the same (a test holds them together). Only deploy/ and test/package/ import this.
 */

/** Where the package's files are built; package.json's `exports` and `files` name it too. */
export const OUT = "dist/npm";

/** What is imported → the source. The key is the path below `aceslot`, and the name of its files in `OUT`. */
export const ENTRIES = {
  index: "src/index.ts",
  check: "model/index.ts",
  selector: "src/selector/index.ts",
  sim: "src/sim/index.ts",
  slot: "src/slots/slot.ts",
} as const;

export type Entry = keyof typeof ENTRIES;

export const ENTRY_NAMES: readonly Entry[] = ["index", "check", "selector", "sim", "slot"];

/** What a user writes: `aceslot`, `aceslot/check`… */
export function specifier(entry: Entry): string {
  return entry === "index" ? "aceslot" : `aceslot/${entry}`;
}
