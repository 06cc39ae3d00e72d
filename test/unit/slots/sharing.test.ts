import { describe, expect, test } from "bun:test";
import { HASH, ID, type Scene, scene } from "./scene.ts";

/** Stream 1 plays `content` for client 1 on a full pool. */
function full(content = 1): Scene {
  const world = scene();
  world.request(ID(content), "tv");
  world.plays(1);
  return world;
}

describe("a stream that nobody watches", () => {
  test("is kept for a while, and the next client of the same content has it at once", () => {
    const world = full();
    world.leave(1);
    world.request(ID(1), "phone");
    expect(world.last("serve").map((serve) => serve.client)).toEqual([2]);
    expect(world.last("disarm").map((disarm) => disarm.timer)).toEqual([{ kind: "linger", stream: 1 }]);
  });

  test("yields at once to a request that would have to wait", () => {
    const world = full();
    world.leave(1);
    world.request(ID(2), "phone");
    expect(world.last("stop").map((stop) => stop.session)).toEqual([1]);
    world.stops(1);
    expect(world.last("start").map((start) => start.content)).toEqual([ID(2)]);
  });

  test("yields to another variant of its own content, which its engine could not play beside it", () => {
    const world = full();
    world.leave(1);
    world.request(ID(1), "phone", "transcode_audio=1");
    world.stops(1);
    expect(world.last("start")).toHaveLength(1);
  });

  test("yields even before it has begun, and its late answer is stopped", () => {
    const world = scene();
    world.request(ID(1), "tv");
    world.leave(1);
    world.request(ID(2), "tv");
    world.answers(1);
    expect(world.last("stop").map((stop) => stop.session)).toEqual([1]);
    world.stops(1);
    expect(world.last("start").map((start) => start.content)).toEqual([ID(2)]);
  });

  test("one yields per waiting request, the one that lingers longest", () => {
    const world = scene({ engines: 2 });
    for (const content of [1, 2]) world.request(ID(content), `tv${content}`);
    for (const session of [1, 2]) world.plays(session);
    world.leave(2);
    world.leave(1);
    world.request(ID(3), "phone");
    world.look();
    expect(world.all("close").map((close) => close.stream)).toEqual([2]);
    world.send({ type: "stopDelayed", session: 2 });
    expect(world.all("close").map((close) => close.stream)).toEqual([2, 1]);
  });

  test("stays when a place that will do is about to be free anyway", () => {
    const world = scene({ engines: 2 });
    for (const content of [1, 2]) world.request(ID(content), `tv${content}`);
    for (const session of [1, 2]) world.plays(session);
    world.send({ type: "end", stream: 1, reason: "by hand" });
    world.leave(2);
    world.request(ID(3), "phone");
    expect(world.last("close")).toEqual([]);
  });

  test("yields when the place that is about to be free is of no use to the request", () => {
    const world = scene({ engines: 2, cap: 1 });
    world.request(ID(1), "a");
    world.request(ID(2), "b");
    world.plays(1);
    world.plays(2);
    world.leave(1);
    // Stream 2 fails on its engine, whose slot is then about to be free: of no use to a stream that it failed.
    world.breaks(2, "timeout");
    expect(world.last("close").map((close) => close.reason)).toEqual(["yielded to a waiting request"]);
  });
});

