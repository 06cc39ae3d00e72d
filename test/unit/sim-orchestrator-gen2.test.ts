import { describe, expect, test } from "bun:test";
import {
  contentId,
  type SimEngine,
  type SimWorld,
  startSimOrchestrator,
  startWorld,
} from "../../src/sim/index.ts";
import { until } from "../support/until.ts";
import { bareEngine, holdTimers, json } from "./sim-calls.ts";

type Fields = Record<string, unknown>;
interface Engine {
  container_id: string;
  port: number;
  stream_count: number;
  streams: string[];
  last_stream_usage: string;
}
interface Stream {
  id: string;
  playback_session_id: string;
  engine_id: string;
  status: string;
}

const A = contentId(1);
const B = contentId(2);
const world = (more: Partial<Parameters<typeof startWorld>[0]> = {}): Promise<SimWorld> =>
  startWorld({ engines: 2, generation: 2, ...more });
const engines = (w: SimWorld): Promise<Engine[]> => json(`${w.url}/api/v1/engines`);
const streams = (w: SimWorld, query = ""): Promise<Stream[]> => json(`${w.url}/api/v1/streams${query}`);
const first = (w: SimWorld): SimEngine => w.engines[0] as SimEngine;

const post = (url: string, body: Fields, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: "POST", headers, body: JSON.stringify(body) });

async function begin(w: SimWorld, engine: SimEngine, key: string, session: string): Promise<void> {
  const containerId = w.orchestrator.containerIdOf(engine);
  const base = `http://${engine.address}/ace`;
  const answer = await post(`${w.url}/api/v1/events/stream_started`, {
    container_id: containerId,
    engine_id: containerId,
    content_id: key,
    engine: { host: engine.host, port: engine.port },
    stream: { key_type: "content_id", key },
    session: { playback_session_id: session, stat_url: base, command_url: base, is_live: 1 },
    labels: { stream_id: `${key}|${session}` },
  });
  expect(answer.status).toBe(200);
}

const end = (w: SimWorld, body: Fields): Promise<Response> =>
  post(`${w.url}/api/v1/events/stream_ended`, body);

const countOf = async (w: SimWorld, engine: SimEngine): Promise<number | undefined> =>
  (await engines(w)).find((listed) => listed.port === engine.port)?.stream_count;

describe("generation 2", () => {
  test("is found under /api/v1 only", async () => {
    await using w = await world();
    expect((await fetch(`${w.url}/api/v1/engines`)).status).toBe(200);
    const plain = await fetch(`${w.url}/engines`);
    expect([plain.status, await plain.text()]).toEqual([404, "404 page not found\n"]);
  });

  test("lists engines in another order each time, with Go's zero times", async () => {
    await using w = await world({ engines: 4 });
    const orders = new Set<string>();
    await until("two orders are seen", async () => {
      orders.add((await engines(w)).map((engine) => engine.port).join());
      return orders.size > 1;
    });
    expect((await engines(w))[0]).toMatchObject({
      last_stream_usage: "0001-01-01T00:00:00Z",
      stream_count: 0,
      draining: false,
      forwarded: false,
      api_port: expect.any(Number),
    });
  });

  test("knows a stream by its content, ignores filters, and forgets what has ended", async () => {
    await using w = await world();
    await begin(w, first(w), A, "s1");
    await begin(w, first(w), B, "s2");
    await end(w, { content_id: A });
    expect(await streams(w, "?status=ended&container_id=nobody")).toMatchObject([
      {
        id: B,
        playback_session_id: "s2",
        engine_id: w.orchestrator.containerIdOf(first(w)),
        status: "started",
      },
    ]);
  });

  test("counts a doubled start twice and clears it once", async () => {
    await using w = await world();
    await begin(w, first(w), A, "s1");
    await begin(w, first(w), A, "s2");
    expect(await streams(w)).toMatchObject([{ id: A, playback_session_id: "s2" }]);
    expect(await countOf(w, first(w))).toBe(2);
    await end(w, { content_id: A });
    expect(await streams(w)).toEqual([]);
    expect(await countOf(w, first(w))).toBe(1);
  });

  test("takes an unknown end in silence", async () => {
    await using w = await world();
    await begin(w, first(w), A, "s1");
    const containerId = w.orchestrator.containerIdOf(first(w));
    for (const body of [{ content_id: B }, { stream_id: `${A}|s1`, container_id: containerId }, {}]) {
      expect((await end(w, body)).status).toBe(200);
    }
    expect(await streams(w)).toHaveLength(1);
  });

  test("makes no phantom of an unknown engine", async () => {
    await using w = await world();
    const body = { content_id: A, engine: { host: "10.0.0.9", port: 1 }, stream: {}, session: {} };
    expect((await post(`${w.url}/api/v1/events/stream_started`, body)).status).toBe(200);
    expect(await engines(w)).toHaveLength(2);
  });

  test("asks for its key on provisioning only, by either header", async () => {
    await using w = await world({ key: "secret", provision: { delayMs: 0, max: 9 } });
    await begin(w, first(w), A, "s1");
    const url = `${w.url}/api/v1/provision/acestream`;
    const refused = await post(url, {});
    expect([refused.status, await refused.json()]).toEqual([401, { error: "unauthorized" }]);
    expect((await post(url, {}, { authorization: "Bearer wrong" })).status).toBe(401);
    expect((await post(url, {}, { authorization: "Bearer secret" })).status).toBe(200);
    expect((await post(url, {}, { "x-api-key": "secret" })).status).toBe(200);
  });

  test("answers a provision call before there is an engine", async () => {
    await using w = await world({ provision: { delayMs: 20, max: 9 } });
    using timers = holdTimers();
    const answer = await post(`${w.url}/api/v1/provision/acestream`, {});
    expect(await answer.json()).toEqual({ status: "provisioning" });
    expect(await engines(w)).toHaveLength(2);
    timers.release();
    await until("it is listed", async () => (await engines(w)).length === 3);
  });

  test("tells a block as an object without an ETA, and its VPN by nodes", async () => {
    await using w = await world({ provision: { delayMs: 0, max: 9 } });
    w.orchestrator.faults.provisionBlock = { code: "vpn_error", message: "no node", recoveryEtaSeconds: 9 };
    const status = await json<{ provisioning: Fields; vpn: Fields }>(`${w.url}/api/v1/orchestrator/status`);
    expect(status.provisioning.blocked_reason).toEqual({ code: "vpn_error", message: "no node" });
    expect(status.provisioning).not.toHaveProperty("blocked_reason_details");
    expect(status.vpn).toEqual({ enabled: true, nodes_total: 2, healthy: 2 });
    expect((await post(`${w.url}/api/v1/provision/acestream`, {})).status).toBe(503);
  });

  test("wraps its lists on the second listener, and asks for key and content there", async () => {
    await using engine = await bareEngine();
    await using o = await startSimOrchestrator({
      generation: 2,
      paths: "internal",
      key: "k",
      engines: [engine],
    });
    expect((await fetch(`${o.url}/engines`)).status).toBe(401);
    const headers = { "x-api-key": "k" };
    expect(await json<Fields>(`${o.url}/engines`, { headers })).toMatchObject({ total: 1, engines: [{}] });
    expect(await json<Fields>(`${o.url}/streams`, { headers })).toEqual({ total: 0, streams: [] });
    expect((await post(`${o.url}/events/stream_ended`, { stream_id: A }, headers)).status).toBe(400);
  });
});
