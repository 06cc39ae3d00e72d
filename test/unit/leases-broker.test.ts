/** One broker and its leases: what it asks for, when it sends, and what its clients wait for. */
import { describe, expect, test } from "bun:test";
import { type Admission, Broker, noStateFile } from "../../src/broker/index.ts";
import type {
  ClaimOrder,
  ClaimOutcome,
  EnginePort,
  LeaseEvents,
  LeasePort,
  LeaseView,
  PoolPort,
  SourceEvents,
  StartOutcome,
} from "../../src/ports.ts";
import type { ContentKey } from "../../src/slots/index.ts";
import { SILENT, settle, VirtualTime } from "./leases-world.ts";

const QUEUE_MS = 10_000;
const START_MS = 3_000;

interface Claim {
  readonly order: ClaimOrder;
  readonly answer: (outcome: ClaimOutcome) => void;
}

async function proxy(ports: readonly number[] = [1]) {
  const time = new VirtualTime();
  const clock = time.clock({ stopped: false });
  const claims: Claim[] = [];
  const starts: { readonly at: number; readonly answer: (outcome: StartOutcome) => void }[] = [];
  const notes: { readonly lease: string; readonly contents: readonly ContentKey[] }[] = [];
  const released: string[] = [];
  const lines: string[] = [];
  const isOver = new Set<string>();
  let events: LeaseEvents | undefined;
  let ears: SourceEvents | undefined;
  const leases: LeasePort = {
    start: (told) => {
      events = told;
    },
    claim: (order) => new Promise((answer) => claims.push({ order, answer })),
    isHeld: (lease) => !isOver.has(lease),
    note: (lease, contents) => notes.push({ lease, contents }),
    release: (lease) => released.push(lease),
    waiting() {},
    drain() {},
    view: {} as LeaseView,
    close: async () => {},
  };
  const engine: EnginePort = {
    start: ({ address }) => new Promise((answer) => starts.push({ at: address.port, answer })),
    stop: async () => ({ kind: "confirmed", proof: "stop confirmed" }),
    stat: async () => ({ kind: "gone" }),
    alive: async () => true,
  };
  const pool: PoolPort = {
    look: async () => ({
      engines: ports.map((port) => ({
        id: `e${port}`,
        name: `e${port}`,
        address: { scheme: "http", host: "engine", port } as const,
        health: "healthy" as const,
        draining: false,
        forwarded: false,
        usedAtMs: null,
      })),
      streams: [],
      skipped: [],
    }),
    provision: null,
    fallback: [],
    describe: () => "engines",
  };
  const broker = new Broker(
    {
      engine,
      pool,
      clock,
      leases,
      reports: { started() {}, ended() {}, flush: async () => {}, pending: 0 },
      streams: (told) => {
        ears = told;
        return { play() {}, move() {}, drop() {}, close() {}, taken: () => null, figures: () => null };
      },
      journal: { append: (line) => lines.push(line), flush: async () => {}, linesLost: 0, isOpen: true },
      store: noStateFile("p"),
      log: SILENT,
    },
    {
      cap: 1,
      queueTimeoutMs: QUEUE_MS,
      startTimeoutMs: START_MS,
      stallTimeoutMs: 5_000,
      lingerMs: 0,
      releaseTimeoutMs: 90_000,
      proxy: "p",
      life: "1",
    },
  );
  await broker.start();
  const refuse = async (claim: Claim | undefined): Promise<void> => {
    claim?.answer({ kind: "refused", why: "full", message: "full" });
    await settle();
  };
  const grant = async (claim: Claim | undefined): Promise<void> => {
    claim?.answer({ kind: "granted", fence: 1 });
    await settle();
  };
  return {
    time,
    broker,
    claims,
    starts,
    notes,
    released,
    isOver,
    refuse,
    grant,
    get events() {
      if (!events) throw new Error("not started");
      return events;
    },
    get ears() {
      if (!ears) throw new Error("no data plane");
      return ears;
    },
    taken: (yes: boolean) =>
      events?.claims(false, [
        { place: "engine:1", claims: yes ? [{ lease: "q/1/1", contents: [] }] : [], blocked: false },
      ]),
    request: (content: string, who = "tv") => {
      const { admission } = broker.request({ content, variant: "", who });
      const heard: { is: Admission | null; at: number } = { is: null, at: 0 };
      void admission.then((is) => {
        heard.is = is;
        heard.at = time.now;
      });
      return heard;
    },
    started: async (index: number, infohash: string | null = null): Promise<void> => {
      const url = `s${index}`;
      starts[index]?.answer({
        kind: "started",
        answer: {
          urls: { playback: url, stat: url, command: url },
          infohash,
          playbackSession: url,
          isLive: true,
        },
      });
      await settle();
    },
    journal: () =>
      lines
        .map((line) => JSON.parse(line) as { type?: string; outcome?: string; lease?: string })
        .filter(({ type }) => type === "lease")
        .map(({ outcome, lease }) => `${outcome} ${lease}`),
  };
}

