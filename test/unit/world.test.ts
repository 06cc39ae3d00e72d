/** The explorer itself: what it counts, what it takes for one state, how it tells a path, and what never ends. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { components } from "../../model/explore/components.ts";
import { liveness } from "../../model/explore/liveness.ts";
import { Records } from "../../model/explore/records.ts";
import { type Graph, type Limits, search } from "../../model/explore/search.ts";
import { Interned, Ints, Pairs } from "../../model/explore/tables.ts";
import { PRESETS } from "../../model/presets.ts";
import type { GraphProperty, Scene } from "../../model/properties/index.ts";
import { createWorld } from "../../model/world/create.ts";
import { firstEnvironment } from "../../model/world/environment.ts";
import type { Explored } from "../../model/world/explored.ts";
import { emptyState } from "../../model/world/naming.ts";
import { PackedWorld } from "../../model/world/packed.ts";
import { retell } from "../../model/world/retell.ts";
import { BUDGETS, mayRequeue, SMALLEST, size, sizeName, type WorldSize } from "../../model/world/size.ts";
import { World } from "../../model/world/world.ts";
import { step } from "../../src/slots/index.ts";

const UNLIMITED: Limits = {
  maxStates: Number.POSITIVE_INFINITY,
  maxMs: Number.POSITIVE_INFINITY,
  clock: () => 0,
};

const figures = (world: Explored): string => {
  const { states, edges, depth, terminals, complete } = search(world, UNLIMITED, false);
  return `${states} states, ${edges} edges, depth ${depth}, ${terminals} terminals${complete ? "" : ", cut"}`;
};
const plainly = (of: WorldSize, symmetry = true) => ({ size: of, step, properties: [], symmetry });

describe("the small worlds have as many states as ever", () => {
  // A change of the selector or of the world may well change these. Whoever changes them says why.
  const ANCHORS: Readonly<Record<string, string>> = {
    "E1 C1 R2": "142 states, 416 edges, depth 15, 1 terminals",
    "E1 C1 R3": "488 states, 1981 edges, depth 22, 1 terminals",
    "E1 C2 R3": "2285 states, 11155 edges, depth 23, 1 terminals",
    "E2 C1 R2": "1111 states, 3880 edges, depth 16, 2 terminals",
    "E2 C1 R3": "6020 states, 29306 edges, depth 24, 2 terminals",
    "E1 C1 R2 refusals 1": "211 states, 590 edges, depth 15, 3 terminals",
    "E2 C1 R2 refusals 1": "4126 states, 15221 edges, depth 19, 7 terminals",
    "E1 C1 R2 losses 1": "267 states, 782 edges, depth 15, 3 terminals",
    "E1 C1 R2 timeouts 1": "308 states, 928 edges, depth 15, 3 terminals",
    "E2 C1 R1 deaths 2": "24387 states, 138534 edges, depth 22, 6 terminals",
    "E1 C1 R2 deaths 1": "1630 states, 7080 edges, depth 22, 2 terminals",
    "E1 C1 R2 expiries 1": "361 states, 1160 edges, depth 15, 3 terminals",
    "E1 C2 R3 delays 1": "5571 states, 28762 edges, depth 23, 2 terminals",
    "E2 C2 R3 no reports delays 1": "18539 states, 92460 edges, depth 22, 4 terminals",
    "E1 C1 R2 doubles 1": "284 states, 2004 edges, depth 16, 1 terminals",
    "E1 C1 R2 looks 1": "553 states, 1948 edges, depth 18, 1 terminals",
    "E2 C1 R1 looks 2": "247 states, 719 edges, depth 12, 1 terminals",
    "E1 C2 R2 foreign 1": "15555 states, 73005 edges, depth 23, 2 terminals",
    "E1 C1 R2 vanishings 1": "4761 states, 19872 edges, depth 22, 2 terminals",
    "E1 C1 R2 looks 1 twins 1": "4295 states, 17464 edges, depth 21, 1 terminals",
    "E1 C1 R1 spares 1": "28 states, 48 edges, depth 8, 1 terminals",
    "E1 C1 R1 refusals 1 spares 1": "6196 states, 33102 edges, depth 27, 7 terminals",
    "E1 C1 R2 no reports spares 1": "17916 states, 112053 edges, depth 28, 3 terminals",
    "E1 C1 R3 zaps 1": "862 states, 3449 edges, depth 23, 2 terminals",
    "E1 C1 R2 players 2 zaps 1": "324 states, 1019 edges, depth 16, 2 terminals",
    "E1 C1 R2 ends 1": "259 states, 837 edges, depth 15, 2 terminals",
    "E1 C2 R3 recaps 1": "33732 states, 184972 edges, depth 24, 2 terminals",
    "E1 C1 R2 drains 1": "202 states, 705 edges, depth 15, 2 terminals",
    "E1 C1 R2 crashes 1": "2291 states, 8345 edges, depth 27, 2 terminals",
    "E1 C1 R2 no labels crashes 1": "1769 states, 5978 edges, depth 24, 6 terminals",
    "E1 C2 R2 K1 hashes": "7568 states, 37554 edges, depth 26, 3 terminals",
    "E2 C1 R2 K1 hashes": "2372 states, 8114 edges, depth 16, 2 terminals",
    "E2 C1 R4": "21860 states, 132762 edges, depth 30, 2 terminals",
  };

  test("each world of the ladder has its figures here", () => {
    expect(Object.keys(ANCHORS)).toEqual(PRESETS.ci.ladder.map(sizeName));
  });
  for (const of of PRESETS.ci.ladder)
    test(sizeName(of), () =>
      expect(figures(createWorld(plainly(of)))).toBe(ANCHORS[sizeName(of)] ?? "figures that stand here"),
    );
});

describe("packed or not, it is the same world", () => {
  const fitting = [
    ...PRESETS.ci.ladder.filter(PackedWorld.fits),
    // Two sessions of one request may have ended, and be reported still.
    size(2, 1, 1, { expiries: 1 }),
    size(2, 1, 2, { expiries: 1, losses: 1 }),
  ];

  test("most of the ladder's plain worlds can be packed", () => {
    expect(fitting.length).toBeGreaterThan(10);
  });
  for (const of of fitting)
    for (const symmetry of [true, false]) {
      // Some hundred thousand states, for nothing that smaller ones do not show.
      if (!symmetry && (of.requests > 3 || of.recaps > 0)) continue;
      test(`${sizeName(of)}${symmetry ? "" : ", names kept apart"}`, () => {
        const packed = figures(new PackedWorld(plainly(of, symmetry)));
        expect(packed).toBe(figures(new World(plainly(of, symmetry))));
      }, 180_000);
    }
});

describe("symmetry takes states for one, and loses none", () => {
  const WORLDS: readonly WorldSize[] = [
    size(1, 1, 3),
    size(1, 2, 2),
    size(2, 1, 2),
    size(2, 1, 2, { refusals: 1 }),
    size(1, 1, 2, { losses: 1 }),
    size(1, 1, 2, { looks: 1 }),
    size(1, 1, 2, { deaths: 1 }),
    size(2, 1, 1, { looks: 2 }),
    size(1, 1, 2, { crashes: 1 }),
    size(2, 1, 2, { hashes: true, contents: 1 }),
  ];
  for (const of of WORLDS)
    test(sizeName(of), () => {
      const one = createWorld(plainly(of, true));
      const states = search(one, UNLIMITED, false).states;
      const apart = createWorld(plainly(of, false));
      search(apart, UNLIMITED, false);
      expect(apart.count).toBeGreaterThanOrEqual(states);
      const reached = new Set<number>();
      for (let state = 0; state < apart.count; state++) {
        const { state: proxy, env } = apart.stateOf(state);
        reached.add(one.judge(proxy, env).arrives);
      }
      // Every state of the one is a state of the other under some names, and the other way round.
      expect(one.count).toBe(states);
      expect([...reached].toSorted((a, b) => a - b)).toEqual(Array.from({ length: states }, (_, n) => n));
    });
});

describe("every path can be told back with names that last", () => {
  const PATHS = 12;
  const STEPS_MAX = 40;
  for (const of of PRESETS.ci.ladder)
    test(sizeName(of), () => {
      const world = createWorld(plainly(of));
      const draw = numbers(20251012);
      for (let n = 0; n < PATHS; n++) {
        const { path, state } = randomPath(world, draw, STEPS_MAX);
        const tale = retell(world, path);
        const last = tale.steps.at(-1);
        expect(tale.steps).toHaveLength(path.length);
        // Told as it was explored, it would begin with the very state that was explored.
        expect(tale.begin.state).not.toBe(world.stateOf(0).state);
        if (last) expect(world.judge(last.after, last.env)).toEqual({ arrives: state, wrong: null });
      }
    });

  function randomPath(world: Explored, draw: () => number, most: number) {
    const path: number[] = [];
    let state = 0;
    while (path.length < most) {
      const ways: (readonly [choice: number, to: number])[] = [];
      world.each(state, (_, choice, to) => ways.push([choice, to]));
      const way = ways[draw() % ways.length];
      if (!way) break;
      path.push(way[0]);
      state = way[1];
    }
    return { path, state };
  }
});

/** The same numbers every time. */
function numbers(seed: number): () => number {
  let now = seed >>> 0;
  return () => {
    now = (Math.imul(now, 1664525) + 1013904223) >>> 0;
    return now >>> 8;
  };
}

