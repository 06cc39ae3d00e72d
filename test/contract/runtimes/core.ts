/** The core and the checker are data in, data out: every runtime must come to the very same. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { slotMachine } from "aceslot";
import { checkModel, checkSelector, SMALLEST, step } from "aceslot/check";
import { SLOT_TABLE, tabulate } from "aceslot/slot";
import { CoreWorld } from "../../support/core-world.ts";
import { checkAll, checkRest } from "../../unit/slots/properties.ts";
import type { Test } from "./runtime.ts";

const WORLDS = 12;
const HAPPENINGS = 150;

/** Lives through worlds of several sizes, the same ones each time, and holds every property after each step. */
function liveThroughWorlds(): string {
  const story = createHash("sha256");
  let random = 20_251_012;
  const next = (): number => {
    random = (random * 48_271 + 11) % 2_147_483_647;
    return random;
  };
  for (let n = 0; n < WORLDS; n++) {
    const world = new CoreWorld({
      engines: 1 + (n % 3),
      cap: 1 + (n % 2),
      contents: 1 + (n % 4),
      requests: 12,
      spares: n % 3,
      troubles: n % 7,
      labels: n % 2 === 0,
    });
    checkAll(world);
    for (let happened = 0; happened < HAPPENINGS && world.choose(next()); happened++) checkAll(world);
    world.rest(next(), () => checkAll(world), true);
    checkRest(world);
    story.update(world.trace.join("\n"));
  }
  return story.digest("hex");
}

/** How much there is to see in the smallest world of engines and slots. */
function exploreSmallest(): readonly [string, ...number[]] {
  const result = checkSelector({ name: "ours", step, worlds: [SMALLEST], clock: () => 0 });
  const [rung] = result.rungs;
  return [result.verdict, rung?.states ?? 0, rung?.edges ?? 0, rung?.depth ?? 0, rung?.terminals ?? 0];
}

let facts: string | null = null;

/** What one runtime comes to, for the others to be held against. */
export function coreFacts(): string {
  facts ??= JSON.stringify([liveThroughWorlds(), exploreSmallest()]);
  return facts;
}

/** `expected`: the facts of another runtime; null: there is none to be held against. */
export function coreSuite(test: Test, expected: string | null): void {
  test("the slot table is the machine", async () => {
    assert.deepEqual(SLOT_TABLE, tabulate(slotMachine));
  });

  test("a model of one's own is explored whole", async () => {
    const result = checkModel({
      name: "two cups",
      begin: { full: 0 },
      happenings: ({ full }) => (full < 2 ? ["fill"] : ["drink"]),
      next: ({ full }, what) => ({ full: what === "fill" ? full + 1 : full - 1 }),
      properties: [
        {
          kind: "always",
          name: "no spill",
          sentence: "No more than two cups are full.",
          sometimes: "two cups are full",
          check: ({ full }) => (full > 2 ? `${full} are full` : full === 2),
        },
      ],
    });
    assert.equal(result.verdict, "holds");
    const [{ states, edges, complete }] = result.rungs as [(typeof result.rungs)[number]];
    assert.deepEqual([states, edges, complete], [3, 3, true]);
  });

  test("worlds are lived through, and the smallest is explored, as on any other runtime", async () => {
    const facts = coreFacts();
    assert.match(facts, /^\["[0-9a-f]{64}",\["holds",[1-9]/);
    if (expected !== null) assert.equal(facts, expected);
  });
}
