import { describe, expect, test } from "bun:test";
import { createServer, type ServerResponse } from "node:http";
import type { Log } from "../../src/log.ts";
import {
  createOrchestratorPool,
  createStaticPool,
  type OrchestratorPool,
} from "../../src/orchestrator/index.ts";
import {
  BAD_ENGINE_RECORDS,
  BAD_STREAM_RECORDS,
  contentId,
  type SimOrchestrator,
  startSimOrchestrator,
} from "../../src/sim/index.ts";
import { until } from "../support/until.ts";
import { DEAD, handClock, oddServer } from "./odd-server.ts";
import { bareEngine } from "./sim-calls.ts";

const KEY = "s3cret-key";

function poolAt(
  baseUrl: string,
  more: Partial<Parameters<typeof createOrchestratorPool>[0]> = {},
): OrchestratorPool {
  return createOrchestratorPool({ baseUrl, key: null, fallback: [], instance: "test:6879", ...more });
}

function memoryLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** A server that answers every path with what `answers` has for it; 404 otherwise. */
async function scripted(answers: (path: string, response: ServerResponse) => unknown) {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? "");
    const body = answers((request.url ?? "").split("?")[0] ?? "", response);
    if (response.writableEnded) return;
    response.statusCode = body === undefined ? 404 : response.statusCode;
    response.end(JSON.stringify(body ?? { detail: "Not Found" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  return {
    url: `http://127.0.0.1:${typeof bound === "object" ? bound?.port : 0}`,
    paths,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const record = (n: number, more: object = {}): Record<string, unknown> => ({
  container_id: `c${n}`,
  container_name: `acestream-${n}`,
  host: "10.0.0.1",
  port: 1000 + n,
  health_status: "healthy",
  last_stream_usage: null,
  ...more,
});

/** What a pool makes of lists. */
async function viewOf(engines: unknown, streams: unknown = []) {
  await using server = await scripted((path) =>
    path === "/engines" ? engines : path === "/streams" ? streams : undefined,
  );
  return await poolAt(server.url).look();
}

describe("a plain list of engines", () => {
  test("has each address once, under host:port, and starts nothing", async () => {
    const pool = createStaticPool(() => [
      { scheme: "http", host: "127.0.0.1", port: 6878 },
      { scheme: "https", host: "::1", port: 6879 },
      { scheme: "http", host: "127.0.0.1", port: 6878 },
    ]);
    const view = await pool.look();
    expect(view.engines.map((engine) => engine.id)).toEqual(["127.0.0.1:6878", "[::1]:6879"]);
    expect(view.engines[1]?.address).toEqual({ scheme: "https", host: "::1", port: 6879 });
    expect(view.streams).toEqual([]);
    expect(pool.provision).toBeNull();
    expect(pool.describe()).toBe("2 engines");
  });
});

describe.each([
  { generation: 1, paths: "plain", told: 1, prefix: "" },
  { generation: 1, paths: "both", told: 1, prefix: "/api/v1" },
  { generation: 2, paths: "v1", told: 2, prefix: "/api/v1" },
  { generation: 2, paths: "internal", told: "control", prefix: "" },
] as const)(
  "an orchestrator of generation $generation with $paths paths",
  ({ generation, paths, told, prefix }) => {
    const begin = (more: object = {}): Promise<SimOrchestrator> =>
      startSimOrchestrator({ generation, paths, ...more });

    test("is recognised, and its engines and streams are told", async () => {
      await using engine = await bareEngine();
      await using orchestrator = await begin({ key: KEY });
      const id = orchestrator.addEngine(engine, { containerName: "ace-1", forwarded: true });
      const foreign = orchestrator.addForeignStream(engine, contentId(3));
      const pool = poolAt(`${orchestrator.url}/`, { key: KEY });
      const view = await pool.look();

      expect(pool.status()).toMatchObject({ generation: told, up: true, lastError: null });
      expect(pool.describe()).toBe(`orchestrator ${orchestrator.url} (generation ${generation})`);
      expect(view.skipped).toEqual([]);
      expect(view.engines).toHaveLength(1);
      expect(view.engines[0]).toMatchObject({
        id,
        name: "ace-1",
        address: { scheme: "http", host: engine.host, port: engine.port },
        health: "healthy",
        forwarded: true,
        draining: false,
      });
      expect(pool.isListed(id)).toBe(true);
      expect(pool.isListed(engine.address)).toBe(false);
      const usedAtMs = view.engines[0]?.usedAtMs ?? 0;
      expect(Math.abs(Date.now() - usedAtMs)).toBeLessThan(60_000);
      expect(view.streams).toEqual([
        {
          engine: id,
          contents: [`id:${contentId(3)}`],
          playbackSession: foreign.playbackSessionId,
          label: generation === 1 ? foreign.id : null,
          urls: {
            playback: "",
            stat: expect.stringContaining(`http://${engine.address}/ace/stat/`),
            command: expect.stringContaining(`http://${engine.address}/ace/cmd/`),
          },
        },
      ]);
    });

    test("costs two calls a look, once it is known, and one look serves all who ask meanwhile", async () => {
      await using orchestrator = await begin({ engines: [] });
      const pool = poolAt(orchestrator.url);
      await pool.look();
      const before = orchestrator.calls.length;
      const views = await Promise.all([pool.look(), pool.look(), pool.look()]);
      expect(new Set(views).size).toBe(1);
      expect(
        orchestrator.calls
          .slice(before)
          .map(({ path, query }) => `${path}?${query.replace("?", "")}`)
          .sort(),
      ).toEqual([`${prefix}/engines?`, `${prefix}/streams?status=started`]);
    });

    test("never shows its zero times as times", async () => {
      await using engine = await bareEngine();
      await using orchestrator = await begin({ engines: [engine] });
      expect((await poolAt(orchestrator.url).look()).engines[0]?.usedAtMs).toBeNull();
    });

    test("loses only the records that make no sense, and each is named", async () => {
      await using engine = await bareEngine();
      await using orchestrator = await begin({ engines: [engine] });
      orchestrator.faults.extraEngineRecords = BAD_ENGINE_RECORDS;
      orchestrator.faults.extraStreamRecords = BAD_STREAM_RECORDS;
      orchestrator.addForeignStream(engine, contentId(1));
      const pool = poolAt(orchestrator.url);
      const view = await pool.look();
      expect(view.engines.map(({ id }) => id)).toEqual([orchestrator.containerIdOf(engine)]);
      expect(view.streams).toHaveLength(1);
      expect(view.skipped).toHaveLength(BAD_ENGINE_RECORDS.length + BAD_STREAM_RECORDS.length);
      expect(view.skipped.join("\n")).toContain(
        `engine ${"e".repeat(64)}: host: a link-local or metadata address`,
      );
      for (const line of view.skipped) expect(line).not.toMatch(/\p{Cc}/u);
      expect(pool.status().generation).toBe(told);
    });

    test("has one engine where its list has two entries of it, in any order", async () => {
      await using engine = await bareEngine();
      await using orchestrator = await begin({ engines: [engine] });
      orchestrator.addForeignStream(engine, contentId(1));
      const pool = poolAt(orchestrator.url);
      const id = orchestrator.containerIdOf(engine);
      await pool.look();
      for (const twins of ["same", "other_name"] as const) {
        orchestrator.faults.enginesTwice = twins;
        const view = await pool.look();
        expect(view.engines.map((listed) => listed.id)).toEqual([id]);
        expect(view.streams.map((stream) => stream.engine)).toEqual([id]);
        expect(view.skipped).toHaveLength(1);
      }
    });

    test("that asks for a key says once which option to check, and never tells the key", async () => {
      const log = memoryLog();
      await using orchestrator = await begin({
        key: KEY,
        provision: { delayMs: 0, make: bareEngine, max: 1 },
      });
      const wrong = "not-the-key";
      const pool = poolAt(orchestrator.url, { key: wrong, log });
      const outcome = await pool.provision();
      expect(outcome).toMatchObject({ kind: "failed" });
      const message = outcome.kind === "failed" ? outcome.blocked.message : "";
      expect(message).toContain("--orchestrator-key");
      for (let n = 0; n < 3; n++) {
        await pool.look().catch(() => {});
        await pool.provision();
      }
      // Where the lists want the key as well, whoever looks tells it.
      const told = log.lines.filter((line) => line.includes("--orchestrator-key"));
      expect(told).toHaveLength(paths === "internal" ? 0 : 1);
      expect(log.lines.join()).not.toContain(wrong);
    });
  },
);

test("a key that a reload replaces while an answer is under way is not told either", async () => {
  let key = "the-former-key";
  await using server = await scripted((path, response) => {
    if (path.endsWith("/engines") || path.endsWith("/streams")) return [];
    if (!path.endsWith("/provision/acestream")) return undefined;
    key = "the-next-key";
    response.statusCode = 500;
    return { detail: "the-former-key opens nothing" };
  });
  const pool = createOrchestratorPool({
    ...{ baseUrl: server.url, fallback: [] },
    get key() {
      return key;
    },
  });
  await pool.look();
  expect(await pool.provision()).toMatchObject({ blocked: { message: "… opens nothing" } });
  expect(key).toBe("the-next-key");
  pool.close();
});

describe("one look", () => {
  test("takes times without a zone for UTC", async () => {
    const { engines } = await viewOf(
      [
        "2025-10-12T10:00:00",
        "2025-10-12T10:00:00.123456",
        "2025-10-12 10:00:00+00:00",
        "2025-10-12T12:00:00+0200",
        "0001-01-01T00:00:00Z",
        "yesterday",
      ].map((time, n) => record(n, { last_stream_usage: time })),
    );
    const atMs = Date.UTC(2025, 9, 12, 10);
    expect(engines.map((engine) => engine.usedAtMs)).toEqual([atMs, atMs + 123, atMs, atMs, null, null]);
  });

  test("counts started streams and those about to fail over, and nothing that is over", async () => {
    const stream = (status: string, more: object = {}) => ({
      id: status,
      container_id: "c1",
      key_type: "infohash",
      key: "A".repeat(40),
      status,
      ...more,
    });
    const { streams, skipped } = await viewOf(
      [record(1)],
      [
        stream("started", {
          stat_url: "http://172.17.0.9:6878/ace/stat/h/s",
          command_url: "no URL",
        }),
        stream("pending_failover", { container_id: null, engine_id: "c1", key_type: "url", key: "http://x" }),
        stream("ended"),
        stream("melting"),
      ],
    );
    expect(streams).toEqual([
      {
        engine: "c1",
        contents: [`infohash:${"a".repeat(40)}`],
        playbackSession: null,
        label: "started",
        urls: null,
      },
      { engine: "c1", contents: [], playbackSession: null, label: "pending_failover", urls: null },
    ]);
    expect(skipped).toHaveLength(1);
    expect(skipped[0]).toStartWith("stream c1: status");
  });

  test("counts a stream on whichever of an engine's two ids it is listed", async () => {
    const twins = [record(1), record(2, { port: 1001 })];
    const { engines, streams } = await viewOf(twins, [{ id: "s", container_id: "c2", status: "started" }]);
    expect(engines.map(({ id }) => id)).toEqual(["c1"]);
    expect(streams.map(({ engine }) => engine)).toEqual(["c1"]);
  });

  test("keeps to the id that an engine had, when a twin comes", async () => {
    let twins = false;
    await using server = await scripted((path) =>
      path === "/engines"
        ? [record(5), ...(twins ? [record(1, { port: 1005 })] : [])]
        : path === "/streams"
          ? []
          : undefined,
    );
    const pool = poolAt(server.url);
    await pool.look();
    twins = true;
    expect((await pool.look()).engines.map(({ id }) => id)).toEqual(["c5"]);
  });

  test("refuses link-local and metadata hosts in every spelling", async () => {
    const hosts = [
      "169.254.1.1",
      "0xa9fea9fe",
      "2852039166",
      "fe80::1",
      "[fe80::1]",
      "::ffff:169.254.169.254",
      "metadata",
    ];
    const { engines, skipped } = await viewOf([
      record(0),
      ...hosts.map((host, n) => record(n + 1, { host })),
    ]);
    expect(engines.map(({ id }) => id)).toEqual(["c0"]);
    expect(skipped).toHaveLength(hosts.length);
  });

  test("refuses hosts that are more than a host", async () => {
    const hosts = ["a/b", "user@host", "a b", "a?b", "a#b", "http://a", "a:1", "", 7];
    const { engines } = await viewOf(hosts.map((host, n) => record(n, { host })));
    expect(engines).toEqual([]);
  });

  test("reads 5,000 engines and as many streams", async () => {
    const engines = Array.from({ length: 5000 }, (_, n) => record(n, { draining: n === 0, api_port: 1 }));
    const streams = engines.map((engine, n) => ({
      id: `s${n}`,
      container_id: engine.container_id,
      status: "started",
    }));
    const view = await viewOf(engines, streams);
    expect([view.engines.length, view.streams.length, view.skipped.length]).toEqual([5000, 5000, 0]);
    expect(view.engines.find(({ id }) => id === "c0")?.draining).toBe(true);
  });

  test("names the first bad records and counts the others", async () => {
    const { skipped } = await viewOf(Array.from({ length: 5000 }, () => null));
    expect(skipped.length).toBeLessThan(30);
    expect(skipped.at(-1)).toMatch(/^and \d+ more records$/);
  });
});

describe("an orchestrator that cannot be asked", () => {
  test("makes looks fail with words for people, which are told by who looks", async () => {
    const log = memoryLog();
    const pool = poolAt(`http://${DEAD.host}:${DEAD.port}`, {
      log,
      fallback: [{ scheme: "http", host: "127.0.0.1", port: 6878 }],
    });
    for (let n = 0; n < 3; n++)
      await expect(pool.look()).rejects.toThrow(/orchestrator http:.* connection refused/);
    expect(log.lines).toEqual([]);
    expect(pool.status()).toMatchObject({ up: false, generation: null, ageMs: null });
    expect(pool.fallback.map(({ id }) => id)).toEqual(["127.0.0.1:6878"]);
    expect(await pool.provision()).toMatchObject({ kind: "failed", blocked: { code: "unreachable" } });
  });

  test.each(["html", "truncated", "huge", "reset", "empty", "status"] as const)(
    "fails the look when its list is %s, and serves again afterwards",
    async (kind) => {
      await using engine = await bareEngine();
      await using orchestrator = await startSimOrchestrator({ generation: 2, engines: [engine] });
      const clock = handClock();
      const pool = poolAt(orchestrator.url, { clock });
      await pool.look();
      for (const route of ["engines", "streams"] as const) {
        const fault =
          kind === "status"
            ? { kind, status: 500 }
            : kind === "huge"
              ? { kind, bytes: 33 * 1024 * 1024 }
              : { kind };
        orchestrator.faults.routes = { [route]: fault };
        clock.pass(1500);
        await expect(pool.look()).rejects.toThrow(/orchestrator/);
        expect(pool.status()).toMatchObject({ up: false, ageMs: 1500 });
        orchestrator.faults.routes = {};
        expect((await pool.look()).engines).toHaveLength(1);
        expect(pool.status()).toMatchObject({ up: true, ageMs: 0 });
      }
    },
  );

  test("is given up at the deadline when it hangs", async () => {
    await using silent = await oddServer(() => {});
    const pool = poolAt(`http://127.0.0.1:${silent.address.port}`, { lookTimeoutMs: 50 });
    await expect(pool.look()).rejects.toThrow(/no answer in time/);
  });

  test("is asked anew where its routes are, after an update changed them", async () => {
    let generation = 1;
    await using server = await scripted((path) => {
      const at = generation === 1 ? "" : "/api/v1";
      if (path === `${at}/engines`) return [record(1, generation === 1 ? {} : { stream_count: 0 })];
      return path === `${at}/streams` ? [] : undefined;
    });
    const pool = poolAt(server.url);
    await pool.look();
    expect(pool.status().generation).toBe(1);
    generation = 2;
    await expect(pool.look()).rejects.toThrow("404");
    await pool.look();
    expect(pool.status().generation).toBe(2);
  });

  test("takes events where its routes are now, and a 404 for final only when nothing changed", async () => {
    let generation = 1;
    await using server = await scripted((path) => {
      const at = generation === 1 ? "" : "/api/v1";
      if (path === `${at}/engines`) return [record(1, generation === 1 ? {} : { stream_count: 0 })];
      if (path === `${at}/streams`) return [];
      return path === "/api/v1/events/stream_started" ? {} : undefined;
    });
    const { look, events } = poolAt(server.url);
    await look();
    expect(await events.post("stream_started", {})).toMatchObject({ kind: "refused" });
    generation = 2;
    expect(await events.post("stream_started", {})).toMatchObject({ kind: "failed" });
    expect(await events.where()).toEqual({ generation: 2 });
    expect(await events.post("stream_started", {})).toEqual({ kind: "taken" });
  });

  test("keeps a path prefix of its base URL", async () => {
    await using server = await scripted((path) => (path.startsWith("/orch/api/v1/") ? [] : undefined));
    await poolAt(`${server.url}/orch/`).look();
    expect(server.paths.every((path) => path.startsWith("/orch/"))).toBe(true);
  });

  test("ends its calls when it is closed", async () => {
    await using silent = await oddServer(() => {});
    const pool = poolAt(`http://127.0.0.1:${silent.address.port}`);
    const look = pool.look();
    pool.close();
    await expect(look).rejects.toThrow();
  });
});

describe("a list that would hold the process up", () => {
  const bodies: readonly [string, string][] = [
    ["of arrays within arrays", "[".repeat(8 * 1024 * 1024)],
    ["of millions of empty records", `[${"{},".repeat(3_000_000)}{}]`],
    ["of more engines than any pool has", `[${"{},".repeat(60_000)}{}]`],
  ];
  test.each(bodies)("is not read: one %s", async (_what, body) => {
    await using server = await oddServer((socket) => {
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
    const pool = poolAt(`http://127.0.0.1:${server.address.port}`);
    await expect(pool.look()).rejects.toThrow(/no JSON|not believed/);
    pool.close();
  });
});

test("events that wait look for a lost orchestrator after pauses that grow, however many they are", async () => {
  await using broken = await oddServer((socket) => socket.resetAndDestroy());
  const clock = handClock();
  const pool = poolAt(`http://127.0.0.1:${broken.address.port}`, { clock });
  for (let second = 0; second < 60; second++) {
    for (let line = 0; line < 20; line++) expect(await pool.events.where()).toBeNull();
    clock.pass(1000);
  }
  // At 0, 1, 3, 7, 15 and 31 s, each for both lists.
  expect(broken.connections).toBe(2 * 6);
  // At the end of the process there is no other time.
  expect(await pool.events.where(true)).toBeNull();
  expect(broken.connections).toBe(2 * 7);
  pool.close();
});

test("a list of streams that was being read before somebody asks for it does not answer him: it may be older", async () => {
  const listed: object[] = [];
  const answers: (() => void)[] = [];
  let reads = 0;
  const server = createServer((request, response) => {
    if (!request.url?.includes("status=started")) return void response.end("[]");
    reads++;
    const body = JSON.stringify(listed);
    answers.push(() => response.end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  const pool = poolAt(`http://127.0.0.1:${typeof bound === "object" ? bound?.port : 0}`);
  // Which looks read as well.
  const look = pool.look();
  await until("the look reads", () => answers.length === 1);
  answers.shift()?.();
  await look;
  const before = pool.events.streams("c1");
  await until("the list is being read", () => answers.length === 1);
  listed.push({ id: "s", key_type: "infohash", key: "b".repeat(40), container_id: "c1", status: "started" });
  const after = [pool.events.streams("c1"), pool.events.streams("c1")];
  answers.shift()?.();
  expect(await before).toEqual([]);
  await until("it is read again", () => answers.length === 1);
  answers.shift()?.();
  for (const answer of after) expect(await answer).toHaveLength(1);
  expect(reads).toBe(3);
  pool.close();
  server.close();
});

describe("provisioning", () => {
  const plan = (make: () => ReturnType<typeof bareEngine>) => ({ delayMs: 0, make, max: 3 });

  test("tells the new engine in generation 1, and in generation 2 only that it comes", async () => {
    for (const generation of [1, 2] as const) {
      const engines: Awaited<ReturnType<typeof bareEngine>>[] = [];
      const make = async () => {
        const engine = await bareEngine();
        engines.push(engine);
        return engine;
      };
      await using orchestrator = await startSimOrchestrator({ generation, key: KEY, provision: plan(make) });
      const pool = poolAt(orchestrator.url, { key: KEY });
      const outcome = await pool.provision();
      if (generation === 2) expect(outcome).toEqual({ kind: "provisioned", engine: null });
      else
        expect(outcome).toEqual({
          kind: "provisioned",
          engine: orchestrator.truth().engines[0]?.containerId ?? "",
        });
      expect(orchestrator.counters.provision).toBe(1);
      expect(orchestrator.calls.find((call) => call.method === "POST")?.body).toEqual({
        labels: {},
        env: {},
      });
      while (engines.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      for (const engine of engines) await engine.close();
    }
  });

  test("is not asked for when the status says that it cannot be, and the reason is told", async () => {
    const block = {
      code: "circuit_breaker",
      message: "too many failures",
      recoveryEtaSeconds: 41.5,
    } as const;
    for (const generation of [1, 2] as const) {
      await using orchestrator = await startSimOrchestrator({ generation, provision: plan(bareEngine) });
      orchestrator.faults.provisionBlock = block;
      const retryAfterSeconds = generation === 1 ? 42 : null;
      const pool = poolAt(orchestrator.url);
      expect(await pool.provision()).toEqual({
        kind: "failed",
        blocked: { code: "circuit_breaker", message: "too many failures", retryAfterSeconds },
      });
      expect(orchestrator.counters.provision).toBe(0);
    }
  });

  const answering = async (status: number, body: unknown, statusBody?: unknown) => {
    await using server = await scripted((path, response) => {
      if (path === "/engines" || path === "/streams") return [];
      if (path === "/orchestrator/status") return statusBody;
      if (path !== "/provision/acestream") return undefined;
      response.statusCode = status;
      return body;
    });
    return await poolAt(server.url).provision();
  };

  test("gives the reason in each form in which it comes", async () => {
    const fields = {
      error: "provisioning_blocked",
      code: "vpn_disconnected",
      message: "VPN is down",
      recovery_eta_seconds: 60,
      can_retry: true,
      should_wait: true,
    };
    const vpn = { code: "vpn_disconnected", message: "VPN is down", retryAfterSeconds: 60 };
    const none = { retryAfterSeconds: null };
    const cases: [unknown, object][] = [
      [{ detail: "VPN is down" }, { code: "http_503", message: "VPN is down", ...none }],
      [{ detail: fields }, vpn],
      [fields, vpn],
      [{ error: "no capacity" }, { code: "http_503", message: "no capacity", ...none }],
      [
        { detail: [{ loc: [] }] },
        { code: "http_503", message: "the orchestrator answered with status 503", ...none },
      ],
    ];
    for (const [body, blocked] of cases)
      expect(await answering(503, body)).toEqual({ kind: "failed", blocked } as never);
    expect(await answering(500, { detail: "boom" })).toMatchObject({
      blocked: { code: "http_500", message: "boom" },
    });
    expect(await answering(401, {})).toMatchObject({ blocked: { code: "key_refused" } });
    expect(await answering(200, "provisioned")).toMatchObject({
      kind: "failed",
      blocked: { code: "http_200" },
    });
    const told = {
      provisioning: { can_provision: false, blocked_reason: "paused by hand", blocked_reason_details: null },
    };
    expect(await answering(200, {}, told)).toMatchObject({
      blocked: { code: "blocked", message: "paused by hand" },
    });
  });

  test("may have been obeyed although no answer came: the next try waits longer than an engine takes to come", async () => {
    const unsure = { kind: "failed", blocked: { retryAfterSeconds: 60 } } as const;
    await using orchestrator = await startSimOrchestrator({ generation: 1, provision: plan(bareEngine) });
    const pool = poolAt(orchestrator.url, { provisionTimeoutMs: 50 });
    for (const kind of ["hang", "reset", "close", "truncated", "html"] as const) {
      orchestrator.faults.routes = { provision: { kind } };
      expect(await pool.provision()).toMatchObject(unsure);
    }
    expect(await answering(504, { detail: "Gateway Timeout" })).toMatchObject(unsure);
    for (const status of [500, 502, 503])
      expect(await answering(status, { detail: "no" })).toMatchObject({
        blocked: { retryAfterSeconds: null },
      });
  });

  test("says no time to come again that no client could use", async () => {
    for (const [told, passedOn] of [
      [1e300, 3600],
      [7200, 3600],
      [0.2, 1],
      [0, 0],
      [-5, null],
      ["42", null],
      [null, null],
      [{}, null],
    ] as const)
      expect(
        await answering(503, { detail: { code: "vpn_error", recovery_eta_seconds: told } }),
      ).toMatchObject({
        blocked: { code: "vpn_error", retryAfterSeconds: passedOn },
      });
  });

  test("takes no word for an engine's id that is none", async () => {
    for (const id of ["", "a b", "a\n", "\u001b[31m", "x".repeat(500_000), 7, null, {}, []])
      expect(await answering(200, { container_id: id })).toEqual({ kind: "provisioned", engine: null });
  });

  test("is given up at its deadline", async () => {
    await using orchestrator = await startSimOrchestrator({ generation: 1, provision: plan(bareEngine) });
    orchestrator.faults.routes = { provision: { kind: "hang" } };
    const outcome = await poolAt(orchestrator.url, { provisionTimeoutMs: 50 }).provision();
    expect(outcome).toMatchObject({ kind: "failed", blocked: { code: "timeout" } });
    await until("it has come all the same", () => orchestrator.counters.provision === 1);
  });
});
