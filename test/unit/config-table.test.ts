import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { stripVTControlCharacters as plain } from "node:util";
import { COMMANDS } from "../../src/cli/commands.ts";
import { commandHelp, optionsHelp, rootHelp } from "../../src/cli/help.ts";
import { columnsOf, wrapped } from "../../src/cli/wrapped.ts";
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

test("every help text fits the terminal, and the first one leaves room for a prompt in one that nobody made larger", () => {
  for (const columns of [80, 100]) {
    const pages = [optionsHelp(columns), ...COMMANDS.map(({ name }) => commandHelp(name, columns))];
    for (const line of pages.join("\n").split("\n")) expect(plain(line).length).toBeLessThanOrEqual(columns);
  }
  const screen = plain(rootHelp()).split("\n");
  for (const line of screen) expect(line.length).toBeLessThanOrEqual(80);
  expect(screen.length).toBeLessThan(24);
  for (const { name } of COMMANDS) expect(screen.join("\n")).toMatch(new RegExp(`\\b${name}\\b`));
});

test("lines are as wide as the terminal, and a command to copy is never torn", () => {
  expect([columnsOf(100, { columns: 80 }), columnsOf(100, {}), columnsOf(100, { columns: 3 })]).toEqual([
    80, 100, 40,
  ]);
  expect(wrapped("allow more:  ulimit -n 1024  in a shell", 20)).toEqual([
    "allow more:",
    "ulimit -n 1024  in a",
    "shell",
  ]);
  expect(wrapped("do  a command that is longer than all  and see", 12)).toEqual([
    "do",
    "a command that is longer than all",
    "and see",
  ]);
  expect(wrapped("as it comes", Number.POSITIVE_INFINITY)).toEqual(["as it comes"]);
});
