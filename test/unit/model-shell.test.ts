/** The real broker in every order of answers, timers and clients: what the ladder says, and that it would say otherwise. */
import { beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Violation } from "../../model/result.ts";
import { microtaskDrain, type Settle } from "../../model/shell/drain.ts";
import { exploreShell, replayShell, type ShellResult, shellMutants } from "../../model/shell/index.ts";
import { SHELL_PROPERTIES } from "../../model/shell/properties.ts";
import { walk } from "../../model/shell/random.ts";
import { search } from "../../model/shell/search.ts";
import { type ShellSize, sized, sizeFrom } from "../../model/shell/size.ts";
import { subjectOf } from "../../model/shell/trace.ts";

const ALL = { preset: "ci", mutant: null, timeMs: null, maxStates: null } as const;

/** How long the shortest trace of each mutant may be, in turns. */
const STEPS_MAX: Readonly<Record<string, number>> = {
  "shell-await-before-take": 1,
  "shell-check-then-await": 6,
  "shell-await-in-handler": 8,
  "shell-lock-across-calls": 2,
  "shell-send-before-written": 1,
  "shell-sent-unasked": 4,
  "shell-start-retried": 3,
  "shell-failed-start-unheard": 3,
  "shell-failure-answered-twice": 3,
  "shell-late-start-dropped": 6,
  "shell-leave-unheard": 6,
  "shell-free-when-sent": 4,
  "shell-stop-unheard": 5,
  "shell-end-reported-twice": 5,
};

describe("the ladder", () => {
  let found: ShellResult;
  beforeAll(async () => {
    found = await exploreShell(ALL);
  }, 60_000);

  test("holds, completely, and every path ends", () => {
    expect(found.violation).toBeNull();
    for (const { name, complete, acyclic } of found.rungs)
      expect({ name, complete, acyclic }).toEqual({ name, complete: true, acyclic: true });
  });

  test("puts every property to the test", () => {
    for (const { name, status } of found.properties)
      expect({ name, status }).toEqual({ name, status: "holds" });
  });

  test("sees exactly these states", () => {
    const counts = found.rungs.map(({ name, states, edges, depth }) => [name, states, edges, depth]);
    expect(counts).toEqual([
      ["E1 C1 R1 contents 1 timeouts 2", 146, 316, 11],
      ["E1 C1 R1 contents 1 faults 1", 201, 468, 17],
      ["E1 C1 R1 contents 1 faults 1 timeouts 1", 825, 2159, 18],
      ["E1 C1 R1 contents 1 looks 1 cold", 153, 389, 13],
      ["E1 C1 R1 contents 1 timeouts 1 former 1", 139, 281, 11],
      ["E2 C1 R1 contents 1 faults 1", 846, 2564, 15],
      ["E2 C1 R2 contents 2", 532, 1560, 14],
      ["E1 C1 R2 contents 1 timeouts 1", 336, 872, 16],
      ["E1 C1 R2 contents 2 timeouts 1", 484, 1394, 16],
      ["E1 C1 R2 contents 2 faults 1", 1020, 3265, 22],
      ["E1 C1 R2 contents 2 zapping", 136, 358, 13],
      ["E1 C1 R2 contents 2 looks 1", 690, 2454, 17],
      ["E1 C2 R2 contents 2", 438, 1322, 14],
      ["E1 C1 R3 contents 3", 188, 642, 10],
      ["E1 C2 R3 contents 2", 1912, 7243, 17],
    ]);
  });

  test("hears of everything that a broker does in such worlds", () => {
    const never = EVENTS.filter((name) => !found.events[name]);
    expect(never).toEqual([]);
  });

  test("comes to the same where microtasks are drained by waiting for a macrotask", async () => {
    const order = {
      size: sized({ requests: 2, contents: 2 }),
      subject: subjectOf(null),
      properties: SHELL_PROPERTIES,
      statesMax: 1_000,
      isOver: () => false,
      onTurn() {},
    };
    const here = await search({ ...order, settle: await microtaskDrain() });
    const portable = await search({ ...order, settle: await microtaskDrain(true) });
    expect(portable).toEqual(here);
  });

  test("says so when a limit ends it", async () => {
    const short = await exploreShell({ ...ALL, maxStates: 50 });
    expect(short.rungs.map(({ complete }) => complete)).toEqual([false]);
    expect(new Set(short.properties.map(({ status }) => status))).toEqual(new Set(["incomplete"]));
  });
});

