import { describe, expect, test } from "bun:test";
import type { FormerSession, ListedEngine, SelectorEvent } from "../../../src/slots/index.ts";
import { loadOf } from "../../../src/slots/index.ts";
import { HASH, ID, type Scene, scene } from "./scene.ts";

const REFUSED: SelectorEvent = {
  type: "provisionFailed",
  blocked: { code: "vpn_disconnected", message: "no VPN", retryAfterSeconds: 30 },
};

function appears(world: Scene, port: number): void {
  world.real(port).exists = true;
  world.real(port).listed = true;
  world.look();
}

describe("provisioning", () => {
  test("is asked for once, however many wait", () => {
    const world = scene({ spares: 1 });
    for (let content = 1; content <= 5; content++) world.request(ID(content), `tv${content}`);
    expect(world.all("provision")).toHaveLength(1);
  });

  test("is not asked for before anybody has looked at the pool", () => {
    const world = scene({ spares: 1 });
    world.crash(true);
    world.request(ID(1), "tv");
    expect(world.all("provision")).toHaveLength(0);
    world.look();
    expect(world.last("start")).toHaveLength(1);
  });

  test("gives the new engine nothing before it is ready, and meanwhile asks for no other", () => {
    const world = scene({ spares: 2 });
    for (const content of [1, 2, 3]) world.request(ID(content), `tv${content}`);
    world.send({ type: "provisioned", engine: "e2" });
    expect(world.last("refresh")).toHaveLength(1);
    appears(world, 19002);
    expect(world.last("probe").map((probe) => probe.engine)).toEqual(["e2"]);
    expect(world.last("start")).toEqual([]);
    expect(world.all("provision")).toHaveLength(1);
    world.provisions = 0;
    world.send({ type: "recovered", engine: "e2" });
    expect(world.last("start").map((start) => start.content)).toEqual([ID(2)]);
    expect(world.last("provision")).toHaveLength(1);
  });

  test("knows its engine when it appears before the answer, or is not named", () => {
    for (const named of [true, false]) {
      const world = scene({ spares: 1 });
      for (const content of [1, 2]) world.request(ID(content), `tv${content}`);
      appears(world, 19002);
      world.send({ type: "provisioned", engine: named ? "e2" : null });
      world.send({ type: "recovered", engine: "e2" });
      expect(world.last("start").map((start) => start.content)).toEqual([ID(2)]);
      expect(world.state.provisioning.phase).toBe("idle");
    }
  });

  test("knows its engine under a second id of one address", () => {
    const world = scene({ spares: 1 });
    for (const content of [1, 2]) world.request(ID(content), `tv${content}`);
    world.send({ type: "provisioned", engine: "z" });
    world.real(19002).ids = ["e2", "z"];
    appears(world, 19002);
    world.send({ type: "recovered", engine: "e2" });
    expect(world.state.provisioning.phase).toBe("idle");
  });

  test("that is refused is told to those whose time is over, and asked again after a pause", () => {
    const world = scene({ spares: 1 });
    for (const content of [1, 2, 3]) world.request(ID(content), `tv${content}`);
    world.provisions = 0;
    world.send(REFUSED);
    world.fire({ kind: "queue", client: 2 });
    expect(world.last("reject")[0]).toMatchObject({
      code: "provisioning_blocked",
      message: "no VPN",
      retryAfterSeconds: 30,
    });
    expect(world.all("provision")).toHaveLength(1);
    world.fire({ kind: "provision" });
    expect(world.all("provision")).toHaveLength(2);
  });

  test("that nobody needs any more is not asked again", () => {
    const world = scene({ spares: 1 });
    for (const content of [1, 2]) world.request(ID(content), `tv${content}`);
    world.provisions = 0;
    world.send(REFUSED);
    world.leave(2);
    world.fire({ kind: "provision" });
    expect(world.state.provisioning.phase).toBe("idle");
    expect(world.all("provision")).toHaveLength(1);
  });

  test("that is switched off leaves no timer", () => {
    const world = scene({ spares: 1 });
    for (const content of [1, 2]) world.request(ID(content), `tv${content}`);
    world.send({ type: "configure", cap: 1, provisioning: false });
    expect(world.armed.has("provision")).toBe(false);
  });
});

