import { describe, expect, test } from "bun:test";
import { contentId, FOREIGN_URL_BASES, infohashOf, type StartFault } from "../../src/sim/index.ts";
import { until } from "../support/until.ts";
import {
  bareEngine,
  type EngineAnswer,
  json,
  raw,
  type Started,
  start,
  startUrl,
  stop,
} from "./sim-calls.ts";

const A = contentId(1);
const B = contentId(2);

describe("a start that goes wrong", () => {
  const forms: [string, StartFault, (text: string, status: number) => boolean][] = [
    [
      "the engine's own words",
      { kind: "error", words: "cannot find peers" },
      (text, status) => status === 200 && text === '{"response":null,"error":"cannot find peers"}',
    ],
    ["plain text", { kind: "text", text: "premium only" }, (text) => text === "premium only"],
    ["an empty body", { kind: "empty" }, (text, status) => status === 200 && text === ""],
    ["HTML", { kind: "html" }, (text) => text.startsWith("<!DOCTYPE html>")],
    [
      "truncated JSON",
      { kind: "truncated" },
      (text) => text.startsWith('{"response"') && !text.endsWith("}"),
    ],
    ["other JSON", { kind: "json", body: { response: 7 } }, (text) => text === '{"response":7}'],
    ["500", { kind: "status", status: 500 }, (_text, status) => status === 500],
    ["404", { kind: "status", status: 404 }, (_text, status) => status === 404],
    ["422", { kind: "status", status: 422, text: "unknown infohash" }, (_text, status) => status === 422],
  ];
  for (const [name, fault, isRight] of forms) {
    test(`answers ${name}: before the effect it carries nothing, after it one session`, async () => {
      await using engine = await bareEngine();
      for (const [effect, load] of [
        ["before", 0],
        ["during", 0],
        ["after", 1],
      ] as const) {
        engine.resetPeakLoad();
        engine.faults.start = { ...fault, effect };
        const answer = await fetch(startUrl(engine, `id=${A}`));
        expect(isRight(await answer.text(), answer.status)).toBe(true);
        expect([effect, engine.load, engine.peakLoad]).toEqual([effect, load, effect === "before" ? 0 : 1]);
      }
    });
  }

  test("10 MiB of JSON is valid, and long", async () => {
    await using engine = await bareEngine();
    engine.faults.start = { kind: "huge" };
    const text = await (await fetch(startUrl(engine, `id=${A}`))).text();
    expect(text.length).toBeGreaterThan(10 * 1024 * 1024);
    expect(JSON.parse(text)).toMatchObject({ error: null });
  });

  test("hangs: begun it counts until it expires, not begun it never counts", async () => {
    await using engine = await bareEngine({ unreadSessionMs: 40 });
    engine.faults.start = [
      { kind: "hang", content: A, effect: "after" },
      { kind: "hang", content: B },
    ];
    const leaving = new AbortController();
    const asked = [A, B].map((id) =>
      fetch(startUrl(engine, `id=${id}`), { signal: leaving.signal }).catch(() => "left"),
    );
    await until("both arrive", () => engine.counters.starts === 2);
    expect(engine.peakLoad).toBe(1);
    await until("the begun one expires", () => engine.load === 0);
    leaving.abort();
    expect(await Promise.all(asked)).toEqual(["left", "left"]);
  });

  test("is reset or closed without an answer, and counts when it was begun", async () => {
    await using engine = await bareEngine();
    engine.faults.start = { kind: "reset", effect: "after" };
    expect(await raw(startUrl(engine, `id=${A}`))).toMatchObject({ text: "", end: "reset" });
    expect(engine.load).toBe(1);
    engine.faults.start = { kind: "close" };
    expect(await raw(startUrl(engine, `id=${B}`))).toMatchObject({ text: "", end: "fin" });
    expect(engine.load).toBe(1);
  });

  test("comes late, and counts from its arrival", async () => {
    await using engine = await bareEngine();
    engine.faults.start = { kind: "late", delayMs: 60 };
    const starting = start(engine, `id=${A}`);
    await until("it arrives", () => engine.load === 1);
    await stop(await starting);
    expect(engine.load).toBe(0);
  });

  test("can be slow without any fault, changed at run time", async () => {
    await using engine = await bareEngine();
    engine.faults.startDelayMs = 60;
    const starting = start(engine, `id=${A}`);
    await until("it arrives", () => engine.load === 1);
    expect(engine.sessions.values().next().value?.ready).toBe(false);
    await starting;
    expect(engine.sessions.values().next().value?.ready).toBe(true);
  });

  test("names foreign places, but keeps path and query its own", async () => {
    await using engine = await bareEngine();
    for (const base of FOREIGN_URL_BASES) {
      engine.faults.start = { kind: "urls", base };
      const started = await start(engine, `id=${A}`);
      const path = `${infohashOf(A)}/${started.playback_session_id}`;
      expect(started.playback_url).toBe(`${base}/ace/r/${path}`);
      expect(started.command_url).toBe(`${base}/ace/cmd/${path}`);
    }
    engine.faults.start = { kind: "urls", base: "file://", which: "stat" };
    const started = await start(engine, `id=${A}`);
    expect(started.stat_url).toStartWith("file:///ace/stat/");
    expect(started.playback_url).toStartWith(`http://${engine.address}/`);
  });

  test("can be limited to a content, under both of its numbers, and to a number of calls", async () => {
    await using engine = await bareEngine();
    engine.faults.start = { kind: "error", words: "premium only", content: A, times: 2 };
    const errors: (string | null)[] = [];
    for (const query of [`id=${B}`, `id=${A}`, `infohash=${infohashOf(A)}`, `id=${A}`]) {
      errors.push((await json<EngineAnswer<Started>>(startUrl(engine, query))).error);
    }
    expect(errors).toEqual([null, "premium only", "premium only", null]);
  });
});

