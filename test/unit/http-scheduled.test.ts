/** The routes over the real broker, in one process, while fast-check's scheduler decides which answer comes next. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Broker, noStateFile } from "../../src/broker/index.ts";
import { createApp } from "../../src/http/app.ts";
import type { Clock, EnginePort, PoolPort, SourceEvents, StreamsPort } from "../../src/ports.ts";
import type { ClientId, SessionUrls } from "../../src/slots/index.ts";
import { APP_SETTINGS } from "../support/app-settings.ts";
import { NOTHING_HELD } from "../support/shared-world.ts";

const CAP = 1;
const ENGINES = [1, 2].map((port) => ({
  id: `e${port}`,
  name: `e${port}`,
  address: { scheme: "http", host: "engine", port } as const,
  health: "healthy" as const,
  draining: false,
  forwarded: false,
  usedAtMs: null,
}));
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

interface Ask {
  readonly content: number;
  /** Goes away some time, answered or not. */
  readonly leaves: boolean;
}

/** Lives through all of it; answers the statuses and what is left. */
async function live(scheduler: fc.Scheduler, asks: readonly Ask[]) {
  const running: number[][] = ENGINES.map(() => []);
  let highest = 0;
  let sessions = 0;
  const urlsOf = (port: number): SessionUrls => {
    const name = `${port} ${++sessions}`;
    return { playback: name, stat: name, command: name };
  };
  const soon = async (what: string): Promise<void> => {
    await scheduler.schedule(Promise.resolve(), what);
  };
  const engine: EnginePort = {
    async start({ address }) {
      const urls = urlsOf(address.port);
      const carried = running[address.port - 1] ?? [];
      carried.push(sessions);
      highest = Math.max(highest, carried.length);
      await soon(`start ${urls.command}`);
      const answer = { urls, infohash: null, playbackSession: urls.command, isLive: true };
      return { kind: "started", answer };
    },
    async stop(urls) {
      await soon(`stop ${urls.command}`);
      const [port = 0, session] = urls.command.split(" ").map(Number);
      const carried = running[port - 1] ?? [];
      carried.splice(carried.indexOf(session ?? 0), 1);
      return { kind: "confirmed", proof: "stop confirmed" };
    },
    stat: async () => ({ kind: "gone" }),
    alive: async () => true,
  };
  const pool: PoolPort = {
    look: async () => ({ engines: ENGINES, streams: [], skipped: [] }),
    provision: null,
    fallback: [],
    describe: () => "two engines",
  };
  const clock: Clock = {
    now: () => 0,
    monotonicMs: () => 0,
    after(_delayMs, fire, what = "") {
      let isSet = true;
      // Lingering ends some time; nobody here waits so long that another timer matters.
      if (what.startsWith("linger ")) void soon(what).then(() => isSet && fire());
      return () => {
        isSet = false;
      };
    },
  };
  let events: (SourceEvents & { left(client: ClientId, reason: string): void }) | undefined;
  const streams: StreamsPort = {
    play: ({ session }) => void soon(`media ${session}`).then(() => events?.media(session)),
    move() {},
    drop() {},
    close() {},
    taken: () => null,
    figures: () => null,
  };
  const broker = new Broker(
    {
      engine,
      pool,
      clock,
      reports: { started() {}, ended() {}, flush: async () => {}, pending: 0 },
      streams: (ears) => {
        events = ears;
        return streams;
      },
      journal: null,
      store: { ...noStateFile("test"), save: () => soon("save") },
      log: SILENT,
    },
    {
      cap: CAP,
      queueTimeoutMs: 1,
      startTimeoutMs: 1,
      stallTimeoutMs: 1,
      lingerMs: 1,
      releaseTimeoutMs: 1,
      proxy: "test",
      life: "now",
    },
  );
  const fetch = createApp({
    broker,
    bodies: {
      body(client) {
        void soon(`client ${client} has enough`).then(() => events?.left(client, "has enough"));
        return "bytes";
      },
      figures: () => null,
      watching: () => null,
      openHls: () => ({ code: "engine_error", message: "none" }),
      hlsSessions: 0,
      held: NOTHING_HELD,
      hlsOf: () => null,
      hls: () => null,
    },
    current: () => APP_SETTINGS,
    stateTrouble: null,
  });
  await broker.start();
  const statuses: (number | "left")[] = [];
  const all = asks.map(async ({ content, leaves }, index) => {
    await soon(`request ${index}`);
    const away = new AbortController();
    const id = `${content}`.padStart(40, "a");
    const request = new Request(`http://proxy/ace/getstream?id=${id}`, { signal: away.signal });
    if (leaves) void soon(`client ${index} goes away`).then(() => away.abort());
    const { status } = await fetch(request, { address: `10.0.0.${index}` });
    statuses[index] = away.signal.aborted ? "left" : status;
  });
  await scheduler.waitFor(Promise.all(all));
  await scheduler.waitIdle();
  await scheduler.waitFor(broker.close());
  return { statuses, highest, running: running.flat(), state: broker.state };
}

test("in any order of answers every request has one, the cap holds, and nothing is left behind", async () => {
  const ask = fc.record({ content: fc.integer({ min: 1, max: 3 }), leaves: fc.boolean() });
  let fullest = 0;
  let gone = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(ask, { minLength: 1, maxLength: 6 }),
      async (scheduler, asks) => {
        const { statuses, highest, running, state } = await live(scheduler, asks);
        expect(statuses).toHaveLength(asks.length);
        for (const [index, status] of statuses.entries())
          expect([200, ...(asks[index]?.leaves ? ["left"] : [])]).toContain(status);
        expect(highest).toBeLessThanOrEqual(CAP);
        expect(running).toEqual([]);
        expect([state.places.size, state.streams.size, state.clients.size]).toEqual([0, 0, 0]);
        fullest = Math.max(fullest, highest);
        if (statuses.includes("left")) gone++;
      },
    ),
    { numRuns: 150, seed: 20251012 },
  );
  expect(fullest).toBe(CAP);
  expect(gone).toBeGreaterThan(10);
}, 60_000);
