/** Decisions at the edge: what makes the difference is one engine, one stream or one fault more or less. */
import { describe, expect, test } from "bun:test";
import { PAST_SESSIONS_MAX, QUEUE_LENGTH_MAX, type SelectorEvent } from "../../../src/slots/index.ts";
import { answer, core, due, engine, foreign, refused } from "./core.ts";

const ended = (session: number, fault: "engine" | "content"): SelectorEvent => ({
  type: "sourceEnded",
  session,
  fault,
  message: "broke",
});
const stopped = (session: number): SelectorEvent => ({
  type: "stopConfirmed",
  session,
  proof: "stop confirmed",
});
const leave = (client: number): SelectorEvent => ({ type: "leave", client });
const end = (stream: number): SelectorEvent => ({ type: "end", stream, reason: "by hand" });

describe("a lingering stream does not yield", () => {
  test("on an engine that rests", () => {
    const world = core({ cap: 2 }, engine("a", 1));
    world.request(1, "id:1");
    world.plays(1);
    world.send(leave(1));
    world.request(2, "id:2");
    world.send(refused(2));
    expect(world.state.engines.get("a")?.resting).toBe(true);
    world.request(3, "id:3");
    expect(world.of("close")).toEqual([]);
    expect(world.state.streams.get(1)?.phase).toBe("playing");
  });

  test("on an engine whose load is above the cap", () => {
    const world = core({ cap: 2 }, engine("a", 1));
    world.request(1, "id:1");
    world.plays(1);
    world.request(2, "id:2");
    world.send(leave(1), { type: "configure", cap: 1, provisioning: false });
    world.request(3, "id:3");
    expect(world.of("close")).toEqual([]);
  });

  test("to a stream that its engine has failed", () => {
    const world = core({ cap: 2 });
    world.look([engine("a", 1), engine("b", 2)], [foreign("b", ["x"]), foreign("b", ["y"])]);
    world.request(1, "id:1");
    world.plays(1);
    world.send(leave(1));
    world.request(2, "id:2");
    world.send(refused(2, "content"));
    expect(world.state.queue).toEqual([2]);
    expect(world.of("close")).toEqual([]);
  });
});

describe("a lingering stream yields", () => {
  test("and no new engine is asked for", () => {
    const world = core({ provisioning: true }, engine("a", 1));
    world.request(1, "id:1");
    world.plays(1);
    world.send(leave(1));
    world.request(2, "id:2");
    expect(world.of("close")).toMatchObject([{ stream: 1, reason: "yielded to a waiting request" }]);
    expect(world.of("provision")).toEqual([]);
  });

  test("although a slot is about to be free, when that engine rests", () => {
    const world = core({}, engine("a", 1), engine("b", 2));
    world.request(1, "id:1");
    world.plays(1);
    world.request(2, "id:2");
    world.plays(2);
    world.send(leave(2), leave(1), ended(1, "engine"));
    expect(world.state.engines.get("a")).toMatchObject({ resting: true, own: 1 });
    world.request(3, "id:3");
    expect(world.of("close")).toMatchObject([{ stream: 2 }]);
  });

  test("although a slot is about to be free, when somebody plays the content there", () => {
    const world = core({ cap: 2 });
    world.look([engine("a", 1), engine("b", 2)], [foreign("a", ["id:9"])]);
    for (const client of [1, 2, 3]) {
      world.request(client, `id:${client}`, `tv${client}`);
      world.plays(client);
    }
    const at = (stream: number): string | undefined => world.state.streams.get(stream)?.place?.engine;
    expect([at(1), at(2), at(3)]).toEqual(["b", "a", "b"]);
    world.send(leave(3), end(2));
    world.request(9, "id:9");
    expect(world.of("close")).toMatchObject([{ stream: 3 }]);
  });

  for (const [first, second] of [
    [1, 2],
    [2, 1],
  ] as const)
    test(`the one that has lingered longest: ${first}, not ${second}`, () => {
      const world = core({ cap: 2 }, engine("a", 1));
      for (const client of [1, 2]) {
        world.request(client, `id:${client}`);
        world.plays(client);
      }
      world.send(leave(first), leave(second));
      world.request(3, "id:3");
      expect(world.of("close")).toMatchObject([{ stream: first }]);
    });
});

