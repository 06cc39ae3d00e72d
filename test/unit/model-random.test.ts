import { describe, expect, test } from "bun:test";
import { mutantNamed, stepOf } from "../../model/mutants/index.ts";
import { PROPERTIES } from "../../model/properties/index.ts";
import { choiceOf, pick } from "../../model/random/choosing.ts";
import { Watch } from "../../model/random/watch.ts";
import { replayRandom, walkAtRandom } from "../../model/random.ts";
import { NEW_SESSION } from "../../model/world/environment.ts";
import { happening } from "../../model/world/happenings.ts";
import { beginning, letHappen, possible } from "../../model/world/lasting.ts";
import { SMALLEST, size } from "../../model/world/size.ts";
import type { Stepper } from "../../model/world/world.ts";
import { SLOT_TABLE, step } from "../../src/slots/index.ts";

const SEED = Number(process.env.CORE_SEED ?? 20251012);
const clock = (): number => performance.now();
const calm = { seed: SEED, mutant: null, maxMs: Number.POSITIVE_INFINITY, clock };

function bug(name: string): Stepper {
  const mutant = mutantNamed(name);
  if (!mutant) throw new Error(`no mutant ${name}`);
  return stepOf(mutant);
}

describe("in large worlds, whatever happens in whatever order", () => {
  const walks = walkAtRandom({ ...calm, runs: Number(process.env.CORE_RUNS ?? 1500), step });

  test("every property holds after every step, and every world comes to rest", () => {
    expect(walks.violation).toBeNull();
    expect(walks.result).toMatchObject({ method: "random", complete: true, name: "random ≤ E5 C4 R20" });
    expect(walks.result.states).toBeGreaterThan(walks.result.terminals * 20);
  });

  test("every property is put to the test, and every move of a slot occurs", () => {
    expect(PROPERTIES.filter(({ name }) => !walks.tested.has(name)).map(({ name }) => name)).toEqual([]);
    const moves = Object.entries(SLOT_TABLE).flatMap(([from, to]) =>
      Object.entries(to).map(([move, then]) => `${from} --${move}--> ${then}`),
    );
    expect([...walks.moves.keys()].sort()).toEqual(moves.sort());
    expect(walks.events.get("media")).toBeGreaterThan(1000);
    expect(walks.effects.get("move")).toBeGreaterThan(0);
  });
});

describe("a selector with a bug", () => {
  for (const [name, steps] of [
    ["off-by-one", 2],
    ["reused-stream-id", 12],
    ["leak-abort-queued", 8],
    ["never-readmit", 14],
    ["prov-flag-stuck", 16],
    ["no-ended-on-abort", 12],
    ["stale-foreign", 24],
    ["no-quarantine", 8],
    ["patience-without-end", 20],
    ["counter-not-updated", 8],
  ] as const)
    test(`${name} is found by a short walk, which goes wrong again when it is replayed`, () => {
      const wrong = bug(name);
      const property = mutantNamed(name)?.property ?? "";
      const { violation, result } = walkAtRandom({ ...calm, runs: 2000, mutant: name, step: wrong });
      expect(violation?.property).toBe(property);
      expect(result.complete).toBe(false);
      expect(violation?.trace.length).toBeLessThanOrEqual(steps);
      expect(violation?.replay).toMatchObject({ method: "random", mutant: name, property });
      expect(violation?.replay.choices.length).toBe(violation?.trace.length ?? 0);
      if (!violation) return;
      expect(replayRandom(violation.replay, wrong)).toEqual(violation);
      // Our own selector does no such thing by the same choices.
      expect(replayRandom(violation.replay, step)).toBeNull();
    });

  test("that never comes to rest is found, and its walk is cut off somewhere", () => {
    const endless: Stepper = (state, event) =>
      event.type === "timer" && event.timer.kind === "linger"
        ? {
            state: { ...state, turn: state.turn + 1 },
            effects: [{ type: "arm", timer: event.timer }],
            records: [],
            illegal: [],
          }
        : step(state, event);
    const { violation } = walkAtRandom({ ...calm, runs: 200, step: endless });
    expect(violation?.property).toBe("rest can always be reached");
    expect(violation && replayRandom(violation.replay, endless)).toEqual(violation);
  });

  test("sessions are counted where they run, whether or not a slot holds them", () => {
    const world = size(1, 1, 2, { looks: 1 });
    const course = { size: world, step, idOf: (port: number) => port };
    const now = beginning(course);
    const running = { ...NEW_SESSION, port: 1, content: 1, phase: "running" } as const;
    const [look = 0] = possible(now, world).filter((code) => happening(code).kind === "look taken");
    const happened = letHappen(course, now, look);
    const both = { ...happened.now, env: { ...happened.now.env, held: [running, running] } };
    expect(new Watch().look({ ...happened, now: both }, world, step)?.property).toBe("real load ≤ cap");
    const beside = { ...happened.now, env: { ...happened.now.env, ended: [running] } };
    expect(new Watch().look({ ...happened, now: beside }, world, step)?.property).toBe("no under-count");
    expect(new Watch().look(happened, world, step)).toBeNull();
  });
});

describe("random walks", () => {
  test("are the same for the same seed, and others for another", () => {
    const walk = (seed: number) => {
      const { result, events } = walkAtRandom({ ...calm, seed, runs: 60, step });
      return { ...result, seconds: 0, events: [...events] };
    };
    expect(walk(7)).toEqual(walk(7));
    expect(walk(7)).not.toEqual(walk(8));
  });

  test("stop when the time is over, and are incomplete then", () => {
    let now = 0;
    const { result } = walkAtRandom({ ...calm, runs: 1000, step, maxMs: 1, clock: () => now++ });
    expect(result.complete).toBe(false);
    expect(result.terminals).toBeLessThan(1000);
  });

  test("walk through a world that is asked for", () => {
    const { result, events } = walkAtRandom({ ...calm, runs: 60, step, size: size(2, 1, 3) });
    expect(result.name).toBe("random E2 C1 R3");
    expect(events.has("recover")).toBe(false);
  });
});

describe("a number", () => {
  test("picks each happening that is possible, and the smallest one that does is known", () => {
    const course = {
      size: { ...SMALLEST, engines: 2, hashes: true, looks: 1 },
      step,
      idOf: (port: number) => port,
    };
    let now = beginning(course);
    for (let steps = 0; steps < 12; steps++) {
      const codes = possible(now, course.size);
      for (const code of codes) expect(pick(codes, choiceOf(codes, code))).toBe(code);
      const code = codes[(steps * 7) % codes.length];
      if (code === undefined) break;
      now = letHappen(course, now, code).now;
    }
  });

  test("picks nothing where nothing is possible", () => {
    expect(pick([], 5)).toBeNull();
  });
});
