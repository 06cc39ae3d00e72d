/** The selector where other proxies share the engines: what they claim, what the store refuses, what it takes back. */
import { describe, expect, test } from "bun:test";
import {
  type FormerSession,
  loadOf,
  PARTS,
  PAST_SESSIONS_MAX,
  type SelectorEvent,
} from "../../../src/slots/index.ts";
import { answer, core, due, engine, foreign, urlsOf } from "./core.ts";

const A = "10.0.0.1:1";
const B = "10.0.0.1:2";

const claims = (place: string, leases: Record<string, string[]>, blocked = false): SelectorEvent => ({
  type: "claims",
  whole: false,
  places: [
    { place, claims: Object.entries(leases).map(([lease, contents]) => ({ lease, contents })), blocked },
  ],
});
const all = (places: Record<string, Record<string, string[]>>): SelectorEvent => ({
  type: "claims",
  whole: true,
  places: Object.entries(places).map(([place, leases]) => ({
    place,
    claims: Object.entries(leases).map(([lease, contents]) => ({ lease, contents })),
    blocked: false,
  })),
});
const refused = (session: number): SelectorEvent => ({
  type: "leaseRefused",
  session,
  message: "another proxy was faster",
});
const lost = (...sessions: number[]): SelectorEvent => ({
  type: "leasesLost",
  sessions,
  message: "the lease could not be renewed",
});
const trouble = (why: string | null): SelectorEvent => ({ type: "leasing", trouble: why });

type World = ReturnType<typeof core>;
const load = (world: World, id = "a"): number => {
  const found = world.state.engines.get(id);
  return found ? loadOf(found) : -1;
};
const slots = (world: World, id = "a"): string[] =>
  world.state.engines.get(id)?.slots.map(({ state }) => state) ?? [];
const orphan = (lease: string, more: Partial<FormerSession> = {}): FormerSession => ({
  engine: "a",
  name: "a",
  address: { scheme: "http", host: "10.0.0.1", port: 1 },
  contents: ["id:9"],
  urls: urlsOf(9),
  playbackSession: "session 9",
  reportedAs: lease,
  lease,
  ...more,
});