/** A graph by hand: `ways[n]` are the states to which n leads. */
function graphOf(ways: readonly (readonly number[])[]): Graph {
  const offsets = new Ints();
  const targets = new Ints();
  for (const [from, all] of ways.entries()) {
    offsets.push(targets.length);
    for (const to of all) if (to !== from) targets.push(to);
  }
  offsets.push(targets.length);
  const edges = targets.length;
  return {
    states: ways.length,
    edges,
    depth: 0,
    terminals: 0,
    complete: true,
    found: null,
    offsets,
    targets,
    pathTo: () => [],
  };
}

describe("what never ends is found", () => {
  /** From state, by kind, to state; fair ones must happen some day. */
  type Way = readonly [from: number, kind: number, to: number, fair?: "fair"];

  function judge(states: number, ways: readonly Way[], owing: readonly number[], id: GraphProperty["id"]) {
    const scenes: Scene[] = Array.from({ length: states }, () => ({
      state: emptyState(1, 0),
      env: firstEnvironment(SMALLEST),
      size: SMALLEST,
    }));
    const property: GraphProperty = {
      of: "graph",
      id,
      name: id,
      sentence: "",
      sometimes: "",
      owes: (scene) => owing.includes(scenes.indexOf(scene)),
    };
    const graph = graphOf(scenes.map((_, n) => ways.filter(([from]) => from === n).map(([, , to]) => to)));
    const living = {
      sceneOf: (state: number): Scene => scenes[state] as Scene,
      ways: (state: number, visit: (kind: number, to: number, fair: boolean) => void): void => {
        for (const [from, kind, to, fair] of ways) if (from === state) visit(kind, to, fair === "fair");
      },
    };
    return liveness(graph, living, [property]);
  }
  const A = 1;
  const B = 2;
  const C = 3;

  test("a client that waits round and round", () => {
    const ways: Way[] = [
      [0, A, 1],
      [1, B, 2, "fair"],
      [2, C, 1, "fair"],
    ];
    expect(judge(3, ways, [1, 2], "answers")).toEqual({
      acyclic: false,
      wrong: {
        property: "answers",
        detail: "it can go on for ever (2 states)",
        state: 1,
        cycle: expect.arrayContaining([1, 2]),
      },
    });
  });

  test("not where somebody is answered on the way round", () => {
    const ways: Way[] = [
      [0, A, 1],
      [1, B, 0, "fair"],
    ];
    expect(judge(2, ways, [0], "answers").wrong).toBeNull();
  });

  test("not where what must happen leads out of it", () => {
    const round: Way[] = [
      [0, A, 1],
      [1, B, 0],
    ];
    const out: Way[] = [
      [0, C, 2, "fair"],
      [1, C, 2, "fair"],
    ];
    expect(judge(3, [...round, ...out], [0, 1], "frees").wrong).toBeNull();
    expect(judge(2, round, [0, 1], "frees").wrong?.state).toBe(0);
    // Possible in one of its states only, it need never happen.
    expect(judge(3, [...round, [0, C, 2, "fair"]], [0, 1], "frees").wrong?.cycle).toHaveLength(2);
    // What is free to happen never has to.
    expect(judge(3, [...round, [0, C, 2], [1, C, 2]], [0, 1], "frees").wrong?.cycle).toHaveLength(2);
  });

  test("a place from which there is no rest", () => {
    const ways: Way[] = [
      [0, A, 1],
      [0, B, 2],
      [2, A, 3],
      [3, A, 2],
    ];
    expect(judge(4, ways, [0], "rests").wrong).toBeNull();
    expect(judge(4, ways, [0, 1], "rests").wrong).toMatchObject({ state: 1, cycle: [] });
    expect(judge(4, ways, [0, 2], "rests").wrong).toBeNull();
    expect(judge(4, ways, [0, 2, 3], "rests").wrong).toMatchObject({ state: 2 });
  });
});