test("a slot that is about to be free is not counted on while its engine is far above a lowered cap", () => {
  const world = core({ cap: 3, provisioning: true }, engine("a", 1));
  for (const client of [1, 2, 3]) {
    world.request(client, `id:${client}`);
    world.plays(client);
  }
  world.send(end(3), { type: "configure", cap: 1, provisioning: true });
  world.request(4, "id:4");
  expect(world.of("provision")).toHaveLength(1);
});

describe("a zapping player", () => {
  test("is looked at though the oldest stream waits as well", () => {
    const world = core({});
    world.look([engine("a", 1), engine("b", 2)], [foreign("b", ["x"])]);
    world.request(1, "id:1", "phone");
    world.send(refused(1, "content"));
    world.request(2, "id:2", "tv");
    world.plays(2);
    world.request(3, "id:3", "tv");
    expect(world.of("watch")).toEqual([{ type: "watch", client: 2, rival: 3 }]);
  });

  test("keeps its stream while what it wants is served elsewhere, or before it has begun", () => {
    const world = core({}, engine("a", 1), engine("b", 2));
    world.request(1, "id:1");
    world.request(2, "id:2");
    world.send({ type: "idle", client: 1, rival: 2 });
    expect(world.effects).toEqual([]);
    world.plays(1);
    world.send({ type: "idle", client: 1, rival: 2 });
    expect(world.effects).toEqual([]);
    const full = core({}, engine("a", 1));
    full.request(1, "id:1");
    full.request(2, "id:2");
    full.send({ type: "idle", client: 1, rival: 2 });
    expect(full.effects).toEqual([]);
  });
});

describe("a stream that plays on another engine", () => {
  test("has earned its fail-overs back when it has played steadily", () => {
    const world = core({}, engine("a", 1), engine("b", 2));
    world.request(1, "id:1");
    world.plays(1);
    world.send(ended(1, "engine"));
    expect(world.state.streams.get(1)).toMatchObject({ failovers: 1, tried: ["a"] });
    world.send({ type: "steady", session: 2 });
    expect(world.state.streams.get(1)).toMatchObject({ failovers: 0, tried: [], contentFaults: 0 });
  });

  test("tells a client that is served already nothing when its time in the queue is over", () => {
    const world = core({}, engine("a", 1));
    world.request(1, "id:1");
    world.plays(1);
    world.send(ended(1, "content"));
    expect(world.state.streams.get(1)?.phase).toBe("waiting");
    world.send(due({ kind: "queue", client: 1 }));
    expect(world.effects).toEqual([]);
    expect(world.state.clients.size).toBe(1);
  });

  test("leaves the timers of the queue alone, since its clients are served", () => {
    const world = core({}, engine("a", 1), engine("b", 2));
    world.request(1, "id:1");
    world.plays(1);
    world.send(ended(1, "content"));
    expect(world.of("start")).toMatchObject([{ engine: "b" }]);
    expect(world.of("disarm").map(({ timer }) => timer.kind)).toEqual(["start"]);
  });

  test("goes to an untried engine, though one that failed it ranks higher", () => {
    const world = core({});
    const pool = [engine("a", 1), engine("b", 2, { health: "unhealthy" })];
    world.look(pool);
    world.request(1, "id:1");
    world.plays(1);
    world.look(pool, [foreign("a", ["x"]), foreign("b", ["y"])]);
    world.send(ended(1, "content"), stopped(1));
    expect(world.state.queue).toEqual([1]);
    world.send({ type: "configure", cap: 2, provisioning: false });
    expect(world.of("start")).toMatchObject([{ engine: "b" }]);
  });
});