describe("what other proxies claim", () => {
  test("counts as load, and leaves room for no more than the rest", () => {
    const world = core({ cap: 2 }, engine("a", 1));
    world.send(claims(A, { "b/1/1": ["id:7"] }));
    expect(load(world)).toBe(1);
    world.request(1, "id:1");
    world.request(2, "id:2");
    expect(load(world)).toBe(2);
    expect(world.state.queue).toHaveLength(1);
    world.send(claims(A, {}));
    expect(world.state.queue).toEqual([]);
    expect(load(world)).toBe(2);
  });

  test("keeps its contents away from the engine, by any of their names", () => {
    const world = core({ cap: 3 }, engine("a", 1), engine("b", 2));
    world.send(claims(A, { "b/1/1": ["id:7", "infohash:8"] }));
    const a = world.state.engines.get("a");
    expect(a && [PARTS.holdsContent(a, ["infohash:8"]), PARTS.holdsContent(a, ["id:8"])]).toEqual([
      true,
      false,
    ]);
    world.request(1, "infohash:8");
    expect(world.of("start")).toMatchObject([{ engine: "b" }]);
  });

  test("is told place by place, or as a whole", () => {
    const world = core({ cap: 3 }, engine("a", 1), engine("b", 2));
    world.send(all({ [A]: { "b/1/1": ["id:1"] }, [B]: { "b/1/2": ["id:2"] } }));
    expect([load(world, "a"), load(world, "b")]).toEqual([1, 1]);
    world.send(claims(A, { "b/1/1": ["id:1"], "c/1/1": ["id:3"] }));
    expect([load(world, "a"), load(world, "b")]).toEqual([2, 1]);
    world.send(all({ [A]: { "c/1/1": ["id:3"] } }));
    expect([load(world, "a"), load(world, "b")]).toEqual([1, 0]);
    expect([...world.state.claims.keys()]).toEqual([A]);
  });

  test("shuts no engine that a whole view does not name", () => {
    const world = core({ cap: 1 }, engine("a", 1));
    world.send(all({}));
    world.request(1, "id:1");
    expect(world.of("start")).toMatchObject([{ engine: "a" }]);
  });

  test("is remembered for an engine that is not in the pool yet", () => {
    const world = core({ cap: 1 });
    world.send(claims(A, { "b/1/1": ["id:7"] }));
    world.request(1, "id:1");
    world.look([engine("a", 1)]);
    expect(load(world)).toBe(1);
    expect(world.of("start")).toEqual([]);
    world.send(claims(A, {}));
    expect(world.of("start")).toMatchObject([{ engine: "a" }]);
  });

  test("is not remembered once it was given back, for whatever engine comes there later", () => {
    const world = core({ cap: 1 });
    world.send(claims(A, { "b/1/1": ["id:7"] }), claims(A, {}));
    expect(world.state.claims.size).toBe(0);
    world.look([engine("a", 1)]);
    expect(load(world)).toBe(0);
  });

  test("belongs to the address: to whatever id is there, and not to an engine that has moved away", () => {
    const world = core({ cap: 2 }, engine("a", 1));
    world.send(claims(A, { "b/1/1": ["id:7"] }), claims(B, { "b/1/2": ["id:8"], "b/1/3": ["id:9"] }));
    world.look([engine("a2", 1)]);
    expect([load(world, "a"), world.state.engines.get("a")?.aliases]).toEqual([1, ["a2"]]);
    world.look([engine("a", 2)]);
    expect([load(world, "a"), world.state.engines.get("a")?.place]).toEqual([2, B]);
    world.send(claims(A, { "b/1/1": ["id:7"], "b/1/4": ["id:4"] }));
    expect(load(world, "a")).toBe(2);
    world.send(claims(B, {}));
    expect(load(world, "a")).toBe(0);
  });

  test("shuts no engine for ever that moves while others come first at its former address", () => {
    const world = core({ cap: 1 }, engine("a", 1));
    world.send(claims(A, {}, true));
    world.look([engine("a", 2)]);
    world.send(claims(A, {}));
    world.request(1, "id:1");
    expect(world.of("start")).toMatchObject([{ engine: "a" }]);
  });

  test("counts once when its session is ours by now", () => {
    const world = core({ cap: 3, instance: "x" }, engine("a", 1));
    world.send(claims(A, { "b/1/1": ["id:9"], "b/1/2": ["id:8"] }));
    world.send({ type: "recover", sessions: [orphan("b/1/1")] });
    world.send(claims(A, { "b/1/1": ["id:9"], "b/1/2": ["id:8"] }));
    expect(load(world)).toBe(2);
    world.look([engine("a", 1)]);
    expect(load(world)).toBe(2);
    // Told twice, it is one session.
    world.send({ type: "recover", sessions: [orphan("b/1/1")] });
    expect(world.state.places.size).toBe(1);
    world.send({ type: "stopConfirmed", session: 1, proof: "stop confirmed" });
    expect(world.of("settled")).toEqual([{ type: "settled", session: 1, lease: "b/1/1" }]);
  });

  test("counts once when its session is ours and was never reported", () => {
    const world = core({ cap: 3, instance: "x" }, engine("a", 1));
    world.send({ type: "recover", sessions: [orphan("b/1/1", { urls: null, reportedAs: null })] });
    world.send(claims(A, { "b/1/1": ["id:9"] }));
    expect(load(world)).toBe(1);
  });

  test("counts once when it bears the name of a session that we began", () => {
    const world = core({ cap: 3, instance: "x", life: "1" }, engine("a", 1));
    world.request(1, "id:1");
    world.send(claims(A, { "x/1/1": ["id:1"] }));
    expect(load(world)).toBe(1);
    world.send({ type: "recover", sessions: [orphan("x/1/1")] });
    expect(world.state.places.size).toBe(1);
  });
});

