/** The feed of events over real connections: order, coming again, slow listeners, and what is left of those who went. */
import { afterEach, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/broker/index.ts";
import { Journal } from "../../src/broker/journal.ts";
import { Feed, type FeedOptions } from "../../src/http/api/feed.ts";
import { LISTENER_BYTES_MAX, LISTENERS_MAX } from "../../src/http/api/limits.ts";
import { Listener } from "../../src/http/api/listener.ts";
import { type FeedListener, listen } from "../support/listener.ts";
import { until } from "../support/until.ts";

interface Place {
  readonly feed: Feed;
  readonly journal: Journal;
  readonly url: string;
  /** How often the figures were made. */
  readonly figuresMade: () => number;
  /** Requests whose answer is not over. */
  readonly underWay: () => number;
  write(lines: number, message?: string): void;
  /** From now on another token is asked for. */
  changeToken(token: string | null): void;
  end(): void;
  listen(target?: string, headers?: readonly string[]): Promise<FeedListener>;
}

const left: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const leave of left.splice(0).toReversed()) await leave();
});

/** Nothing of its own in the time of a test. */
const IDLE = { figuresMs: 60_000, commentMs: 60_000, silenceMs: 60_000 };

/** `figuresBytes`: how large the figures are, at least. */
function startFeed(times?: FeedOptions["times"], figuresBytes = 0): Place {
  const journal = new Journal("test", systemClock, null);
  const ending = new AbortController();
  let made = 0;
  let asked: string | null = null;
  const feed = new Feed({
    broker: { journal, name: "test", life: "1ife" },
    ...(times === undefined ? {} : { times }),
    ending: ending.signal,
    token: () => asked,
    figures: () => {
      made++;
      const nothing = { engines: [], streams: [], clients: [], ended: [] };
      const queue = { waiting: [], provisioning: "idle" as const, blocked: null };
      return { at: new Date().toISOString().padEnd(figuresBytes, "."), ...nothing, queue };
    },
  });
  const server = Bun.serve({
    ...{ hostname: "127.0.0.1", port: 0, idleTimeout: 0, development: false },
    fetch(request) {
      const lastId = request.headers.get("last-event-id");
      const body = feed.listen(lastId);
      return body === null ? new Response("full", { status: 503 }) : new Response(body);
    },
  });
  left.push(() => server.stop(true));
  const url = `http://127.0.0.1:${server.port}`;
  return {
    ...{ feed, journal, url, figuresMade: () => made, end: () => ending.abort() },
    underWay: () => server.pendingRequests,
    changeToken(token) {
      asked = token;
    },
    write(lines, message = "") {
      for (let n = 0; n < lines; n++)
        journal.write({ type: "reject", client: 1, content: "id:0", code: "no_capacity", message });
    },
    async listen(target = "/", headers = []) {
      const listener = await listen(url, target, headers);
      left.push(() => listener.leave());
      return listener;
    },
  };
}

const seqs = (listener: FeedListener): number[] => listener.ids().map((id) => Number(id.split("-")[1]));
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, n) => from + n);
const names = (listener: FeedListener): string[] => listener.events.map(({ event }) => event);

