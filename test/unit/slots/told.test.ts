/** What the selector says, word for word: to clients, to the shell, and in the journal. */
import { describe, expect, test } from "bun:test";
import type { JournalRecord } from "../../../src/slots/index.ts";
import { answer, core, due, engine, foreign, refused, urlsOf } from "./core.ts";

const move = (
  slot: number,
  from: string,
  to: string,
  cause: string,
  stream: number | null,
  content: string | null,
) => ({
  engine: "a",
  slot,
  from,
  to,
  stream,
  content,
  cause,
});

test("the life of a slot: each move with its cause, the pool as it is seen, the end with its reason", () => {
  const world = core({});
  world.look([engine("a", 1)]);
  expect(world.records).toEqual([
    { type: "engine_seen", engine: "a", name: "the a", address: "10.0.0.1:1" },
    { type: "snapshot", engines: 1, foreign: {}, missing: [] },
  ]);
  world.request(1, "id:1");
  expect(world.records).toEqual([
    move(0, "free", "pending", "request", 1, "id:1") as JournalRecord,
    { type: "grant", engine: "a", slot: 0, session: 1, stream: 1, content: "id:1", load: 1 },
  ]);
  expect(
    world.effects.map((effect) => ("timer" in effect ? [effect.type, effect.timer.kind] : [effect.type])),
  ).toEqual([["arm", "queue"], ["disarm", "queue"], ["start"], ["arm", "start"]]);
  world.send({ type: "started", session: 1, answer: answer(1, "h") });
  expect(world.records).toEqual([move(0, "pending", "active", "started", 1, "id:1") as JournalRecord]);
  expect(world.of("reportStarted")).toMatchObject([
    { answer: { urls: urlsOf(1), playbackSession: "session 1", isLive: true, infohash: "h" } },
  ]);
  world.send({ type: "media", session: 1 });
  expect(world.effects).toEqual([
    { type: "disarm", timer: { kind: "start", session: 1 } },
    { type: "serve", client: 1, stream: 1 },
  ]);
  world.send({ type: "leave", client: 1 }, due({ kind: "linger", stream: 1 }));
  expect(world.of("close")).toEqual([{ type: "close", stream: 1, reason: "nobody watches", clean: false }]);
  world.send(due({ kind: "release", session: 1 }));
  expect(world.records).toEqual([
    move(0, "released", "free", "release deadline", 1, "id:1") as JournalRecord,
  ]);
  expect(world.of("reportEnded")).toEqual([
    { type: "reportEnded", session: 1, engine: "a", content: "id:1", label: null, reason: "nobody watches" },
  ]);
});

describe("a start that was never opened", () => {
  test("is written down so, and the client is refused with the engine's words", () => {
    const world = core({}, engine("a", 1));
    world.request(1, "id:1");
    world.send(refused(1));
    expect(world.records).toEqual([
      move(0, "pending", "released", "refused", 1, "id:1") as JournalRecord,
      move(0, "released", "free", "never opened", 1, "id:1") as JournalRecord,
      { type: "reject", client: 1, content: "id:1", code: "engine_error", message: "refused" },
    ]);
  });

  test("frees a slot that was released before its answer came, at once", () => {
    const world = core({}, engine("a", 1));
    world.request(1, "id:1");
    world.send({ type: "leave", client: 1 }, due({ kind: "linger", stream: 1 }), refused(1));
    expect(world.records).toEqual([move(0, "released", "free", "never opened", 1, "id:1") as JournalRecord]);
    expect(world.state.places.size).toBe(0);
  });
});