describe("a known bug in place of the broker", () => {
  test.each(shellMutants.map(({ name, property }) => [name, property] as const))(
    "%s is caught by: %s",
    async (mutant, property) => {
      const { violation } = await exploreShell({ ...ALL, mutant });
      expect(violation?.property).toBe(property);
      expect(violation?.trace.length).toBeLessThanOrEqual(STEPS_MAX[mutant] ?? 0);
      const file = violation?.replay;
      if (!file) return;
      expect(await replayShell(JSON.parse(JSON.stringify(file)))).toEqual(violation);
      // The same turns, as far as there are such, do no harm to the broker itself.
      const healthy = await replayShell({ ...file, mutant: null }).catch((error) => error);
      expect(healthy === null || healthy instanceof RangeError).toBe(true);
    },
    20_000,
  );

  test("every property has one that it alone must catch", () => {
    const named = new Set(shellMutants.map(({ property }) => property));
    expect(SHELL_PROPERTIES.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);
  });

  test("an await between choosing and taking really breaks the cap", async () => {
    const { broken } = await search({
      size: sized({ requests: 2, contents: 2 }),
      subject: subjectOf("shell-await-before-take"),
      settle: await microtaskDrain(),
      properties: SHELL_PROPERTIES.filter(({ name }) => name === "shell: load within the cap"),
      statesMax: 10_000,
      isOver: () => false,
      onTurn() {},
    });
    expect(broken?.detail).toContain("the cap is 1");
  });
});

describe("larger worlds", () => {
  const size = sized({
    engines: 3,
    cap: 2,
    requests: 8,
    contents: 4,
    faults: 4,
    timeouts: 4,
    looks: 3,
    spares: 1,
    former: 2,
    cold: true,
  });
  const SEED = 20251012;
  const lists = fc.array(fc.nat(), { maxLength: 150, size: "max" });
  let settle: Settle;
  beforeAll(async () => {
    settle = await microtaskDrain();
  });

  const check = (world: ShellSize, mutant: string | null, runs: number) => {
    const found: Violation[] = [];
    const property = fc.asyncProperty(lists, async (choices) => {
      const violation = await walk({ size: world, mutant, choices }, settle);
      if (violation) found.push(violation);
      return violation === null;
    });
    return fc
      .check(property, { numRuns: runs, seed: SEED })
      .then((details) => ({ details, last: found.at(-1) }));
  };

  test.each([
    ["of many players", size],
    ["of one player that zaps", { ...size, zapping: true }],
  ])(
    "%s: every property holds after every turn, and at rest nothing is left",
    async (_name, world) => {
      const { details, last } = await check(world, null, Number(process.env.SHELL_RUNS ?? 300));
      expect(last?.detail).toBeUndefined();
      expect(details.failed).toBe(false);
    },
    60_000,
  );

  test("a bug is found, made small, and found again by its list of choices", async () => {
    const { details, last } = await check(size, "shell-free-when-sent", 300);
    expect(details.failed).toBe(true);
    const [shrunk] = details.counterexample ?? [[]];
    const again = await walk({ size, mutant: "shell-free-when-sent", choices: shrunk }, settle);
    expect(again?.property).toBe("shell: no session without a slot");
    expect(await walk({ size, mutant: "shell-free-when-sent", choices: shrunk }, settle)).toEqual(again);
    expect(last).toBeDefined();
    if (again) expect(await replayShell(again.replay)).toMatchObject({ property: again.property });
    expect(again?.trace.length).toBeLessThanOrEqual(12);
  });
});

describe("a trace file", () => {
  const file = {
    aceslotTrace: 1,
    rung: "E1 C1 R1",
    method: "shell",
    size: { ...sized({}) },
    mutant: null,
    property: "shell: load within the cap",
    choices: [0, 1],
  } as const;

  test("that breaks nothing is played to its end", async () => {
    expect(await replayShell(file)).toBeNull();
  });

  test("that is none is refused with what is wrong", async () => {
    expect(replayShell({ ...file, choices: [0, 99] })).rejects.toThrow("choice 99 is not enabled");
    expect(replayShell({ ...file, property: "luck" })).rejects.toThrow("no property luck");
    expect(replayShell({ ...file, mutant: "x" })).rejects.toThrow("no mutant x");
    expect(() => sizeFrom({ engines: -1 })).toThrow("engines -1");
    expect(() => sizeFrom({ moons: 1 })).toThrow("no size moons");
  });
});

const EVENTS = [
  "request",
  "leave",
  "started",
  "startFailed: not opened",
  "startFailed: unknown",
  "media",
  "sourceEnded: engine",
  "sourceEnded: timeout",
  "sourceEnded: over",
  "stopConfirmed",
  "stopDelayed",
  "snapshot",
  "recovered",
  "idle",
  "recover",
  "timer: queue",
  "timer: linger",
  "timer: start",
  "timer: release",
  "timer: stall",
];
