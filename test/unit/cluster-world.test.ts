/** Several proxies and a store of leases: what the explorer counts, takes for one state, tells, and catches. */
import { describe, expect, test } from "bun:test";
import { check } from "../../model/checker.ts";
import { type Env, HEAD, pack } from "../../model/cluster/env.ts";
import {
  CLUSTER_ASSUMPTIONS,
  clusterMutants,
  exploreCluster,
  replayCluster,
} from "../../model/cluster/index.ts";
import { decode, emptySelector, encode } from "../../model/cluster/naming.ts";
import { CLUSTER_PROPERTIES } from "../../model/cluster/properties.ts";
import { RIGHT } from "../../model/cluster/rules.ts";
import { tellPath } from "../../model/cluster/telling.ts";
import { ClusterWorld } from "../../model/cluster/world.ts";
import { type Limits, search } from "../../model/explore/search.ts";
import { PRESETS } from "../../model/presets.ts";
import { permutations } from "../../model/world/naming.ts";
import { SMALLEST, size, sizeName, type WorldSize } from "../../model/world/size.ts";
import { step } from "../../src/slots/index.ts";

const UNLIMITED: Limits = {
  maxStates: Number.POSITIVE_INFINITY,
  maxMs: Number.POSITIVE_INFINITY,
  clock: () => 0,
};
/** Some of these worlds have tens of thousands of states. */
const LONG_MS = 120_000;

const explored = (of: WorldSize, symmetry = true): ClusterWorld => {
  const world = new ClusterWorld({ size: of, step, rules: RIGHT, symmetry });
  search(world, UNLIMITED, false);
  return world;
};

describe("the small worlds hold, and have as many states as ever", () => {
  // A change of the selector, of the store's books or of the world may well change these. Whoever changes them says why.
  const ANCHORS: Readonly<Record<string, string>> = {
    "E1 C1 R2 P2 faults 1 lags 1": "18070 states, 79026 edges, depth 16, 3 terminals",
    "E1 C1 R1 P2 faults 2": "6614 states, 21873 edges, depth 18, 19 terminals",
    "E2 C2 R2 P2 faults 1": "30430 states, 116172 edges, depth 20, 14 terminals",
    "E2 C2 R3 P2 faults 1 prompt": "31697 states, 65753 edges, depth 24, 18 terminals",
  };

  test("each world of the preset has its figures here", () => {
    expect(Object.keys(ANCHORS)).toEqual(PRESETS.ci.cluster.map(sizeName));
  });
  for (const of of PRESETS.ci.cluster)
    test(
      sizeName(of),
      () => {
        const { result, violation } = exploreCluster({ size: of, mutant: null, limits: UNLIMITED });
        expect(violation).toBeNull();
        const { states, edges, depth, terminals, complete } = result;
        expect(`${states} states, ${edges} edges, depth ${depth}, ${terminals} terminals`).toBe(
          ANCHORS[sizeName(of)] ?? "figures that stand here",
        );
        expect(complete).toBe(true);
      },
      LONG_MS,
    );

  test(
    "three proxies hold too",
    () => {
      const of = size(1, 1, 2, { proxies: 3, faults: 1 });
      const { result, violation } = exploreCluster({ size: of, mutant: null, limits: UNLIMITED });
      expect(violation).toBeNull();
      expect(result.complete).toBe(true);
    },
    LONG_MS,
  );
});

describe("each bug", () => {
  const known = CLUSTER_PROPERTIES.map(({ name }) => name);
  for (const { name, history, property, world } of clusterMutants)
    test(
      `${name}: says where it comes from and is caught by its property, and its trace can be replayed`,
      () => {
        expect(name).toMatch(/^cluster(-[a-z]+)+$/);
        expect(history).toMatch(/^.{40,}\.$/);
        expect(known).toContain(property);
        const of = { ...SMALLEST, ...world };
        const { violation } = exploreCluster({ size: of, mutant: name, limits: UNLIMITED });
        expect(violation?.property).toBe(property);
        const again = replayCluster({ size: of, mutant: name }, violation?.replay.choices ?? []);
        expect(again).toEqual(violation);
        expect(replayCluster({ size: of, mutant: null }, [])).toBeNull();
      },
      LONG_MS,
    );
});

