import { describe, expect, test } from "bun:test";
import { loadOf, QUEUE_LENGTH_MAX } from "../../../src/slots/index.ts";
import { HASH, ID, scene } from "./scene.ts";

describe("a request", () => {
  test("holds a slot as pending before anything is sent", () => {
    const world = scene();
    world.request(ID(1), "tv");
    expect(world.last("start").map((start) => start.session)).toEqual([1]);
    expect(world.slot(1)).toBe("pending");
  });

  test("six for different contents within a second, while the list shows no streams, go to six places", () => {
    const world = scene({ engines: 3, cap: 2 });
    for (let content = 1; content <= 6; content++) {
      world.look();
      world.request(ID(content), `tv${content}`);
    }
    expect(world.all("start").map((start) => start.engine)).toEqual(["e2", "e2", "e1", "e3", "e1", "e3"]);
    world.request(ID(7), "late");
    expect(world.last("start")).toEqual([]);
    expect([...world.state.engines.values()].map(loadOf)).toEqual([2, 2, 2]);
  });

  test("for a content that is starting, or plays, shares the start", () => {
    const world = scene({ engines: 2, cap: 2 });
    world.request(ID(1), "tv");
    world.request(ID(1), "phone");
    world.plays(1);
    world.request(ID(1), "tablet");
    expect(world.all("start")).toHaveLength(1);
    expect([1, 2, 3].map((client) => world.status(client))).toEqual(["served", "served", "served"]);
  });

  test("with other parameters for the engine is a stream of its own, on another engine", () => {
    const world = scene({ engines: 2, cap: 2 });
    world.request(ID(1), "tv");
    world.request(ID(1), "phone", "transcode_audio=1");
    expect(new Set(world.all("start").map((start) => start.engine)).size).toBe(2);
  });

  test("that is taken back leaves those who wait for the same, or watch it, where they are", () => {
    const world = scene();
    for (const who of ["a", "b"]) world.request(ID(1), who);
    for (const who of ["c", "d"]) world.request(ID(2), who);
    world.plays(1);
    world.leave(1);
    world.leave(3);
    expect([2, 4].map((client) => world.status(client))).toEqual(["served", "asking"]);
    expect(world.armed.has("linger 1")).toBe(false);
  });

  test("goes to an engine that lets go of what it is told to stop, where there is one, though another one is next", () => {
    const world = scene({ engines: 2, cap: 2 });
    world.request(ID(1), "tv1");
    world.plays(1);
    const [first = ""] = world.all("start").map(({ engine }) => engine);
    world.send({ type: "end", stream: 1, reason: "by hand" });
    // As long as nothing holds the stop up, our order decides.
    world.request(ID(2), "tv2");
    expect(world.last("start").map(({ engine }) => engine)).toEqual([first]);
    world.plays(2);
    world.send({ type: "end", stream: 2, reason: "by hand" });
    world.stops(2);
    world.send({ type: "stopDelayed", session: 1 });
    for (const content of [3, 4]) {
      world.request(ID(content), `tv${content}`);
      expect(world.last("start").map(({ engine }) => engine)).not.toContain(first);
    }
    // With nothing else left it serves all the same.
    world.request(ID(5), "tv5");
    expect(world.last("start").map(({ engine }) => engine)).toEqual([first]);
  });

  test("waits when all is full, and is served first come, first served", () => {
    const world = scene();
    for (let content = 1; content <= 3; content++) world.request(ID(content), `tv${content}`);
    world.plays(1);
    world.leave(1);
    world.stops(1);
    expect(world.last("start").map((start) => start.content)).toEqual([ID(2)]);
  });

  test("is refused with no_capacity when its time in the queue is over, alone", () => {
    const world = scene();
    for (const [content, who] of [
      [1, "a"],
      [2, "b"],
      [2, "c"],
    ] as const)
      world.request(ID(content), who);
    world.fire({ kind: "queue", client: 2 });
    expect(world.last("reject").map(({ client, code }) => [client, code])).toEqual([[2, "no_capacity"]]);
    expect(world.status(3)).toBe("asking");
    world.fire({ kind: "queue", client: 3 });
    expect(world.state.queue).toEqual([]);
  });

  test("is refused at once when the queue is full", () => {
    const world = scene({ engines: 0 });
    for (let content = 0; content < QUEUE_LENGTH_MAX; content++) {
      // Straight to the core: checking every property a thousand times says nothing new.
      world.clients.set(content + 1, { id: content + 1, who: "", status: "asking" });
      Object.getPrototypeOf(Object.getPrototypeOf(world)).send.call(world, {
        type: "request",
        client: content + 1,
        content: `id:${content.toString(16).padStart(40, "0")}`,
        variant: "",
        who: "",
      });
    }
    world.request(ID(1), "late");
    expect(world.last("reject").map((reject) => reject.code)).toEqual(["no_capacity"]);
  });
});