describe("a broker with leases", () => {
  test("sends nothing before its slot is granted, and tells the store what it knows then", async () => {
    const p = await proxy();
    p.request("id:1");
    await settle();
    expect(p.claims.map(({ order }) => [order.lease, order.place, order.contents, order.cap])).toEqual([
      ["p/1/1", "engine:1", ["id:1"], 1],
    ]);
    await p.time.pass(100);
    expect(p.starts).toHaveLength(0);
    await p.grant(p.claims[0]);
    expect(p.starts).toHaveLength(1);
    await p.started(0, "h");
    expect(p.notes).toEqual([{ lease: "p/1/1", contents: ["id:1", "infohash:h"] }]);
    expect(p.released).toEqual([]);
  });

  test("sends nothing for a lease that has ended meanwhile", async () => {
    const p = await proxy();
    p.request("id:1");
    await settle();
    p.isOver.add("p/1/1");
    p.events.trouble("away");
    await p.grant(p.claims[0]);
    expect(p.starts).toHaveLength(0);
    expect(p.released).toEqual(["p/1/1"]);
    expect(p.journal()).toEqual(["granted p/1/1", "released p/1/1"]);
  });

  test("tells of all names of a content, also when another session has them", async () => {
    const p = await proxy([1, 2]);
    p.request("id:1");
    p.request("id:2");
    await settle();
    for (const claim of p.claims) await p.grant(claim);
    await p.started(0, "h");
    p.ears.media(1);
    p.notes.length = 0;
    // Its engine says that it is the same content: the first session goes on for both.
    await p.started(1, "h");
    expect(p.notes).toContainEqual({ lease: "p/1/1", contents: ["id:1", "infohash:h", "id:2"] });
  });

  test("claims a refused slot no second time while it is taken, and then at once", async () => {
    const p = await proxy();
    const heard = p.request("id:1");
    await settle();
    p.taken(true);
    await p.refuse(p.claims[0]);
    await p.time.pass(2_000);
    expect(p.claims).toHaveLength(1);
    expect(p.journal()).toEqual(["refused p/1/1"]);
    p.taken(false);
    await p.grant(p.claims[1]);
    expect(p.starts).toHaveLength(1);
    expect(heard.is).toBeNull();
  });

  test("lets a refused client wait no longer than any other", async () => {
    const p = await proxy();
    p.taken(true);
    const heard = p.request("id:1");
    await p.time.pass(QUEUE_MS - 3_000);
    p.taken(false);
    await settle();
    await p.time.pass(500);
    p.taken(true);
    await p.refuse(p.claims[0]);
    await p.time.pass(QUEUE_MS);
    expect(heard).toMatchObject({ is: { kind: "reject", code: "no_capacity" }, at: QUEUE_MS });
  });

  test("gives a client its time that came when the slot seemed taken already", async () => {
    const p = await proxy();
    await p.time.pass(2 * QUEUE_MS);
    const first = p.request("id:1");
    await settle();
    const second = p.request("id:1", "another");
    p.taken(true);
    await p.refuse(p.claims[0]);
    const since = p.time.now;
    await p.time.pass(QUEUE_MS - 1);
    expect([first.is, second.is]).toEqual([null, null]);
    await p.time.pass(1);
    expect([first.at, second.at]).toEqual([since + QUEUE_MS, since + QUEUE_MS]);
  });

  test("holds a slow store against no engine, and takes its time from no start", async () => {
    const p = await proxy();
    const heard = p.request("id:1");
    await p.time.pass(3 * START_MS);
    expect(p.broker.state.engines.get("e1")?.resting).toBe(false);
    await p.grant(p.claims[0]);
    expect(p.starts).toHaveLength(1);
    await p.time.pass(START_MS - 1);
    expect(p.broker.state.engines.get("e1")?.resting).toBe(false);
    // From here on the engine is waited for, and not for ever.
    await p.time.pass(1);
    expect(p.broker.state.engines.get("e1")?.resting).toBe(true);
    expect(heard.is).toMatchObject({ kind: "reject", code: "engine_timeout" });
  });

  test("stops what others left, and gives it back under its name", async () => {
    const p = await proxy();
    const urls = { playback: "q", stat: "q", command: "q" };
    p.events.orphans([
      {
        engine: "theirs",
        name: "theirs",
        address: { scheme: "http", host: "engine", port: 1 },
        contents: ["id:9"],
        urls,
        playbackSession: "q",
        reportedAs: null,
        lease: "q/1/7",
      },
    ]);
    await settle();
    expect(p.released).toEqual(["q/1/7"]);
    expect(p.journal()).toEqual(["adopted q/1/7", "released q/1/7"]);
    expect(p.broker.counters.claims).toMatchObject({ adopted: 1, granted: 0 });
  });

  test("lets streams go on elsewhere whose leases are lost", async () => {
    const p = await proxy([1, 2]);
    p.request("id:1");
    await settle();
    await p.grant(p.claims[0]);
    await p.started(0);
    p.ears.media(1);
    p.events.lost(["p/1/1"], "not renewed");
    await settle();
    expect(p.journal()).toEqual(["granted p/1/1", "lost p/1/1", "released p/1/1"]);
    expect(p.claims).toHaveLength(2);
    expect(p.broker.counters.claims).toMatchObject({ lost: 1 });
  });
});