describe("a player that zaps", () => {
  test("gets its own place back when it has stopped reading", () => {
    const world = full();
    world.request(ID(2), "tv");
    expect(world.last("watch")).toEqual([{ type: "watch", client: 1, rival: 2 }]);
    world.send({ type: "idle", client: 1, rival: 2 });
    expect(world.status(1)).toBe("dropped");
    world.stops(1);
    expect(world.last("start").map((start) => start.content)).toEqual([ID(2)]);
  });

  test("gets it although others have waited longer, since it is its own", () => {
    const world = full();
    world.request(ID(3), "phone");
    world.request(ID(2), "tv");
    world.send({ type: "idle", client: 1, rival: 3 });
    world.stops(1);
    expect(world.last("start").map((start) => start.content)).toEqual([ID(2)]);
    expect(world.state.queue).toHaveLength(1);
  });

  test("is looked at once for each pair, whatever else happens", () => {
    const world = full();
    world.request(ID(3), "phone");
    world.request(ID(2), "tv");
    world.look();
    world.request(ID(4), "tablet");
    world.request(ID(2), "tablet");
    world.leave(5);
    expect(world.all("watch")).toHaveLength(1);
  });

  test("is looked at also when its former stream begins to play only later", () => {
    const world = scene();
    world.request(ID(1), "tv");
    world.request(ID(2), "tv");
    expect(world.all("watch")).toHaveLength(0);
    world.plays(1);
    expect(world.last("watch")).toEqual([{ type: "watch", client: 1, rival: 2 }]);
  });

  test("is looked at also when the others leave its former stream", () => {
    const world = full();
    world.request(ID(1), "phone");
    world.request(ID(2), "tv");
    expect(world.all("watch")).toHaveLength(0);
    world.leave(2);
    expect(world.last("watch")).toEqual([{ type: "watch", client: 1, rival: 3 }]);
  });

  test("keeps its former stream where that place would be of no use", () => {
    const world = full();
    world.request(ID(2), "tv");
    world.real(19001).draining = true;
    world.look();
    world.send({ type: "idle", client: 1, rival: 2 });
    expect(world.status(1)).toBe("served");
  });

  test("does not take a place from others who watch the same", () => {
    const world = full();
    world.request(ID(2), "tv");
    world.request(ID(1), "phone");
    world.send({ type: "idle", client: 1, rival: 2 });
    expect(world.last("drop")).toEqual([]);
  });

  test("twenty times over a full pool sees the last channel, and the cap holds", () => {
    const world = scene({ contents: 9 });
    for (let zap = 1; zap <= 20; zap++) {
      const client = world.request(ID((zap % 9) + 1), "tv");
      if (zap < 20) world.leave(client);
    }
    world.rest(7, () => {}, false);
    expect(world.status(20)).not.toBe("asking");
    expect(world.all("reject").filter((reject) => reject.client !== 20)).toEqual([]);
  });
});

describe("places that are being freed", () => {
  for (const turnedRound of [false, true])
    test(`are counted alike, whatever order the engines came in${turnedRound ? ": the other one" : ""}`, () => {
      const world = scene({ engines: 2, cap: 2 });
      if (turnedRound) world.state = { ...world.state, engines: new Map([...world.state.engines].reverse()) };
      for (const content of [1, 2, 3, 4]) {
        world.request(ID(content), `tv${content}`);
        world.plays(content);
      }
      for (const stream of [1, 3, 2]) world.send({ type: "end", stream, reason: "by hand" });
      world.send({ type: "stopDelayed", session: 1 });
      world.leave(4);
      world.request(ID(5), "radio");
      // The first engine may still play this one: it needs the second one's place, and need not take another's.
      world.request(ID(1), "tablet");
      expect(world.last("close")).toEqual([]);
      expect(world.last("stop")).toEqual([]);
    });
});

