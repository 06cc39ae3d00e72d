/**
 * The licence texts of what the npm package holds of others inside its own files: the page's scripts and its typeface.
 * What users install beside it brings its own. Only build.ts imports this.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { licenceSections, withTexts } from "../licences.ts";
import { textPackages } from "../text-modules.ts";

const ROOT = join(import.meta.dirname, "../..");
const Package = z.object({ version: z.string(), license: z.string().optional() });

/** @throws Error that names a package whose licence nobody has agreed to, or that brings no text of it. */
export function embeddedLicences(): string {
  const packages = textPackages().map((name) => {
    const path = join(ROOT, "node_modules", name);
    const { version, license = null } = Package.parse(
      JSON.parse(readFileSync(join(path, "package.json"), "utf8")),
    );
    return withTexts({ name, version, licence: license, path });
  });
  return [
    "The page that aceslot serves holds these packages. Each is under its own licence; aceslot itself is under the one",
    `in LICENSE.\n\n${licenceSections(packages, "")}`,
  ].join("\n");
}
