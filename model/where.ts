/**
 * Where each property is defined, for reports that point at lines: the binary has no sources, so the list stands in
 * `where.data.ts`. `bun model/where.ts` writes it anew, and a test holds it to the sources.
 */
import type { Violation } from "./result.ts";
import { WHERE } from "./where.data.ts";

/** The file, from the project's folder, and the line at which a property is named; null: there is no such property. */
export const sourceOf = (property: string): Violation["source"] => WHERE[property] ?? null;

const FOLDERS = ["model/properties", "model/shell", "model/cluster"] as const;
const NAME = /\bname:\s*"([^"]+)",\s*(?:of:[^\n]*\s*)?sentence:/g;

/** What `where.data.ts` must say. */
export async function whereText(): Promise<string> {
  const { readdir, readFile } = await import("node:fs/promises");
  const root = new URL("../", import.meta.url);
  const lines: string[] = [];
  for (const folder of FOLDERS)
    for (const file of (await readdir(new URL(folder, root))).sort()) {
      if (!file.endsWith(".ts")) continue;
      const path = `${folder}/${file}`;
      const text = await readFile(new URL(path, root), "utf8");
      for (const { 1: name, index } of text.matchAll(NAME)) {
        const line = text.slice(0, index).split("\n").length;
        lines.push(`  ${JSON.stringify(name)}: { file: "${path}", line: ${line} },`);
      }
    }
  return [
    "/** Made by `bun model/where.ts`; changes here are lost. */",
    "export const WHERE: Readonly<Record<string, { readonly file: string; readonly line: number }>> = {",
    ...lines,
    "};",
    "",
  ].join("\n");
}

if (import.meta.main) {
  const { writeFile } = await import("node:fs/promises");
  await writeFile(new URL("where.data.ts", import.meta.url), await whereText());
}
