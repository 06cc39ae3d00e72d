import { describe, expect, test } from "bun:test";
import {
  createOrchestratorPool,
  createOutbox,
  type Delivery,
  type EventDoor,
  type Generation,
  type Outbox,
} from "../../src/orchestrator/index.ts";
import type { StartReport } from "../../src/ports.ts";
import { contentId, startSimEngine, startSimOrchestrator } from "../../src/sim/index.ts";
import type { ListedStream } from "../../src/slots/index.ts";
import { until } from "../support/until.ts";
import { type HandClock, handClock } from "./odd-server.ts";

type EventName = "stream_started" | "stream_ended";
type Body = Readonly<Record<string, unknown>>;

/** An orchestrator that a test plays by hand. */
interface Desk extends EventDoor {
  generation: Generation | null;
  /** What the next posts get; after that everything is taken. */
  readonly script: (Delivery | Promise<Delivery>)[];
  readonly posts: { readonly event: EventName; readonly body: Body }[];
  /** What its list of streams shows; `booked`: what was taken, as real ones do; null: it cannot be read. */
  listed: readonly ListedStream[] | "booked" | null;
  /** Events in short: `+label` a start, `-id` an end. */
  readonly short: () => string[];
}

/** How a start is listed that was taken. */
function bookedAs(
  body: Body,
  generation: Generation | null,
): { readonly id: string; readonly stream: ListedStream } {
  const { key_type: kind, key } = body.stream as Body;
  const label = generation === 1 ? String((body.labels as Body).stream_id) : null;
  const playbackSession = String((body.session as Body).playback_session_id);
  const contents = [`${kind === "infohash" ? "infohash" : "id"}:${key}` as const];
  return { id: label ?? String(key), stream: { ...streamOf(label, A, playbackSession), contents } };
}

function desk(generation: Generation | null = 1): Desk {
  const booked = new Map<string, ListedStream>();
  const played: Desk = {
    generation,
    script: [],
    posts: [],
    listed: "booked",
    where: async () => (played.generation === null ? null : { generation: played.generation }),
    async post(event, body) {
      played.posts.push({ event, body: body as Body });
      const delivery = (await played.script.shift()) ?? { kind: "taken" };
      if (delivery.kind === "taken" && event === "stream_ended")
        booked.delete(String((body as Body).stream_id));
      else if (delivery.kind === "taken") {
        const { id, stream } = bookedAs(body as Body, played.generation);
        booked.set(id, stream);
      }
      return delivery;
    },
    streams: async () => (played.listed === "booked" ? [...booked.values()] : played.listed),
    short: () =>
      played.posts.map(({ event, body }) =>
        event === "stream_started" ? `+${(body.labels as Body).stream_id}` : `-${body.stream_id}`,
      ),
  };
  return played;
}

const lost: Delivery = { kind: "failed", message: "no answer in time" };
const refused: Delivery = { kind: "refused", message: "status 422" };

const A = contentId(1);
const B = contentId(2);

const report = (label: string, content = A, engine = "c1"): StartReport => ({
  label,
  engine,
  address: { scheme: "http", host: "10.0.0.1", port: 6878 },
  content: `id:${content}`,
  answer: {
    urls: {
      playback: "http://10.0.0.1:6878/ace/r/h/s",
      stat: "http://10.0.0.1:6878/ace/stat/h/s",
      command: "http://10.0.0.1:6878/ace/cmd/h/s",
    },
    infohash: null,
    playbackSession: `session of ${label}`,
    isLive: true,
  },
});

const end = (label: string, content = A, engine = "c1", former = false) => ({
  label,
  engine,
  content: `id:${content}`,
  reason: "over",
  former,
});

const streamOf = (label: string | null, content = A, playbackSession = ""): ListedStream => ({
  engine: "c1",
  contents: [`id:${content}`],
  playbackSession,
  label,
  urls: null,
});

interface Setting {
  readonly outbox: Outbox;
  readonly clock: HandClock;
  readonly log: string[];
}