describe("a slot", () => {
  test("is held after the client left, until the engine has confirmed the stop", () => {
    const world = scene();
    world.request(ID(1), "tv");
    world.plays(1);
    world.leave(1);
    world.fire({ kind: "linger", stream: 1 });
    world.request(ID(2), "phone");
    expect(world.slot(1)).toBe("released");
    expect(world.last("start")).toEqual([]);
    world.stops(1);
    expect(world.last("start").map((start) => start.content)).toEqual([ID(2)]);
  });

  test("of a start that certainly was not begun is free at once", () => {
    const world = scene();
    world.request(ID(1), "tv");
    world.session(1).phase = "never";
    world.tellFailed(world.session(1), "no", "content");
    expect(world.slot(1)).toBe("gone");
    expect(world.last("settled")).toHaveLength(1);
  });

  test("of a start with an unknown outcome is held until its deadline, counted from the answer", () => {
    const world = scene();
    world.request(ID(1), "tv");
    world.arrives(1);
    world.tellFailed(world.session(1), "unknown", "timeout");
    expect(world.slot(1)).toBe("released");
    world.session(1).phase = "over";
    world.fire({ kind: "release", session: 1 });
    expect(world.slot(1)).toBe("gone");
  });

  test("of a start that is answered late is stopped, and its deadline begins anew", () => {
    const world = scene();
    world.request(ID(1), "tv");
    world.fire({ kind: "start", session: 1 });
    world.armed.delete("release 1");
    world.answers(1);
    expect(world.last("stop").map((stop) => stop.session)).toEqual([1]);
    expect(world.armed.has("release 1")).toBe(true);
  });

  test("whose start failed late with an unknown outcome begins its deadline anew", () => {
    const world = scene();
    world.request(ID(1), "tv");
    world.fire({ kind: "start", session: 1 });
    world.armed.delete("release 1");
    world.arrives(1);
    world.tellFailed(world.session(1), "unknown", "engine");
    expect(world.armed.has("release 1")).toBe(true);
  });
});

describe("a list that lags", () => {
  test("neither frees a session that it does not show yet nor counts one twice that it shows", () => {
    for (const labels of [true, false]) {
      const world = scene({ cap: 2, labels });
      world.request(ID(1), "tv");
      world.plays(1);
      world.look();
      world.rest(1, () => {}, false);
      world.look();
      expect(world.flying).toEqual([]);
      world.request(ID(2), "phone");
      expect(world.last("start")).toHaveLength(1);
    }
  });

  test("that still shows an ended session of ours does not hold the place", () => {
    for (const labels of [true, false]) {
      const world = scene({ labels });
      world.request(ID(1), "tv");
      world.plays(1);
      for (const event of world.outbox.splice(0)) if (event.stream) world.view.set(event.label, event.stream);
      world.leave(1);
      world.fire({ kind: "linger", stream: 1 });
      world.stops(1);
      world.look();
      world.request(ID(1), "phone");
      expect(world.last("start")).toHaveLength(1);
    }
  });

  test("that shows a stream of ours by its label alone does not count it", () => {
    const world = scene({ cap: 2 });
    world.request(ID(1), "tv");
    world.plays(1);
    world.view.set("x", {
      engine: "e1",
      contents: [ID(1)],
      playbackSession: null,
      label: "aceslot/0/1",
      urls: null,
    });
    world.look();
    world.request(ID(2), "phone");
    expect(world.last("start")).toHaveLength(1);
  });

  test("that was overtaken by a newer one changes nothing", () => {
    const world = scene();
    world.snapshot();
    world.real(19001).listed = false;
    world.look();
    const before = world.state;
    world.deliver(0);
    expect(world.state).toEqual(before);
  });

  test("counts streams of others from the moment it shows them, and their contents", () => {
    const world = scene({ engines: 2, cap: 2 });
    world.real(19002).foreign = [{ content: HASH(1), playback: "theirs" }];
    world.look();
    world.request(HASH(1), "tv");
    expect(world.last("start").map((start) => start.engine)).toEqual(["e1"]);
    world.request(HASH(2), "phone");
    world.request(HASH(3), "tablet");
    world.request(HASH(4), "late");
    expect(world.last("start")).toEqual([]);
  });

  test("without the name of a foreign session does not make it ours", () => {
    const world = scene();
    world.real(19001).foreign = [{ content: HASH(2), playback: "" }];
    world.request(HASH(1), "tv");
    world.arrives(1);
    world.session(1).told = "started";
    world.send({
      type: "started",
      session: 1,
      answer: { ...world.answerOf(world.session(1)), playbackSession: "" },
    });
    world.look();
    expect(world.state.engines.get("e1")?.foreign).toEqual([HASH(2)]);
  });
});
