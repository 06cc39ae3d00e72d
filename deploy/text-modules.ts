/**
 * Texts that the program carries, as modules: the page, the scripts and typefaces of others that it shows, the recorded
 * incident. `bun deploy/text-modules.ts` (`make texts`, and every build) writes those that are not as their files are; a test holds them to it.
 *
 * Why not `import … with { type: "text" }`: Node 20 and Deno before 2.8 do not know it, every bundler of somebody
 * else would have to, and JSR refuses packages that use it although `deno publish --dry-run` takes them
 * (https://github.com/denoland/deno/issues/35546, https://github.com/jsr-io/jsr/issues/1478).
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const PAGE = "src/dashboard/page";
const PACKAGES = "node_modules";

/** What the page's scripts import of others, by the path below `assets/` and by the file in its package. */
const VENDOR: Readonly<Record<string, string>> = {
  "vendor/directive-helpers.js": "lit-html/directive-helpers.js",
  "vendor/directive.js": "lit-html/directive.js",
  "vendor/directives/repeat.js": "lit-html/directives/repeat.js",
  "vendor/hls.js": "hls.js/dist/hls.light.min.mjs",
  "vendor/lit-html.js": "lit-html/lit-html.js",
  "vendor/uplot.css": "uplot/dist/uPlot.min.css",
  // Its module is not minified; the script makes one variable.
  "vendor/uplot.js": "uplot/dist/uPlot.iife.min.js",
};

const PART_CHARS = 100;

const SUBSETS = ["latin", "latin-ext", "cyrillic"] as const;
const FONTS = "@fontsource-variable/geist/files";

export interface TextModule {
  /** From the root of the repository. */
  readonly path: string;
  /** What must stand there. */
  text(): string;
}

export const TEXT_MODULES: readonly TextModule[] = [
  {
    path: "src/dashboard/page.data.ts",
    text: () => module("PAGE", `the files of ${PAGE}/`, pageFiles(), readText),
  },
  {
    path: "src/dashboard/vendor.data.ts",
    text: () => module("VENDOR", "scripts and styles of hls.js, lit-html and uPlot", vendorFiles(), readText),
  },
  {
    path: "src/dashboard/fonts.data.ts",
    text: () => module("FONTS", "WOFF2 files of Geist (OFL-1.1) in base64", fontFiles(), readBase64),
  },
  {
    path: "model/incidents/2025-10-12.data.ts",
    text: () =>
      module("INCIDENT", "the log", { "2025-10-12.csv": "model/incidents/2025-10-12.csv" }, readText),
  },
];

/** The packages whose files are among those texts: no bundler sees them, and they are shipped all the same. */
export function textPackages(): string[] {
  const packages = [...Object.values(VENDOR), FONTS].map((path) =>
    path.split("/", path.startsWith("@") ? 2 : 1).join("/"),
  );
  return [...new Set(packages)].sort();
}

type Files = Readonly<Record<string, string>>;

const pageFiles = (): Files =>
  Object.fromEntries(
    readdirSync(join(ROOT, PAGE))
      .filter((name) => /\.(css|html|js|svg)$/.test(name))
      .sort()
      .map((name) => [name, `${PAGE}/${name}`]),
  );

const vendorFiles = (): Files =>
  Object.fromEntries(Object.entries(VENDOR).map(([name, file]) => [name, `${PACKAGES}/${file}`]));

const fontFiles = (): Files =>
  Object.fromEntries(
    SUBSETS.map((subset) => [
      `fonts/geist-${subset}.woff2`,
      `${PACKAGES}/${FONTS}/geist-${subset}-wght-normal.woff2`,
    ]),
  );

function module(name: string, what: string, files: Files, read: (path: string) => string): string {
  const entries = Object.entries(files).map(([key, path]) => `  ${JSON.stringify(key)}: ${read(path)},\n`);
  return `/** Made by deploy/text-modules.ts: ${what}. */\nexport const ${name} = {\n${entries.join("")}};\n`;
}

/** A line a line, so that a change of the file is a change of the same lines here. */
function readText(path: string): string {
  const lines = readFileSync(join(ROOT, path), "utf8").split("\n").map(lineText);
  return joined(lines, "    ", "  ", "\n");
}

/** One that no screen holds, as scripts without white space have, in parts: `grep` shows those. */
function lineText(line: string): string {
  if (line.length <= 2 * PART_CHARS) return JSON.stringify(line);
  const parts = line.match(new RegExp(`.{1,${PART_CHARS}}`, "gsu")) ?? [];
  return joined(
    parts.map((part) => JSON.stringify(part)),
    "      ",
    "    ",
    "",
  );
}

const joined = (texts: readonly string[], indent: string, outdent: string, by: string): string =>
  `[\n${texts.map((text) => `${indent}${text},\n`).join("")}${outdent}].join(${JSON.stringify(by)})`;

const readBase64 = (path: string): string =>
  JSON.stringify(readFileSync(join(ROOT, path)).toString("base64"));

if (import.meta.main) {
  for (const { path, text } of TEXT_MODULES) {
    const file = join(ROOT, path);
    const fresh = text();
    if (standing(file) === fresh) continue;
    writeFileSync(file, fresh);
    console.log(`wrote ${path}`);
  }
}

/** Null: it is not there yet. */
function standing(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