function outboxAt(events: EventDoor, more: Partial<Parameters<typeof createOutbox>[0]> = {}): Setting {
  const clock = handClock();
  const log: string[] = [];
  const at = (level: string) => (message: string) => void log.push(`${level}: ${message}`);
  const outbox = createOutbox({
    pool: { events },
    isListed: (engine) => engine.startsWith("c"),
    clock,
    log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
    ...more,
  });
  return { outbox, clock, log };
}

/** Lets everything that needs no time happen. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("the outbox tells generation 1", () => {
  test("a start with everything that it asks for, and an end by label and container", async () => {
    const door = desk(1);
    const { outbox } = outboxAt(door);
    outbox.started(report("p/1/7"));
    expect(outbox.pending).toBe(1);
    await settle();
    expect(outbox.pending).toBe(0);
    outbox.ended(end("p/1/7"));
    await settle();
    expect(door.posts).toEqual([
      {
        event: "stream_started",
        body: {
          container_id: "c1",
          engine: { host: "10.0.0.1", port: 6878 },
          stream: { key_type: "content_id", key: A },
          session: {
            playback_session_id: "session of p/1/7",
            stat_url: "http://10.0.0.1:6878/ace/stat/h/s",
            command_url: "http://10.0.0.1:6878/ace/cmd/h/s",
            is_live: 1,
          },
          labels: { stream_id: "p/1/7" },
        },
      },
      { event: "stream_ended", body: { container_id: "c1", stream_id: "p/1/7", reason: "over" } },
    ]);
  });

  test("two sessions of one content side by side", async () => {
    const door = desk(1);
    const { outbox } = outboxAt(door);
    outbox.started(report("a"));
    outbox.started(report("b", A, "c2"));
    await settle();
    expect(door.short()).toEqual(["+a", "+b"]);
  });
});

describe("the outbox tells generation 2", () => {
  test("by content, with the names that it wants", async () => {
    for (const generation of [2, "control"] as const) {
      const door = desk(generation);
      const { outbox } = outboxAt(door);
      outbox.started({ ...report("a"), content: `infohash:${A}` });
      await settle();
      outbox.ended({ ...end("a"), content: `infohash:${A}` });
      await settle();
      expect(door.posts[0]?.body).toMatchObject({
        stream: { key_type: "infohash", key: A },
        content_id: A,
        engine_id: "c1",
        container_id: "c1",
      });
      expect(door.posts[1]?.body).toEqual({
        container_id: "c1",
        engine_id: "c1",
        content_id: A,
        stream_id: A,
        reason: "over",
      });
    }
  });

  test("the end of a content's session before its next start, also on another engine", async () => {
    const door = desk(2);
    const { outbox } = outboxAt(door);
    outbox.started(report("a"));
    await settle();
    outbox.started(report("b", A, "c2"));
    await settle();
    expect(door.short()).toEqual(["+a"]);
    outbox.ended(end("a"));
    await settle();
    expect(door.short()).toEqual(["+a", `-${A}`, "+b"]);
  });

  test("no start twice that it has booked, though the answer was lost", async () => {
    const door = desk(2);
    door.script.push(lost);
    const { outbox, clock } = outboxAt(door);
    outbox.started(report("a"));
    await settle();
    door.listed = [streamOf(null, A, "session of a")];
    clock.pass(60_000);
    await settle();
    expect(door.short()).toEqual(["+a"]);
    expect(outbox.pending).toBe(0);
  });

  test("no end of a former life that would clear a start of this one", async () => {
    const door = desk(2);
    const { outbox } = outboxAt(door);
    outbox.started(report("new"));
    await settle();
    door.listed = [streamOf(null, A, "session of new")];
    outbox.ended(end("old", A, "c1", true));
    await settle();
    expect(door.short()).toEqual(["+new"]);
    outbox.ended(end("new"));
    await settle();
    expect(door.short()).toEqual(["+new", `-${A}`]);
  });
});

describe("an end", () => {
  test("goes out once", async () => {
    const door = desk(1);
    const { outbox } = outboxAt(door);
    outbox.started(report("a"));
    await settle();
    outbox.ended(end("a"));
    outbox.ended(end("a"));
    await settle();
    outbox.ended(end("a"));
    await settle();
    expect(door.short()).toEqual(["+a", "-a"]);
  });

  test("that comes before its start was sent cancels both", async () => {
    const door = desk(1);
    const { outbox } = outboxAt(door);
    outbox.started(report("a"));
    outbox.ended(end("a"));
    await settle();
    expect(door.posts).toEqual([]);
    expect(outbox.pending).toBe(0);
  });

  test("cancels a start that never got through, and that is given up after its time all the same", async () => {
    const door = desk(1);
    const unreached: Delivery = { kind: "failed", sent: false, message: "connection refused" };
    door.script.push(unreached, unreached, lost, ...Array.from({ length: 9 }, () => unreached));
    const { outbox, clock, log } = outboxAt(door, { ageMsMax: 10_000 });
    outbox.started(report("a"));
    await settle();
    outbox.ended(end("a"));
    await settle();
    expect(outbox.pending).toBe(0);
    outbox.started(report("b"));
    await settle();
    // What may have arrived once stays so.
    clock.pass(500);
    await settle();
    outbox.ended(end("b"));
    for (let n = 0; n < 8 && outbox.pending > 0; n++) {
      clock.pass(4000);
      await settle();
    }
    expect(outbox.pending).toBe(0);
    expect(log.filter((line) => line.includes("could not be told of b"))).toHaveLength(1);
    expect(door.posts.every(({ event }) => event === "stream_started")).toBe(true);
  });

  test("cancels a start that waits for the orchestrator", async () => {
    const door = desk(null);
    const { outbox, clock } = outboxAt(door);
    outbox.started(report("a"));
    await settle();
    outbox.ended(end("a"));
    expect(outbox.pending).toBe(0);
    door.generation = 1;
    clock.pass(60_000);
    await settle();
    expect(door.posts).toEqual([]);
    expect(clock.nextMs()).toBeNull();
  });

  test("that comes while its start is on the way waits for the answer", async () => {
    const door = desk(1);
    const answer = Promise.withResolvers<Delivery>();
    door.script.push(answer.promise);
    const { outbox } = outboxAt(door);
    outbox.started(report("a"));
    await settle();
    outbox.ended(end("a"));
    await settle();
    expect(door.short()).toEqual(["+a"]);
    answer.resolve({ kind: "taken" });
    await settle();
    expect(door.short()).toEqual(["+a", "-a"]);
  });

  test("is told with the first reason that was given", async () => {
    const door = desk(1);
    const { outbox } = outboxAt(door);
    outbox.started(report("a"));
    await settle();
    outbox.ended(end("a"));
    outbox.ended({ ...end("a"), reason: "another" });
    await settle();
    expect(door.posts[1]?.body).toMatchObject({ reason: "over" });
  });

  test("is not lost, at whatever moment after the start's answer it comes", async () => {
    for (let steps = 0; steps < 20; steps++) {
      const door = desk(1);
      const answer = Promise.withResolvers<Delivery>();
      door.script.push(answer.promise);
      const { outbox } = outboxAt(door);
      outbox.started(report("a"));
      await settle();
      answer.resolve({ kind: "taken" });
      for (let step = 0; step < steps; step++) await null;
      outbox.ended(end("a"));
      await settle();
      expect(door.short()).toEqual(["+a", "-a"]);
    }
  });

  test("never goes out for a start that was refused, before or after the refusal", async () => {
    const door = desk(1);
    const early = Promise.withResolvers<Delivery>();
    door.script.push(early.promise, refused);
    const { outbox, log } = outboxAt(door);
    outbox.started(report("a"));
    await settle();
    outbox.ended(end("a"));
    early.resolve(refused);
    outbox.started(report("b"));
    await settle();
    outbox.ended(end("b"));
    await settle();
    expect(door.short()).toEqual(["+a", "+b"]);
    expect(outbox.pending).toBe(0);
    expect(log.filter((line) => line.startsWith("warn"))).toHaveLength(2);
  });

  test("of something unknown or nameless never goes out", async () => {
    const door = desk(1);
    const { outbox } = outboxAt(door);
    door.listed = [streamOf("never started"), streamOf("")];
    outbox.ended(end("never started"));
    outbox.ended(end("", A, "c1", true));
    outbox.started(report(""));
    outbox.ended(end(""));
    await settle();
    expect(door.posts).toEqual([]);
  });

  test("is tried again when its answer is lost, and given up when it is refused", async () => {
    const door = desk(1);
    door.script.push({ kind: "taken" }, lost, lost, refused);
    const { outbox, clock } = outboxAt(door);
    outbox.started(report("a"));
    await settle();
    outbox.ended(end("a"));
    await settle();
    for (let n = 0; n < 3; n++) {
      clock.pass(2000);
      await settle();
    }
    expect(door.short()).toEqual(["+a", "-a", "-a", "-a"]);
    expect(outbox.pending).toBe(0);
  });

  test("of a former life goes out without a start of this one, if it is listed still", async () => {
    const door = desk(1);
    door.listed = [streamOf("old")];
    const { outbox } = outboxAt(door);
    outbox.ended(end("old", A, "c1", true));
    outbox.ended(end("older", B, "c1", true));
    await settle();
    expect(door.short()).toEqual(["-old"]);
    expect(outbox.pending).toBe(0);
  });

  test("of a former life on an engine that the orchestrator does not list is not told", async () => {
    const door = desk(1);
    door.listed = [streamOf("old")];
    const { outbox } = outboxAt(door);
    outbox.ended(end("old", A, "127.0.0.1:6878", true));
    await settle();
    expect(door.posts).toEqual([]);
    expect(outbox.pending).toBe(0);
  });

  test("is not told to an orchestrator that has forgotten the stream: it would end another's", async () => {
    const door = desk(1);
    const { outbox, clock } = outboxAt(door);
    outbox.started(report("a"));
    outbox.started(report("b", B));
    await settle();
    clock.pass(120_000);
    door.listed = [streamOf("b", B), streamOf("somebody else's")];
    outbox.ended(end("a"));
    outbox.ended(end("b", B));
    await settle();
    expect(door.short()).toEqual(["+a", "+b", "-b"]);
  });

  test("that was taken although its answer was lost is not told again where it is not listed any more", async () => {
    for (const generation of [1, 2] as const) {
      const door = desk(generation);
      const { outbox, clock } = outboxAt(door);
      outbox.started(report("a"));
      await settle();
      door.script.push(lost);
      outbox.ended(end("a"));
      await settle();
      expect(outbox.pending).toBe(1);
      // Somebody else's came in its place, or nothing did.
      for (const listed of [[streamOf("somebody else's", B)], []]) {
        door.listed = listed;
        clock.pass(2000);
        await settle();
      }
      expect(door.posts.map(({ event }) => event)).toEqual(["stream_started", "stream_ended"]);
      expect(outbox.pending).toBe(0);
    }
  });

  test("waits until the list shows the stream, since an empty list may hide another's", async () => {
    for (const generation of [1, 2] as const) {
      const door = desk(generation);
      const { outbox, clock } = outboxAt(door);
      outbox.started(report("a"));
      await settle();
      door.listed = [];
      outbox.ended(end("a"));
      await settle();
      clock.pass(5000);
      await settle();
      expect(door.posts).toHaveLength(1);
      door.listed = "booked";
      clock.pass(5000);
      await settle();
      expect(door.posts).toHaveLength(2);
      expect(outbox.pending).toBe(0);
    }
  });

  test("never meets an orchestrator that was put in place of another and knows nothing", async () => {
    // From generation 2 back to 1 at the same path, between two looks: whatever the end names, it would end a stranger.
    const door = desk(2);
    const { outbox, clock } = outboxAt(door);
    outbox.started(report("a"));
    await settle();
    door.listed = [streamOf("somebody else's", B)];
    outbox.ended(end("a"));
    for (let n = 0; n < 10; n++) {
      await settle();
      clock.pass(30_000);
    }
    await settle();
    expect(door.posts).toHaveLength(1);
    expect(outbox.pending).toBe(0);
  });

  test("waits while nobody can tell whether the stream is listed", async () => {
    const door = desk(1);
    door.listed = null;
    const { outbox, clock } = outboxAt(door);
    outbox.ended(end("old", A, "c1", true));
    await settle();
    expect(outbox.pending).toBe(1);
    door.listed = [streamOf("old")];
    clock.pass(2000);
    await settle();
    expect(door.short()).toEqual(["-old"]);
  });
});

describe("a start", () => {
  test("whose answer is lost is told again under the same label, and its end after that", async () => {
    const door = desk(1);
    door.script.push(lost, lost);
    const { outbox, clock } = outboxAt(door);
    outbox.started(report("a"));
    await settle();
    outbox.ended(end("a"));
    await settle();
    expect(door.short()).toEqual(["+a"]);
    clock.pass(500);
    await settle();
    clock.pass(1000);
    await settle();
    expect(door.short()).toEqual(["+a", "+a", "+a", "-a"]);
  });

  test("is tried with pauses that grow to a limit, and given up after an hour, loudly, without an end", async () => {
    const door = desk(1);
    const { outbox, clock, log } = outboxAt(door);
    for (let n = 0; n < 500; n++) door.script.push(lost);
    outbox.started(report("a"));
    const pauses: number[] = [];
    await settle();
    for (let next = clock.nextMs(); next !== null; next = clock.nextMs()) {
      pauses.push(next);
      clock.pass(next);
      await settle();
    }
    expect(pauses.slice(0, 8)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(pauses.length).toBeLessThan(130);
    expect(log.filter((line) => line.startsWith("error"))).toHaveLength(1);
    outbox.ended(end("a"));
    await settle();
    expect(door.short().every((event) => event === "+a")).toBe(true);
    expect(outbox.pending).toBe(0);
  });

  test("on an engine that is not the orchestrator's is never told, nor its end", async () => {
    const door = desk(1);
    const { outbox } = outboxAt(door);
    outbox.started(report("a", A, "127.0.0.1:6878"));
    outbox.ended(end("a", A, "127.0.0.1:6878"));
    await settle();
    expect(door.posts).toEqual([]);
  });

  test("without URLs is never told: it would be refused", async () => {
    const door = desk(1);
    const { outbox } = outboxAt(door);
    const { answer, ...rest } = report("a");
    outbox.started({ ...rest, answer: { ...answer, urls: { ...answer.urls, stat: "" } } });
    outbox.ended(end("a"));
    await settle();
    expect(door.posts).toEqual([]);
  });

  test("whose answer is lost is not told again in generation 2 while nobody can tell whether it is booked", async () => {
    const door = desk(2);
    door.script.push(lost);
    const { outbox, clock } = outboxAt(door);
    outbox.started(report("a"));
    await settle();
    door.listed = null;
    clock.pass(1000);
    await settle();
    expect(door.posts).toHaveLength(1);
    door.listed = [streamOf(null, A, "session of a")];
    clock.pass(5000);
    await settle();
    expect(door.posts).toHaveLength(1);
    expect(outbox.pending).toBe(0);
  });

  test("of one content does not wait for another content's", async () => {
    const door = desk(1);
    door.script.push(new Promise<Delivery>(() => {}));
    const { outbox } = outboxAt(door);
    outbox.started(report("stuck"));
    await settle();
    outbox.started(report("b", B));
    await settle();
    expect(door.short()).toEqual(["+stuck", "+b"]);
  });
});

describe("the outbox as a whole", () => {
  test("drops the oldest beyond its limit, loudly, and no end of it goes out", async () => {
    const door = desk(null);
    const { outbox, clock, log } = outboxAt(door, { sessionsMax: 2 });
    for (const label of ["a", "b", "c"]) outbox.started(report(label, contentId(label.charCodeAt(0))));
    expect(log.filter((line) => line.startsWith("error"))).toHaveLength(1);
    door.generation = 1;
    await settle();
    clock.pass(2000);
    await settle();
    outbox.ended(end("a", contentId(97)));
    await settle();
    expect(door.short()).toEqual(["+b", "+c"]);
  });

  test("is flushed when all is delivered, without waiting for a pause", async () => {
    const door = desk(1);
    door.script.push(lost);
    const { outbox } = outboxAt(door);
    outbox.started(report("a"));
    await settle();
    expect(outbox.pending).toBe(1);
    await outbox.flush(60_000);
    expect(outbox.pending).toBe(0);
    expect(door.short()).toEqual(["+a", "+a"]);
    await outbox.flush(60_000);
  });

  test("gives a flush up after its time", async () => {
    const { outbox, clock } = outboxAt(desk(null));
    outbox.started(report("a"));
    let over = false;
    const flush = outbox.flush(1000).then(() => {
      over = true;
    });
    clock.pass(999);
    await settle();
    expect(over).toBe(false);
    clock.pass(1);
    await flush;
    expect(outbox.pending).toBe(1);
  });

  test("leaves no timer behind when it is closed", async () => {
    const { outbox, clock } = outboxAt(desk(null));
    outbox.started(report("a"));
    await settle();
    const flush = outbox.flush(1000);
    await settle();
    outbox.close();
    await flush;
    expect(clock.nextMs()).toBeNull();
  });
});

describe.each([
  { generation: 1, paths: "plain" },
  { generation: 1, paths: "both" },
  { generation: 2, paths: "v1" },
  { generation: 2, paths: "internal" },
] as const)("over HTTP, generation $generation with $paths paths", ({ generation, paths }) => {
  async function connected(eventTimeoutMs = 30_000) {
    const engine = await startSimEngine();
    const orchestrator = await startSimOrchestrator({ generation, paths, engines: [engine], key: "k" });
    const pool = createOrchestratorPool({
      baseUrl: orchestrator.url,
      key: "k",
      fallback: [],
      eventTimeoutMs,
    });
    await pool.look();
    const id = orchestrator.containerIdOf(engine);
    const { outbox, clock } = outboxAt(pool.events, { isListed: pool.isListed });
    const address = { scheme: "http", host: engine.host, port: engine.port } as const;
    const foreign = orchestrator.addForeignStream(engine, B);
    const running = () =>
      orchestrator
        .truth()
        .streams.filter(({ status }) => status === "started")
        .map(({ id }) => id);
    return {
      orchestrator,
      outbox,
      clock,
      foreign,
      running,
      start: (label: string) => outbox.started({ ...report(label, A, id), address }),
      end: (label: string) => outbox.ended(end(label, A, id)),
      ours: generation === 1 ? "p/1/7" : A,
      async [Symbol.asyncDispose]() {
        outbox.close();
        await orchestrator.close();
        await engine.close();
      },
    };
  }

  test("a start and its end are booked, and a foreign stream stays", async () => {
    await using world = await connected();
    world.start("p/1/7");
    await until("delivered", () => world.outbox.pending === 0);
    expect(world.running().sort()).toEqual([world.foreign.id, world.ours].sort());
    world.end("p/1/7");
    await until("delivered", () => world.outbox.pending === 0);
    expect(world.running()).toEqual([world.foreign.id]);
  });

  test.each(["reset", "hang", "status"] as const)(
    "events that are taken but answered with %s do no harm",
    async (kind) => {
      await using world = await connected(kind === "hang" ? 300 : undefined);
      const fault = kind === "status" ? { kind, status: 500 } : { kind };
      world.orchestrator.faults.routes = {
        stream_started: { ...fault, effect: "after", times: 2 },
        stream_ended: { ...fault, effect: "after", times: 2 },
      };
      const delivered = () => {
        world.clock.pass(1000);
        return world.outbox.pending === 0;
      };
      world.start("p/1/7");
      await until("the start is acknowledged", delivered);
      world.end("p/1/7");
      await until("the end is acknowledged", delivered);
      expect(world.running()).toEqual([world.foreign.id]);
    },
  );

  test("a start that is refused ends nobody's stream", async () => {
    await using world = await connected();
    world.orchestrator.faults.routes = { stream_started: { kind: "status", status: 422 } };
    world.start("p/1/7");
    await until("refused", () => world.outbox.pending === 0);
    world.end("p/1/7");
    await world.outbox.flush(1000);
    expect(world.running()).toEqual([world.foreign.id]);
    expect(world.orchestrator.counters.stream_ended).toBe(0);
  });

  test("an orchestrator that forgot everything has nobody else's stream ended", async () => {
    await using world = await connected();
    world.start("p/1/7");
    await until("delivered", () => world.outbox.pending === 0);
    world.orchestrator.forget();
    world.clock.pass(120_000);
    world.end("p/1/7");
    await until("settled", () => world.outbox.pending === 0);
    expect(world.orchestrator.counters.stream_ended).toBe(0);
  });
});
