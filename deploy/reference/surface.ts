/** The public surface: what each entry point exports, as declarations alone. Reviews see in it what a change breaks. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import ts from "typescript";
import { declarationText } from "./declare.ts";
import { type Entry, ROOT } from "./entries.ts";
import { groupBy } from "./group.ts";
import type { Sources } from "./read.ts";

export interface Exported {
  readonly name: string;
  /** The first entry that exports the same: it is told of there. */
  readonly home: Entry;
  /** Formatted; ends without a line end. */
  readonly text: string;
}

export type Surface = ReadonlyMap<Entry, readonly Exported[]>;

/** Every name of every entry, in alphabetical order. */
export function surfaceOf({ modules, checker }: Sources): Surface {
  const homes = new Map<ts.Symbol, Entry>();
  const found: {
    readonly entry: Entry;
    readonly name: string;
    readonly home: Entry;
    readonly text: string;
  }[] = [];
  for (const { entry, file } of modules) {
    const module = checker.getSymbolAtLocation(file);
    // A file that exports nothing is no module to the compiler.
    for (const exported of module ? checker.getExportsOfModule(module) : []) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const home = homes.get(symbol) ?? entry;
      homes.set(symbol, home);
      found.push({ entry, name: exported.name, home, text: declarationText(exported.name, symbol, checker) });
    }
  }
  const texts = formatted(found.map(({ text }) => text));
  const surface = new Map<Entry, Exported[]>(modules.map(({ entry }) => [entry, []]));
  for (const [at, { entry, name, home }] of found.entries())
    surface.get(entry)?.push({ name, home, text: texts[at] ?? "" });
  for (const exported of surface.values()) exported.sort((a, b) => (a.name < b.name ? -1 : 1));
  return surface;
}

const MARK = "// next";

/** As the sources are formatted, all at once. */
function formatted(declarations: readonly string[]): string[] {
  const { stdout, stderr, status } = spawnSync(
    join(ROOT, "node_modules/.bin/biome"),
    ["format", "--config-path=.ci", "--stdin-file-path=surface.d.ts"],
    { cwd: ROOT, encoding: "utf8", input: declarations.map((text) => `${MARK}\n${text}`).join("\n") },
  );
  if (status !== 0) throw new Error(`the declarations do not parse:\n${stderr}`);
  return stdout
    .split(MARK)
    .slice(1)
    .map((text) => text.trim());
}

const INTRODUCTION = `# The public surface

<!-- Made from the sources by \`make reference\`; changes here are lost. -->

Everything that can be imported, as declarations alone, so that a review sees what a change adds, alters or takes away.
What each does is told on the [pages of the reference](README.md); what a version may change, in
[semver.md](../semver.md).
`;

/** docs/reference/api.md. */
export function surfacePage(surface: Surface): string {
  const parts = [...surface]
    .sort(([a], [b]) => (a.name < b.name ? -1 : 1))
    .map(([entry, exported]) => {
      const own = exported.filter(({ home }) => home === entry).map(({ text }) => text);
      const others = groupBy(
        exported.filter(({ home }) => home !== entry),
        ({ home }) => home.name,
      );
      const again = [...others].map(
        ([home, names]) => `export {\n${names.map(({ name }) => `  ${name},\n`).join("")}} from "${home}";`,
      );
      return `## ${entry.name}\n\n\`\`\`typescript\n${[...again, ...own].join("\n\n")}\n\`\`\`\n`;
    });
  return [INTRODUCTION, ...parts].join("\n");
}