describe("a session of a proxy that is no more", () => {
  test("is stopped, and counts until there is proof", () => {
    const world = core({ cap: 1 }, engine("a", 1));
    world.request(1, "id:1");
    world.send({ type: "recover", sessions: [orphan("b/1/1")] });
    expect(slots(world)).toEqual(["pending", "released"]);
    expect(world.of("stop")).toMatchObject([{ session: 2, urls: urlsOf(9) }]);
    world.send({ type: "stopConfirmed", session: 2, proof: "unknown session" });
    expect(slots(world)).toEqual(["pending"]);
    // It was reported by the other proxy, under its label.
    expect(world.of("reportEnded")).toMatchObject([{ label: "b/1/1", engine: "a" }]);
  });

  test("waits for its deadline where nobody knows how to stop it, and nobody counts on its slot", () => {
    const world = core({ cap: 1, provisioning: true }, engine("a", 1));
    world.send({ type: "recover", sessions: [orphan("b/1/1", { urls: null, reportedAs: null })] });
    expect(world.of("stop")).toEqual([]);
    expect(world.of("arm").map(({ timer }) => timer)).toEqual([{ kind: "release", session: 1 }]);
    world.request(1, "id:1");
    expect(world.of("provision")).toHaveLength(1);
    world.send(due({ kind: "release", session: 1 }));
    expect(world.of("settled")).toMatchObject([{ session: 1, lease: "b/1/1" }]);
    expect(world.of("start")).toMatchObject([{ engine: "a" }]);
  });

  test("goes to the engine at its address, whatever that is called here", () => {
    const world = core({ cap: 1 }, engine("mine", 1));
    world.send({ type: "recover", sessions: [orphan("b/1/1", { engine: "theirs" })] });
    expect(slots(world, "mine")).toEqual(["released"]);
    world.send({
      type: "recover",
      sessions: [orphan("b/1/2", { engine: "z", address: { scheme: "http", host: "10.0.0.9", port: 1 } })],
    });
    expect(slots(world, "z")).toEqual(["released"]);
  });
});

describe("streams in a list", () => {
  const listed = (label: string | null, playbackSession: string | null) => ({
    ...foreign("a", ["id:7"]),
    label,
    playbackSession,
  });

  test("of proxies with leases are no load beside their claims, and strangers' are", () => {
    const world = core({ cap: 9, instance: "x", life: "1" }, engine("a", 1));
    world.send(claims(A, { "y/1/1": ["id:7"] }));
    world.look([engine("a", 1)], [listed("y/1/1", "p1"), listed("z/1/1", "p2"), listed(null, "p3")]);
    expect(load(world)).toBe(3);
    // Given back, but the list lags.
    world.send(claims(A, {}));
    world.look([engine("a", 1)], [listed("y/1/1", "p1"), listed("z/1/1", "p2")]);
    expect(load(world)).toBe(1);
  });

  test("count for as long as they are listed when the store has lost their leases", () => {
    const world = core({ cap: 9, instance: "x", life: "1" }, engine("a", 1));
    world.send(claims(A, { "y/1/1": ["id:7"] }));
    world.send({ type: "claims", whole: true, places: [] });
    world.look([engine("a", 1)], [listed("y/1/1", "p1")]);
    expect(load(world)).toBe(1);
    world.look([engine("a", 1)], []);
    expect(load(world)).toBe(0);
  });

  test("count as well where the store has lost one lease of several", () => {
    const world = core({ cap: 9, instance: "x", life: "1" }, engine("a", 1));
    world.send(claims(A, { "y/1/1": ["id:7"], "y/1/2": ["id:8"] }), all({ [A]: { "y/1/2": ["id:8"] } }));
    world.look([engine("a", 1)], [listed("y/1/1", "p1"), listed("y/1/2", "p2")]);
    expect(load(world)).toBe(2);
  });

  test("are remembered by the names of leases that were given back, and of no others", () => {
    const world = core({ cap: 9, instance: "x", life: "1" }, engine("a", 1));
    world.send(claims(A, { "y/1/1": ["id:7"], "y/1/2": ["id:8"] }));
    expect(world.state.past).toEqual([]);
    world.send(claims(A, { "y/1/2": ["id:8"] }));
    expect(world.state.past).toEqual(["y/1/1"]);
  });

  test("are forgotten when very many leases were given back since, the oldest first", () => {
    const world = core({ cap: 9, instance: "x", life: "1" }, engine("a", 1));
    const many = Array.from({ length: PAST_SESSIONS_MAX }, (_, index) => [`y/1/${index + 2}`, []]);
    world.send(claims(A, { "y/1/1": ["id:7"] }), claims(A, {}));
    world.send(claims(A, Object.fromEntries(many)), claims(A, {}));
    expect(world.state.past).toHaveLength(PAST_SESSIONS_MAX);
    expect(world.state.past[0]).toBe("y/1/2");
  });

  test("are known by their sessions' names where the list keeps no labels", () => {
    const world = core({ cap: 9, instance: "x" }, engine("a", 1));
    world.send({
      type: "claims",
      whole: false,
      places: [
        {
          place: A,
          claims: [{ lease: "y/1/1", contents: ["id:7"], playbackSession: "p1" }],
          blocked: false,
        },
      ],
    });
    world.look([engine("a", 1)], [listed(null, "p1"), listed(null, "p2")]);
    expect(load(world)).toBe(2);
    world.send(claims(A, {}));
    world.look([engine("a", 1)], [listed(null, "p1")]);
    expect(load(world)).toBe(0);
  });

  test("of a former life that has leases are left to whoever has them", () => {
    const world = core({ cap: 9, instance: "x", life: "2" }, engine("a", 1));
    world.look([engine("a", 1)], [listed("x/0/1", "p0")]);
    expect(slots(world)).toContain("released");
    world.send(claims(A, { "x/1/1": ["id:7"] }));
    world.look([engine("a", 1)], [listed("x/1/1", "p1")]);
    expect(world.state.places.size).toBe(1);
  });
});

