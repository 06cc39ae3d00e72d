/** What questions for HLS are answered: whose session it is, where its segments are, and what comes when there are none. */
import { describe, expect, test } from "bun:test";
import type { Broker } from "../../src/broker/index.ts";
import { createApp } from "../../src/http/app.ts";
import { playlistText } from "../../src/stream/hls/playlist.ts";
import type { HlsRefusal, HlsSession } from "../../src/stream/index.ts";
import { APP_SETTINGS } from "../support/app-settings.ts";
import { NOTHING_HELD } from "../support/shared-world.ts";

const ID = "a".repeat(40);

interface Admits {
  readonly client: number;
  readonly content: string;
  readonly serve: () => void;
  readonly refuse: () => void;
}

/** An app whose broker serves everybody unless `byHand`, and whose sessions are ready as told. */
function place(
  options: {
    readonly ready?: HlsSession["ready"];
    readonly refusal?: HlsRefusal;
    readonly byHand?: boolean;
    readonly token?: string;
    readonly m3u8?: boolean;
  } = {},
) {
  const closed: string[] = [];
  const left: number[] = [];
  const asked: Admits[] = [];
  const sessions = new Map<string, { readonly viewer: string; readonly session: HlsSession }>();
  const openSession = (viewer: string): HlsSession => {
    const name = `s${sessions.size + 1}`;
    let playlists = 0;
    const session: HlsSession = {
      name,
      ready: options.ready ?? (async () => "ready"),
      get hasBegun() {
        return playlists > 0;
      },
      isAwaited: false,
      playlist(folder) {
        const segments = [{ sequence: playlists++, durationMs: 2_000, isAfterBreak: false }];
        return playlistText({ folder, targetMs: 4_000, sequence: 0, breaks: 0, isOver: false, segments });
      },
      segment: () => null,
      close(reason) {
        closed.push(reason);
        sessions.delete(name);
      },
    };
    sessions.set(name, { viewer, session });
    return session;
  };
  const broker = {
    request({ content }: { readonly content: string }) {
      const client = asked.length + 1;
      const admission = new Promise((resolve) => {
        const serve = () => resolve({ kind: "serve", client, stream: 1 });
        const refuse = () =>
          resolve({ kind: "reject", code: "no_capacity", message: "full", retryAfterSeconds: 7 });
        asked.push({ client, content, serve, refuse });
        if (!options.byHand) serve();
      });
      return { client, admission };
    },
    leave: (id: number) => left.push(id),
  };
  const app = createApp({
    broker: broker as unknown as Broker,
    bodies: {
      body: () => "",
      figures: () => null,
      watching: () => null,
      openHls: (_client, _stream, viewer) => options.refusal ?? openSession(viewer),
      hls: (name) => sessions.get(name)?.session ?? null,
      hlsSessions: 0,
      held: NOTHING_HELD,
      hlsOf: (viewer) => [...sessions.values()].find((one) => one.viewer === viewer)?.session ?? null,
    },
    current: () => ({ ...APP_SETTINGS, m3u8: options.m3u8 ?? false, token: options.token ?? null }),
    stateTrouble: null,
  });
  const ask = (path = `/ace/manifest.m3u8?id=${ID}`, init: RequestInit = {}, address = "127.0.0.1") =>
    app(new Request(`http://x${path}`, init), { address });
  return { app, ask, asked, closed, left, sessions };
}

const codeOf = async (answer: Response): Promise<readonly [number, string]> => [
  answer.status,
  ((await answer.json()) as { error: { code: string } }).error.code,
];
const uriOf = async (answer: Response): Promise<string> =>
  (await answer.text()).split("\n").find((line) => line !== "" && !line.startsWith("#")) ?? "";
const turns = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};
const agent = (name: string): RequestInit => ({ headers: { "User-Agent": name } });

