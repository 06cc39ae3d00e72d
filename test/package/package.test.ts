/**
 * The package as users have it: packed once, installed once into an empty project, and used there by every runtime, by
 * the compiler and by a bundler.
 */
import { afterAll, beforeAll, describe } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { INSTALL_MS_MAX, type Installed, install } from "./installed.ts";
import { shakingSuite } from "./shaking.ts";
import { tarballSuite } from "./tarball.ts";
import { typesSuite } from "./types.ts";
import { useSuite } from "./use.ts";

let project: Installed | null = null;
const asked = (): Installed => {
  if (project === null) throw new Error("the package was not installed");
  return project;
};

beforeAll(async () => {
  project = await install();
  cpSync(join(import.meta.dirname, "programs"), project.folder, { recursive: true });
}, INSTALL_MS_MAX);
afterAll(() => project?.remove());

describe("the tarball", () => tarballSuite(asked));
describe("the package", () => useSuite(asked));
describe("its types", () => typesSuite(asked));
describe("bundled,", () => shakingSuite(asked));
