/**
 * THIRD-PARTY-LICENSES.txt: the licence texts of every shipped package, and what Bun's runtime says of its own parts.
 * A package without a licence, or with one that nobody has agreed to, stops the release. Only deploy/ imports this.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Runtime } from "./runtime-parts.ts";
import type { ShippedPackage } from "./sbom.ts";

/**
 * Licences that ask for little more than their text; OFL-1.1, of fonts, that they are not sold alone. Another one is a
 * decision that somebody makes, here.
 */
const ALLOWED = new Set(["MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "OFL-1.1"]);
const LICENCE_FILE = /^(licen[cs]e|copying|notice)(\.|-|$)/i;
const RULE = "=".repeat(80);
const Author = z.object({
  author: z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]).optional(),
});

export type LicensedPackage = ShippedPackage & { texts: readonly string[]; author: string | null };

/** With the texts that lie in its folder. */
export function withTexts(shipped: ShippedPackage): LicensedPackage {
  const files = readdirSync(shipped.path).filter((file) => LICENCE_FILE.test(file));
  const { author } = Author.parse(JSON.parse(readFileSync(join(shipped.path, "package.json"), "utf8")));
  return {
    ...shipped,
    texts: files.sort().map((file) => readFileSync(join(shipped.path, file), "utf8").trim()),
    author: author ?? null,
  };
}

/** @param mitText ends what is said of a package that declares MIT and brings no text. @throws Error that names the package. */
export function thirdPartyLicences(
  packages: readonly LicensedPackage[],
  runtime: Runtime,
  mitText: string,
): string {
  return [
    "The binary of aceslot holds these packages, and the runtime that is named at the end. Each is under its own",
    `licence. aceslot itself is under the one in LICENSE.\n\n${licenceSections(packages, mitText)}`,
    `${RULE}\nBun ${runtime.version}, the runtime. What follows is its own page about licences. Where it speaks of relinking:`,
    "aceslot's sources are open, and `bun deploy/compile.ts OUTFILE`, run by a Bun that you built, puts them on that one.",
    `${RULE}\n\n${runtime.page.trim()}\n`,
  ].join("\n");
}

/** A section for each package, with its name and its texts. Parameters and errors as above. */
export function licenceSections(packages: readonly LicensedPackage[], mitText: string): string {
  return packages.map((each) => section(each, mitText)).join("\n");
}

function section({ name, version, licence, texts, author }: LicensedPackage, mitText: string): string {
  const who = `${name} ${version}`;
  if (licence === null) throw new Error(`${who}: declares no licence; ask its authors, or do without it`);
  if (!isAllowed(licence))
    throw new Error(
      `${who}: its licence, ${licence}, is not one of ${[...ALLOWED].join(", ")}; decide on it in deploy/licences.ts`,
    );
  return `${RULE}\n${who} (${licence})\n${RULE}\n\n${textOf(who, licence, texts, author, mitText)}\n`;
}

function textOf(
  who: string,
  licence: string,
  texts: readonly string[],
  author: string | null,
  mit: string,
): string {
  if (texts.length > 0) return texts.join("\n\n");
  if (licence !== "MIT")
    throw new Error(`${who}: ${licence} without its text in the package; add it by hand`);
  return `Copyright (c) ${author ?? `the authors of ${who}`}\n\n${mit}`;
}

/** `MIT`, `(MIT OR GPL-2.0)`: one of several is enough; `A AND B`: all must be. */
function isAllowed(expression: string): boolean {
  return expression
    .replace(/[()]/g, "")
    .split(" AND ")
    .every((all) => all.split(" OR ").some((one) => ALLOWED.has(one.trim())));
}