describe("an engine that the list does not name any more", () => {
  test("keeps its slots and gets nothing new, until nothing is held", () => {
    const world = scene({ cap: 2 });
    world.request(ID(1), "tv");
    world.plays(1);
    world.real(19001).listed = false;
    world.look();
    world.request(ID(2), "phone");
    expect(world.slot(1)).toBe("active");
    expect(world.last("start")).toEqual([]);
    world.send({ type: "end", stream: 1, reason: "by hand" });
    world.stops(1);
    expect(world.state.engines.size).toBe(0);
  });

  test("is used again when it is listed again", () => {
    const world = scene();
    world.real(19001).listed = false;
    world.look();
    world.request(ID(1), "tv");
    world.real(19001).listed = true;
    world.look();
    expect(world.last("start")).toHaveLength(1);
  });
});

describe("an address", () => {
  test("that is listed under two ids is one engine with one cap", () => {
    const world = scene();
    world.real(19001).ids = ["e1", "x"];
    world.look();
    world.request(ID(1), "tv");
    world.request(ID(2), "phone");
    expect(world.all("start")).toHaveLength(1);
  });

  test("that comes back under another id keeps what it holds", () => {
    const world = scene();
    world.request(ID(1), "tv");
    world.real(19001).ids = ["new"];
    world.look();
    world.request(ID(2), "phone");
    expect(world.all("start")).toHaveLength(1);
  });
});

describe("when the pool's source is down", () => {
  const fallback: ListedEngine = {
    id: "127.0.0.1:19001",
    name: "fallback",
    address: { scheme: "http", host: "127.0.0.1", port: 19001 },
    health: "unknown",
    draining: false,
    forwarded: false,
    usedAtMs: null,
  };

  test("an engine that is known by another name of this machine is the same one", () => {
    const world = scene();
    const named = { ...fallback, id: "localhost:19001", address: { ...fallback.address, host: "localhost" } };
    world.send({ type: "fallback", engines: [named] });
    expect([...world.state.engines.keys()]).toEqual(["e1"]);
  });

  test("an engine that is known already stays as it is", () => {
    const world = scene();
    world.send({ type: "fallback", engines: [fallback] });
    expect(
      [...world.state.engines.values()].map((engine) => [engine.id, engine.fallback, engine.health]),
    ).toEqual([["e1", false, "healthy"]]);
  });

  test("the fallback engines serve, and when it is back they are the engines of the list", () => {
    const world = scene();
    world.crash(true);
    world.send({ type: "fallback", engines: [fallback] });
    world.request(ID(1), "tv");
    expect(world.last("start")).toHaveLength(1);
    world.look();
    world.request(ID(2), "phone");
    expect(world.last("start")).toEqual([]);
  });
});

describe("the cap, changed while all runs", () => {
  test("raised: those who wait are served at once", () => {
    const world = scene();
    for (const content of [1, 2]) world.request(ID(content), `tv${content}`);
    world.capMax = 2;
    world.send({ type: "configure", cap: 2, provisioning: false });
    expect(world.last("start").map((start) => start.content)).toEqual([ID(2)]);
  });

  test("lowered: nobody is cut off, nothing new begins above it, and the slots above it go", () => {
    const world = scene({ cap: 3 });
    for (const content of [1, 2, 3]) world.request(ID(content), `tv${content}`);
    for (const session of [1, 2, 3]) world.plays(session);
    world.send({ type: "configure", cap: 1, provisioning: false });
    world.request(ID(4), "late");
    for (const session of [1, 2]) {
      world.send({ type: "end", stream: session, reason: "by hand" });
      world.stops(session);
      expect(world.last("start")).toEqual([]);
    }
    world.send({ type: "end", stream: 3, reason: "by hand" });
    world.stops(3);
    expect(world.last("start").map((start) => start.content)).toEqual([ID(4)]);
  });
});