describe("a request whose time is over", () => {
  test("hears that all are full; the stream is closed since nobody waits", () => {
    const world = core({}, engine("a", 1));
    world.request(1, "id:1");
    world.request(2, "id:2", "phone");
    world.send(due({ kind: "queue", client: 2 }));
    expect(world.effects).toEqual([
      { type: "disarm", timer: { kind: "queue", client: 2 } },
      {
        type: "reject",
        client: 2,
        code: "no_capacity",
        message: "all engines are full",
        retryAfterSeconds: null,
      },
      { type: "close", stream: 2, reason: "nobody waits any more", clean: false },
    ]);
    expect(world.records).toEqual([
      { type: "reject", client: 2, content: "id:2", code: "no_capacity", message: "all engines are full" },
    ]);
  });

  test("hears what the last engine said, and that the others are full", () => {
    const world = core({});
    world.look([engine("a", 1), engine("b", 2)], [foreign("b", ["id:9"])]);
    world.request(1, "id:1");
    world.send(refused(1), due({ kind: "queue", client: 1 }));
    expect(world.of("reject")[0]?.message).toBe("all engines are full; the last one tried failed: refused");
  });

  test("hears that no engine can be used, which is not the same as full", () => {
    const world = core({}, engine("a", 1));
    world.request(1, "id:1");
    world.send(refused(1));
    world.request(2, "id:2");
    world.send(due({ kind: "queue", client: 2 }));
    expect(world.of("reject")[0]?.message).toBe("no engine is usable");
    world.look([]);
    world.request(3, "id:3");
    world.send(due({ kind: "queue", client: 3 }));
    expect(world.of("reject")[0]?.message).toBe("no engine is known");
  });

  test("hears the last engine's words alone when no other is left", () => {
    const world = core({ provisioning: true }, engine("a", 1));
    world.request(1, "id:1");
    world.send(refused(1));
    expect(world.of("provision")).toHaveLength(1);
    world.send(due({ kind: "queue", client: 1 }));
    expect(world.of("reject")).toEqual([
      { type: "reject", client: 1, code: "engine_error", message: "refused", retryAfterSeconds: null },
    ]);
  });

  test("is told nothing when it was served meanwhile, or is gone", () => {
    const world = core({}, engine("a", 1));
    world.request(1, "id:1");
    world.send(due({ kind: "queue", client: 1 }));
    expect(world.effects).toEqual([]);
    world.plays(1);
    world.send(due({ kind: "queue", client: 1 }), due({ kind: "queue", client: 7 }));
    expect(world.effects).toEqual([]);
  });
});

describe("provisioning", () => {
  const BLOCKED = { code: "vpn_disconnected", message: "no VPN", retryAfterSeconds: 3 };

  test("is written down when it is asked for, and when it is over, with the engine's id if it has one", () => {
    for (const [id, detail] of [
      [null, "an engine that is not named"],
      ["b", "b"],
    ] as const) {
      const world = core({ provisioning: true });
      world.look([]);
      world.request(1, "id:1");
      expect(world.records).toEqual([{ type: "provision", outcome: "asked", detail: "1 waiting" }]);
      world.request(2, "id:2");
      expect(world.records).toEqual([]);
      world.send({ type: "provisioned", engine: id });
      expect(world.records).toEqual([{ type: "provision", outcome: "provisioned", detail }]);
      expect(world.effects).toEqual([{ type: "refresh" }]);
    }
  });

  test("of an engine that is listed and ready already is over with the answer, without another look", () => {
    const world = core({ provisioning: true });
    world.look([]);
    world.request(1, "id:1");
    world.look([engine("b", 2)]);
    world.send({ type: "recovered", engine: "b" });
    expect(world.state.provisioning.phase).toBe("asked");
    world.send({ type: "provisioned", engine: "b" });
    expect(world.state.provisioning).toEqual({ phase: "idle" });
    expect(world.effects).toEqual([{ type: "disarm", timer: { kind: "provision" } }]);
  });

  test("is over for an engine that appeared unnamed, or is named only after it appeared", () => {
    const world = core({ provisioning: true });
    world.look([]);
    world.request(1, "id:1");
    world.look([engine("b", 2)]);
    expect(world.state.provisioning).toEqual({ phase: "asked", engine: "b", answered: false });
    world.send({ type: "provisioned", engine: null });
    expect(world.of("refresh")).toEqual([]);
    world.send({ type: "recovered", engine: "b" });
    expect(world.state.provisioning).toEqual({ phase: "idle" });
  });

  test("counts each that waits, and is asked for no more once everybody is served", () => {
    const world = core({ provisioning: true });
    world.request(1, "id:1");
    world.request(2, "id:2");
    world.look([]);
    expect(world.records.at(-1)).toEqual({ type: "provision", outcome: "asked", detail: "2 waiting" });
  });

  test("that is refused is written down once with its reason, and asked again after the pause", () => {
    const world = core({ provisioning: true });
    world.look([]);
    world.request(1, "id:1");
    world.send({ type: "provisionFailed", blocked: BLOCKED });
    expect(world.records).toEqual([{ type: "provision", outcome: "failed", detail: "no VPN" }]);
    expect(world.effects).toEqual([{ type: "arm", timer: { kind: "provision" } }]);
    world.send({ type: "provisionFailed", blocked: BLOCKED });
    expect([world.records, world.effects]).toEqual([[], []]);
  });

  test("that does not come about in time is told to those who waited for it", () => {
    const message = "the new engine did not appear in time";
    const world = core({ provisioning: true });
    world.look([]);
    world.request(1, "id:1");
    world.send(due({ kind: "provision" }));
    expect(world.records).toEqual([{ type: "provision", outcome: "failed", detail: message }]);
    expect(world.effects).toEqual([{ type: "arm", timer: { kind: "provision" } }]);
    expect(world.state.provisioning).toEqual({
      phase: "blocked",
      blocked: { code: "timeout", message, retryAfterSeconds: null },
    });
    world.send(due({ kind: "queue", client: 1 }));
    expect(world.of("reject")).toMatchObject([
      { code: "provisioning_blocked", message, retryAfterSeconds: null },
    ]);
  });

  test("that is not wanted any more ends with a shutdown, whatever is answered", () => {
    const world = core({ provisioning: true });
    world.look([]);
    world.request(1, "id:1");
    world.send({ type: "drain" });
    expect(world.state.provisioning).toEqual({ phase: "impossible" });
    world.send({ type: "provisioned", engine: "b" });
    expect([world.records, world.effects]).toEqual([[], []]);
    expect(world.state.provisioning).toEqual({ phase: "impossible" });
  });

  test("can be switched off and on, and what is being asked for goes on when it is said again", () => {
    const world = core({});
    expect(world.state.provisioning).toEqual({ phase: "impossible" });
    world.send({ type: "configure", cap: 2, provisioning: true });
    expect(world.records).toEqual([{ type: "configure", cap: 2 }]);
    expect(world.effects).toEqual([]);
    expect(world.state.provisioning).toEqual({ phase: "idle" });
    world.look([]);
    world.request(1, "id:1");
    world.send({ type: "configure", cap: 2, provisioning: true });
    expect(world.state.provisioning.phase).toBe("asked");
    world.send({ type: "configure", cap: 2, provisioning: false });
    expect(world.state.provisioning).toEqual({ phase: "impossible" });
  });
});