describe("a listener", () => {
  test("is greeted, sees the figures at once, and then each line as it is written", async () => {
    const { listen, write, journal } = startFeed();
    write(2);
    const listener = await listen();
    await until("the figures are there", () => names(listener).includes("figures"));
    expect(listener.events[0]).toMatchObject({
      id: "1ife-2",
      event: "hello",
      data: { name: "test", life: "1ife" },
    });
    expect(names(listener).slice(0, 2)).toEqual(["hello", "figures"]);
    journal.write({
      engine: "e",
      slot: 0,
      from: "free",
      to: "pending",
      stream: 1,
      content: null,
      cause: "grant",
    });
    write(2);
    await until("all lines came", () => seqs(listener).length === 3);
    expect(seqs(listener)).toEqual([3, 4, 5]);
    const lines = listener.lines();
    expect(lines.map(({ event }) => event)).toEqual(["transition", "reject", "reject"]);
    expect(lines.map(({ data }) => data)).toEqual(journal.since(2).map((line) => ({ ...line })));
    expect(listener.ids()).toEqual(["1ife-3", "1ife-4", "1ife-5"]);
  });

  test("gets figures again and again, which are made once for all", async () => {
    const place = startFeed();
    const listeners = [await place.listen(), await place.listen(), await place.listen()];
    const count = (listener: FeedListener) => names(listener).filter((name) => name === "figures").length;
    await until("all have had three", () => listeners.every((listener) => count(listener) >= 3));
    // The newest may be on its way to them.
    await until("they have had all", () => place.figuresMade() === Math.max(...listeners.map(count)));
  });

  test("that comes again goes on behind the line that it had", async () => {
    const { listen, write } = startFeed();
    write(5);
    const first = await listen("/", ["Last-Event-ID: 1ife-2"]);
    await until("it has them", () => seqs(first).length === 3);
    first.leave();
    write(4);
    const again = await listen("/", [`Last-Event-ID: ${first.ids().at(-1)}`]);
    write(3);
    await until("it has them", () => seqs(again).at(-1) === 12);
    expect([...seqs(first), ...seqs(again)]).toEqual(range(3, 12));
    expect([...names(first), ...names(again)]).not.toContain("reset");
  });

  test("that is cut off before it has heard of a line misses none", async () => {
    const { listen, write } = startFeed();
    write(2);
    const first = await listen();
    await until("it is greeted", () => first.events.length > 0);
    first.leave();
    write(3);
    const again = await listen("/", [`Last-Event-ID: ${first.events[0]?.id}`]);
    await until("it has them", () => seqs(again).length === 3);
    expect([seqs(again), names(again).includes("reset")]).toEqual([[3, 4, 5], false]);
  });

  test("that has all misses nothing, and is told of no reset", async () => {
    const { listen, write } = startFeed();
    write(2);
    const listener = await listen("/", ["Last-Event-ID: 1ife-2"]);
    write(1);
    await until("the next one came", () => seqs(listener).length > 0);
    expect([seqs(listener), names(listener).includes("reset")]).toEqual([[3], false]);
  });

  for (const [what, id] of [
    ["another life", "0ther-2"],
    ["a line that has not been written", "1ife-9"],
    ["nobody", "what?"],
  ] as const)
    test(`with the id of ${what} is told to begin anew, and gets all lines`, async () => {
      const { listen, write } = startFeed();
      write(3);
      const listener = await listen("/", [`Last-Event-ID: ${id}`]);
      await until("it has them", () => seqs(listener).length === 3);
      expect(names(listener).slice(0, 2)).toEqual(["hello", "reset"]);
      expect(listener.events[1]?.data).toEqual({ reason: "not of this life", from: 1 });
      expect(seqs(listener)).toEqual([1, 2, 3]);
    });

  test("that was away for too long is told so, and gets what is kept", async () => {
    const { listen, write } = startFeed();
    write(1200);
    const listener = await listen("/", ["Last-Event-ID: 1ife-100"]);
    await until("it has them", () => seqs(listener).at(-1) === 1200);
    expect(listener.events[1]).toMatchObject({ event: "reset", data: { reason: "too old", from: 201 } });
    expect(seqs(listener)).toEqual(range(201, 1200));
  });
});

describe("a listener that reads nothing", () => {
  test("is broken off when too much waits for it, and the others miss nothing", async () => {
    const { listen, write, feed } = startFeed();
    const slow = await listen();
    const good = await listen();
    slow.pause();
    const message = "x".repeat(256 * 1024);
    let written = 0;
    // The system takes some megabytes before anything waits here.
    await until("the slow one is given up", async () => {
      write(1, message);
      written++;
      await until("the good one has it", () => seqs(good).length === written);
      return feed.listeners === 1;
    });
    expect(written * message.length).toBeGreaterThan(LISTENER_BYTES_MAX);
    expect(seqs(good)).toEqual(range(1, written));
    expect(good.over).toBeNull();
  });

  test("finds no heap of old figures when it reads again", () => {
    const listener = new Listener(() => {});
    for (const figures of [1, 2, 3]) listener.show(Uint8Array.of(figures));
    expect([listener.take(), listener.hasMore]).toEqual([Uint8Array.of(1), false]);
    listener.show(Uint8Array.of(4));
    expect(listener.take()).toEqual(Uint8Array.of(4));
  });

  test("is broken off after a while even if nothing is written but the figures", async () => {
    const { listen, feed } = startFeed({ figuresMs: 20, commentMs: 10_000, silenceMs: 300 }, 64 * 1024);
    const slow = await listen();
    const good = await listen();
    slow.pause();
    await until("the slow one is given up", () => feed.listeners === 1);
    expect(good.over).toBeNull();
  });
});

