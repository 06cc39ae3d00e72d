/**
 * Writes fonts.data.ts: the page's typeface (Geist, OFL-1.1) out of its package, as text, since that is what a binary
 * takes in on every runtime. `bun src/dashboard/make-fonts.ts` after the package has changed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const SUBSETS = ["latin", "latin-ext", "cyrillic"] as const;
const { resolve } = createRequire(import.meta.url);

const entries = SUBSETS.map((subset) => {
  const file = readFileSync(resolve(`@fontsource-variable/geist/files/geist-${subset}-wght-normal.woff2`));
  return `  "geist-${subset}.woff2":\n    "${file.toString("base64")}",\n`;
});
writeFileSync(
  join(import.meta.dirname, "fonts.data.ts"),
  `/** Made by make-fonts.ts: WOFF2 files of Geist (OFL-1.1) in base64. */\nexport const FONTS: Readonly<Record<string, string>> = {\n${entries.join("")}};\n`,
);
