/** The examples of `aceslot/check`: the right code holds, each bug is found, by a shortest trace. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { semaphore } from "../../docs/examples/semaphore/model.ts";
import { BUGS } from "../../docs/examples/semaphore/pool.ts";
import { checkModel, replayModel } from "../../model/index.ts";
import { scratchFolder } from "../support/binary.ts";
import { run } from "../support/run.ts";

const ROOT = join(import.meta.dir, "../..");
const example = (path: string, ...args: string[]) =>
  run([process.execPath, join("docs/examples", path), ...args], { cwd: ROOT });

test("the semaphore holds, with one permit and with two", async () => {
  const { code, out } = await example("semaphore/check.ts");
  expect([code, out]).toEqual([
    0,
    expect.stringContaining("✔ HOLDS  5 properties hold in 1 world: 135 states"),
  ]);
  expect(checkModel(semaphore(2, 4, null)).verdict).toBe("holds");
});

const TRACES = {
  "aborted-waiter": ["acquire client 0", "acquire client 1", "timeout client 1", "release client 0"],
  "double-release": [
    "acquire client 0",
    "release client 0",
    "release again client 0",
    "acquire client 1",
    "acquire client 2",
  ],
};
const CAUGHT_BY = { "aborted-waiter": "served while waiting", "double-release": "cap" };

for (const bug of BUGS)
  test(`a semaphore with the bug ${bug} is found out by a shortest trace`, async () => {
    const { code, out } = await example("semaphore/check.ts", bug);
    expect(code).toBe(1);
    expect([...out.matchAll(/^ {3}\d (.+)$/gmu)].map(([, step]) => step ?? "")).toEqual(TRACES[bug]);
    expect(out).toContain(`VIOLATED  ${CAUGHT_BY[bug]} does not hold`);
  });

test("no shorter trace shows a bug of the semaphore", () => {
  for (const bug of BUGS) {
    const model = semaphore(1, 3, bug);
    const choices = checkModel(model).violation?.replay.choices ?? [];
    expect(replayModel(model, choices)?.property).toBe(CAUGHT_BY[bug]);
    expect(replayModel(model, choices.slice(0, -1))).toBeNull();
    for (const less of [1, 0])
      expect(checkModel(upTo(model, TRACES[bug].length - less)).verdict).toBe(less ? "holds" : "violated");
  }
});

/** The same world, which ends after so many steps; that something is owed then proves nothing. */
function upTo(model: ReturnType<typeof semaphore>, steps: number): typeof model {
  const taken = { nothing: 0, asked: 1, "given up": 2, released: 2, "released twice": 3 };
  const { names: _, ...rest } = model;
  return {
    ...rest,
    happenings: (state) =>
      state.clients.reduce((sum, did) => sum + taken[did], 0) < steps ? model.happenings(state) : [],
    properties: model.properties.filter(({ kind }) => kind === "always" || kind === "step"),
  };
}

test("a ranking of one's own holds in our worlds; one that leaves it to the list does not", async () => {
  const [right, hasty] = await Promise.all([
    example("ranking/check.ts"),
    example("ranking/check.ts", "hasty"),
  ]);
  expect([right.code, right.out]).toEqual([0, expect.stringContaining("✔ HOLDS")]);
  expect([hasty.code, hasty.out]).toEqual([
    1,
    expect.stringContaining("VIOLATED  same choice for the same state does not hold in E2 C1 R2"),
  ]);
});

test("the example in the entry's own words is the smallest one", () => {
  const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
  const words = /```ts\n([\s\S]*?)```/u.exec(read("model/index.ts").replace(/^ \* ?/gmu, ""))?.[1];
  expect(read("docs/examples/cups/check.ts")).toContain(words?.trim() ?? "–");
});

test("what checks a model asks for no permission, and does nothing when it is imported", async () => {
  await using folder = await scratchFolder();
  const deno = (...args: string[]) =>
    run([join(ROOT, "node_modules/.bin/deno"), "run", "--no-lock", "--no-remote", "--no-prompt", ...args], {
      cwd: ROOT,
      env: { DENO_DIR: folder.path, NO_COLOR: "1" },
    });
  expect(await deno("docs/examples/cups/check.ts")).toMatchObject({
    code: 0,
    out: expect.stringContaining("✔ HOLDS"),
  });
  expect(await deno("model/index.ts")).toMatchObject({ code: 0, out: "" });
});