describe("names", () => {
  test("a selector's state is as good as the text that it is known by", () => {
    const world = explored(size(2, 2, 2, { proxies: 2 }));
    const empty = emptySelector(2, 2);
    for (let core = 0; core < world.selectors.count; core++) {
      const { text } = world.selectors.at(core);
      expect(encode(decode(text, empty), [0, 1, 2])).toBe(text);
    }
  });

  test("an environment is as good as its row", () => {
    const world = explored(size(1, 1, 2, { proxies: 2, faults: 1 }));
    const row = new Int32Array(HEAD + 6);
    for (let state = 0; state < world.count; state++) {
      const { env } = world.stateOf(state);
      pack(env, row, 0, 6, [0, 1, 2], [0, 1]);
      const again = row.slice();
      pack(world.stateOf(state).env, again, 0, 6, [0, 1, 2], [0, 1]);
      expect(again).toEqual(row);
    }
  });

  for (const of of [size(1, 1, 2, { proxies: 2, faults: 1 }), size(2, 1, 2, { proxies: 2 })])
    test(
      `symmetry takes states for one, and loses none: ${sizeName(of)}`,
      () => {
        const one = explored(of);
        const apart = explored(of, false);
        expect(one.count).toBeLessThan(apart.count);
        expect(apartAsOne(apart)).toBe(one.count);
        expect(apartAsOne(one)).toBe(one.count);
      },
      LONG_MS,
    );

  /** Distinct states, whatever proxies and contents are called. */
  function apartAsOne(world: ClusterWorld): number {
    const { contents, proxies } = world.size;
    const upTo = (count: number, first: number) => Array.from({ length: count }, (_, index) => index + first);
    const orders = permutations(upTo(contents, 1)).map((order) => [0, ...order]);
    const namings = permutations(upTo(proxies, 0)).flatMap((names) =>
      orders.map((order) => ({ names, order })),
    );
    const seen = new Set<string>();
    for (let state = 0; state < world.count; state++) {
      const { cores, env } = world.stateOf(state);
      const keys = namings.map(({ names, order }) => keyOf(world, cores, env, names, order));
      seen.add(keys.sort()[0] ?? "");
    }
    return seen.size;
  }

  function keyOf(
    world: ClusterWorld,
    cores: readonly number[],
    env: Env,
    names: readonly number[],
    order: readonly number[],
  ): string {
    const texts: string[] = [];
    for (const [proxy, core] of cores.entries())
      texts[names[proxy] ?? 0] = encode(world.selectors.stateOf(core), order);
    const row = new Int32Array(HEAD + 8);
    pack(env, row, 0, 8, order, names);
    return `${texts.join("|")}|${row.join()}`;
  }
});

describe("what is told", () => {
  test("a trace names both proxies and the store, and keeps its names when states change theirs", () => {
    const { violation } = exploreCluster({
      size: { ...SMALLEST, proxies: 2 },
      mutant: "cluster-get-check-set",
      limits: UNLIMITED,
    });
    const lanes = new Set(
      violation?.trace.flatMap(({ messages }) => messages.flatMap(({ from, to }) => [from, to])),
    );
    for (const lane of ["client 1", "client 2", "proxy 1", "proxy 2", "store", "engine 1"])
      expect([...lanes]).toContain(lane);
    expect(violation?.trace.at(-1)?.engines).toEqual([
      { name: "engine 1", slots: ["pending"], foreign: 0, carries: 2 },
    ]);
    for (const { happening, messages } of violation?.trace ?? [])
      expect([happening, ...messages.map(({ text }) => text)].join(" ")).not.toMatch(/[{}]|undefined/);
  });

  test(
    "every state can be told how one gets there",
    () => {
      const world = new ClusterWorld({
        size: size(1, 1, 2, { proxies: 2, faults: 1, lags: 1 }),
        step,
        rules: RIGHT,
      });
      const graph = search(world, UNLIMITED);
      for (let state = 0; state < graph.states; state += 97) {
        const path = graph.pathTo(state);
        const tale = tellPath(world, path);
        expect(tale.state).toBe(state);
        expect(tale.steps).toHaveLength(path.length);
        expect(tale.steps.map(({ happening }) => happening).join(" ")).not.toMatch(/[{}]|undefined/);
      }
    },
    LONG_MS,
  );

  test(
    "the assumption is printed with every result, and what never occurred is no proof",
    async () => {
      const preset = {
        ...PRESETS.ci,
        name: "custom",
        ladder: [],
        randomRuns: 0,
        shell: null,
        incident: false,
      };
      const options = { mutant: null, maxStates: null, maxMs: null, clock: () => 0 };
      const cluster = [size(1, 1, 2, { proxies: 2, faults: 1 })];
      const held = await check({ ...options, preset: { ...preset, cluster } });
      expect(held.verdict).toBe("holds");
      expect(held.assumptions).toEqual([...CLUSTER_ASSUMPTIONS]);
      expect(held.assumptions[0]).toContain(
        "if no proxy is paused between its check of a lease and the sending",
      );
      // Its selector is not asked for more than the two proxies need.
      expect(held.properties.every(({ methods }) => methods?.join() === "cluster")).toBe(true);
      const idle = await check({
        ...options,
        preset: { ...preset, cluster: [size(1, 1, 1, { proxies: 2 })] },
      });
      expect(idle.verdict).toBe("holds");
      expect(idle.properties.map(({ name }) => name)).not.toContain("cluster: an orphan is taken over");
      const cut = await check({ ...options, maxStates: 10, preset: { ...preset, cluster } });
      expect(cut.verdict).toBe("incomplete");
    },
    LONG_MS,
  );
});
