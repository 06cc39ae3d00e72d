import { describe, expect, test } from "bun:test";
import { FAILOVERS_MAX, type SelectorEvent } from "../../../src/slots/index.ts";
import { ID, scene } from "./scene.ts";

describe("an engine that refuses a start", () => {
  test("rests until it answers again, and another engine is tried", () => {
    const world = scene({ engines: 2 });
    world.request(ID(1), "tv");
    const [first] = world.last("start");
    world.session(1).phase = "never";
    world.tellFailed(world.session(1), "no", "engine");
    expect(world.last("probe").map((probe) => [probe.engine, probe.faults])).toEqual([
      [first?.engine ?? "", 1],
    ]);
    expect(world.last("start")[0]?.engine).not.toBe(first?.engine);
    world.request(ID(2), "phone");
    expect(world.last("start")).toEqual([]);
    world.send({ type: "recovered", engine: first?.engine ?? "" });
    expect(world.last("start").map((start) => start.content)).toEqual([ID(2)]);
  });

  test("twice rests and is asked once", () => {
    const world = scene({ cap: 2 });
    for (const content of [1, 2]) world.request(ID(content), `tv${content}`);
    for (const session of [1, 2]) {
      world.session(session).phase = "never";
      world.tellFailed(world.session(session), "no", "engine");
    }
    expect(world.all("probe")).toHaveLength(1);
  });

  test("alone in the pool: the client hears its words at once", () => {
    const world = scene();
    world.request(ID(1), "tv");
    world.session(1).phase = "never";
    world.tellFailed(world.session(1), "no", "engine");
    expect(world.last("reject").map(({ code, message }) => [code, message])).toEqual([
      ["engine_error", "no"],
    ]);
  });

  test("because of the content: a second opinion is asked, no third", () => {
    const world = scene({ engines: 3 });
    world.request(ID(1), "tv");
    for (const session of [1, 2]) {
      world.session(session).phase = "never";
      world.tellFailed(world.session(session), "no", "content");
    }
    expect(world.all("start")).toHaveLength(2);
    expect(world.all("probe")).toEqual([]);
    expect(world.last("reject").map((reject) => reject.code)).toEqual(["engine_error"]);
  });
});

describe("an engine that does not answer a start", () => {
  test("is given up, its slot is held, another engine is tried, and others do not wait behind it", () => {
    const world = scene({ engines: 2, spares: 1 });
    world.request(ID(1), "tv");
    world.session(1).phase = "sent";
    world.fire({ kind: "start", session: 1 });
    expect(world.slot(1)).toBe("released");
    expect(world.last("start")).toHaveLength(1);
    world.request(ID(2), "phone");
    expect(world.last("provision")).toHaveLength(1);
  });

  test("and one more that does not either: the client hears engine_timeout", () => {
    const world = scene({ engines: 3 });
    world.request(ID(1), "tv");
    for (const session of [1, 2]) {
      world.session(session).phase = "sent";
      world.fire({ kind: "start", session });
    }
    expect(world.last("reject").map((reject) => reject.code)).toEqual(["engine_timeout"]);
  });

  test("with an unknown outcome: its slot is not counted on, so another lingering stream yields", () => {
    const world = scene({ engines: 2 });
    for (const content of [1, 2]) world.request(ID(content), `tv${content}`);
    world.plays(1);
    world.arrives(2);
    world.leave(2);
    world.request(ID(3), "phone");
    world.leave(1);
    expect(world.all("close").map((close) => close.stream)).toEqual([2]);
    world.tellFailed(world.session(2), "unknown", "timeout");
    expect(world.all("close").map((close) => close.stream)).toEqual([2, 1]);
  });
});

describe("an engine that answers but plays nothing", () => {
  test("is given up when the start time is over, and the client hears engine_timeout", () => {
    const world = scene({ engines: 2 });
    world.request(ID(1), "tv");
    world.answers(1);
    world.fire({ kind: "start", session: 1 });
    expect(world.last("reject").map((reject) => reject.code)).toEqual(["engine_timeout"]);
    expect(world.slot(1)).toBe("released");
    expect(world.all("probe")).toEqual([]);
  });

  test("gets more time as long as it gets on", () => {
    const world = scene();
    world.request(ID(1), "tv");
    world.answers(1);
    world.send({ type: "progress", session: 1 });
    expect(world.last("arm").map((arm) => arm.timer)).toEqual([{ kind: "start", session: 1 }]);
    world.send({ type: "media", session: 1 });
    world.send({ type: "progress", session: 1 });
    expect(world.last("arm")).toEqual([]);
  });
});

