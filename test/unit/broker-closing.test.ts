/** A proxy that is closed leaves nothing behind that would keep a process. */
import { expect, spyOn, test } from "bun:test";
import { createProxy } from "aceslot";
import { contentId, startSimEngine } from "aceslot/sim";
import { Broker, noStateFile, systemClock } from "../../src/broker/index.ts";
import { DRAIN_REPORTS_MS, DRAIN_STOPS_MS } from "../../src/limits.ts";
import type { LeasePort, LeaseView } from "../../src/ports.ts";
import { handClock } from "./odd-server.ts";

test("no timer is left when a proxy is closed in the middle of a stream", async () => {
  const armed = new Map<object, string>();
  const { after } = systemClock;
  using _spy = spyOn(systemClock, "after").mockImplementation((delayMs, fire, what) => {
    const timer = {};
    armed.set(timer, `${what} (${delayMs} ms)`);
    const cancel = after(
      delayMs,
      () => {
        armed.delete(timer);
        fire();
      },
      what,
    );
    return () => {
      armed.delete(timer);
      cancel();
    };
  });
  await using engine = await startSimEngine();
  const proxy = createProxy({ engines: [engine.address] });
  const answer = await proxy.fetch(new Request(`http://proxy/ace/getstream?id=${contentId(1)}`));
  const reader = answer.body?.getReader();
  expect((await reader?.read())?.done).toBe(false);
  expect(armed.size).toBeGreaterThan(0);
  await proxy.close();
  expect([...armed.values()]).toEqual([]);
  await expect(reader?.read()).rejects.toThrow();
});

/** What is told to users, and what containers are given. */
const SHUTDOWN_MS = 8_000;

test("whatever hangs at the end, the engines, the reports, the store and both disks: it is over within 8 s", async () => {
  const never = new Promise<never>(() => {});
  const hangs = () => never;
  const clock = handClock();
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const address = { scheme: "http", host: "engine", port: 1 } as const;
  const seen = { id: "e", name: "e", address, health: "healthy", draining: false } as const;
  const listed = { ...seen, forwarded: false, usedAtMs: null };
  const urls = { playback: "http://engine/p", stat: "http://engine/s", command: "http://engine/c" };
  const leases: LeasePort = {
    ...{ start() {}, isHeld: () => true, note() {}, release() {}, waiting() {}, drain() {} },
    ...{ claim: hangs, view: {} as LeaseView, close: hangs },
  };
  const former = { engine: "e", name: "e", address, contents: [], urls, playbackSession: "s" };
  const broker = new Broker(
    {
      engine: { start: hangs, stop: hangs, stat: hangs, alive: hangs },
      pool: {
        look: async () => ({ engines: [listed], streams: [], skipped: [] }),
        ...{ provision: null, fallback: [], describe: () => "engines" },
      },
      reports: {
        ...{ started() {}, ended() {}, pending: 1 },
        flush: (ms) => new Promise((resolve) => clock.after(ms, resolve)),
      },
      streams: () => ({
        play() {},
        move() {},
        drop() {},
        close() {},
        taken: () => null,
        figures: () => null,
      }),
      journal: { append() {}, flush: hangs, linesLost: 0, linesPending: 1, isOpen: true },
      store: {
        ...noStateFile("p"),
        former: [{ ...former, reportedAs: null, lease: null }],
        ...{ save: hangs, close: hangs },
      },
      ...{ leases, clock, log },
    },
    {
      ...{ cap: 1, queueTimeoutMs: 20_000, startTimeoutMs: 60_000, stallTimeoutMs: 20_000 },
      ...{ lingerMs: 0, releaseTimeoutMs: 90_000, proxy: "p", life: "1" },
    },
  );
  await broker.start();
  expect(broker.state.places.size).toBe(1);
  let isOver = false;
  void broker
    .drain(DRAIN_STOPS_MS, DRAIN_REPORTS_MS)
    .then(() => broker.close())
    .then(() => {
      isOver = true;
    });
  for (let passed = 0; passed < SHUTDOWN_MS && !isOver; passed += 100) {
    clock.pass(100);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }
  expect(isOver).toBe(true);
  expect(clock.nextMs()).toBeNull();
});
