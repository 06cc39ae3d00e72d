/** The API of a running proxy: its answers are what its own document says, and its events are those of its journal. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bareMedia, contentId, infohashOf, type SimWorld, startWorld } from "../../src/sim/index.ts";
import { redisServer } from "../contract/redis-server.ts";
import { type RunningBinary, scratchFolder, startBinary } from "../support/binary.ts";
import { type Judge, judgeBy, judgeOfSchema, type OpenApi } from "../support/document.ts";
import { type FeedListener, listen } from "../support/listener.ts";
import { type Player, play } from "../support/player.ts";
import { atRest, streamsOf } from "../support/rest.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(60_000);

const PACKET_BYTES = 188;
const SOME_BYTES = 200 * PACKET_BYTES;

interface ClientView {
  readonly id: number;
  readonly stream: number;
  readonly served: boolean;
  readonly kind: string | null;
  readonly address: string;
  readonly agent: string;
  readonly bytes: number;
  readonly waitedMs: number | null;
}

const clientsOf = async (proxy: RunningBinary): Promise<readonly ClientView[]> =>
  (await proxy.get<{ clients: ClientView[] }>("/api/v1/clients")).clients;

const streamUrl = (proxy: RunningBinary, n: number): string =>
  `${proxy.url}/ace/getstream?id=${contentId(n)}`;

/** Asks, and holds the answer against the document. `route`: its path there, where it has parameters. */
async function judged(
  proxy: RunningBinary,
  judge: Judge,
  target: string,
  asked: {
    readonly method?: string;
    readonly route?: string;
    readonly headers?: Record<string, string>;
  } = {},
): Promise<{ readonly status: number; readonly body: unknown }> {
  const { method = "GET", headers = {} } = asked;
  const answer = await fetch(`${proxy.url}${target}`, { method, headers, redirect: "manual" });
  const type = answer.headers.get("content-type") ?? "";
  const text = await answer.text();
  const body: unknown = type.startsWith("application/json") ? JSON.parse(text) : text;
  const path = asked.route ?? target.split("?")[0] ?? "";
  expect(judge({ method, path }, { status: answer.status, type, body })).toBe("");
  return { status: answer.status, body };
}

/** Those that end only when the asker leaves. */
const ENDLESS = ["/ace/getstream", "/ace/getstream.ts", "/ace/manifest.m3u8", "/api/v1/events"];
const READABLE = ["engines", "streams", "clients", "queue", "leases", "journal"].map(
  (name) => `/api/v1/${name}`,
);