describe("a shutdown", () => {
  test("refuses, breaks off, stops, and is done when the last slot is free", () => {
    const world = scene({ engines: 1, cap: 2, spares: 1 });
    for (const content of [1, 2, 3]) world.request(ID(content), `tv${content}`);
    world.plays(1);
    world.send({ type: "drain" });
    expect(world.last("drop").map((drop) => drop.client)).toEqual([1]);
    expect(world.last("reject").map(({ client, code }) => [client, code])).toEqual([
      [2, "draining"],
      [3, "draining"],
    ]);
    world.request(ID(4), "late");
    expect(world.last("reject").map((reject) => reject.code)).toEqual(["draining"]);
    world.answers(2);
    world.stops(1);
    expect(world.last("drained")).toEqual([]);
    world.stops(2);
    expect(world.last("drained")).toHaveLength(1);
    expect(world.armed.size).toBe(0);
  });

  test("while an engine is being provisioned waits for nothing of it", () => {
    const world = scene({ spares: 1 });
    for (const content of [1, 2]) world.request(ID(content), `tv${content}`);
    world.send({ type: "drain" });
    world.send(REFUSED);
    world.send({ type: "provisioned", engine: "e2" });
    expect(world.armed.has("provision")).toBe(false);
  });

  test("of an idle proxy is done at once", () => {
    const world = scene();
    world.send({ type: "drain" });
    expect(world.last("drained")).toHaveLength(1);
  });
});

describe("after a crash", () => {
  const FORMER: FormerSession = {
    engine: "e1",
    name: "e1",
    address: { scheme: "http", host: "127.0.0.1", port: 19001 },
    contents: [ID(1)],
    urls: null,
    playbackSession: null,
    reportedAs: null,
  };

  test("exactly the sessions of the former life hold slots, and the rest serves at once", () => {
    const world = scene({ cap: 2 });
    world.request(ID(1), "tv");
    world.plays(1);
    world.crash(true);
    expect(world.last("stop")).toHaveLength(1);
    world.look();
    world.request(ID(2), "tv");
    expect(world.last("start")).toHaveLength(1);
    world.request(ID(3), "phone");
    expect(world.last("start")).toEqual([]);
    world.stops(1);
    expect(world.last("start").map((start) => start.content)).toEqual([ID(3)]);
    expect(world.last("reportEnded").map((end) => end.label)).toEqual(["aceslot/0/1"]);
  });

  test("a start that was never answered holds its slot until the deadline, and nobody counts on it", () => {
    const world = scene({ spares: 1 });
    world.request(ID(1), "tv");
    world.session(1).phase = "sent";
    world.crash(true);
    world.look();
    world.request(ID(2), "tv");
    expect(world.last("provision")).toHaveLength(1);
    world.session(1).phase = "never";
    world.fire({ kind: "release", session: 1 });
    expect(world.last("start")).toHaveLength(1);
  });

  test("sessions at one address are of one engine, whatever it was called, and so is what is listed there", () => {
    const world = scene({ engines: 1, cap: 2 });
    world.crash(true);
    world.send({ type: "recover", sessions: [FORMER, { ...FORMER, engine: "other", contents: [ID(2)] }] });
    world.real(19001).ids = ["third"];
    world.look();
    expect([...world.state.engines.values()].map(loadOf)).toEqual([2]);
    world.request(ID(3), "tv");
    expect(world.last("start")).toEqual([]);
  });

  test("more of them than the cap are all counted, and the slots above it go", () => {
    const world = scene();
    world.crash(true);
    world.send({ type: "recover", sessions: [FORMER, { ...FORMER, contents: [ID(2)] }] });
    world.look();
    world.request(ID(3), "tv");
    world.fire({ kind: "release", session: 1 });
    expect(world.last("start")).toEqual([]);
    world.fire({ kind: "release", session: 2 });
    expect(world.last("start")).toHaveLength(1);
    expect(world.state.engines.get("e1")?.slots).toHaveLength(1);
  });

  test("without a state file, what the list shows under an earlier label is stopped and counted, once", () => {
    for (const playbackSession of ["p", null]) {
      const world = scene();
      world.crash(true);
      world.reports.set("aceslot/0/1", { started: 1, ended: 0 });
      const lists = (asked: number) =>
        world.send({
          type: "snapshot",
          asked,
          engines: [
            { ...FORMER, id: "e1", health: "healthy", draining: false, forwarded: false, usedAtMs: null },
          ],
          streams: [{ engine: "e1", contents: [HASH(1)], playbackSession, label: "aceslot/0/1", urls: null }],
        });
      lists(1);
      lists(2);
      expect(world.state.places.size).toBe(1);
      world.fire({ kind: "release", session: 1 });
      lists(3);
      expect(world.state.places.size).toBe(0);
      expect(world.all("reportEnded")).toHaveLength(1);
      world.request(ID(2), "tv");
      expect(world.last("start")).toHaveLength(1);
    }
  });
});