describe("a slot that the store does not grant", () => {
  test("is free again, and its stream waits on at its old place", () => {
    const world = core({ cap: 2 }, engine("a", 1));
    world.request(1, "id:1");
    expect(world.of("start")).toMatchObject([{ session: 1 }]);
    world.request(2, "id:2");
    world.request(3, "id:3");
    world.send(claims(A, { "b/1/1": ["id:7"], "b/1/2": ["id:8"] }), refused(1));
    expect(slots(world)).toEqual(["free", "pending"]);
    expect(world.state.queue).toEqual([1, 3]);
    expect(world.of("settled")).toMatchObject([{ session: 1 }]);
    expect(world.of("probe")).toEqual([]);
    expect(world.of("stop")).toEqual([]);
    // With what is left of its time.
    expect(world.of("arm").map(({ timer }) => timer)).toEqual([{ kind: "queue", client: 1, resumed: true }]);
    const first = world.state.streams.get(1);
    expect([first?.tried, first?.failovers, first?.lastMessage]).toEqual([[], 0, ""]);
    world.send(claims(A, { "b/1/1": ["id:7"] }), refused(2));
    expect(world.state.queue).toEqual([2, 3]);
  });

  test("is no failure to tell a client of", () => {
    const world = core({ cap: 1 }, engine("a", 1));
    world.request(1, "id:1");
    world.send(claims(A, { "b/1/1": ["id:7"] }), refused(1), due({ kind: "queue", client: 1 }));
    expect(world.of("reject")).toMatchObject([{ code: "no_capacity", message: "all engines are full" }]);
  });

  test("goes to another engine at once where there is one", () => {
    const world = core({ cap: 1 }, engine("a", 1), engine("b", 2));
    world.request(1, "id:1");
    world.send(claims(A, { "b/1/1": ["id:7"] }), refused(1));
    expect(world.of("start")).toMatchObject([{ engine: "b", session: 2 }]);
  });

  test("whose clients are gone begins nothing", () => {
    const world = core({ cap: 1 }, engine("a", 1));
    world.request(1, "id:1");
    world.send({ type: "leave", client: 1 }, refused(1));
    expect([world.state.streams.size, world.state.places.size]).toEqual([0, 0]);
  });

  test("that was released meanwhile is free, and told once", () => {
    const world = core({ cap: 1 }, engine("a", 1));
    world.request(1, "id:1");
    world.send({ type: "end", stream: 1, reason: "by hand" }, refused(1));
    expect(world.of("settled")).toHaveLength(1);
    expect(world.records).toMatchObject([{ from: "released", to: "free", cause: "never opened" }]);
    expect(slots(world)).toEqual(["free"]);
    world.send(refused(1));
    expect(world.effects).toEqual([]);
  });

  test("after its session has played is not believed", () => {
    const world = core({ cap: 1 }, engine("a", 1));
    world.request(1, "id:1");
    world.plays(1);
    world.send(refused(1));
    expect(slots(world)).toEqual(["active"]);
  });
});