describe("answers are as the document says", () => {
  const ends = new AsyncDisposableStack();
  let world: SimWorld;
  let proxy: RunningBinary;
  let document: OpenApi;
  let judge: Judge;
  const players: Player[] = [];
  beforeAll(async () => {
    // A picture with a clock, as HLS needs it.
    world = await startWorld({ engines: 1 });
    ends.defer(() => world.close());
    const [engine] = world.engines;
    const folder = ends.use(await scratchFolder());
    const playlist = join(folder.path, "channels.m3u");
    writeFileSync(playlist, `#EXTM3U\n#EXTINF:-1 group-title="News",One\nacestream://${contentId(1)}\n`);
    proxy = ends.use(
      await startBinary([
        ...["--playlist", playlist],
        ...["--engine", engine?.address ?? "", "--max-streams-per-engine", "1", "--state-dir", "none"],
        ...["--linger", "0s", "--queue-timeout", "60s"],
      ]),
    );
    document = await proxy.get<OpenApi>("/openapi.json");
    judge = judgeBy(document);
  });
  afterAll(() => {
    for (const player of players) player.leave();
    return ends.disposeAsync();
  });

  const askAll = async (): Promise<void> => {
    const all = Object.entries(document.paths).filter(
      ([path, { get }]) => get !== undefined && !path.includes("{"),
    );
    const targets = all.map(([path]) => path).filter((path) => !ENDLESS.includes(path));
    expect(targets).toEqual(
      expect.arrayContaining([...READABLE, "/readyz", "/ace/status", "/api/v1/channels"]),
    );
    for (const target of targets) await judged(proxy, judge, target);
  };

  test("while nothing plays", askAll);

  test("while a stream plays for two, another waits, and a third has ended", async () => {
    const first = play(streamUrl(proxy, 1), { headers: { "User-Agent": "first/1.0 (a player)" } });
    players.push(first);
    await first.got(SOME_BYTES);
    const [stream] = await streamsOf(proxy);
    const stopped = await judged(proxy, judge, `/api/v1/streams/${stream?.id}`, {
      method: "DELETE",
      route: "/api/v1/streams/{id}",
    });
    expect(stopped.status).toBe(204);
    await until("the player is broken off", () => first.over === "broken");
    await atRest(proxy, world);

    const second = play(streamUrl(proxy, 1), { headers: { "User-Agent": "second\tplayer" } });
    players.push(second);
    await second.got(SOME_BYTES);
    // Twice: who has asked once only may have looked in, and is soon given up, while the tests below still count it.
    for (let asked = 0; asked < 2; asked++)
      expect((await fetch(`${proxy.url}/ace/manifest.m3u8?id=${contentId(1)}`)).status).toBe(200);
    players.push(play(streamUrl(proxy, 2)));
    await until("it waits", async () => (await clientsOf(proxy)).some(({ served }) => !served));

    const { body } = await judged(proxy, judge, "/api/v1/clients");
    const { clients } = body as { clients: ClientView[] };
    expect(clients).toHaveLength(3);
    expect(clients.map(({ kind, served }) => [kind, served])).toEqual([
      ["ts", true],
      ["hls", true],
      [null, false],
    ]);
    expect(clients[0]).toMatchObject({ address: "127.0.0.1", agent: "second\ufffdplayer" });
    expect(clients[0]?.bytes).toBeGreaterThanOrEqual(SOME_BYTES);
    expect(clients.map(({ waitedMs }) => waitedMs !== null)).toEqual([false, false, true]);
    const { ended, streams } = await proxy.get<{
      ended: Record<string, unknown>[];
      streams: Record<string, unknown>[];
    }>("/api/v1/streams");
    expect(ended).toMatchObject([
      {
        reason: "ended by hand",
        played: true,
        engineName: expect.any(String),
        startedAt: expect.any(String),
      },
    ]);
    expect(streams.map(({ phase }) => phase)).toEqual(["playing", "waiting"]);
    expect(streams[0]).toMatchObject({
      clients: 2,
      engineName: expect.any(String),
      ageMs: expect.any(Number),
    });
    const { engines } = await proxy.get<{ engines: { slots: unknown[] }[] }>("/api/v1/engines");
    expect(engines).toMatchObject([{ load: 1, slots: [{ state: "active", forMs: expect.any(Number) }] }]);
    await until("the engine's version is known", async () => {
      const answer = await proxy.get<{ engines: { version: string | null }[] }>("/api/v1/engines");
      return /^\d+\.\d+/.test(answer.engines[0]?.version ?? "");
    });
    await askAll();
    expect((await judged(proxy, judge, "/readyz")).body).toMatchObject({ ready: false, codes: ["full"] });
    for (const query of [`id=${contentId(1)}`, `infohash=${infohashOf(contentId(1))}`])
      expect((await judged(proxy, judge, `/ace/status?${query}`)).body).toMatchObject({ clients: 2 });
    expect((await judged(proxy, judge, "/api/v1/journal?after=2")).body).toMatchObject({
      lines: expect.anything(),
    });
  });

  test("in what its events carry", async () => {
    using listener = await listen(proxy.url, "/api/v1/events?last_event_id=none");
    await until("the figures came", () => listener.events.some(({ event }) => event === "figures"));
    const judgeEvent = judgeOfSchema(document);
    const schemas: Record<string, string> = {
      hello: "HelloEvent",
      reset: "ResetEvent",
      figures: "FiguresEvent",
    };
    for (const { event, data } of listener.events)
      expect(judgeEvent(schemas[event] ?? "JournalLine", data)).toBe("");
    const named = new Set(listener.events.map(({ event }) => event));
    for (const name of ["hello", "reset", "figures", "transition", "grant", "configure", "engine_seen"])
      expect(named).toContain(name);
    expect(listener.head).toMatch(/^content-type: text\/event-stream/im);
    expect(listener.head).toMatch(/^cache-control: no-store$/im);
    expect(listener.head).toMatch(/^x-accel-buffering: no$/im);
    expect(listener.head.toLowerCase()).not.toContain("access-control");
  });

  test("when one client is ended, and the others go on", async () => {
    const ending = { method: "DELETE", route: "/api/v1/clients/{id}" };
    const [watching, , waiting] = await clientsOf(proxy);
    const [, first, last] = players;
    expect((await judged(proxy, judge, `/api/v1/clients/${waiting?.id}`, ending)).status).toBe(204);
    expect(await last?.answered()).toBe(410);
    await until("it is gone", async () => (await clientsOf(proxy)).length === 2);
    const another = play(streamUrl(proxy, 1));
    players.push(another);
    await another.got(SOME_BYTES);
    expect(first?.over).toBeNull();
    expect((await judged(proxy, judge, `/api/v1/clients/${watching?.id}`, ending)).status).toBe(204);
    await until("its connection is broken", () => first?.over === "broken");
    const bytes = another.bytes;
    await another.got(bytes + SOME_BYTES);
    expect(another.over).toBeNull();
    expect((await judged(proxy, judge, `/api/v1/clients/${watching?.id}`, ending)).status).toBe(404);
  });

  test("when something is wrong", async () => {
    const remove = { method: "DELETE", route: "/api/v1/streams/{id}" };
    const wrong: readonly (readonly [target: string, status: number, asked?: object])[] = [
      ["/api/v1/journal?after=x", 400],
      ["/api/v1/journal?after=1&after=2", 400],
      ["/api/v1/events?last_event_id=1&last_event_id=2", 400],
      ["/ace/status?id=x", 400],
      ["/ace/getstream?id=x", 400],
      ["/ace/manifest.m3u8", 400],
      ["/api/v1/streams/9999", 404, remove],
      ["/api/v1/streams/x", 404, remove],
      ["/api/v1/streams/1e3", 404, remove],
      ["/api/v1/clients/9999", 404, { ...remove, route: "/api/v1/clients/{id}" }],
      [`/ace/status?id=${contentId(9)}`, 404],
      ["/ace/hls/none/1.ts", 404, { route: "/ace/hls/{session}/{segment}.ts" }],
      ["/api/v1/streams/1", 403, { ...remove, headers: { Origin: "https://evil.example" } }],
      ["/api/v1/streams/1", 403, { ...remove, headers: { "Sec-Fetch-Site": "cross-site" } }],
    ];
    for (const [target, status, asked] of wrong)
      expect([target, (await judged(proxy, judge, target, asked)).status]).toEqual([target, status]);
  });

  test("when there is no such route or method, which no document can list", async () => {
    const isError = judgeOfSchema(document);
    for (const [method, target, status, allow] of [
      ["GET", "/api/v1/nothing", 404, null],
      ["POST", "/api/v1/engines", 405, "GET, HEAD"],
      ["GET", "/api/v1/clients/1", 405, "DELETE"],
      ["DELETE", "/api/v1/events", 405, "GET, HEAD"],
      ["PUT", "/openapi.json", 405, "GET, HEAD"],
    ] as const) {
      const answer = await fetch(`${proxy.url}${target}`, { method });
      expect([target, answer.status, answer.headers.get("allow")]).toEqual([target, status, allow]);
      expect(isError("Error", await answer.json())).toBe("");
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    }
    for (const target of [...READABLE, "/openapi.json", "/api/v1/events"])
      expect([target, (await fetch(`${proxy.url}${target}`, { method: "HEAD" })).status]).toEqual([
        target,
        200,
      ]);
  });

  test("to listeners of whom there are too many, and none is left behind by probes or by those who leave", async () => {
    const listeners: FeedListener[] = [];
    await until("no more are taken", async () => {
      const one = await listen(proxy.url);
      if (one.status === 200) listeners.push(one);
      return one.status === 503;
    });
    expect(listeners).toHaveLength(64);
    const { status, body } = await judged(proxy, judge, "/api/v1/events");
    expect([status, body]).toMatchObject([503, { error: { code: "too_many_listeners", retry_after: 5 } }]);
    for (const listener of listeners) listener.leave();
    const places = 64;
    await until("all places are free again", async () => {
      const again = await Promise.all(Array.from({ length: places }, () => listen(proxy.url)));
      for (const listener of again) listener.leave();
      return again.every((one) => one.status === 200);
    });
  });
});

