import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { stripVTControlCharacters as plain } from "node:util";
import { COMMANDS } from "../../src/cli/commands.ts";
import { commandHelp, optionsHelp, rootHelp } from "../../src/cli/help.ts";
import { optionsPage } from "../../src/config/docs.ts";
import { keyOf, variableOf } from "../../src/config/option-spec.ts";
import { ACEXY_ONLY, ALL_OPTIONS } from "../../src/config/options.ts";
import { configSchema } from "../../src/config/schema.ts";

test("docs/options.md is what the option table says today", () => {
  const page = readFileSync(new URL("../../docs/options.md", import.meta.url), "utf8");
  expect(page, "run: bun src/config/docs.ts").toBe(optionsPage());
});

test("every option stands in the help, in the docs and, if it is a key, in the schema", () => {
  const help = plain(optionsHelp());
  expect(plain(commandHelp("serve"))).toContain(help.slice(help.indexOf("\nProxy\n")));
  const { properties } = configSchema();
  for (const spec of ALL_OPTIONS) {
    expect(help).toContain(`  --${spec.name} ${spec.kind.placeholder} `);
    expect(optionsPage()).toContain(`\`${variableOf(spec)}\``);
    if (keyOf(spec) !== null) expect(properties).toHaveProperty([spec.name]);
  }
});

test("no name is used twice, be it flag, variable or alias", () => {
  const names = [
    ...ALL_OPTIONS.map((spec) => spec.name),
    ...ALL_OPTIONS.map(variableOf),
    ...[...ALL_OPTIONS, ...Object.values(ACEXY_ONLY)].flatMap((spec) => spec.aliases.map(({ name }) => name)),
  ];
  expect(names).toEqual([...new Set(names)]);
});

test("the parts that make an acexy engine are known variables", () => {
  const known: string[] = Object.values(ACEXY_ONLY).map((spec) => spec.name);
  for (const name of ALL_OPTIONS.flatMap((spec) => spec.partAliases ?? [])) expect(known).toContain(name);
});

test("every help text fits 100 columns, and the first one a terminal that nobody made larger", () => {
  const pages = [rootHelp(), optionsHelp(), ...COMMANDS.map(({ name }) => commandHelp(name))];
  for (const line of pages.join("\n").split("\n")) expect(plain(line).length).toBeLessThanOrEqual(100);
  const screen = plain(rootHelp()).split("\n");
  for (const line of screen) expect(line.length).toBeLessThanOrEqual(80);
  expect(screen.length).toBeLessThanOrEqual(24);
  for (const { name } of COMMANDS) expect(screen.join("\n")).toMatch(new RegExp(`\\b${name}\\b`));
});