describe("a playing stream whose engine fails", () => {
  test("goes on with another engine, and its clients stay and are not served twice", () => {
    const world = scene({ engines: 2 });
    world.request(ID(1), "tv");
    world.plays(1);
    world.breaks(1);
    expect(world.last("start")).toHaveLength(1);
    world.plays(2);
    expect(world.last("serve")).toEqual([]);
    expect(world.status(1)).toBe("served");
    expect(world.armed.has("stall 1")).toBe(false);
  });

  test("comes before those who asked later", () => {
    const world = scene({ engines: 2 });
    for (const content of [1, 2, 3]) world.request(ID(content), `tv${content}`);
    world.plays(1);
    world.plays(2);
    world.breaks(1);
    world.session(2).phase = "over";
    world.send({ type: "end", stream: 2, reason: "by hand" });
    world.stops(2);
    expect(world.last("start").map((start) => start.stream)).toEqual([1]);
  });

  test("waits for whatever engine comes, and is broken off when that takes too long", () => {
    const world = scene();
    world.request(ID(1), "tv");
    world.plays(1);
    world.real(19001).listed = false;
    world.look();
    world.breaks(1);
    expect(world.status(1)).toBe("served");
    world.fire({ kind: "stall", stream: 1 });
    expect(world.last("drop").map((drop) => drop.client)).toEqual([1]);
    expect(world.armed.has("queue 1")).toBe(false);
  });

  test("comes back to the same engine when there is no other, a few times", () => {
    const world = scene();
    world.request(ID(1), "tv");
    world.plays(1);
    for (let session = 1; session <= FAILOVERS_MAX; session++) {
      world.breaks(session);
      world.stops(session);
      world.send({ type: "recovered", engine: "e1" });
      world.plays(session + 1);
    }
    world.breaks(FAILOVERS_MAX + 1);
    expect(world.status(1)).toBe("dropped");
  });

  test("earns its fail-overs back by playing steadily", () => {
    const world = scene();
    world.request(ID(1), "tv");
    world.plays(1);
    for (let session = 1; session <= FAILOVERS_MAX + 2; session++) {
      world.breaks(session);
      world.stops(session);
      world.send({ type: "recovered", engine: "e1" });
      world.plays(session + 1);
      world.send({ type: "steady", session: session + 1 });
    }
    expect(world.status(1)).toBe("served");
  });

  test("that loses its last client meanwhile is over, and what started for it is stopped", () => {
    const world = scene({ engines: 2 });
    world.request(ID(1), "tv");
    world.plays(1);
    world.breaks(1);
    world.leave(1);
    world.fire({ kind: "linger", stream: 1 });
    world.answers(2);
    expect(world.last("stop").map((stop) => stop.session)).toEqual([2]);
    expect(world.state.streams.size).toBe(0);
  });

  test("is joined by a new client, who is served as soon as it plays again", () => {
    const world = scene({ engines: 2 });
    world.request(ID(1), "tv");
    world.plays(1);
    world.breaks(1);
    world.request(ID(1), "phone");
    world.plays(2);
    expect(world.last("serve").map((serve) => serve.client)).toEqual([2]);
  });
});

describe("what comes late", () => {
  test("for a session that is over changes nothing", () => {
    const world = scene({ engines: 2 });
    world.request(ID(1), "tv");
    world.plays(1);
    world.breaks(1);
    world.plays(2);
    const before = world.state;
    const late: SelectorEvent[] = [
      { type: "sourceEnded", session: 1, fault: "engine", message: "late" },
      { type: "media", session: 1 },
      { type: "steady", session: 1 },
      { type: "progress", session: 1 },
      { type: "timer", timer: { kind: "start", session: 1 } },
      { type: "timer", timer: { kind: "stall", stream: 1 } },
      { type: "timer", timer: { kind: "linger", stream: 1 } },
      { type: "timer", timer: { kind: "queue", client: 1 } },
      { type: "timer", timer: { kind: "release", session: 2 } },
      { type: "started", session: 1, answer: world.answerOf(world.session(1)) },
      { type: "started", session: 2, answer: world.answerOf(world.session(2)) },
      { type: "startFailed", session: 2, fault: "engine", opened: "unknown", message: "late" },
    ];
    for (const event of late) {
      world.send(event);
      expect(world.effects).toEqual([]);
    }
    expect(world.state).toEqual(before);
    world.stops(1);
    world.send({ type: "stopConfirmed", session: 1, proof: "unknown session" });
    expect(world.all("settled")).toHaveLength(1);
  });

  test("as media before the start was answered does not make a stream play", () => {
    const world = scene();
    world.request(ID(1), "tv");
    world.send({ type: "media", session: 1 });
    expect(world.status(1)).toBe("asking");
  });
});
