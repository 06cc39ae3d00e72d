/** What a look at the pool decides: which engine is which, whose stream is whose, and what is new. */
import { describe, expect, test } from "bun:test";
import { initialState, type ListedStream, RANKING } from "../../../src/slots/index.ts";
import { core, due, engine, foreign, refused, urlsOf } from "./core.ts";

const at = (id: string, host: string, port = 1) => engine(id, 0, { address: { scheme: "http", host, port } });
const former = (more: Partial<ListedStream> = {}): ListedStream => ({
  engine: "b",
  contents: ["id:9"],
  playbackSession: "theirs",
  label: "aceslot/old/1",
  urls: urlsOf(9),
  ...more,
});

describe("one place", () => {
  test("is one engine, by whichever name of this machine it is listed", () => {
    for (const host of ["localhost", "127.0.0.1", "::1"]) {
      const world = core({}, at("a", "127.0.0.1"), at("b", host));
      expect([...world.state.engines.keys()]).toEqual(["a"]);
      expect(world.state.engines.get("a")?.aliases).toEqual(["b"]);
    }
  });

  test("is not another one with the same port", () => {
    const world = core({}, at("a", "10.0.0.1"), at("b", "10.0.0.2"), at("c", "localhost"));
    expect(world.state.engines.size).toBe(3);
  });

  test("is written with brackets where its host is an IPv6 address", () => {
    const world = core({}, at("a", "fd00::1"));
    expect(world.records[0]).toMatchObject({ type: "engine_seen", address: "[fd00::1]:1" });
  });

  test("under two ids gives its name by the first of them, in whatever order they are listed", () => {
    const pool = [engine("a", 1), engine("m", 1), engine("z", 1)];
    for (const order of [pool, [...pool].reverse(), [pool[1], pool[0], pool[2]]]) {
      const world = core({}, ...order.flatMap((one) => one ?? []));
      expect([...world.state.engines.keys()]).toEqual(["a"]);
      expect(world.state.engines.get("a")).toMatchObject({ aliases: ["m", "z"], listedAs: "z" });
    }
  });
});

describe("an engine that rests", () => {
  test("is not asked a second time by a look that shows it where it was", () => {
    const world = core({ provisioning: true }, engine("a", 1));
    world.request(1, "id:1");
    world.send(refused(1));
    world.look([engine("a", 1)]);
    expect(world.of("probe")).toEqual([]);
  });

  test("is asked where it is now; one that works is not asked when it moves", () => {
    const world = core({}, engine("a", 1));
    world.look([engine("a", 2)]);
    expect(world.of("probe")).toEqual([]);
  });
});

describe("while a new engine is awaited", () => {
  const awaited = () => {
    const world = core({ provisioning: true }, engine("a", 1));
    world.look([engine("a", 1)], [foreign("a", ["x"])]);
    world.request(1, "id:1");
    expect(world.state.provisioning.phase).toBe("asked");
    return world;
  };

  test("one that arrives with streams of a former life is not asked whether it is ready", () => {
    const world = awaited();
    world.look([engine("a", 1), engine("b", 2)], [foreign("a", ["x"]), former()]);
    expect(world.state.engines.get("b")).toMatchObject({ own: 1, resting: false });
    expect(world.of("probe")).toEqual([]);
  });

  test("it is ready as soon as it is listed when it plays already", () => {
    const world = awaited();
    world.send({ type: "provisioned", engine: "b" });
    world.look([engine("a", 1), engine("b", 2)], [foreign("a", ["x"]), former()]);
    expect(world.state.provisioning.phase).not.toBe("asked");
  });

  test("one that is named is it, whatever else appears", () => {
    const world = awaited();
    world.send({ type: "provisioned", engine: "b" });
    world.look([engine("a", 1), engine("c", 3)], [foreign("a", ["x"])]);
    expect(world.state.provisioning).toEqual({ phase: "asked", engine: "b", answered: true });
  });

  test("a second id of a known one is nothing new", () => {
    const world = awaited();
    world.look([engine("a", 1), engine("z", 1)], [foreign("a", ["x"])]);
    expect(world.of("probe")).toEqual([]);
    expect(world.state.engines.get("a")?.resting).toBe(false);
  });
});

describe("streams of others", () => {
  test("are counted anew when one gives way to another", () => {
    const foreignAt = (world: ReturnType<typeof core>) => world.state.engines.get("a")?.foreign;
    const world = core({ cap: 2 }, engine("a", 1));
    world.look([engine("a", 1)], [foreign("a", ["1"]), foreign("a", ["2"])]);
    world.look([engine("a", 1)], [foreign("a", ["1"]), foreign("a", ["3"])]);
    expect(foreignAt(world)).toEqual(["1", "3"]);
    world.look([engine("a", 1)], [foreign("a", ["1"])]);
    world.look([engine("a", 1)], [foreign("a", ["4"])]);
    expect(foreignAt(world)).toEqual(["4"]);
  });

  test("on an engine that nobody knows count nowhere", () => {
    const world = core({}, engine("a", 1));
    world.look([engine("a", 1)], [foreign("nobody", ["1"])]);
    expect(world.records.at(-1)).toMatchObject({ type: "snapshot", foreign: {} });
  });
});

test("a stream of a former life that is listed twice is adopted once", () => {
  for (const twice of [{}, { label: "aceslot/old/2" }, { playbackSession: "another" }]) {
    const world = core({ cap: 2 });
    world.look([engine("b", 2)], [former(), former(twice)]);
    expect(world.state.places.size).toBe(1);
    expect(world.of("stop")).toHaveLength(1);
  }
});

test("engines that stand in for the pool's source are known to do so, and those of the source stay as they are", () => {
  const world = core({}, engine("a", 1));
  world.send({ type: "fallback", engines: [engine("x", 1), engine("f", 2)] });
  expect(world.state.engines.get("a")?.fallback).toBe(false);
  expect(world.state.engines.get("f")).toMatchObject({ fallback: true, listed: true });
});

test("an empty pool has a life of its own, no former names, and asks for no engines", () => {
  expect(initialState({ cap: 1 })).toMatchObject({
    instance: "aceslot/",
    life: "aceslot/0/",
    past: [],
    queue: [],
    provisioning: { phase: "impossible" },
  });
});

test("the ranking says by what it compares", () => {
  expect(RANKING.map(({ name }) => name)).toEqual([
    "from the pool's source before fallback",
    "healthy",
    "forwarded",
    "fewer streams",
    "least recently used by us",
    "least recently used by anybody",
    "stable key",
  ]);
});

test("a client that waits alone is told to have waited long enough once", () => {
  const world = core({});
  world.look([]);
  world.request(1, "id:1");
  world.send(due({ kind: "queue", client: 1 }), due({ kind: "queue", client: 1 }));
  expect(world.effects).toEqual([]);
});
