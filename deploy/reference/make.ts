/**
 * Writes docs/reference/ from the sources' comments: `make reference`. A test holds the pages up to date.
 * It reads the sources and nothing else, and takes some seconds.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./entries.ts";
import { Places } from "./layout.ts";
import { entryPage } from "./page.ts";
import { read, type Sources } from "./read.ts";
import { surfaceOf, surfacePage } from "./surface.ts";

export const FOLDER: string = join(ROOT, "docs/reference");

/** Every page, by its name in docs/reference/. */
export function pagesOf(sources: Sources): Map<string, string> {
  const surface = surfaceOf(sources);
  const pages = { sources, surface, places: new Places(sources.modules) };
  return new Map([
    ...sources.modules.map((module): [string, string] => [module.entry.page, entryPage(module, pages)]),
    ["api.md", surfacePage(surface)],
  ]);
}

if (import.meta.main) {
  const sources = await read();
  for (const [name, text] of pagesOf(sources)) writeFileSync(join(FOLDER, name), text);
  for (const fault of sources.faults) console.error(fault);
  process.exitCode = sources.faults.length === 0 ? 0 : 1;
}
