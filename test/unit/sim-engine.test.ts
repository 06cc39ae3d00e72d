import { describe, expect, test } from "bun:test";
import { contentId, infohashOf } from "../../src/sim/index.ts";
import { until } from "../support/until.ts";
import {
  bareEngine,
  holdTimers,
  json,
  raw,
  readMedia,
  start,
  startAndLeave,
  startUrl,
  stop,
} from "./sim-calls.ts";

const A = contentId(1);
const B = contentId(2);

describe("a simulated engine starts", () => {
  test("and answers with its own address, the infohash and one session", async () => {
    await using engine = await bareEngine();
    const started = await start(engine, `id=${A}&pid=p1`);
    const path = `${infohashOf(A)}/${started.playback_session_id}`;
    expect(started).toMatchObject({
      playback_url: `http://${engine.address}/ace/r/${path}`,
      stat_url: `http://${engine.address}/ace/stat/${path}`,
      command_url: `http://${engine.address}/ace/cmd/${path}`,
      infohash: infohashOf(A),
      client_session_id: -1,
      is_live: 1,
      is_encrypted: 0,
    });
    expect([...engine.sessions.keys()]).toEqual([started.playback_session_id]);
  });

  test("one content, by whichever of its two numbers it was asked", async () => {
    await using engine = await bareEngine();
    const byId = await start(engine, `id=${A}`);
    const byInfohash = await start(engine, `infohash=${infohashOf(A).toUpperCase()}`);
    expect(byInfohash.infohash).toBe(byId.infohash);
    expect(engine.load).toBe(1);
  });

  test("with a redirect when no JSON is asked for", async () => {
    await using engine = await bareEngine();
    const answer = await fetch(`http://${engine.address}/ace/getstream?id=${A}`, { redirect: "manual" });
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toStartWith(`http://${engine.address}/ace/r/${infohashOf(A)}/`);
  });

  test("and names the host under which it sees itself", async () => {
    await using engine = await bareEngine({ advertisedHost: "172.17.0.2:6878" });
    expect((await start(engine, `id=${A}`)).playback_url).toStartWith("http://172.17.0.2:6878/ace/r/");
  });

  test("nothing that is not a content, and says so with status 200", async () => {
    await using engine = await bareEngine();
    for (const query of ["", "id=xyz", `id=${A}0`]) {
      const answer = await fetch(startUrl(engine, query));
      expect([answer.status, await answer.json()]).toEqual([
        200,
        { response: null, error: "failed to load content" },
      ]);
    }
    expect(engine.peakLoad).toBe(0);
  });
});

describe("a simulated engine's load", () => {
  test("counts from the arrival of a start, before its answer", async () => {
    await using engine = await bareEngine({ startDelayMs: 150 });
    let answered = false;
    const starting = start(engine, `id=${A}`).then(() => {
      answered = true;
    });
    await until("the start arrives", () => engine.load === 1);
    expect(answered).toBe(false);
    await starting;
    expect(engine.load).toBe(1);
  });

  test("keeps its peak until it is reset", async () => {
    await using engine = await bareEngine();
    const first = await start(engine, `id=${A}`);
    await start(engine, `id=${B}`);
    await stop(first);
    expect([engine.load, engine.peakLoad]).toEqual([1, 2]);
    engine.resetPeakLoad();
    expect(engine.peakLoad).toBe(1);
  });

  test("goes on after the client left in mid-start, until the session expires unread", async () => {
    await using engine = await bareEngine({ startDelayMs: 30, unreadSessionMs: 60 });
    using timers = holdTimers();
    await startAndLeave(engine, `id=${A}`);
    expect(engine.load).toBe(1);
    timers.release();
    await until("the session expires", () => engine.load === 0);
    expect(engine.log.map((entry) => entry.what)).toEqual(["start", "begin", "lost", "expire"]);
  });

  test("does not end with the reader's connection, only with the expiry", async () => {
    await using engine = await bareEngine({ unreadSessionMs: 60 });
    using timers = holdTimers();
    const started = await start(engine, `id=${A}`);
    await readMedia(started.playback_url, 188);
    timers.release();
    await until("the session expires", () => engine.load === 0);
    const log = engine.log.map((entry) => entry.what);
    expect(log.slice(-2)).toEqual(["leave", "expire"]);
  });

  test("a session that is read does not expire", async () => {
    await using engine = await bareEngine({ unreadSessionMs: 50 });
    using timers = holdTimers();
    const other = await start(engine, `id=${B}`);
    const started = await start(engine, `id=${A}`);
    const reading = raw(started.playback_url);
    await until("it is read", () => engine.sessions.get(started.playback_session_id)?.reading === true);
    timers.release();
    await until("the unread one expires", () => !engine.sessions.has(other.playback_session_id));
    await until("the read one is older than that", () => {
      const session = engine.sessions.get(started.playback_session_id);
      return session !== undefined && performance.now() - session.beganAtMs > 150;
    });
    await stop(started);
    expect((await reading).end).toBe("fin");
  });
});