describe("faults of an engine", () => {
  test("in a row are counted from the last time that it played", () => {
    const world = core({ provisioning: true }, engine("a", 1));
    const fails = (client: number): (number | undefined)[] => {
      world.request(client, `id:${client}`);
      world.send(refused(client));
      const told = world.of("probe").map(({ faults }) => faults);
      world.send(leave(client), { type: "recovered", engine: "a" });
      return told;
    };
    expect([fails(1), fails(2)]).toEqual([[1], [2]]);
    world.request(3, "id:3");
    world.plays(3);
    world.send(end(3), stopped(3));
    expect(fails(4)).toEqual([1]);
  });

  test("make a request try three engines and no fourth", () => {
    const world = core({}, ...[1, 2, 3, 4].map((port) => engine(`e${port}`, port)));
    world.request(1, "id:1");
    world.send(refused(1));
    expect(world.of("start")).toHaveLength(1);
    world.send(refused(2));
    expect(world.of("start")).toHaveLength(1);
    world.send(refused(3));
    expect(world.of("start")).toEqual([]);
    expect(world.of("reject")).toMatchObject([{ code: "engine_error" }]);
  });

  test("are told at once when the only other engine is on its way out", () => {
    const world = core({}, engine("a", 1), engine("b", 2, { draining: true }));
    world.request(1, "id:1");
    world.send(refused(1));
    expect(world.of("reject")).toMatchObject([{ code: "engine_error", message: "refused" }]);
  });

  test("leave a request waiting for the engine that somebody else has asked for", () => {
    const world = core({ provisioning: true }, engine("a", 1));
    world.request(1, "id:1");
    world.request(2, "id:2");
    expect(world.state.provisioning.phase).toBe("asked");
    world.send(refused(1));
    expect(world.of("reject")).toEqual([]);
    expect(world.state.queue).toEqual([1, 2]);
  });
});

describe("an event for something that is gone", () => {
  const late: SelectorEvent[] = [
    leave(7),
    end(7),
    { type: "media", session: 7 },
    { type: "steady", session: 7 },
    { type: "stopDelayed", session: 7 },
    { type: "recovered", engine: "nobody" },
    stopped(7),
    due({ kind: "linger", stream: 7 }),
    due({ kind: "start", session: 7 }),
    due({ kind: "release", session: 7 }),
    due({ kind: "stall", stream: 7 }),
    due({ kind: "queue", client: 7 }),
    due({ kind: "provision" }),
  ];
  for (const event of late)
    test(`changes nothing: ${event.type === "timer" ? `timer ${event.timer.kind}` : event.type}`, () => {
      const world = core({}, engine("a", 1));
      const before = world.state;
      world.send(event);
      expect([world.effects, world.records]).toEqual([[], []]);
      expect(world.state).toEqual(before);
    });

  test("changes nothing: a second request under a client's number", () => {
    const world = core({ cap: 2 }, engine("a", 1));
    world.request(1, "id:1");
    const before = world.state;
    world.request(1, "id:2");
    expect(world.effects).toEqual([]);
    expect(world.state).toEqual(before);
  });

  test("changes nothing: media of a stream that plays", () => {
    const world = core({}, engine("a", 1));
    world.request(1, "id:1");
    world.plays(1);
    world.send({ type: "media", session: 1 });
    expect(world.effects).toEqual([]);
  });
});

