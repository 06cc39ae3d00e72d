/** The lease protocol alone, as SPIN and our explorer see it: equally many states, and the same verdicts on other protocols. */
import { beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { leaseProtocol, RULES } from "../../model/cluster/protocol/protocol.ts";
import { leaseFor, type State } from "../../model/cluster/protocol/state.ts";
import type { Step } from "../../model/cluster/protocol/steps.ts";
import { type LeaseWorld, leaseWorld } from "../../model/cluster/protocol/variants.ts";
import { stableKey } from "../../model/library/key.ts";
import { Several } from "../../model/library/model.ts";
import {
  LADDER,
  type LeaseOpinion,
  type LeaseQuestion,
  ladderRow,
  ourLeaseOpinion,
  questionName,
  spinLeaseOpinion,
  VARIANTS,
  variantRow,
} from "../../model/opinions/leases.ts";
import { spinLacks } from "../../model/opinions/spin.ts";

const lacking = await spinLacks();

/** Those that differ in the size of the world, or in the rule, only: compiling is what takes time. */
const isAlike = (question: LeaseQuestion): boolean =>
  VARIANTS.findLastIndex(({ world }) => world.protocol === question.world.protocol) !==
  VARIANTS.indexOf(question);
const ASKED: readonly LeaseQuestion[] = [...LADDER, ...VARIANTS.filter((question) => !isAlike(question))];

/** SPIN compiles while we explore, two questions at once. */
async function askSpin(): Promise<Map<LeaseQuestion, LeaseOpinion>> {
  const answers = new Map<LeaseQuestion, LeaseOpinion>();
  const open = [...ASKED];
  const ask = async (): Promise<void> => {
    for (let question = open.shift(); question !== undefined; question = open.shift())
      answers.set(question, await spinLeaseOpinion(question));
  };
  await Promise.all([ask(), ask()]);
  return answers;
}
const answering = lacking === null ? askSpin() : null;
// It is waited for below; until then nobody else hears of a failure.
answering?.catch(() => {});

const page = readFileSync(new URL("../../docs/second-opinions.md", import.meta.url), "utf8");

/** What must be broken, by protocol; ours, and what is not here, breaks nothing. */
const BROKEN: Readonly<Record<string, readonly string[]>> = {
  "get-check-set": [RULES.cap],
  "no-expiry": [RULES.leak],
  "expiry-unchecked": [RULES.cap],
  "expiry-untimely": [RULES.cap],
  "no-proof": [RULES.cap],
  "long-pause": [RULES.cap, RULES.leased],
  "join-frees": [RULES.cap],
  "gone-unnamed": [RULES.cap],
  "anybody-frees": [RULES.leased],
  unlooked: [RULES.leak],
};

/** Ours are explored anyway, so that the protocol is checked where SPIN is missing. */
const opinions = new Map<LeaseQuestion, LeaseOpinion>();
const ours = (question: LeaseQuestion): LeaseOpinion => {
  const known = opinions.get(question) ?? ourLeaseOpinion(question);
  opinions.set(question, known);
  return known;
};

describe("the lease protocol", () => {
  for (const question of LADDER)
    test(`${questionName(question)}: nothing is broken`, () => {
      expect(ours(question).opinion.violated).toBeNull();
    });

  for (const question of VARIANTS)
    test(`${questionName(question)}${question.rule ? `, ${question.rule}` : ""}: as the docs say`, () => {
      const { violated } = ours(question).opinion;
      expect(page).toContain(variantRow(question, ours(question), ours(question)));
      if (question.rule) expect(BROKEN[question.world.protocol]).toContain(RULES[question.rule]);
      if (question.rule) expect(violated).toBe(RULES[question.rule]);
    });
});

/** Goes a way that is told in words, and expects that each step of it is possible. */
function go(world: LeaseWorld, steps: readonly Step[]): State {
  const model = leaseProtocol(world);
  let state = model.begin;
  if (state instanceof Several) throw new Error("it begins in one state");
  for (const step of steps) {
    expect([...model.happenings(state)].map(stableKey)).toContain(stableKey(step));
    const after = model.next(state, step);
    if (after instanceof Several) throw new Error("a step has one outcome");
    state = after;
  }
  return state;
}

const played = (session: number): Step[] => [
  { type: "ask", session, engine: 0 },
  { type: "take", session },
  { type: "hear", session },
  { type: "check", session },
  { type: "send", session },
];

describe("a lease stays counted", () => {
  test("that was given to a proxy which never heard of it", () => {
    const world = leaseWorld("ours", [2, 1, 1, 1], { crashes: 1, breaks: 1 });
    const state = go(world, [
      ...played(0),
      { type: "crash", proxy: 0 },
      { type: "end", proxy: 0 },
      { type: "adoptUnheard", proxy: 1 },
      { type: "renew", proxy: 1 },
    ]);
    expect(leaseFor(world, state, 0)).not.toBeNull();
    // And somebody settles it.
    go(world, [
      ...played(0),
      { type: "crash", proxy: 0 },
      { type: "end", proxy: 0 },
      { type: "adoptUnheard", proxy: 1 },
      { type: "renew", proxy: 1 },
      { type: "look", proxy: 1 },
    ]);
  });

  test("that its heir settles when its own proxy has it back", () => {
    const world = leaseWorld("ours", [3, 1, 1, 1], { lapses: 2 });
    const state = go(world, [
      { type: "ask", session: 0, engine: 0 },
      { type: "take", session: 0 },
      { type: "hear", session: 0 },
      { type: "lapse", proxy: 0 },
      { type: "end", proxy: 0 },
      { type: "adopt", proxy: 1 },
      { type: "lapse", proxy: 1 },
      { type: "end", proxy: 1 },
      { type: "renew", proxy: 0 },
      { type: "settle", proxy: 1, session: 0 },
    ]);
    expect(leaseFor(world, state, 0)?.owner).toBe("proxy0/1");
  });
});

if (lacking !== null) test.skip(`SPIN was not asked: ${lacking} (apt-get install spin gcc)`, () => {});

describe.skipIf(lacking !== null)("SPIN on the lease protocol", () => {
  let answers: ReadonlyMap<LeaseQuestion, LeaseOpinion> = new Map();
  beforeAll(async () => {
    answers = (await answering) ?? answers;
  }, 180_000);

  const spinOn = (question: LeaseQuestion): LeaseOpinion => {
    const answer = answers.get(question);
    if (!answer) throw new Error("SPIN was not asked");
    return answer;
  };

  for (const question of LADDER)
    test(`${questionName(question)}: as many states and ways on, and as deep; the docs have it`, () => {
      const { states, transitions, depth } = ours(question).opinion;
      expect(spinOn(question).opinion).toMatchObject({ states, transitions, depth, violated: null });
      expect(page).toContain(ladderRow(question, ours(question), spinOn(question)));
    });

  for (const question of VARIANTS.filter((one) => ASKED.includes(one)))
    test(`${questionName(question)}${question.rule ? `, ${question.rule}` : ""}: the same is broken, as soon, and as many states`, () => {
      const { opinion, states } = ours(question);
      expect(spinOn(question)).toMatchObject({
        opinion: { depth: opinion.depth, violated: opinion.violated },
        states,
      });
      expect(page).toContain(variantRow(question, ours(question), spinOn(question)));
    });
});
