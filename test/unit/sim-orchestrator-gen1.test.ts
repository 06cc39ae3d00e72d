import { describe, expect, test } from "bun:test";
import { contentId, type SimEngine, type SimWorld, startWorld } from "../../src/sim/index.ts";
import { until } from "../support/until.ts";
import { holdTimers, json } from "./sim-calls.ts";

type Fields = Record<string, unknown>;
interface Engine {
  container_id: string;
  container_name: string;
  host: string;
  port: number;
  streams: string[];
  health_status: string;
  last_stream_usage: string | null;
  first_seen: string;
}
interface Stream {
  id: string;
  key: string;
  container_id: string;
  status: string;
  started_at: string;
  ended_at: string | null;
}

const A = contentId(1);
const B = contentId(2);

const world = (more: Partial<Parameters<typeof startWorld>[0]> = {}): Promise<SimWorld> =>
  startWorld({ engines: 2, ...more });

const engines = (w: SimWorld): Promise<Engine[]> => json(`${w.url}/engines`);
const streams = (w: SimWorld, query = ""): Promise<Stream[]> => json(`${w.url}/streams${query}`);

function post(
  w: SimWorld,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${w.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

function startedBody(engine: SimEngine, key: string, more: Fields = {}): Fields {
  const base = `http://${engine.address}/ace`;
  return {
    engine: { host: engine.host, port: engine.port },
    stream: { key_type: "content_id", key },
    session: { playback_session_id: "s1", stat_url: `${base}/stat`, command_url: `${base}/cmd`, is_live: 1 },
    ...more,
  };
}

const first = (w: SimWorld): SimEngine => w.engines[0] as SimEngine;
const second = (w: SimWorld): SimEngine => w.engines[1] as SimEngine;

async function begin(w: SimWorld, engine: SimEngine, key: string, id: string): Promise<void> {
  const container_id = w.orchestrator.containerIdOf(engine);
  const answer = await post(
    w,
    "/events/stream_started",
    startedBody(engine, key, { container_id, labels: { stream_id: id } }),
  );
  expect(answer.status).toBe(200);
}

const running = async (w: SimWorld): Promise<string[]> =>
  (await streams(w, "?status=started")).map((stream) => stream.id);

describe("generation 1 lists", () => {
  test("engines in order of registration, with Docker-like ids and times without a zone", async () => {
    await using w = await world();
    const listed = await engines(w);
    expect(listed.map((engine) => [engine.container_name, engine.port])).toEqual([
      ["acestream-1", first(w).port],
      ["acestream-2", second(w).port],
    ]);
    for (const engine of listed) {
      expect(engine.container_id).toMatch(/^[0-9a-f]{64}$/);
      expect(engine.first_seen).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
      expect(engine).toMatchObject({ streams: [], health_status: "healthy", last_stream_usage: null });
    }
  });

  test("under plain paths, under /api/v1, or both", async () => {
    for (const [paths, expected] of [
      ["plain", [200, 404]],
      ["v1", [404, 200]],
      ["both", [200, 200]],
    ] as const) {
      await using w = await world({ paths });
      const answers = await Promise.all(["/engines", "/api/v1/engines"].map((path) => fetch(w.url + path)));
      expect([paths, answers.map((answer) => answer.status)]).toEqual([paths, [...expected]]);
    }
  });

  test("every stream since the start unless filtered by status or container", async () => {
    await using w = await world();
    await begin(w, first(w), A, "one");
    await begin(w, second(w), B, "two");
    await post(w, "/events/stream_ended", { stream_id: "one" });
    expect((await streams(w)).map((stream) => [stream.id, stream.status])).toEqual([
      ["one", "ended"],
      ["two", "started"],
    ]);
    expect(await running(w)).toEqual(["two"]);
    const ofFirst = await streams(w, `?container_id=${w.orchestrator.containerIdOf(first(w))}`);
    expect(ofFirst.map((stream) => stream.id)).toEqual(["one"]);
    expect(ofFirst[0]?.started_at).not.toMatch(/Z$/);
  });

  test("a capacity that believes in one stream per engine", async () => {
    await using w = await world();
    for (const id of ["one", "two"]) await begin(w, first(w), id === "one" ? A : B, id);
    const status = await json<Fields>(`${w.url}/orchestrator/status`);
    expect(status).toMatchObject({
      status: "degraded",
      engines: { total: 2, running: 2, healthy: 2, unhealthy: 0 },
      streams: { active: 2, total: 2 },
      capacity: { total: 2, used: 2, available: 0 },
    });
  });
});

describe("generation 1 books a start", () => {
  test("under the label's id, else under key and session", async () => {
    await using w = await world();
    await begin(w, first(w), A, "labelled");
    const answer = await post(w, "/events/stream_started", startedBody(first(w), B));
    expect(await answer.json()).toMatchObject({ id: `${B}|s1`, key: B, status: "started", is_live: true });
    const [engine] = await engines(w);
    expect(engine?.streams).toEqual(["labelled", `${B}|s1`]);
    expect(engine?.last_stream_usage).not.toBeNull();
  });

  test("on the engine of that container, else of that address, else on a phantom in the list", async () => {
    await using w = await world();
    const byAddress = startedBody(second(w), A, { container_id: "f".repeat(64) });
    expect(await (await post(w, "/events/stream_started", byAddress)).json()).toMatchObject({
      container_id: w.orchestrator.containerIdOf(second(w)),
    });
    const unknown = {
      ...startedBody(first(w), B),
      container_id: "e".repeat(64),
      engine: { host: "10.0.0.9", port: 1 },
    };
    await post(w, "/events/stream_started", unknown);
    expect((await engines(w))[2]).toMatchObject({
      container_id: "e".repeat(64),
      container_name: "container-eeeeeeeeeeee",
      host: "10.0.0.9",
      port: 1,
      health_status: "unknown",
    });
  });

  test("and takes the event's address for that of the engine", async () => {
    await using w = await world();
    const container_id = w.orchestrator.containerIdOf(first(w));
    const body = { ...startedBody(first(w), A), container_id, engine: { host: "localhost", port: 4242 } };
    await post(w, "/events/stream_started", body);
    expect((await engines(w))[0]).toMatchObject({ container_id, host: "localhost", port: 4242 });
  });

  test("but refuses empty URLs, missing fields and what is not JSON with 422", async () => {
    await using w = await world();
    const right = startedBody(first(w), A);
    const session = right.session as Fields;
    const { stat_url: _stat, ...withoutStat } = session;
    for (const body of [
      { ...right, session: { ...session, stat_url: "" } },
      { ...right, session: { ...session, command_url: "" } },
      { ...right, session: withoutStat },
      { ...right, engine: { host: "127.0.0.1" } },
      { ...right, stream: { key_type: "channel", key: A } },
      "{",
    ]) {
      const answer = await post(w, "/events/stream_started", body);
      expect(answer.status).toBe(422);
      expect(await answer.json()).toMatchObject({ detail: [{ loc: expect.any(Array) }] });
    }
    expect(await streams(w)).toEqual([]);
  });
});

describe("generation 1 books an end", () => {
  test("of a known id, and again without harm", async () => {
    await using w = await world();
    await begin(w, first(w), A, "one");
    await begin(w, first(w), B, "two");
    for (let times = 0; times < 2; times++) {
      const answer = await post(w, "/events/stream_ended", { stream_id: "one" });
      expect(await answer.json()).toMatchObject({ updated: true, stream: { id: "one", status: "ended" } });
    }
    expect(await running(w)).toEqual(["two"]);
  });

  test("of an unknown id by ending the newest running stream of that container", async () => {
    await using w = await world();
    await begin(w, first(w), A, "older");
    await begin(w, first(w), B, "newer");
    await begin(w, second(w), contentId(3), "elsewhere");
    const container_id = w.orchestrator.containerIdOf(first(w));
    const answer = await post(w, "/events/stream_ended", { container_id, stream_id: "refused" });
    expect(await answer.json()).toMatchObject({ updated: true, stream: { id: "newer" } });
    expect(await running(w)).toEqual(["older", "elsewhere"]);
  });

  test("of an unknown id of no container by ending the newest of any", async () => {
    await using w = await world();
    await begin(w, first(w), A, "older");
    await begin(w, second(w), B, "newest");
    await post(w, "/events/stream_ended", { stream_id: "never heard of" });
    expect(await running(w)).toEqual(["older"]);
    await post(w, "/events/stream_ended", {});
    expect(await (await post(w, "/events/stream_ended", {})).json()).toEqual({
      updated: false,
      stream: null,
    });
  });

  test("and with auto-delete takes the idle engine off the list, and kills it", async () => {
    await using w = await world({ autoDelete: { kill: true } });
    await begin(w, first(w), A, "one");
    await begin(w, first(w), B, "two");
    await post(w, "/events/stream_ended", { stream_id: "one" });
    expect(await engines(w)).toHaveLength(2);
    await post(w, "/events/stream_ended", { stream_id: "two" });
    expect((await engines(w)).map((engine) => engine.port)).toEqual([second(w).port]);
    await until("the engine dies", () => !first(w).alive);
  });
});

describe("generation 1 lets writes in by key", () => {
  test("401 without one, 403 with a wrong one, and reads need none", async () => {
    await using w = await world({ key: "secret" });
    const body = startedBody(first(w), A);
    const statuses: number[] = [];
    for (const headers of [{}, { authorization: "Bearer wrong" }, { authorization: "Bearer secret" }]) {
      statuses.push(
        (await post(w, "/events/stream_started", body, headers as Record<string, string>)).status,
      );
    }
    expect(statuses).toEqual([401, 403, 200]);
    expect((await post(w, "/provision/acestream", {})).status).toBe(401);
    expect((await fetch(`${w.url}/streams`)).status).toBe(200);
  });
});

describe("generation 1 provisions", () => {
  test("an engine, answers without its host, and lists it", async () => {
    await using w = await world({ provision: { delayMs: 0, max: 3 }, healthyAfterMs: 40 });
    using timers = holdTimers();
    const answer = await json<Fields>(`${w.url}/provision/acestream`, { method: "POST", body: "{}" });
    const made = w.engines[2] as SimEngine;
    expect(answer).toMatchObject({ container_name: "acestream-3", host_http_port: made.port });
    expect(Object.keys(answer)).not.toContain("host");
    const listed = (await engines(w))[2];
    expect(listed).toMatchObject({ container_id: answer.container_id as string, health_status: "unknown" });
    timers.release();
    await until("it is healthy", async () => (await engines(w))[2]?.health_status === "healthy");
  });

  test("one after another only up to the most there may be", async () => {
    await using w = await world({ provision: { delayMs: 20, max: 3 } });
    const answers = await Promise.all([1, 2].map(() => post(w, "/provision/acestream", {})));
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 500]);
    expect(w.engines).toHaveLength(3);
  });

  test("nothing while it is blocked, told in both forms and by the status", async () => {
    await using w = await world({ provision: { delayMs: 0, max: 9 } });
    const block = { code: "vpn_disconnected", message: "VPN is down", recoveryEtaSeconds: 60 } as const;
    w.orchestrator.faults.provisionBlock = block;
    const details = {
      code: "vpn_disconnected",
      message: "VPN is down",
      recovery_eta_seconds: 60,
      can_retry: true,
      should_wait: true,
    };
    const asObject = await post(w, "/provision/acestream", {});
    expect([asObject.status, await asObject.json()]).toEqual([
      503,
      { detail: { error: "provisioning_blocked", ...details } },
    ]);
    expect((await json<{ provisioning: Fields }>(`${w.url}/orchestrator/status`)).provisioning).toMatchObject(
      {
        can_provision: false,
        blocked_reason: "VPN is down",
        blocked_reason_details: details,
      },
    );
    w.orchestrator.faults.provisionBlock = { ...block, form: "string", status: 500 };
    const asText = await post(w, "/provision/acestream", {});
    expect([asText.status, await asText.json()]).toEqual([500, { detail: "VPN is down" }]);
    expect(w.engines).toHaveLength(2);
  });

  test("engines that never appear, that are unhealthy, or that are elsewhere than said", async () => {
    await using w = await world({ engines: 0, provision: { delayMs: 0, max: 9 } });
    const provision = (): Promise<Fields> =>
      json(`${w.url}/provision/acestream`, { method: "POST", body: "{}" });
    w.orchestrator.faults.provisioned = "never_listed";
    await provision();
    expect(await engines(w)).toEqual([]);
    w.orchestrator.faults.provisioned = "unhealthy";
    const { container_id } = await provision();
    expect(await engines(w)).toMatchObject([{ container_id, health_status: "unhealthy" }]);
    w.orchestrator.faults.provisioned = "other_port";
    const elsewhere = await provision();
    expect((await engines(w))[1]?.container_id).toBe(elsewhere.container_id as string);
    expect((await engines(w))[1]?.port).not.toBe(elsewhere.host_http_port as number);
  });
});