describe("bounds", () => {
  test("a queue that is full says how many wait", () => {
    const world = core({}, engine("a", 1));
    world.put({ queue: Array.from({ length: QUEUE_LENGTH_MAX }, (_, index) => 1000 + index) });
    world.request(1, "id:1");
    expect(world.of("reject")).toMatchObject([
      { code: "no_capacity", message: "1024 streams wait for a slot already" },
    ]);
  });

  test("the oldest name of an ended session is forgotten for a new one", () => {
    const world = core({}, engine("a", 1));
    world.put({ past: Array.from({ length: PAST_SESSIONS_MAX }, (_, index) => `old ${index}`) });
    world.request(1, "id:1");
    world.plays(1);
    world.send(end(1), stopped(1));
    expect(world.state.past).toHaveLength(PAST_SESSIONS_MAX);
    expect([world.state.past[0], world.state.past.at(-1)]).toEqual(["old 1", "session 1"]);
  });

  test("a session that its engine gave no name is not remembered", () => {
    const world = core({}, engine("a", 1));
    world.request(1, "id:1");
    world.send({ type: "started", session: 1, answer: { ...answer(1), playbackSession: "" } });
    world.send(end(1), stopped(1));
    world.request(2, "id:2");
    world.send({ type: "startFailed", session: 2, fault: "content", opened: "no", message: "not there" });
    expect([world.state.places.size, world.state.past]).toEqual([0, []]);
  });
});

describe("two streams that turn out to be one content", () => {
  test("on one engine: the session that was started last goes on, whichever is answered first", () => {
    for (const order of [
      [1, 2],
      [2, 1],
    ]) {
      const world = core({ cap: 2 }, engine("a", 1));
      world.request(1, "id:1");
      world.request(2, "infohash:h", "phone");
      for (const session of order) {
        world.send({ type: "started", session, answer: answer(session, "h") });
        expect(world.of("play").map((play) => play.session)).toEqual(
          session === 2 || order[0] === 2 ? [2] : [],
        );
      }
      const [stream] = world.state.streams.values();
      expect(world.state.streams.size).toBe(1);
      expect(stream).toMatchObject({ place: { session: 2 }, live: false });
    }
  });

  test("on one engine: the one that was asked for last by its id goes on as well", () => {
    const world = core({ cap: 2 }, engine("a", 1));
    world.request(1, "infohash:h");
    world.request(2, "id:1", "phone");
    world.send({ type: "started", session: 2, answer: answer(2, "h") });
    const [stream] = world.state.streams.values();
    expect(stream).toMatchObject({ id: 2, place: { session: 2 } });
    expect(world.of("play")).toMatchObject([{ stream: 2, session: 2 }]);
  });

  test("keep what either has tried, and how often it failed", () => {
    const world = core({}, ...[1, 2, 3].map((port) => engine(`e${port}`, port)));
    world.request(1, "id:1");
    world.request(2, "infohash:h", "phone");
    world.send(refused(1, "content"));
    world.send({ type: "started", session: 2, answer: answer(2) });
    expect(world.state.streams.size).toBe(2);
    world.send({ type: "started", session: 3, answer: answer(3, "h") });
    const [stream] = world.state.streams.values();
    expect(stream).toMatchObject({ id: 1, tried: ["e1"], contentFaults: 1, failovers: 0, live: false });
  });

  test("keep what the one that goes has tried and failed, and that it has played", () => {
    const world = core({}, ...[1, 2, 3].map((port) => engine(`e${port}`, port)));
    world.request(1, "id:1");
    world.send({ type: "started", session: 1, answer: answer(1) }, { type: "media", session: 1 });
    world.request(2, "infohash:h", "phone");
    world.send(ended(1, "content"));
    expect(world.state.streams.get(1)).toMatchObject({ failovers: 1, contentFaults: 1, live: true });
    const first = world.state.streams.get(1);
    if (first)
      world.put({
        streams: new Map(world.state.streams).set(1, { ...first, contents: ["id:1", "infohash:h"] }),
      });
    world.send({ type: "started", session: 2, answer: answer(2, "h") });
    const [stream] = world.state.streams.values();
    expect(stream).toMatchObject({ id: 2, tried: ["e1"], contentFaults: 1, failovers: 1, live: true });
    expect(world.of("move")).toEqual([{ type: "move", client: 1, stream: 2 }]);
    expect(world.of("disarm").map(({ timer }) => timer)).toEqual([
      { kind: "stall", stream: 1 },
      { kind: "start", session: 3 },
    ]);
  });
});