describe("a proxy that grants nothing more", () => {
  test("says that it shuts down, ends everything once, and refuses whoever comes", () => {
    const message = "the proxy is shutting down";
    const world = core({}, engine("a", 1));
    world.request(1, "id:1");
    world.send({ type: "drain" });
    expect(world.of("reject")).toEqual([
      { type: "reject", client: 1, code: "draining", message, retryAfterSeconds: null },
    ]);
    expect(world.of("close")).toEqual([{ type: "close", stream: 1, reason: "shutdown", clean: false }]);
    world.send({ type: "drain" });
    expect(world.effects).toEqual([]);
    world.request(2, "id:2");
    expect(world.records).toEqual([
      { type: "reject", client: 2, content: "id:2", code: "draining", message },
    ]);
    expect(world.effects).toEqual([
      { type: "reject", client: 2, code: "draining", message, retryAfterSeconds: null },
    ]);
  });

  test("says that it must be restarted when its books have contradicted themselves", () => {
    const message = "the proxy grants nothing more until it is restarted";
    const world = core({}, engine("a", 1));
    world.put({ halted: true });
    world.request(1, "id:1");
    expect(world.effects).toEqual([
      { type: "reject", client: 1, code: "no_capacity", message, retryAfterSeconds: null },
    ]);
  });

  test("gives nothing to those who wait already either", () => {
    const world = core({}, engine("a", 1));
    world.request(1, "id:1");
    world.plays(1);
    world.request(2, "id:2");
    world.put({ halted: true });
    world.send(
      { type: "end", stream: 1, reason: "by hand" },
      { type: "stopConfirmed", session: 1, proof: "stop confirmed" },
    );
    expect(world.of("start")).toEqual([]);
    expect(world.state.queue).toEqual([2]);
  });
});

test("a stream that is ended by hand before it plays tells its clients so, and no fault", () => {
  const world = core({}, engine("a", 1));
  world.request(1, "id:1");
  world.request(2, "id:2");
  for (const stream of [1, 2]) {
    world.send({ type: "end", stream, reason: "by hand" });
    expect(world.of("reject")).toEqual([
      { type: "reject", client: stream, code: "ended", message: "by hand", retryAfterSeconds: null },
    ]);
  }
});