describe("components", () => {
  const graphs = fc.integer({ min: 1, max: 8 }).chain((count) =>
    fc.array(fc.array(fc.nat({ max: count - 1 }), { maxLength: 4 }), {
      minLength: count,
      maxLength: count,
    }),
  );

  test("are those that brute force finds", () => {
    fc.assert(
      fc.property(graphs, (ways) => {
        const reaches = ways.map((_, from) => {
          const seen = new Set([from]);
          for (const at of seen) for (const to of ways[at] ?? []) seen.add(to);
          return seen;
        });
        const together = (a: number, b: number): boolean =>
          reaches[a]?.has(b) === true && reaches[b]?.has(a) === true;
        const groups = ways.map((_, n) => ways.flatMap((_way, m) => (together(n, m) ? [m] : [])));
        const first = groups.filter((group, n) => group[0] === n);
        const ends = first.filter((group) =>
          [...(reaches[group[0] ?? 0] ?? [])].every((to) => group.includes(to)),
        );
        const { cycles, sinks } = components(graphOf(ways));
        const inOrder = (all: readonly (readonly number[])[]): string[] =>
          all.map((each) => each.toSorted((a, b) => a - b).join()).toSorted();
        expect(inOrder(cycles)).toEqual(inOrder(first.filter((group) => group.length > 1)));
        // Of each end one state is named.
        expect(inOrder(sinks.map((sink) => groups[sink] ?? []))).toEqual(inOrder(ends));
      }),
      { numRuns: 2000, seed: 7 },
    );
  });
});

