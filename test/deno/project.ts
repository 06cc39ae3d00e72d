/** A project of somebody else's, on Deno, which takes the package from a registry and its packages from `node_modules`. */
import { readFileSync } from "node:fs";
import { copyFile, cp, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import denoJson from "../../deno.json";
import packageJson from "../../package.json";
import { ROOT } from "./deno.ts";

/**
 * Makes it in an empty folder. `packages`: `linked` to those of this repository, all of them; or `copied`, those alone
 * that the package needs, as an installation would have them.
 */
export async function makeProject(
  folder: string,
  program: string,
  packages: "linked" | "copied",
): Promise<void> {
  const write = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value));
  const { dependencies } = packageJson;
  await write("package.json", { dependencies });
  await write("deno.json", {
    nodeModulesDir: "manual",
    imports: { aceslot: `jsr:${denoJson.name}@^${denoJson.version}` },
  });
  await copyFile(program, join(folder, basename(program)));
  if (packages === "linked") return await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
  for (const name of withTheirs(Object.keys(dependencies)))
    await cp(placeOf(ROOT, name), placeOf(folder, name), { recursive: true });
}

const placeOf = (folder: string, name: string): string => join(folder, "node_modules", name);

/** These packages and all that they depend on. */
function withTheirs(names: readonly string[], seen: Set<string> = new Set()): Set<string> {
  for (const name of names) {
    if (seen.has(name)) continue;
    seen.add(name);
    const { dependencies = {} } = JSON.parse(readFileSync(join(placeOf(ROOT, name), "package.json"), "utf8"));
    withTheirs(Object.keys(dependencies), seen);
  }
  return seen;
}
