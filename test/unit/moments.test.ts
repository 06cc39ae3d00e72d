/** What the API tells of times and versions: right by the clock, and nothing kept of what is long gone. */
import { expect, test } from "bun:test";
import { Moments } from "../../src/broker/index.ts";
import { Versions } from "../../src/engine/index.ts";
import { plainText } from "../../src/http/plain-text.ts";
import type { Clock } from "../../src/ports.ts";
import { type SelectorEvent, type State, step } from "../../src/slots/index.ts";
import { listed, request, snapshotOf, stateAfter } from "../support/shared-world.ts";

const CONTENT = `id:${"1".repeat(40)}`;

function handClock() {
  let nowMs = 1_000;
  const clock: Clock = { now: () => nowMs, monotonicMs: () => nowMs, after: () => () => {} };
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { clock, pass };
}

function world() {
  const { clock, pass } = handClock();
  const moments = new Moments(clock);
  let state: State = stateAfter(1, []);
  const take = (event: SelectorEvent): void => {
    const taken = step(state, event);
    moments.look(state, taken);
    state = taken.state;
  };
  take(snapshotOf(listed("e1")));
  return { moments, pass, take, stateOf: () => state };
}

test("a stream's age, its lingering and a slot's time in its state go by the clock", () => {
  const { moments, pass, take, stateOf } = world();
  expect([moments.slotMs("e1", 0), moments.stream(1), moments.lingeringMs(1)]).toEqual([null, null, null]);
  take(request(1, CONTENT));
  pass(500);
  expect(moments.stream(1)).toEqual({ at: new Date(1_000).toISOString(), agoMs: 500 });
  expect(moments.slotMs("e1", 0)).toBe(500);
  const [session = 0] = stateOf().places.keys();
  const urls = { playback: "http://e/p", stat: "http://e/s", command: "http://e/c" };
  const answer = { urls, infohash: null, playbackSession: "p", isLive: true };
  take({ type: "started", session, answer });
  pass(70);
  expect(moments.slotMs("e1", 0)).toBe(70);
  take({ type: "media", session });
  take({ type: "leave", client: 1 });
  pass(30);
  expect([stateOf().streams.get(1)?.lingeringSince, moments.lingeringMs(1)]).toEqual([
    expect.any(Number),
    30,
  ]);
  take(request(2, CONTENT));
  expect(moments.lingeringMs(1)).toBeNull();
  expect(moments.stream(1)?.agoMs).toBe(600);
});

test("thousands of streams and clients that came and went are forgotten", () => {
  const { moments, take, stateOf } = world();
  for (let client = 1; client <= 3_000; client++) {
    moments.came(client, stateOf().clients);
    take(request(client, CONTENT));
    take({ type: "leave", client });
  }
  const known = Array.from({ length: 3_000 }, (_, n) => n + 1);
  expect(known.filter((id) => moments.client(id) !== null).length).toBeLessThan(100);
  expect(known.filter((id) => moments.stream(id) !== null).length).toBeLessThan(100);
  expect(moments.client(3_000)).not.toBeNull();
});

test("an engine that has gone and comes again begins anew", () => {
  const { moments, pass, take } = world();
  take(request(1, CONTENT));
  take({ type: "startFailed", session: 1, fault: "content", opened: "no", message: "no such content" });
  pass(500);
  expect(moments.slotMs("e1", 0)).toBe(500);
  take({ type: "snapshot", asked: 2, engines: [listed("e2", "10.0.0.2")], streams: [] });
  take({ type: "snapshot", asked: 3, engines: [listed("e1")], streams: [] });
  expect(moments.slotMs("e1", 0)).toBeNull();
});

test("a slot that a lower cap took away and a higher one brings back begins anew", () => {
  const { moments, pass, take, stateOf } = world();
  const cap = (count: number): SelectorEvent => ({ type: "configure", cap: count, provisioning: false });
  take(cap(2));
  take(request(1, CONTENT));
  take(request(2, `id:${"2".repeat(40)}`));
  pass(100);
  expect([moments.slotMs("e1", 0), moments.slotMs("e1", 1)]).toEqual([100, 100]);
  const session = stateOf().engines.get("e1")?.slots[1]?.session?.id ?? 0;
  take(cap(1));
  take({ type: "startFailed", session, fault: "content", opened: "no", message: "no such content" });
  expect(stateOf().engines.get("e1")?.slots).toHaveLength(1);
  pass(100);
  take(cap(2));
  expect([moments.slotMs("e1", 0), moments.slotMs("e1", 1)]).toEqual([200, null]);
  take(request(3, `id:${"3".repeat(40)}`));
  take(cap(3));
  pass(50);
  expect([moments.slotMs("e1", 0), moments.slotMs("e1", 1)]).toEqual([250, 50]);
});

test("what waits for a higher cap has its slot's time from then on", () => {
  const { moments, pass, take } = world();
  take(request(1, CONTENT));
  take(request(2, `id:${"2".repeat(40)}`));
  pass(100);
  take({ type: "configure", cap: 2, provisioning: false });
  pass(30);
  expect([moments.slotMs("e1", 0), moments.slotMs("e1", 1)]).toEqual([130, 30]);
});

test("a version is asked for once, and again after an hour; one that was not told after a minute", async () => {
  let nowMs = 0;
  let answer: string | null = null;
  let asked = 0;
  const versions = new Versions(
    async () => {
      asked++;
      return answer;
    },
    () => nowMs,
  );
  const look = async (): Promise<string | null> => {
    const version = versions.of({ scheme: "http", host: "10.0.0.1", port: 6878 });
    await Promise.resolve();
    return version;
  };
  expect([await look(), await look(), asked]).toEqual([null, null, 1]);
  nowMs += 60_000;
  answer = "3.2.11";
  expect([await look(), await look(), asked]).toEqual([null, "3.2.11", 2]);
  nowMs += 3_599_999;
  expect([await look(), asked]).toEqual(["3.2.11", 2]);
  nowMs += 1;
  answer = "3.3.0";
  expect([await look(), await look(), asked]).toEqual(["3.2.11", "3.3.0", 3]);
});

test("a look at a large pool asks for each version once, and a few at a time", async () => {
  const answers: (() => void)[] = [];
  let [asked, most] = [0, 0];
  const versions = new Versions(
    () => {
      asked++;
      most = Math.max(most, answers.length + 1);
      return new Promise((resolve) => answers.push(() => resolve("3.2.11")));
    },
    () => 0,
  );
  const engines = Array.from({ length: 5_000 }, (_, port) => ({
    scheme: "http" as const,
    host: "10.0.0.1",
    port,
  }));
  const look = (): number => engines.filter((engine) => versions.of(engine) !== null).length;
  expect([look(), look(), asked]).toEqual([0, 0, 4]);
  while (answers.length > 0) {
    answers.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect([look(), asked, most]).toEqual([5_000, 5_000, 4]);
});

test("words from elsewhere lose what could break a terminal or turn a line round, and are cut", () => {
  expect(plainText("VLC/3.0 \u001b[31m\r\n\u202eevil\u0085")).toBe(
    "VLC/3.0 \ufffd[31m\ufffd\ufffd\ufffdevil\ufffd",
  );
  expect(plainText("Ünïcode 電視 🎬")).toBe("Ünïcode 電視 🎬");
  expect(plainText("x".repeat(20), 5)).toBe("xxxxx…");
});