describe("leases that are lost", () => {
  test("before anything was sent: the slot is free as soon as that is known", () => {
    const world = core({ cap: 1 }, engine("a", 1));
    world.request(1, "id:1");
    world.send(trouble("away"), lost(1));
    expect(slots(world)).toEqual(["released"]);
    expect(world.state.queue).toEqual([1]);
    expect(world.of("stop")).toEqual([]);
    world.send(refused(1));
    expect(slots(world)).toEqual(["free"]);
    expect(world.state.queue).toEqual([1]);
    world.send(trouble(null));
    expect(world.of("start")).toMatchObject([{ session: 2 }]);
  });

  test("while the start is under way: its answer is stopped, and the client waits anew", () => {
    const world = core({ cap: 1 }, engine("a", 1));
    world.request(1, "id:1");
    world.send(trouble("away"), lost(1));
    expect(world.of("arm").map(({ timer }) => timer)).toContainEqual({ kind: "queue", client: 1 });
    world.send({ type: "started", session: 1, answer: answer(1) });
    expect(world.of("stop")).toMatchObject([{ session: 1 }]);
    expect(world.of("play")).toEqual([]);
    world.send({ type: "stopConfirmed", session: 1, proof: "stop confirmed" });
    expect(slots(world)).toEqual(["free"]);
  });

  test("of a playing stream: it is stopped, and its viewers wait for another slot without being told", () => {
    const world = core({ cap: 1 }, engine("a", 1), engine("b", 2));
    world.request(1, "id:1");
    world.plays(1);
    world.send(trouble("away"), lost(1));
    expect(world.of("stop")).toMatchObject([{ session: 1, engine: "a" }]);
    expect([world.of("drop"), world.of("reject")]).toEqual([[], []]);
    expect(world.of("arm").map(({ timer }) => timer)).toContainEqual({ kind: "stall", stream: 1 });
    world.send(trouble(null));
    expect(world.of("start")).toMatchObject([{ engine: "b", stream: 1 }]);
    expect(world.state.streams.get(1)?.failovers).toBe(0);
  });

  test("of a playing stream that finds no other slot: its viewers are told why", () => {
    const world = core({ cap: 1 }, engine("a", 1));
    world.request(1, "id:1");
    world.plays(1);
    world.send(lost(1), due({ kind: "stall", stream: 1 }));
    const reason = "no engine took over in time: the lease could not be renewed";
    expect(world.of("drop")).toEqual([{ type: "drop", client: 1, reason }]);
  });

  test("of a stream that nobody watches: it ends", () => {
    const world = core({ cap: 1 }, engine("a", 1));
    world.request(1, "id:1");
    world.plays(1);
    world.send({ type: "leave", client: 1 }, lost(1));
    expect(world.of("close")).toMatchObject([{ stream: 1, reason: "last client left" }]);
    expect(world.state.streams.size).toBe(0);
    expect(slots(world)).toEqual(["released"]);
  });

  test("of a session that is being stopped already, or is over: nothing changes", () => {
    const world = core({ cap: 1 }, engine("a", 1));
    world.request(1, "id:1");
    world.plays(1);
    world.send({ type: "end", stream: 1, reason: "by hand" });
    world.send(lost(1, 7));
    expect(world.effects).toEqual([]);
    world.send({ type: "stopConfirmed", session: 1, proof: "stop confirmed" }, lost(1));
    expect(world.effects).toEqual([]);
  });

  test("while the proxy shuts down: it ends all the same", () => {
    const world = core({ cap: 1 }, engine("a", 1));
    world.request(1, "id:1");
    world.plays(1);
    world.send({ type: "drain" }, lost(1));
    expect(world.of("drained")).toEqual([]);
    world.send({ type: "stopConfirmed", session: 1, proof: "stop confirmed" });
    expect(world.of("drained")).toHaveLength(1);
  });
});

