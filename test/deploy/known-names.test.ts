/**
 * Files that people copy from deploy/ and docs/ name variables and flags; each must be one that the option table knows,
 * for a start stops at an unknown one.
 */
import { expect, test } from "bun:test";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { knownVariables } from "../../src/config/environment.ts";

const ROOT = join(import.meta.dir, "../..");
const FILES = globSync(
  [
    "deploy/{compose,docker,systemd,kubernetes,unraid,nas,nginx,caddy,traefik}/**/*",
    "deploy/cluster/*.{yaml,conf,cfg}",
    "deploy/README.md",
    "docs/*.md",
    "README.md",
  ],
  { cwd: ROOT },
).filter((path) => /\.(md|yaml|env|example|service|xml|conf|cfg)$|file$/i.test(path));

/** Asked for by the files themselves, or by programs beside aceslot. */
const OF_THE_FILES = new Set(["ACESLOT_IMAGE", "ACESLOT_SITE", "ACESLOT_UPSTREAM"]);
/** Of the tests, which docs about them name. */
const OF_THE_TESTS = /^ACESLOT_(TEST_BINARY|SHOTS|BENCH)/;

test("there are files to look at", () => {
  expect(FILES).toContain("deploy/docker/Dockerfile");
  expect(FILES).toContain("deploy/compose/engine.yaml");
});

test.each(FILES)("%s names variables that are known", (path) => {
  const named = new Set(readFileSync(join(ROOT, path), "utf8").match(/\bACESLOT_[A-Z][A-Z0-9_]*\b/g));
  const unknown = [...named]
    .filter((name) => !OF_THE_FILES.has(name) && !OF_THE_TESTS.test(name))
    .filter((name) => !isKnown(name));
  expect(unknown).toEqual([]);
});

/** An empty variable counts as not set, but its name is looked at. */
function isKnown(name: string): boolean {
  return knownVariables({ [name]: "" }).faults.length === 0;
}