describe("a stop that goes wrong", () => {
  test("is refused, hangs or fails, and the session goes on", async () => {
    await using engine = await bareEngine();
    const started = await start(engine, `id=${A}`);
    engine.faults.stop = { kind: "reset" };
    expect((await raw(`${started.command_url}?method=stop`)).end).toBe("reset");
    engine.faults.stop = { kind: "error", words: "busy" };
    expect(await stop(started)).toEqual({ response: null, error: "busy" });
    engine.faults.stop = { kind: "status", status: 500 };
    expect((await fetch(`${started.command_url}?method=stop`)).status).toBe(500);
    expect(engine.load).toBe(1);
    engine.faults.stop = { kind: "hang" };
    const leaving = new AbortController();
    const hanging = fetch(`${started.command_url}?method=stop`, { signal: leaving.signal }).catch(
      () => "left",
    );
    await until("it arrives", () => engine.counters.stops === 4);
    leaving.abort();
    expect(await hanging).toBe("left");
    expect(engine.load).toBe(1);
  });

  test("takes effect although its answer is lost", async () => {
    await using engine = await bareEngine();
    const started = await start(engine, `id=${A}`);
    engine.faults.stop = { kind: "reset", effect: "after" };
    await raw(`${started.command_url}?method=stop`);
    expect(engine.load).toBe(0);
  });

  test("comes late, or says `unknown session` of one that it ends", async () => {
    await using engine = await bareEngine();
    engine.faults.stop = [{ kind: "late", delayMs: 40, times: 1 }, { kind: "unknown_session" }];
    expect(await stop(await start(engine, `id=${A}`))).toEqual({ response: "ok", error: null });
    expect((await stop(await start(engine, `id=${A}`))).error).toBe("unknown playback session id");
    expect(engine.load).toBe(0);
  });
});

describe("a stat that goes wrong", () => {
  test("stands still, is unknown, is garbage, or hangs", async () => {
    await using engine = await bareEngine();
    const { stat_url } = await start(engine, `id=${A}`);
    type Stat = { response: { downloaded: number; peers: number; speed_down: number } };
    engine.faults.stat = { kind: "no_progress" };
    const first = (await json<Stat>(stat_url)).response;
    await until("time passes", () =>
      [...engine.sessions.values()].every((s) => performance.now() - s.beganAtMs > 50),
    );
    expect((await json<Stat>(stat_url)).response).toEqual(first);
    expect(first).toMatchObject({ peers: 0, speed_down: 0 });
    engine.faults.stat = { kind: "unknown_session" };
    expect(await json<unknown>(stat_url)).toEqual({ response: {}, error: "unknown playback session id" });
    engine.faults.stat = { kind: "text", text: "%%%" };
    expect(await (await fetch(stat_url)).text()).toBe("%%%");
    engine.faults.stat = { kind: "hang" };
    const leaving = new AbortController();
    const hanging = fetch(stat_url, { signal: leaving.signal }).catch(() => "left");
    await until("it arrives", () => engine.counters.stats === 5);
    leaving.abort();
    expect(await hanging).toBe("left");
    expect(engine.load).toBe(1);
  });
});