test("the answers of proxies that share a store are as the document says", async () => {
  await using ends = new AsyncDisposableStack();
  const redis = ends.use(await redisServer());
  const world = await startWorld({ engines: 1, media: bareMedia });
  ends.defer(() => world.close());
  const engines = world.engines.flatMap(({ address }) => ["--engine", address]);
  const proxy = ends.use(
    await startBinary([
      ...[...engines, "--lease", `redis://127.0.0.1:${redis.port}`, "--lease-ttl", "5s"],
      ...["--state-dir", "none", "--linger", "0s"],
    ]),
  );
  const document = await proxy.get<OpenApi>("/openapi.json");
  const judge = judgeBy(document);
  await judged(proxy, judge, "/readyz");
  const player = play(streamUrl(proxy, 1));
  ends.defer(() => player.leave());
  await player.got(SOME_BYTES, 30_000);
  const { body } = await judged(proxy, judge, "/api/v1/leases");
  expect(body).toMatchObject({ grants: "shared", leases: [{ engine: expect.any(String) }] });
  for (const target of [...READABLE, "/readyz"]) await judged(proxy, judge, target);
  using listener = await listen(proxy.url, "/api/v1/events?last_event_id=none");
  await until("the figures came", () => listener.events.some(({ event }) => event === "figures"));
  const judgeEvent = judgeOfSchema(document);
  const figures = listener.events.find(({ event }) => event === "figures")?.data;
  expect(figures).toMatchObject({ leases: { grants: "shared" } });
  expect(judgeEvent("FiguresEvent", figures)).toBe("");
  const leases = listener.events.filter(({ event }) => event === "lease");
  expect(leases.length).toBeGreaterThan(0);
  for (const { data } of leases) expect(judgeEvent("JournalLine", data)).toBe("");
});