describe("a store that grants nothing", () => {
  test("keeps everybody waiting, and says why to those who wait too long", () => {
    const world = core({ cap: 1, provisioning: true }, engine("a", 1));
    world.send(trouble("the store is away"));
    world.request(1, "id:1");
    expect([world.of("start"), world.of("provision")]).toEqual([[], []]);
    world.send(due({ kind: "queue", client: 1 }));
    expect(world.of("reject")).toMatchObject([
      {
        code: "no_capacity",
        message: "the store that is shared with other proxies grants no slots at present",
      },
    ]);
    world.request(2, "id:2");
    world.send(trouble(null));
    expect(world.of("start")).toHaveLength(1);
  });

  test("lets nobody hand a place over that could not be taken again", () => {
    const world = core({ cap: 1 }, engine("a", 1));
    world.request(1, "id:1");
    world.plays(1);
    world.request(2, "id:2");
    world.send(trouble("away"), { type: "idle", client: 1, rival: 2 });
    expect(world.state.streams.get(1)?.phase).toBe("playing");
    world.send(trouble(null), { type: "idle", client: 1, rival: 2 });
    expect(slots(world)).toEqual(["released"]);
    // In trouble again when the place is free: its heir waits like everybody.
    world.send(trouble("away"), { type: "stopConfirmed", session: 1, proof: "stop confirmed" });
    expect(world.of("start")).toEqual([]);
    world.send(trouble(null));
    expect(world.of("start")).toMatchObject([{ stream: 2, instead: null }]);
  });

  test("a place that was handed over is claimed in exchange for the former lease", () => {
    const world = core({ cap: 1 }, engine("a", 1));
    world.request(1, "id:1");
    world.plays(1);
    world.request(2, "id:2");
    world.send({ type: "idle", client: 1, rival: 2 });
    world.send({ type: "stopConfirmed", session: 1, proof: "stop confirmed" });
    expect(world.of("start")).toMatchObject([{ stream: 2, instead: 1 }]);
  });
});

describe("a place where others come first for a moment", () => {
  test("gets nothing new, and no new engine is asked for because of it", () => {
    const world = core({ cap: 1, provisioning: true }, engine("a", 1));
    world.send(claims(A, {}, true));
    world.request(1, "id:1");
    expect([world.of("start"), world.of("provision")]).toEqual([[], []]);
    // For the next one there is no room there.
    world.request(2, "id:2");
    expect(world.of("provision")).toHaveLength(1);
    world.send(claims(A, {}));
    expect(world.of("start")).toMatchObject([{ engine: "a", stream: 1 }]);
  });

  test("stays so when the pool is looked at meanwhile", () => {
    const world = core({ cap: 1 }, engine("a", 1));
    world.send(claims(A, {}, true));
    world.look([engine("a", 1)]);
    world.request(1, "id:1");
    expect(world.of("start")).toEqual([]);
    world.send(claims(A, {}));
    expect(world.of("start")).toMatchObject([{ engine: "a" }]);
  });

  test("is full all the same where it is full", () => {
    const world = core({ cap: 1, provisioning: true }, engine("a", 1));
    world.send(claims(A, { "b/1/1": ["id:7"] }, true));
    world.request(1, "id:1");
    expect(world.of("provision")).toHaveLength(1);
  });
});