describe("a start that takes too long", () => {
  test("without an answer: the engine rests, nobody counts on the slot, another engine is tried, once", () => {
    const world = core({}, engine("a", 1), engine("b", 2));
    world.request(1, "id:1");
    world.send(due({ kind: "start", session: 1 }));
    expect(world.of("probe")).toMatchObject([{ engine: "a", faults: 1 }]);
    expect(world.of("start")).toMatchObject([{ engine: "b" }]);
    expect(world.state.engines.get("a")?.slots[0]?.session?.stopDelayed).toBe(true);
    expect(world.records[0]).toMatchObject({ cause: "the engine did not answer the start in time" });
    world.send(due({ kind: "start", session: 2 }));
    expect(world.of("reject")).toMatchObject([
      { code: "engine_timeout", message: "the engine did not answer the start in time" },
    ]);
  });

  test("with an answer but without media: the client hears so, and the engine is not at fault", () => {
    const message = "the engine found nothing to play in time";
    const world = core({}, engine("a", 1), engine("b", 2));
    world.request(1, "id:1");
    world.send({ type: "started", session: 1, answer: answer(1) }, due({ kind: "start", session: 1 }));
    expect(world.of("reject")).toMatchObject([{ code: "engine_timeout", message }]);
    expect(world.of("close")).toEqual([{ type: "close", stream: 1, reason: message, clean: false }]);
    expect([world.of("probe"), world.of("start")]).toEqual([[], []]);
  });
});

describe("a playing stream", () => {
  test("whose engine breaks is told to its clients when no other takes over; the engine rests", () => {
    const world = core({}, engine("a", 1));
    world.request(1, "id:1");
    world.plays(1);
    world.send({ type: "sourceEnded", session: 1, fault: "engine", message: "broke" });
    expect(world.of("probe")).toMatchObject([{ engine: "a", faults: 1 }]);
    world.send(due({ kind: "stall", stream: 1 }));
    expect(world.of("drop")).toEqual([
      { type: "drop", client: 1, reason: "no engine took over in time: broke" },
    ]);
  });

  test("whose content breaks does not put its engine aside", () => {
    const world = core({}, engine("a", 1));
    world.request(1, "id:1");
    world.plays(1);
    world.send({ type: "sourceEnded", session: 1, fault: "content", message: "broke" });
    expect(world.of("probe")).toEqual([]);
  });

  test("that is played to its end is closed cleanly, and breaks nobody off", () => {
    const world = core({}, engine("a", 1), engine("b", 2));
    world.request(1, "id:1");
    world.plays(1);
    world.send({ type: "sourceEnded", session: 1, fault: "over", message: "the end" });
    expect(world.of("close")).toEqual([{ type: "close", stream: 1, reason: "the end", clean: true }]);
    expect([world.of("drop"), world.of("start"), world.of("probe")]).toEqual([[], [], []]);
    expect(world.state.clients.size).toBe(0);
  });

  test("that ends before it was served refuses its client", () => {
    const world = core({}, engine("a", 1));
    world.request(1, "id:1");
    world.send(
      { type: "started", session: 1, answer: answer(1) },
      { type: "sourceEnded", session: 1, fault: "over", message: "the end" },
    );
    expect(world.of("reject")).toMatchObject([{ client: 1, code: "engine_error", message: "the end" }]);
  });

  test("yields its place with the reason, to the same client or to another", () => {
    const world = core({}, engine("a", 1));
    world.request(1, "id:1");
    world.plays(1);
    world.request(2, "id:2");
    world.send({ type: "idle", client: 1, rival: 2 });
    expect(world.of("drop")).toEqual([{ type: "drop", client: 1, reason: "handed over to the same client" }]);
  });

  test("is not handed over to another player, nor to itself", () => {
    const world = core({}, engine("a", 1));
    world.request(1, "id:1");
    world.plays(1);
    world.request(2, "id:2", "phone");
    world.send({ type: "idle", client: 1, rival: 2 });
    expect(world.effects).toEqual([]);
    world.send({ type: "idle", client: 1, rival: 1 }, { type: "idle", client: 2, rival: 2 });
    expect(world.effects).toEqual([]);
  });

  test("that nobody waits for any more is closed with the reason", () => {
    const world = core({}, engine("a", 1));
    world.request(1, "id:1");
    world.request(2, "id:2");
    world.send({ type: "leave", client: 2 });
    expect(world.of("close")).toEqual([
      { type: "close", stream: 2, reason: "last client left", clean: false },
    ]);
  });
});