describe("events", () => {
  const startPlace = async (token?: string) => {
    const ends = new AsyncDisposableStack();
    const world = await startWorld({ engines: 1, media: bareMedia });
    ends.defer(() => world.close());
    const args = [
      ...["--engine", world.engines[0]?.address ?? "", "--state-dir", "none", "--linger", "0s"],
      ...(token === undefined ? [] : ["--token", token]),
    ];
    const proxy = ends.use(await startBinary(args));
    return { world, proxy, args, [Symbol.asyncDispose]: () => ends.disposeAsync() };
  };

  test("come as the journal has them, are wanted with the token, and after a restart all begins anew", async () => {
    await using place = await startPlace("s3cret");
    const { proxy, args } = place;
    expect((await listen(proxy.url)).status).toBe(401);
    using listener = await listen(proxy.url, "/api/v1/events?token=s3cret&last_event_id=none");
    using beneath = await listen(proxy.url, "/t/s3cret/api/v1/events");
    expect([listener.status, beneath.status]).toEqual([200, 200]);
    const player = play(`${proxy.url}/ace/getstream?id=${contentId(1)}&token=s3cret`);
    await player.got(SOME_BYTES);
    player.leave();
    const isFree = ({ data }: { data: unknown }) => JSON.stringify(data).includes('"to":"free"');
    await until("the slot is free again", () => listener.events.some(isFree));
    const told = listener.lines().map(({ data }) => data);
    const { lines } = await proxy.get<{ lines: { seq: number }[] }>("/api/v1/journal?token=s3cret");
    expect(told).toEqual(lines.slice(0, told.length));
    expect(told.length).toBeGreaterThan(5);
    expect(JSON.stringify(listener.events)).not.toContain("s3cret");
    const lastId = listener.ids().at(-1) ?? "";

    expect(await proxy.end("SIGTERM")).toBe(0);
    await using again = await startBinary(args);
    using returned = await listen(again.url, "/api/v1/events?token=s3cret", [`Last-Event-ID: ${lastId}`]);
    await until("it is told", () => returned.events.some(({ event }) => event === "figures"));
    expect(returned.events.slice(0, 2).map(({ event }) => event)).toEqual(["hello", "reset"]);
    expect(returned.ids()[0]?.split("-")[0]).not.toBe(lastId.split("-")[0]);
    expect(returned.ids()[0]).toEndWith("-1");
  });

  test("keep no proxy from ending, and end with it", async () => {
    await using place = await startPlace();
    const { proxy } = place;
    const listeners = await Promise.all(Array.from({ length: 10 }, () => listen(proxy.url)));
    const player = play(streamUrl(proxy, 1));
    await player.got(SOME_BYTES);
    expect(await proxy.end("SIGTERM")).toBe(0);
    await until("all have their end", () => listeners.every(({ over }) => over !== null));
  });
});