describe("a content that was asked for by its id and by its infohash", () => {
  test("is one stream from the second request on, when the engine told its hash", () => {
    const world = scene({ engines: 2 });
    world.request(ID(1), "tv");
    world.plays(1);
    world.request(HASH(1), "phone");
    expect(world.last("serve").map((serve) => serve.client)).toEqual([2]);
  });

  test("is two streams, on two engines, as long as no engine tells that they are one", () => {
    const world = scene({ engines: 2 });
    world.request(ID(1), "tv");
    world.answers(1, false);
    world.send({ type: "media", session: 1 });
    world.request(HASH(1), "phone");
    world.plays(2);
    expect([...world.state.streams.values()].map((stream) => stream.phase)).toEqual(["playing", "playing"]);
  });

  test("both starting: the one that answers first takes the other's clients, none is served twice", () => {
    const world = scene({ engines: 2 });
    world.request(ID(1), "tv");
    world.request(HASH(1), "phone");
    world.answers(1);
    expect([...world.state.streams.values()].map((stream) => stream.clients)).toEqual([[1, 2]]);
    expect(world.slot(2)).toBe("released");
    world.send({ type: "media", session: 1 });
    expect(world.last("serve").map((serve) => serve.client)).toEqual([1, 2]);
    world.answers(2);
    expect(world.last("stop").map((stop) => stop.session)).toEqual([2]);
  });

  test("one plays on another engine: the newer session is stopped, its client is served there", () => {
    const world = scene({ engines: 2 });
    world.request(HASH(1), "tv");
    world.plays(1);
    world.request(ID(1), "phone");
    world.answers(2);
    expect(world.last("serve").map((serve) => serve.client)).toEqual([2]);
    expect(world.last("stop").map((stop) => stop.session)).toEqual([2]);
    expect(world.last("play")).toEqual([]);
    expect(world.last("reportStarted")).toHaveLength(1);
    world.stops(2);
    expect(world.last("reportEnded")).toHaveLength(1);
  });

  test("one plays on the same engine: the newer session took it over and goes on for both", () => {
    const world = scene({ cap: 2 });
    world.request(HASH(1), "tv");
    world.plays(1);
    world.request(ID(1), "phone");
    world.answers(2);
    expect(world.last("play").map((play) => [play.stream, play.session])).toEqual([[1, 2]]);
    expect(world.last("stop").map((stop) => stop.session)).toEqual([1]);
    world.send({ type: "media", session: 2 });
    expect(world.last("serve").map((serve) => serve.client)).toEqual([2]);
    expect(world.state.streams.get(1)?.clients).toEqual([1, 2]);
  });

  test("on one engine, answered in the other order: the newer session is read on for the stream that stays", () => {
    const world = scene({ cap: 2 });
    world.request(ID(1), "tv");
    world.request(HASH(1), "phone");
    world.arrives(1);
    world.answers(2);
    world.tellStarted(world.session(1));
    expect(world.last("stop").map((stop) => stop.session)).toEqual([1]);
    expect(world.last("play").map((play) => [play.stream, play.session])).toEqual([[1, 2]]);
    world.send({ type: "media", session: 2 });
    expect(world.last("serve").map((serve) => serve.client)).toEqual([1, 2]);
  });

  test("the older one lingers: it is watched again, and its linger time ends nothing", () => {
    const world = scene({ cap: 2 });
    world.request(HASH(1), "tv");
    world.plays(1);
    world.leave(1);
    world.request(ID(1), "phone");
    world.answers(2);
    expect(world.armed.has("linger 1")).toBe(false);
    expect(world.state.streams.get(1)?.lingeringSince).toBeNull();
  });

  test("the older one waits for a new engine: its clients move, and are not served a second time", () => {
    const world = scene({ engines: 2 });
    world.request(HASH(1), "tv");
    world.plays(1);
    world.request(ID(1), "phone");
    world.breaks(1, "engine");
    expect(world.state.streams.get(1)?.phase).toBe("waiting");
    world.answers(2);
    expect(world.last("move")).toEqual([{ type: "move", client: 1, stream: 2 }]);
    world.send({ type: "media", session: 2 });
    expect(world.last("serve").map((serve) => serve.client)).toEqual([2]);
  });

  test("is kept from its engine under all its names", () => {
    const world = scene({ engines: 2, cap: 2 });
    world.request(HASH(1), "tv");
    world.request(HASH(5), "tablet");
    world.request(ID(1), "phone");
    for (const session of [1, 2, 3]) world.plays(session);
    expect(world.all("start").map((start) => start.engine)).toEqual(["e2", "e2", "e1"]);
    world.stops(3);
    world.send({ type: "end", stream: 2, reason: "by hand" });
    world.stops(2);
    // The first engine would be the better one, but plays the content, under a name that it was not asked by.
    world.request(ID(1), "radio", "transcode_audio=1");
    expect(world.last("start").map((start) => start.engine)).toEqual(["e1"]);
  });
});