test("a comment comes now and then, so that nobody takes the silence for an end", async () => {
  const { listen } = startFeed({ figuresMs: 10_000, commentMs: 30, silenceMs: 10_000 });
  const listener = await listen();
  await until("comments came", () => listener.comments >= 3);
  expect(names(listener)).toEqual(["hello", "figures"]);
});

describe("the feed", () => {
  test("takes a number of listeners, and more when some have left", async () => {
    const { listen, feed } = startFeed();
    const all = await Promise.all(range(1, LISTENERS_MAX).map(() => listen()));
    expect(feed.listeners).toBe(LISTENERS_MAX);
    expect((await listen()).status).toBe(503);
    all[0]?.leave();
    await until("it is gone", () => feed.listeners === LISTENERS_MAX - 1);
    expect((await listen()).status).toBe(200);
  });

  test("does nothing while nobody listens, and keeps nothing of those who left", async () => {
    const place = startFeed();
    for (let round = 0; round < 5; round++) {
      const listeners = await Promise.all(range(1, 20).map(() => place.listen()));
      expect(place.feed.listeners).toBe(20);
      for (const listener of listeners) listener.leave();
      await until("all are gone", () => place.feed.listeners === 0);
    }
    const made = place.figuresMade();
    place.write(10);
    const witness = startFeed();
    const other = await witness.listen();
    // Two of another feed's figures are time enough for ours, were there a timer.
    await until("time has passed", () => names(other).filter((name) => name === "figures").length === 3);
    expect(place.figuresMade()).toBe(made);
  });

  test("ends all answers when another token is asked for, before they are told any more", async () => {
    const { listen, write, changeToken, feed } = startFeed(IDLE);
    changeToken("one");
    const listeners = [await listen(), await listen()];
    write(1);
    changeToken("two");
    write(1);
    await until("all have their end", () => listeners.every(({ over }) => over === "whole"));
    expect(listeners.map(seqs)).toEqual([[1], [1]]);
    const next = await listen();
    write(1);
    await until("it is told", () => seqs(next).includes(3));
    changeToken(null);
    const last = await listen();
    await until("the former has its end", () => next.over === "whole");
    expect([last.over, feed.listeners]).toEqual([null, 1]);
  });

  test("breaks off one that has stopped reading when another token is asked for: it would never see its end", async () => {
    // It must not be given up for its silence before.
    const times = { figuresMs: 20, commentMs: 10_000, silenceMs: 60_000 };
    const place = startFeed(times, 1024 * 1024);
    const slow = await place.listen();
    slow.pause();
    const made = place.figuresMade();
    await until("more was made than the system takes for it", () => place.figuresMade() > made + 16);
    times.silenceMs = 300;
    place.changeToken("another");
    await until("nobody listens", () => place.feed.listeners === 0);
    await until("its connection is gone", () => place.underWay() === 0);
  });

  test("ends all answers within a figure's time when another token is asked for and nothing happens", async () => {
    const { listen, changeToken } = startFeed({ ...IDLE, figuresMs: 20 });
    const listener = await listen();
    changeToken("two");
    await until("it has its end", () => listener.over === "whole");
  });

  test("ends all answers cleanly with the proxy, those that come later too", async () => {
    const { listen, write, end, feed } = startFeed();
    const listeners = [await listen(), await listen()];
    write(1);
    end();
    await until("all have their end", () => listeners.every(({ over }) => over === "whole"));
    expect(listeners.map(seqs)).toEqual([[1], [1]]);
    const late = await listen();
    await until("it has its end", () => late.over === "whole");
    expect(feed.listeners).toBe(0);
  });
});