describe("a simulated engine's sessions", () => {
  test("a newer start of the content takes it over: the older connection ends, its session is unknown", async () => {
    await using engine = await bareEngine();
    const older = await start(engine, `id=${A}`);
    const reading = raw(older.playback_url);
    await until("it is read", () => engine.sessions.get(older.playback_session_id)?.reading === true);
    const newer = await start(engine, `infohash=${infohashOf(A)}`);
    expect((await reading).end).toBe("fin");
    expect(await json<unknown>(older.stat_url)).toEqual({
      response: {},
      error: "unknown playback session id",
    });
    expect([...engine.sessions.keys()]).toEqual([newer.playback_session_id]);
    expect(engine.peakLoad).toBe(1);
    expect(engine.log.some((entry) => entry.what === "takeover")).toBe(true);
  });

  test("a repeated pid stops its former session, whatever it plays", async () => {
    await using engine = await bareEngine();
    const older = await start(engine, `id=${A}&pid=same`);
    await start(engine, `id=${B}&pid=same`);
    expect(engine.load).toBe(1);
    expect(engine.sessions.has(older.playback_session_id)).toBe(false);
    await start(engine, `id=${A}&pid=other`);
    expect(engine.load).toBe(2);
  });

  test("a stop is confirmed once, then the session is unknown everywhere", async () => {
    await using engine = await bareEngine();
    const started = await start(engine, `id=${A}`);
    expect(await stop(started)).toEqual({ response: "ok", error: null });
    expect((await stop(started)).error).toBe("unknown playback session id");
    expect((await fetch(started.playback_url)).status).toBe(404);
    const { playback_url } = await start(engine, `id=${B}`);
    expect((await fetch(playback_url.replace(infohashOf(B), infohashOf(A)))).status).toBe(404);
    expect(engine.counters).toEqual({ starts: 2, stops: 2, stats: 0, plays: 2 });
  });

  test("a slow stop holds the load until it is answered", async () => {
    await using engine = await bareEngine({ stopDelayMs: 80 });
    const stopping = stop(await start(engine, `id=${A}`));
    await until("the stop arrives", () => engine.counters.stops === 1);
    expect(engine.load).toBe(1);
    await stopping;
    expect(engine.load).toBe(0);
  });

  test("the stat tells progress", async () => {
    await using engine = await bareEngine();
    const { stat_url } = await start(engine, `id=${A}`);
    type Stat = { response: { downloaded: number; peers: number; status: string }; error: null };
    const first = (await json<Stat>(stat_url)).response;
    expect(first).toMatchObject({ status: "prebuf", peers: 12 });
    await until(
      "more is downloaded",
      async () => (await json<Stat>(stat_url)).response.downloaded > first.downloaded,
    );
  });

  test("a foreign player counts, takes over, and never expires", async () => {
    await using engine = await bareEngine({ unreadSessionMs: 20 });
    const ours = await start(engine, `id=${A}`);
    const theirs = engine.startForeign(A);
    await readMedia(`http://${engine.address}/ace/r/${theirs.infohash}/${theirs.id}`, 188);
    await until("its reader has left", () => !theirs.reading);
    const witness = await start(engine, `id=${B}`);
    await until("an unread session expires", () => !engine.sessions.has(witness.playback_session_id));
    expect([...engine.sessions.keys()]).toEqual([theirs.id]);
    expect((await stop(ours)).error).toBe("unknown playback session id");
    theirs.end();
    expect(engine.load).toBe(0);
  });
});

describe("a simulated engine's process", () => {
  test("dies with a reset, refuses, and comes back on its port without its sessions", async () => {
    await using engine = await bareEngine();
    const started = await start(engine, `id=${A}`);
    const reading = raw(started.playback_url);
    await until("it is read", () => engine.sessions.get(started.playback_session_id)?.reading === true);
    await engine.kill();
    expect((await reading).end).toBe("reset");
    expect((await raw(started.stat_url)).end).toBe("refused");
    expect([engine.load, engine.alive]).toEqual([0, false]);
    await engine.revive();
    expect(await json<unknown>(started.stat_url)).toMatchObject({ error: "unknown playback session id" });
    await start(engine, `id=${A}`);
    expect(engine.load).toBe(1);
  });

  test("takes a start that was under way with it", async () => {
    await using engine = await bareEngine({ startDelayMs: 10_000 });
    const starting = raw(startUrl(engine, `id=${A}`));
    await until("the start arrives", () => engine.load === 1);
    await engine.kill();
    expect((await starting).end).toBe("reset");
    expect(engine.load).toBe(0);
  });

  test("frozen, accepts and says nothing; thawed, makes up for it", async () => {
    await using engine = await bareEngine();
    engine.freeze();
    const starting = start(engine, `id=${A}`);
    const other = raw(`http://${engine.address}/webui/api/service?method=get_version`);
    await until("both arrive", () => engine.held === 2);
    expect(engine.load).toBe(0);
    engine.thaw();
    expect((await other).text).toContain('"version":"3.2.11"');
    await starting;
    expect(engine.load).toBe(1);
  });

  test("tells its version and its network", async () => {
    await using engine = await bareEngine();
    const base = `http://${engine.address}`;
    expect(await json<unknown>(`${base}/webui/api/service?method=get_version`)).toEqual({
      result: { code: 3021600, platform: "linux", version: "3.2.11" },
      error: null,
    });
    engine.faults.connected = false;
    expect(
      await json<unknown>(`${base}/server/api?api_version=3&method=get_network_connection_status`),
    ).toEqual({ result: { connected: false } });
    expect((await fetch(`${base}/ace/manifest.m3u8?id=${A}`)).status).toBe(501);
    expect((await fetch(`${base}/elsewhere`)).status).toBe(404);
  });
});