describe("a playlist", () => {
  test("comes at the address that was asked for, again and again, from one session", async () => {
    const { ask, asked } = place();
    for (const sequence of [0, 1, 2]) {
      const answer = await ask();
      expect([answer.status, answer.headers.get("content-type")]).toEqual([
        200,
        "application/vnd.apple.mpegurl",
      ]);
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(await uriOf(answer)).toBe(`hls/s1/${sequence}.ts`);
    }
    expect(asked).toHaveLength(1);
  });

  test("is another one for another address, player, content or variant", async () => {
    const { ask, asked, sessions } = place();
    await ask(undefined, agent("a"));
    await ask(undefined, agent("b"));
    await ask(undefined, agent("a"), "10.0.0.1");
    await ask(`/ace/manifest.m3u8?id=${"b".repeat(40)}`, agent("a"));
    await ask(`/ace/manifest.m3u8?id=${ID}&_idx=1`, agent("a"));
    expect([asked.length, sessions.size]).toEqual([5, 5]);
    await ask(`/ace/manifest.m3u8?id=${ID.toUpperCase()}&sid=7`, agent("a"));
    expect(asked).toHaveLength(5);
  });

  test("of a session that is over comes from a new one", async () => {
    const { ask, sessions } = place();
    await ask();
    sessions.clear();
    expect((await ask()).status).toBe(200);
    expect(sessions.size).toBe(1);
  });

  test("names its segments as seen from the address that was asked for", async () => {
    for (const [path, folder] of [
      [`/ace/manifest.m3u8?id=${ID}`, "hls/"],
      [`/ace/manifest.m3u8/?id=${ID}`, "../hls/"],
      [`/ace/getstream?id=${ID}`, "hls/"],
      [`/ace/getstream/?id=${ID}`, "../hls/"],
      [`/ace/getstream/${ID}.ts`, "../hls/"],
    ] as const) {
      const open = place({ m3u8: true });
      expect(await uriOf(await open.ask(path))).toBe(`${folder}s1/0.ts`);
      // A token that looks like a part of the path.
      for (const token of ["ace", "s3cret"]) {
        const guarded = place({ m3u8: true, token });
        const answer = await guarded.ask(`/t/${token}${path}`);
        const uri = await uriOf(answer);
        expect(new URL(uri, `http://x/t/${token}${path}`).pathname).toBe(`/t/${token}/ace/hls/s1/0.ts`);
      }
    }
  });

  test("asked for twice at once makes one session, and a refusal is for both", async () => {
    const { ask, asked, sessions } = place({ byHand: true });
    const both = [ask(), ask()];
    await turns();
    expect(asked).toHaveLength(1);
    asked[0]?.serve();
    for (const answer of await Promise.all(both)) expect(await uriOf(answer)).toStartWith("hls/s1/");
    expect(sessions.size).toBe(1);

    const full = place({ byHand: true });
    const refused = [full.ask(), full.ask()];
    await turns();
    full.asked[0]?.refuse();
    for (const answer of await Promise.all(refused)) {
      expect(answer.headers.get("retry-after")).toBe("7");
      expect(await codeOf(answer)).toEqual([503, "no_capacity"]);
    }
    expect(full.asked).toHaveLength(1);
  });

  test("is still waited for by the other when the first who asked goes away", async () => {
    const { ask, asked, left } = place({ byHand: true });
    const leaving = new AbortController();
    const first = ask(undefined, { signal: leaving.signal });
    const second = ask();
    await turns();
    leaving.abort();
    await first;
    await turns();
    expect([asked.length, left]).toEqual([2, [1]]);
    asked[1]?.serve();
    expect((await second).status).toBe(200);
  });

  test("costs a probe nothing", async () => {
    const { ask, asked } = place();
    expect((await ask(undefined, { method: "HEAD" })).status).toBe(200);
    expect((await ask(undefined, { method: "OPTIONS" })).headers.get("access-control-allow-origin")).toBe(
      "*",
    );
    expect(asked).toHaveLength(0);
  });
});

test("a segment that is not there leaves its connection the bound on silence", async () => {
  const { app, sessions } = place();
  await app(new Request(`http://x/ace/manifest.m3u8?id=${ID}`), { address: "127.0.0.1" });
  const told: string[] = [];
  const silence = {
    endless: () => told.push("endless"),
    untilEnd: () => told.push("lifted"),
    ended: () => told.push("back"),
  };
  const [[, kept] = []] = sessions;
  let onEnd = (): void => {};
  const ask = () => app(new Request("http://x/ace/hls/s1/3.ts"), { address: "127.0.0.1", silence });
  expect([(await ask()).status, told]).toEqual([404, []]);
  if (kept === undefined) throw new Error("there is no session");
  kept.session.segment = (_sequence, _breakOff, then = () => {}) => {
    onEnd = then;
    return new ReadableStream();
  };
  expect([(await ask()).status, told]).toEqual([200, ["lifted"]]);
  onEnd();
  expect(told).toEqual(["lifted", "back"]);
});

test("a stream that has no segment in time, or ends before, is an error, and the place is given back", async () => {
  for (const [state, status, code] of [
    ["late", 504, "engine_timeout"],
    ["over", 502, "engine_error"],
  ] as const) {
    const { ask, closed } = place({ ready: async () => state });
    expect(await codeOf(await ask())).toEqual([status, code]);
    expect(closed).toHaveLength(1);
  }
});

test("a stream that takes no more viewers says so, and when to come again", async () => {
  const { ask } = place({ refusal: { code: "no_capacity", message: "too many" } });
  const answer = await ask();
  expect(answer.headers.get("retry-after")).not.toBe(null);
  expect(await codeOf(answer)).toEqual([503, "no_capacity"]);
});

test("a player that leaves while it waits gives its place back, unless it had begun to play", async () => {
  let leaving = new AbortController();
  let waits = true;
  const ready: HlsSession["ready"] = (signal) => {
    if (!waits) return Promise.resolve("ready");
    const gone = new Promise<"over">((resolve) => signal.addEventListener("abort", () => resolve("over")));
    leaving.abort();
    return gone;
  };
  const { ask, closed } = place({ ready });
  await ask(undefined, { signal: leaving.signal });
  expect(closed).toEqual(["closed the connection"]);
  waits = false;
  await ask();
  waits = true;
  leaving = new AbortController();
  await ask(undefined, { signal: leaving.signal });
  expect(closed).toHaveLength(1);
});