test("sessions of a former life are written down without a stream, and their ends reported under their labels", () => {
  const world = core({ instance: "i", life: "2" });
  const former = { engine: "a", name: "the a", address: engine("a", 1).address };
  world.send({
    type: "recover",
    sessions: [
      { ...former, contents: ["id:1"], urls: urlsOf(1), playbackSession: "one", reportedAs: "i/1/1" },
      { ...former, contents: [], urls: null, playbackSession: null, reportedAs: "i/1/2" },
    ],
  });
  expect(world.records).toEqual([
    { type: "engine_seen", engine: "a", name: "the a", address: "10.0.0.1:1" },
    move(0, "free", "pending", "former life", null, "id:1") as JournalRecord,
    move(0, "pending", "released", "former life", null, "id:1") as JournalRecord,
    move(1, "free", "pending", "former life", null, null) as JournalRecord,
    move(1, "pending", "released", "former life", null, null) as JournalRecord,
  ]);
  const [first, second] = world.state.engines.get("a")?.slots ?? [];
  expect(first?.session).toMatchObject({ start: "answered", stopDelayed: false });
  expect(second?.session).toMatchObject({ start: "sent", stopDelayed: true });
  expect(world.state.engines.get("a")).toMatchObject({
    listed: false,
    draining: false,
    health: "unknown",
    forwarded: false,
    fallback: false,
    resting: false,
    aliases: [],
  });
  world.look([engine("a", 1)]);
  world.send({ type: "stopConfirmed", session: 1, proof: "unknown session" });
  expect(world.of("reportEnded")).toEqual([
    { type: "reportEnded", session: 1, engine: "a", content: "id:1", label: "i/1/1", reason: "former life" },
  ]);
  world.send(due({ kind: "release", session: 2 }));
  expect(world.of("reportEnded")).toEqual([
    { type: "reportEnded", session: 2, engine: "a", content: "", label: "i/1/2", reason: "former life" },
  ]);
  expect(world.state.past).toEqual(["one", "i/1/1", "i/1/2"]);
});

test("a look says what others run, by engine, and which engines are missing, once", () => {
  const world = core({});
  world.look(
    [engine("a", 1), engine("b", 2)],
    [foreign("a", []), foreign("b", ["id:3"]), foreign("b", ["id:4"])],
  );
  expect(world.records.at(-1)).toEqual({
    type: "snapshot",
    engines: 2,
    foreign: { a: 1, b: 2 },
    missing: [],
  });
  expect(world.state.engines.get("a")?.foreign).toEqual([""]);
  world.look([engine("a", 1)]);
  expect(world.records).toEqual([
    { type: "engine_gone", engine: "b" },
    { type: "snapshot", engines: 1, foreign: {}, missing: ["b"] },
  ]);
  expect(world.state.engines.has("b")).toBe(false);
});

test("an engine that is missing while it holds a slot is named as missing once only", () => {
  const world = core({}, engine("a", 1));
  world.request(1, "id:1");
  world.look([]);
  expect(world.records).toEqual([{ type: "snapshot", engines: 0, foreign: {}, missing: ["a"] }]);
  world.look([]);
  expect(world.records).toEqual([{ type: "snapshot", engines: 0, foreign: {}, missing: [] }]);
});

test("two streams that turn out to be one content: the one that goes is closed with the reason", () => {
  const world = core({}, engine("a", 1), engine("b", 2));
  world.request(1, "id:1");
  world.request(2, "infohash:h", "phone");
  world.send({ type: "started", session: 1, answer: answer(1, "h") });
  expect(world.effects.slice(1)).toEqual([
    { type: "disarm", timer: { kind: "queue", client: 2 } },
    { type: "close", stream: 2, reason: "same content", clean: false },
    { type: "disarm", timer: { kind: "start", session: 2 } },
    { type: "arm", timer: { kind: "release", session: 2 } },
    { type: "play", stream: 1, session: 1, engine: "a", urls: urlsOf(1), isLive: true },
  ]);
  expect(world.records.at(-1)).toMatchObject({ engine: "b", to: "released", cause: "same content" });
});
