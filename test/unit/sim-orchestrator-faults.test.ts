import { describe, expect, test } from "bun:test";
import {
  BAD_ENGINE_RECORDS,
  BAD_STREAM_RECORDS,
  contentId,
  type SimEngine,
  type SimWorld,
  startWorld,
} from "../../src/sim/index.ts";
import { until } from "../support/until.ts";
import { holdTimers, json, raw } from "./sim-calls.ts";

type Fields = Record<string, unknown>;
const A = contentId(1);

const first = (w: SimWorld): SimEngine => w.engines[0] as SimEngine;
const startedBody = (engine: SimEngine): string =>
  JSON.stringify({
    engine: { host: engine.host, port: engine.port },
    stream: { key_type: "content_id", key: A },
    session: {
      playback_session_id: "s",
      stat_url: `http://${engine.address}/`,
      command_url: `http://${engine.address}/`,
      is_live: 1,
    },
    labels: { stream_id: "one" },
  });
const begin = (w: SimWorld): Promise<Response> =>
  fetch(`${w.url}/events/stream_started`, { method: "POST", body: startedBody(first(w)) });
const idsOf = async (w: SimWorld): Promise<unknown[]> =>
  (await json<Fields[]>(`${w.url}/streams`)).map((stream) => stream.id);

describe("an orchestrator's reads", () => {
  test("lag behind its events, ends like starts, and in order", async () => {
    await using w = await startWorld({ engines: 1, lagMs: 80 });
    using timers = holdTimers();
    await begin(w);
    expect(await idsOf(w)).toEqual([]);
    expect(w.orchestrator.truth().streams).toHaveLength(1);
    timers.release();
    await until("the start is shown", async () => (await idsOf(w)).length === 1);
    w.orchestrator.lagMs = 0;
    await fetch(`${w.url}/events/stream_ended`, { method: "POST", body: '{"stream_id":"one"}' });
    expect(w.orchestrator.view().streams.map((stream) => stream.status)).toEqual(["ended"]);
  });

  test("a shortened lag never overtakes an earlier event", async () => {
    await using w = await startWorld({ engines: 1, lagMs: 60 });
    using timers = holdTimers();
    await begin(w);
    w.orchestrator.lagMs = 0;
    await fetch(`${w.url}/events/stream_ended`, { method: "POST", body: '{"stream_id":"one"}' });
    expect(w.orchestrator.view().streams).toEqual([]);
    timers.release();
    await until("both are shown", () => w.orchestrator.view().streams[0]?.status === "ended");
  });

  test("answer with every wrong form", async () => {
    await using w = await startWorld({ engines: 1 });
    const ask = async (): Promise<[number, string]> => {
      const answer = await fetch(`${w.url}/engines`);
      return [answer.status, await answer.text()];
    };
    const { routes } = w.orchestrator.faults;
    for (const status of [401, 403, 404, 422, 500]) {
      routes.engines = { kind: "status", status };
      expect((await ask())[0]).toBe(status);
    }
    routes.engines = { kind: "html" };
    expect((await ask())[1]).toStartWith("<!DOCTYPE html>");
    routes.engines = { kind: "truncated" };
    expect((await ask())[1]).toMatch(/^\[\{.*[^\]]$/);
    routes.engines = { kind: "huge", bytes: 3_000_000 };
    const huge = (await ask())[1];
    expect(huge.length).toBeGreaterThan(3_000_000);
    expect(JSON.parse(huge)).toHaveLength(1);
    routes.engines = { kind: "json", body: { engines: "none" } };
    expect((await ask())[1]).toBe('{"engines":"none"}');
    routes.engines = { kind: "reset" };
    expect((await raw(`${w.url}/engines`)).end).toBe("reset");
    routes.engines = [{ kind: "late", delayMs: 30, times: 1 }];
    expect((await ask())[0]).toBe(200);
    expect(w.orchestrator.counters.engines).toBe(11);
  });

  test("hang on one path while the others go on", async () => {
    await using w = await startWorld({ engines: 1 });
    w.orchestrator.faults.routes.streams = { kind: "hang" };
    const leaving = new AbortController();
    const hanging = fetch(`${w.url}/streams`, { signal: leaving.signal }).catch(() => "left");
    await until("it arrives", () => w.orchestrator.counters.streams === 1);
    expect((await fetch(`${w.url}/engines`)).status).toBe(200);
    leaving.abort();
    expect(await hanging).toBe("left");
  });

  test("list engines twice, without port, by the thousand, and records that are none", async () => {
    for (const generation of [1, 2] as const) {
      await using w = await startWorld({ engines: 2, generation });
      const prefix = generation === 1 ? "" : "/api/v1";
      const engines = (): Promise<Fields[]> => json(`${w.url}${prefix}/engines`);
      const { faults } = w.orchestrator;
      faults.enginesTwice = "same";
      expect(new Set((await engines()).map((engine) => engine.container_id)).size).toBe(2);
      faults.enginesTwice = "other_name";
      const twins = await engines();
      expect(new Set(twins.map((engine) => engine.container_id)).size).toBe(4);
      expect(new Set(twins.map((engine) => engine.port)).size).toBe(2);
      expect(new Set(twins.map((engine) => engine.host))).toEqual(new Set(["127.0.0.1", "localhost"]));
      faults.enginesTwice = false;
      faults.withoutPort = [w.orchestrator.containerIdOf(first(w))];
      expect((await engines()).filter((engine) => !("port" in engine))).toHaveLength(1);
      faults.withoutPort = [];
      faults.extraEngines = { count: 5000, health: "healthy" };
      const many = await engines();
      expect(new Set(many.map((engine) => `${engine.host}:${engine.port}`)).size).toBe(5002);
      faults.extraEngines = null;
      faults.extraEngineRecords = BAD_ENGINE_RECORDS;
      expect(await engines()).toHaveLength(2 + BAD_ENGINE_RECORDS.length);
      faults.extraStreamRecords = BAD_STREAM_RECORDS;
      expect(await json<unknown[]>(`${w.url}${prefix}/streams`)).toHaveLength(BAD_STREAM_RECORDS.length);
    }
  });

  test("go on listing an engine that died, until it is removed", async () => {
    await using w = await startWorld({ engines: 2 });
    const containerId = w.orchestrator.containerIdOf(first(w));
    await begin(w);
    await first(w).kill();
    expect(await json<unknown[]>(`${w.url}/engines`)).toHaveLength(2);
    w.orchestrator.removeEngine(containerId);
    expect(await json<unknown[]>(`${w.url}/engines`)).toHaveLength(1);
    expect(w.orchestrator.view().streams[0]?.status).toBe("ended");
  });
});

describe("an orchestrator's events", () => {
  test("are taken although the answer is lost", async () => {
    await using w = await startWorld({ engines: 1 });
    w.orchestrator.faults.routes.stream_started = { kind: "reset", effect: "after", times: 1 };
    await expect(begin(w)).rejects.toThrow();
    expect(await idsOf(w)).toEqual(["one"]);
  });

  test("are taken although the answer is 500, or refused with the same words", async () => {
    await using w = await startWorld({ engines: 1 });
    const { routes } = w.orchestrator.faults;
    routes.stream_started = { kind: "status", status: 500, content: contentId(9) };
    expect((await begin(w)).status).toBe(200);
    w.orchestrator.forget();
    routes.stream_started = { kind: "status", status: 500, content: A };
    expect((await begin(w)).status).toBe(500);
    expect(await idsOf(w)).toEqual([]);
    routes.stream_started = { kind: "status", status: 500, content: A, effect: "after" };
    expect((await begin(w)).status).toBe(500);
    expect(await idsOf(w)).toEqual(["one"]);
  });

  test("are written down with body and time", async () => {
    await using w = await startWorld({ engines: 1 });
    await begin(w);
    await fetch(`${w.url}/streams?status=started`);
    await fetch(`${w.url}/nowhere`);
    expect(w.orchestrator.calls).toMatchObject([
      { method: "POST", path: "/events/stream_started", body: { labels: { stream_id: "one" } } },
      { method: "GET", path: "/streams", query: "?status=started" },
      { path: "/nowhere" },
    ]);
    expect(w.orchestrator.counters).toMatchObject({ stream_started: 1, streams: 1, other: 1 });
    const times = w.orchestrator.calls.map((call) => call.atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });
});

describe("an orchestrator", () => {
  test("forgets its streams in a restart, not its engines", async () => {
    await using w = await startWorld({ engines: 2 });
    await begin(w);
    w.orchestrator.forget();
    expect(await idsOf(w)).toEqual([]);
    expect(await json<Fields[]>(`${w.url}/engines`)).toMatchObject([{ streams: [] }, { streams: [] }]);
  });

  test("goes down with a reset and comes up on its port", async () => {
    await using w = await startWorld({ engines: 1 });
    w.orchestrator.faults.routes.engines = { kind: "hang", times: 1 };
    const hanging = raw(`${w.url}/engines`);
    await until("it arrives", () => w.orchestrator.counters.engines === 1);
    await w.orchestrator.down();
    expect((await hanging).end).toBe("reset");
    expect((await raw(`${w.url}/engines`)).end).toBe("refused");
    await w.orchestrator.up();
    expect((await fetch(`${w.url}/engines`)).status).toBe(200);
  });

  test("relists an engine as unhealthy or draining, and takes an engine in under another name", async () => {
    await using w = await startWorld({ engines: 2 });
    w.orchestrator.relist(w.orchestrator.containerIdOf(first(w)), { health: "unhealthy" });
    w.orchestrator.removeEngine(w.orchestrator.containerIdOf(w.engines[1] as SimEngine));
    const containerId = w.orchestrator.addEngine(w.engines[1] as SimEngine, {
      containerId: "9".repeat(64),
      forwarded: true,
    });
    expect(await json<Fields[]>(`${w.url}/engines`)).toMatchObject([
      { health_status: "unhealthy" },
      { container_id: containerId, forwarded: true, health_status: "healthy" },
    ]);
  });
});
