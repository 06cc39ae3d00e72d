import { describe, expect, test } from "bun:test";
import {
  byRank,
  createStep,
  type Engine,
  initialState,
  type ListedEngine,
  PARTS,
  step,
} from "../../../src/slots/index.ts";

const listed = (id: string, port: number, rest: Partial<ListedEngine> = {}): ListedEngine => ({
  id,
  name: id,
  address: { scheme: "http", host: "127.0.0.1", port },
  health: "healthy",
  draining: false,
  forwarded: false,
  usedAtMs: null,
  ...rest,
});

const known = (engine: ListedEngine): Engine => {
  const { state } = step(initialState({ cap: 2 }), {
    type: "snapshot",
    asked: 1,
    engines: [engine],
    streams: [],
  });
  const [first] = state.engines.values();
  if (!first) throw new Error("not taken in");
  return first;
};

const plain = known(listed("m", 1));

describe("ranking", () => {
  const better: [string, Engine, Engine][] = [
    ["an engine of the pool's source before a fallback", plain, { ...plain, id: "a", fallback: true }],
    ["a healthy engine before an unknown one", plain, { ...plain, id: "a", health: "unknown" }],
    [
      "an unknown engine before an unhealthy one",
      { ...plain, health: "unknown" },
      { ...plain, id: "a", health: "unhealthy" },
    ],
    ["a forwarded engine before others", { ...plain, forwarded: true }, { ...plain, id: "a" }],
    ["fewer streams, also of others, before more", plain, { ...plain, id: "a", foreign: [""] }],
    ["the one that we used longest ago", { ...plain, turn: 1 }, { ...plain, id: "a", turn: 2 }],
    ["the one that anybody used longest ago", { ...plain, usedAtMs: 1 }, { ...plain, id: "a", usedAtMs: 2 }],
    ["by id, when nothing else tells two apart", plain, { ...plain, id: "n" }],
    [
      "health counts more than a forwarded port, and that more than load",
      { ...plain, foreign: [""], forwarded: true },
      { ...plain, id: "a" },
    ],
    ["health before a forwarded port", plain, { ...plain, id: "a", health: "unhealthy", forwarded: true }],
  ];
  for (const [name, first, second] of better)
    test(name, () => {
      expect(byRank(first, second)).toBeLessThan(0);
      expect(byRank(second, first)).toBeGreaterThan(0);
    });

  test("the same pool gives the same choice in whatever order it is listed", () => {
    const engines = ["c", "a", "d", "b"].map((id, index) => listed(id, index));
    const chosen = [engines, engines.toReversed()].map((list) => {
      const { state } = step(initialState({ cap: 1 }), {
        type: "snapshot",
        asked: 1,
        engines: list,
        streams: [],
      });
      const { effects } = step(state, {
        type: "request",
        client: 1,
        content: `id:${"1".repeat(40)}`,
        variant: "",
        who: "",
      });
      return effects.find((effect) => effect.type === "start")?.engine;
    });
    expect(chosen).toEqual(["a", "a"]);
  });

  test("can be another one: the selector is the same, its choice is not", () => {
    const lastFirst = createStep({ ...PARTS, rank: (a, b) => (a.id < b.id ? 1 : -1) });
    const { state } = lastFirst(initialState({ cap: 1 }), {
      type: "snapshot",
      asked: 1,
      engines: [listed("a", 1), listed("b", 2)],
      streams: [],
    });
    const request = {
      type: "request",
      client: 1,
      content: `id:${"1".repeat(40)}`,
      variant: "",
      who: "",
    } as const;
    const engineOf = (choose: typeof step): string | undefined =>
      choose(state, request).effects.find((effect) => effect.type === "start")?.engine;
    expect([engineOf(step), engineOf(lastFirst)]).toEqual(["a", "b"]);
  });
});
