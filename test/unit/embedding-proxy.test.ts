/** One proxy in a program: its requests, what it tells and shows, how it changes and ends. Over real HTTP. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type ConfigError, createProxy, type ProxyOptions } from "aceslot";
import { contentId, type SimEngine, startSimEngine } from "aceslot/sim";
import { keptLog, serveProxy, watch } from "../support/embedded.ts";
import { until } from "../support/until.ts";

let engine: SimEngine;
beforeAll(async () => {
  engine = await startSimEngine({ name: "engine" });
});
afterAll(() => engine.close());

const proxyAt = (more: ProxyOptions = {}) => createProxy({ engines: [engine.address], lingerMs: 0, ...more });
const LIST = join(import.meta.dir, "../fixtures/playlists/embedded.m3u");
const A = contentId(1);
const B = contentId(2);

describe("a proxy", () => {
  test("plays over a server of the program's own, and shows who watches what", async () => {
    await using proxy = proxyAt({ name: "living-room" });
    await proxy.ready;
    await using server = serveProxy(proxy);
    expect(proxy.engines()).toMatchObject([{ address: engine.address, load: 0, cap: 1 }]);
    const viewer = await watch(server.url, A, { "User-Agent": "VLC/3" });
    expect(viewer.answer.headers.get("content-type")).toBe("video/mp2t");
    expect(proxy.streams()).toMatchObject([{ phase: "playing", clients: 1, engineName: engine.address }]);
    expect(proxy.clients()).toMatchObject([
      { served: true, kind: "ts", address: "127.0.0.1", agent: "VLC/3" },
    ]);
    const shown = await (await fetch(`${server.url}/api/v1/engines`)).json();
    const still = (view: object): string => JSON.stringify(view).replaceAll(/"forMs":\d+/g, "");
    await until("both show the same version", () => proxy.engines()[0]?.version ?? null);
    expect(Object.keys(shown.engines[0])).toEqual(Object.keys(proxy.engines()[0] ?? {}));
    expect(still(shown.engines[0].slots)).toBe(still(proxy.engines()[0]?.slots ?? []));
    viewer.leave();
    await until("the stream ends with its last client", () => proxy.ended()[0]?.reason === "nobody watches");
    expect(proxy.ended()).toHaveLength(1);
    await until("its slot is free", () => engine.load === 0);
  });

  test("whose fetch is called in the turn in which it was made waits for the first look", async () => {
    await using proxy = createProxy({ engines: [engine.address] });
    const { fetch } = proxy;
    const answers = await Promise.all([
      fetch(new Request(`http://proxy/ace/getstream?id=${A}`)),
      fetch(new Request("http://proxy/healthz")),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    await answers[0]?.body?.cancel();
  });

  test("reads its playlists from the first turn on: whoever asks at once waits for them", async () => {
    await using proxy = proxyAt({ playlists: [LIST] });
    const answer = await proxy.fetch(new Request("http://proxy/playlist.m3u"));
    expect([answer.status, (await answer.text()).includes("Channel one")]).toEqual([200, true]);
  });

  test("is ready when it has looked at its engines, whatever it saw", async () => {
    await using proxy = createProxy({
      pool: {
        look: () => Promise.reject(new Error("down")),
        describe: () => "a pool",
        provision: null,
        fallback: [],
      },
    });
    await proxy.ready;
    expect(proxy.engines()).toEqual([]);
  });

  test("ends a stream by hand, for a reason in words", async () => {
    await using nobodys = proxyAt();
    for (const reason of [null, 7, Symbol("why")])
      expect(() => nobodys.endStream(1, reason as never)).toThrow(
        /^reason: .+ it must be a string; try endStream/,
      );
    await using proxy = proxyAt();
    await using server = serveProxy(proxy);
    const viewer = await watch(server.url, A);
    const [stream] = proxy.streams();
    expect(proxy.endStream(9_999)).toBe(false);
    expect(proxy.endStream(stream?.id ?? 0, "enough")).toBe(true);
    expect(proxy.ended()).toMatchObject([{ stream: stream?.id, reason: "enough", played: true }]);
    viewer.leave();
  });

  test("ends one client by hand, and leaves the others of its stream alone", async () => {
    await using proxy = proxyAt();
    expect(() => proxy.endClient(1, 7 as never)).toThrow(/^reason: .+ it must be a string; try endClient/);
    await using server = serveProxy(proxy);
    const leaving = await watch(server.url, A, { "User-Agent": "one" });
    const [first] = proxy.clients();
    const staying = await watch(server.url, A, { "User-Agent": "another" });
    expect(proxy.endClient(9_999)).toBe(false);
    expect(proxy.endClient(first?.id ?? 0, "enough")).toBe(true);
    expect([proxy.clients().length, proxy.streams().length]).toEqual([1, 1]);
    leaving.leave();
    staying.leave();
  });

  test("can be closed by whoever is handed its close alone", async () => {
    const { drain, close, fetch } = proxyAt();
    await drain();
    await close();
    expect((await fetch(new Request("http://proxy/readyz"))).status).toBe(503);
  });

  test("counts the streams that wait", async () => {
    await using proxy = proxyAt({ queueTimeoutMs: 30_000 });
    await using server = serveProxy(proxy);
    const viewer = await watch(server.url, A, { "User-Agent": "one" });
    expect(proxy.waiting).toBe(0);
    const second = watch(server.url, B, { "User-Agent": "another" });
    await until("one waits", () => proxy.waiting === 1);
    viewer.leave();
    (await second).leave();
    expect(proxy.waiting).toBe(0);
  });
});

describe("settings", () => {
  test("that change while it runs are felt at once, and null is the default again", async () => {
    await using proxy = proxyAt({ token: "t0ken" });
    const status = async (path: string): Promise<number> =>
      (await proxy.fetch(new Request(`http://proxy${path}`))).status;
    expect(await status("/api/v1/engines")).toBe(401);
    proxy.configure({ token: "other", maxStreamsPerEngine: 3 });
    expect([
      await status("/api/v1/engines?token=t0ken"),
      await status("/api/v1/engines?token=other"),
    ]).toEqual([...[401, 200]]);
    await proxy.ready;
    expect(proxy.engines()[0]?.cap).toBe(3);
    proxy.configure({ token: null, maxStreamsPerEngine: undefined });
    expect([await status("/api/v1/engines"), proxy.engines()[0]?.cap]).toEqual([200, 3]);
  });

  test("may name other engines: who watches notices nothing", async () => {
    await using other = await startSimEngine({ name: "other" });
    await using proxy = proxyAt();
    await using server = serveProxy(proxy);
    const viewer = await watch(server.url, A);
    proxy.configure({ engines: [other.address] });
    await until(
      "the new one is listed",
      () => proxy.engines().find(({ id }) => id === other.address)?.listed,
    );
    expect(proxy.streams()).toMatchObject([{ phase: "playing", engine: engine.address }]);
    (await watch(server.url, B)).leave();
    viewer.leave();
    await until("the old one is gone", () => proxy.engines().length === 1);
  });

  test("are taken as a whole or not at all, by the same rules", async () => {
    await using proxy = proxyAt();
    await proxy.ready;
    const refused = (changes: object): string[] => {
      try {
        proxy.configure(changes);
        return [];
      } catch (error) {
        return (error as ConfigError).all.map(({ code, message }) => `${code}: ${message}`);
      }
    };
    expect(refused({ maxStreamsPerEngine: 5, stateDir: "/x", rank: () => 0, lingr: 1 })).toEqual([
      "not_reloadable: stateDir: it cannot change while the proxy runs; make a new proxy with it",
      "not_reloadable: rank: it cannot change while the proxy runs; make a new proxy with it",
      "unknown_name: lingr: createProxy has no such option: did you mean lingerMs?",
    ]);
    expect(refused({ maxStreamsPerEngine: 5, lingerMs: "1s" })).toEqual([
      'bad_value: lingerMs: "1s" is not allowed: it must be a whole number of milliseconds from 0 to 86400000 (24h); try lingerMs: 1000',
    ]);
    expect(refused([])).toEqual([
      "bad_value: changes: an array is not allowed: it must be an object; try configure({ lingerMs: 30000 })",
    ]);
    expect(proxy.engines()[0]?.cap).toBe(1);
  });

  test("are read once, lists with all that is in them", async () => {
    let reads = 0;
    const engines = [engine.address];
    const options = {
      engines,
      get token() {
        reads++;
        return "first";
      },
    };
    await using proxy = createProxy(options);
    engines.push("nonsense");
    proxy.configure({ lingerMs: 0 });
    await proxy.ready;
    expect([reads, proxy.engines().length]).toEqual([1, 1]);
  });

  test("are not what the program does to its own object later", async () => {
    const options = { engines: [engine.address], maxStreamsPerEngine: 2 };
    await using proxy = createProxy(options);
    options.maxStreamsPerEngine = -7;
    await proxy.ready;
    proxy.configure({ lingerMs: 0 });
    expect(proxy.engines()[0]?.cap).toBe(2);
  });
});

describe("the end", () => {
  test("gives everything back, and every request after it is refused", async () => {
    const proxy = proxyAt();
    await using server = serveProxy(proxy);
    const viewer = await watch(server.url, A);
    expect(engine.load).toBe(1);
    const [first, second] = [proxy.close(), proxy.close()];
    expect(second).toBe(first);
    await first;
    expect(engine.load).toBe(0);
    for (const path of [`/ace/getstream?id=${A}`, "/healthz", "/", "/nothing"]) {
      const answer = await fetch(`${server.url}${path}`);
      expect([path, answer.status, (await answer.json()).error.code]).toEqual([path, 503, "draining"]);
      expect(answer.headers.get("retry-after")).toBe("5");
    }
    expect(proxy.ended()).toMatchObject([{ reason: "shutdown" }]);
    proxy.configure({ maxStreamsPerEngine: 2 });
    viewer.leave();
  });

  test("may be a drain first: nobody new, and what only looks is still answered", async () => {
    await using proxy = proxyAt();
    await using server = serveProxy(proxy);
    const viewer = await watch(server.url, A);
    await Promise.all([proxy.drain(), proxy.drain()]);
    expect(engine.load).toBe(0);
    const answers = await Promise.all(
      [`/ace/getstream?id=${A}`, "/readyz", "/api/v1/engines"].map((path) => fetch(`${server.url}${path}`)),
    );
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 200]);
    viewer.leave();
  });

  test("comes with the signal, at once if that is aborted already", async () => {
    const ending = new AbortController();
    const proxy = proxyAt({ signal: ending.signal });
    const late = proxyAt({ signal: AbortSignal.abort() });
    await late.ready;
    expect((await late.fetch(new Request("http://proxy/healthz"))).status).toBe(503);
    expect((await proxy.fetch(new Request("http://proxy/healthz"))).status).toBe(200);
    ending.abort();
    expect((await proxy.fetch(new Request("http://proxy/healthz"))).status).toBe(503);
    await Promise.all([proxy.close(), late.close()]);
  });

  test("that has come before the beginning lets nothing begin", async () => {
    let looks = 0;
    const pool = {
      look: () => Promise.reject(new Error(`look ${++looks}`)),
      ...{ describe: () => "never asked", provision: null, fallback: [] },
    };
    const proxy = createProxy({ pool, signal: AbortSignal.abort() });
    await proxy.ready;
    await proxy.close();
    expect([looks, proxy.engines(), proxy.endStream(1)]).toEqual([0, [], false]);
  });

  test("settles ready, though the pool never answers", async () => {
    const proxy = createProxy({
      pool: {
        look: () => new Promise<never>(() => {}),
        describe: () => "silence",
        provision: null,
        fallback: [],
      },
    });
    await proxy.close();
    await proxy.ready;
  });
});

describe("a log", () => {
  test("hears every room, and one that throws harms nobody", async () => {
    const log = keptLog();
    const throwing = () => {
      throw new Error("the disk is full");
    };
    await using proxy = proxyAt({ log, playlistRefreshMs: 60_000 });
    await using deaf = proxyAt({ log: { debug: throwing, info: throwing, warn: throwing, error: throwing } });
    const later = () => Promise.reject(new Error("the collector is down"));
    await using slow = proxyAt({ log: { debug: later, info: later, warn: later, error: later } });
    for (const one of [proxy, deaf, slow]) {
      const answer = await one.fetch(new Request(`http://proxy/ace/getstream?id=${A}`));
      expect(answer.status).toBe(200);
      await answer.body?.cancel();
      await until("its slot is free", () => one.engines()[0]?.load === 0);
    }
    expect(log.lines[0]).toBe(
      'warn playlistRefreshMs has no effect without playlists or guides {"room":"aceslot"}',
    );
    expect(log.lines.some((line) => /^info stream starts \{"room":"broker"/.test(line))).toBe(true);
  });
});