describe("tables number as a Map would", () => {
  const LARGE = 60_000;
  const int = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));

  function inMap(): (key: string) => number {
    const known = new Map<string, number>();
    return (key) => {
      if (!known.has(key)) known.set(key, known.size);
      return known.get(key) ?? -1;
    };
  }

  test("records", () => {
    const lists = fc
      .integer({ min: 1, max: 5 })
      .chain((width) => fc.array(fc.array(int, { minLength: width, maxLength: width }), { minLength: 1 }));
    fc.assert(
      fc.property(lists, (list) => {
        const records = new Records(list[0]?.length ?? 1);
        const numbered = inMap();
        for (const record of list) {
          const number = records.number(Int32Array.from(record));
          expect(number).toBe(numbered(record.join()));
          expect(record.map((_, index) => records.at(number, index))).toEqual(record);
        }
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  test("records, when the table grows", () => {
    const records = new Records(3);
    const numbered = inMap();
    // The second time all of them are known.
    for (const draw of [numbers(7), numbers(7)])
      for (let n = 0; n < LARGE; n++) {
        const record = [draw() % 300, draw() % 100, -(draw() % 2)];
        expect(records.number(Int32Array.from(record))).toBe(numbered(record.join()));
      }
    expect(records.count).toBeGreaterThan(LARGE / 2);
  });

  test("pairs, and none is found that was not put in", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(int, int)), fc.tuple(int, int), (list, stranger) => {
        const pairs = new Pairs();
        const numbered = inMap();
        for (const [a, b] of list) {
          const number = numbered(`${a},${b}`);
          expect(pairs.number(a, b)).toBe(number);
          expect([pairs.first(number), pairs.second(number), pairs.find(a, b)]).toEqual([a, b, number]);
        }
        const isIn = list.some(([a, b]) => a === stranger[0] && b === stranger[1]);
        expect(pairs.find(...stranger) >= 0).toBe(isIn);
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  test("pairs, when the table grows", () => {
    const pairs = new Pairs();
    const numbered = inMap();
    for (const draw of [numbers(8), numbers(8)])
      for (let n = 0; n < LARGE; n++) {
        const [a, b] = [draw() % 700, draw() % 700];
        expect(pairs.number(a, b)).toBe(numbered(`${a},${b}`));
      }
    expect(pairs.count).toBeGreaterThan(LARGE / 2);
  });

  test("texts, each with the value that was made for it first", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("", "a", "b", "ab", "é", "__proto__")), (list) => {
        const interned = new Interned<string>();
        const numbered = inMap();
        for (const [index, text] of list.entries()) {
          const number = interned.number(text, () => `${text} at ${index}`);
          expect(number).toBe(numbered(text));
          expect(interned.at(number)).toBe(`${text} at ${list.indexOf(text)}`);
        }
        expect(() => interned.at(interned.count)).toThrow(RangeError);
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});

describe("the age of a stream with a place is left out of the key only where it decides nothing", () => {
  for (const budget of BUDGETS) {
    const of = size(2, 1, 2, { [budget]: budget === "requests" ? 2 : 1 });
    if (mayRequeue(of)) continue;
    test(`no such stream waits again in ${sizeName(of)}`, () => {
      const again: string[] = [];
      const world = createWorld({
        size: of,
        properties: [],
        step: (state, event) => {
          const taken = step(state, event);
          for (const stream of taken.state.streams.values())
            if (stream.phase === "waiting" && state.streams.get(stream.id)?.place) again.push(event.type);
          return taken;
        },
      });
      const graph = search(world, { maxStates: 200_000, maxMs: 60_000, clock: () => 0 }, false);
      expect(graph.complete).toBe(true);
      expect(again).toEqual([]);
    });
  }
});
