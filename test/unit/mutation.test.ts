/** The tool behind `make mutate`, on one small file and the smallest worlds. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, open } from "../../model/mutation/court.ts";
import type { CodeMutant } from "../../model/mutation/instrument.ts";
import { type Court, judge, type Verdict } from "../../model/mutation/judge.ts";
import { type Change, changes } from "../../model/mutation/naming.ts";
import { compare, schema, table } from "../../model/mutation/report.ts";
import { PROPERTIES } from "../../model/properties/index.ts";
import { size } from "../../model/world/size.ts";

const CODE = join(import.meta.dir, "../../src/slots");
const FILE = join(CODE, "slot.ts");
const ROOT = join(import.meta.dir, "../..");
const scratch = mkdtempSync(join(tmpdir(), "aceslot-mutation-test-"));
const places = { code: CODE, tests: null, scratch };
const ladder = [size(1, 1, 1), size(1, 1, 2)];

let mutants: readonly CodeMutant[] = [];
let named: ReadonlyMap<string, Change> = new Map();
let court: Court;
const sources = new Map([[FILE, readFileSync(FILE, "utf8")]]);

beforeAll(async () => {
  mutants = await build(places, ["slot.ts"]);
  named = changes(mutants, sources);
  court = await open(places, ladder, PROPERTIES);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The mutant that makes this change in a declaration. */
function mutantOf(change: string, declaration = "slotMachine"): string {
  const at = `slot.ts ${declaration}`;
  const [id] = [...named].find(([, one]) => one.at === at && one.change === change) ?? [];
  if (id === undefined) throw new Error(`no mutant ${change}`);
  return id;
}

const only = (name: string) => PROPERTIES.filter((property) => property.name === name);

async function verdicts(): Promise<Map<string, Verdict>> {
  const all = new Map<string, Verdict>();
  for (const { id } of mutants) all.set(id, await judge(court, id));
  return all;
}

const SLOT_NAME = { at: "slot.ts slotMachine", mutator: "StringLiteral", change: '"slot" → ""' };

describe("a mutant", () => {
  test("of the slot machine is killed by the property that tells illegal moves, in the smallest world", async () => {
    expect(await judge(court, mutantOf('"released" → "" #2'))).toMatchObject({
      status: "Killed",
      by: "ladder",
      reason: "no illegal move",
      rung: "E1 C1 R1",
    });
  });

  test("lives on when the property that kills it is taken away", async () => {
    const id = mutantOf('"active" → ""');
    const judged = (properties: Court["properties"]) => judge({ ...court, properties }, id);
    expect(await judged(only("no illegal move"))).toMatchObject({ status: "Killed" });
    const alive = await judged([]);
    expect(alive).toMatchObject({ status: "Survived", by: null });
    expect(alive.differs).toContain("E1 C1 R1: started");
  });

  test("that makes the selector break down is killed whoever looks", async () => {
    const id = mutantOf('"free" → ""');
    expect(await judge({ ...court, properties: [] }, id)).toMatchObject({
      status: "Killed",
      rung: "on loading",
    });
  });

  test("that changes nothing but a name that nobody asks for survives, and answers everything the same", async () => {
    const verdict = await judge(court, mutantOf(SLOT_NAME.change));
    expect(verdict).toMatchObject({ status: "Survived", differs: [] });
  });

  test("leaves nothing behind for the next one", async () => {
    await judge(court, mutantOf('"active" → ""'));
    expect((await judge(court, mutantOf(SLOT_NAME.change))).status).toBe("Survived");
  });
});

describe("the report", () => {
  test("counts every mutant once, and names those that live without an explanation", async () => {
    const all = await verdicts();
    const alive = [...all.values()].filter(({ status }) => status === "Survived");
    const gone = { ...SLOT_NAME, change: '"slot" → "another"' };
    const findings = compare(mutants, all, named, [{ why: "its name", changes: [SLOT_NAME, gone] }]);
    expect(findings.judged).toHaveLength(mutants.length);
    expect(findings.unexplained).toHaveLength(alive.length - 1);
    expect(findings.unexplained.map(({ change }) => change)).not.toContainEqual(SLOT_NAME);
    expect(findings.outdated).toEqual([gone]);
    const text = table(findings);
    const killed = mutants.length - alive.length;
    expect(text).toMatch(
      new RegExp(`^slot.ts +${mutants.length} +${killed} +0 +0 +0 +${alive.length} +1$`, "m"),
    );
    expect(text).toContain(
      `${killed} of ${mutants.length} detected, ${alive.length - 1} not and unexplained`,
    );
  });

  test("shows a mutant where it is, in the form that viewers open", async () => {
    const findings = compare(mutants, await verdicts(), named, [{ why: "its name", changes: [SLOT_NAME] }]);
    const report = schema(findings, sources, ROOT) as {
      files: Record<string, { source: string; mutants: { location: unknown; id: string }[] }>;
    };
    const file = report.files["src/slots/slot.ts"];
    const line = file?.source.split("\n").findIndex((text) => text.includes('id: "slot",')) ?? -1;
    expect(file?.mutants).toHaveLength(mutants.length);
    expect(file?.mutants.find(({ id }) => id === mutantOf(SLOT_NAME.change))).toMatchObject({
      status: "Survived",
      replacement: '""',
      statusReason: "its name",
      location: { start: { line: line + 1, column: 7 }, end: { line: line + 1, column: 13 } },
    });
  });
});
