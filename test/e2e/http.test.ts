/** Everything that clients send gets a clear answer, and nothing of it that should not reaches an engine. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { bareMedia, contentId, infohashOf, type SimWorld, startWorld } from "../../src/sim/index.ts";
import { type RunningBinary, startBinary } from "../support/binary.ts";
import { runToEnd } from "../support/ended.ts";
import { play } from "../support/player.ts";
import { atRest, streamsOf } from "../support/rest.ts";
import { until } from "../support/until.ts";
import { plainGet, type Tap, tap, wire } from "../support/wire.ts";

const PACKET_BYTES = 188;
const ID = contentId(1);

interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string; readonly retry_after?: number };
}

/** One proxy in front of one engine that is listened in on. */
async function startPlace(args: readonly string[] = []) {
  const world: SimWorld = await startWorld({ engines: 1, media: bareMedia });
  const ear: Tap = await tap(world.engines[0]?.address ?? "");
  const proxy: RunningBinary = await startBinary([
    ...["--engine", ear.address, "--state-dir", "none", "--linger", "0s", "--max-streams-per-engine", "4"],
    ...args,
  ]);
  return {
    world,
    ear,
    proxy,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await ear[Symbol.asyncDispose]();
      await world.close();
    },
  };
}

describe("requests", () => {
  let place: Awaited<ReturnType<typeof startPlace>>;
  beforeAll(async () => {
    place = await startPlace();
  });
  afterAll(() => place[Symbol.asyncDispose]());

  /** What was asked of the engine for one start, as its query. */
  async function startQuery(target: string): Promise<URLSearchParams> {
    const before = place.ear.targets.length;
    const player = play(`${place.proxy.url}${target}`);
    expect(await player.answered()).toBe(200);
    await player.got(PACKET_BYTES);
    player.leave();
    await atRest(place.proxy, place.world);
    const starts = place.ear.targets.slice(before).filter((asked) => asked.startsWith("/ace/getstream"));
    expect(starts).toHaveLength(1);
    return new URL(starts[0] ?? "", "http://engine").searchParams;
  }

  const G = "/ace/getstream";
  const bad: readonly (readonly [target: string, code: string, words: string])[] = [
    [G, "invalid_id", "no content"],
    [`${G}?`, "invalid_id", "no content"],
    [`${G}?id=`, "invalid_id", "40 hex"],
    [`${G}?ID=${ID}`, "invalid_id", "no content"],
    [`${G}?id[]=${ID}`, "invalid_id", "no content"],
    [`${G}?id=${ID}&infohash=${infohashOf(ID)}`, "invalid_id", "either id or infohash"],
    [`${G}?id=${ID}&id=${ID}`, "invalid_id", "once"],
    [`${G}?infohash=${ID}&infohash=${ID}`, "invalid_id", "once"],
    [`${G}/${ID}.ts?id=${ID}`, "invalid_id", "once"],
    [`${G}?id=${ID.slice(1)}`, "invalid_id", "40 hex"],
    [`${G}?id=${ID}0`, "invalid_id", "40 hex"],
    [`${G}?infohash=${ID.slice(1)}`, "invalid_id", "40 hex"],
    [`${G}?id=${"g".repeat(40)}`, "invalid_id", "40 hex"],
    [`${G}?id=${ID.slice(1)}%00`, "invalid_id", "40 hex"],
    [`${G}?id=${ID}%00`, "invalid_id", "40 hex"],
    [`${G}?id=${ID}%0d%0aX-Evil:%20yes`, "invalid_id", "40 hex"],
    [`${G}?id=${ID}%0A`, "invalid_id", "40 hex"],
    [`${G}?id=%EF%BC%91${ID.slice(1)}`, "invalid_id", "40 hex"],
    [`${G}?id=${"a".repeat(8000)}`, "invalid_id", "40 hex"],
    [`${G}?id=${ID}&transcode_audio=${"1".repeat(33)}`, "invalid_parameter", "transcode_audio"],
    [`${G}?id=${ID}&transcode_audio=1%26pid%3dx`, "invalid_parameter", "transcode_audio"],
    [`${G}?id=${ID}&_idx=1&_idx=2`, "invalid_parameter", "_idx"],
    [`${G}/${ID.slice(1)}.ts`, "invalid_id", "40 hex"],
    ["/ace/status?id=x", "invalid_id", "40 hex"],
    ["/api/v1/journal?after=-1", "invalid_parameter", "after"],
    ["/api/v1/journal?after=x", "invalid_parameter", "after"],
  ];
  for (const [target, code, words] of bad)
    test(`GET ${target.slice(0, 90)} is refused with ${code}`, async () => {
      const before = place.ear.targets.length;
      const asked = wire(place.proxy.url, plainGet(target, ["Connection: close"]));
      expect(await asked.answered()).toBe(400);
      await until("the answer is whole", () => asked.closed);
      const [head = "", body = ""] = asked.text.split("\r\n\r\n");
      expect(head).toMatch(/^content-type: application\/json/im);
      expect(head).toMatch(/^cache-control: no-store$/im);
      expect(head.toLowerCase()).not.toContain("x-evil");
      const { error }: ErrorBody = JSON.parse(body);
      expect(Object.keys(error)).toEqual(["code", "message"]);
      expect(error.code).toBe(code);
      expect(error.message).toContain(words);
      expect(error.message.length).toBeLessThan(250);
      expect(place.ear.targets.slice(before).filter((sent) => sent.includes("getstream"))).toEqual([]);
    });

  for (const method of ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
    test(`${method} of a stream is refused, and the answer names what is allowed`, async () => {
      const asked = wire(
        place.proxy.url,
        plainGet(`${G}?id=${ID}`, ["Connection: close", "Content-Length: 0"]).replace("GET", method),
      );
      expect(await asked.answered()).toBe(405);
      await until("the answer is whole", () => asked.closed);
      const [head = "", body = ""] = asked.text.split("\r\n\r\n");
      expect(head).toMatch(/^allow: GET, HEAD, OPTIONS$/im);
      expect((JSON.parse(body) as ErrorBody).error.code).toBe("method_not_allowed");
    });

  test("elsewhere POST is refused, too, and unknown paths are not found", async () => {
    const { url } = place.proxy;
    for (const [path, allow] of [
      ["/api/v1/engines", "GET, HEAD"],
      ["/api/v1/streams/1", "DELETE"],
      ["/healthz", "GET, HEAD"],
    ] as const) {
      const answer = await fetch(`${url}${path}`, { method: "POST" });
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, allow]);
    }
    for (const path of [
      "/nowhere",
      "/ace",
      "/ace/getstreams",
      "/api/v1",
      "/ace/getstream/x/y.ts",
      "/ace/getstream/x",
      "/ace/manifest",
      "/api/v1/streams/1/2",
    ]) {
      const answer = await fetch(`${url}${path}`);
      expect(answer.status).toBe(404);
      const { error } = (await answer.json()) as ErrorBody;
      expect(error).toEqual({ code: "not_found", message: `there is nothing at ${path}` });
    }
  });

  test("OPTIONS is answered with what a page from elsewhere may do", async () => {
    const answer = await fetch(`${place.proxy.url}${G}?id=${ID}`, { method: "OPTIONS" });
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-methods")).toBe("GET, HEAD, OPTIONS");
    expect(await answer.text()).toBe("");
  });

  test("of the API are not for pages from elsewhere", async () => {
    const answer = await fetch(`${place.proxy.url}/api/v1/engines`, {
      headers: { Origin: "http://elsewhere" },
    });
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("U8 links carry a pid: they reach the engine with the content in lower case, a pid of our own, and nothing of the client's pid and sid", async () => {
    const query = await startQuery(
      `${G}?id=${ID.toUpperCase()}&pid=mine&sid=also&Pid=x&format=xml&url=http://evil/`,
    );
    expect(query.get("id")).toBe(ID);
    expect(query.get("pid")).toMatch(/^[0-9a-f-]{36}$/);
    expect([...query.keys()].sort()).toEqual(["format", "id", "pid"]);
    expect(query.get("format")).toBe("json");
  });

  test("by infohash reach the engine as such", async () => {
    const query = await startQuery(`${G}?infohash=${infohashOf(ID).toUpperCase()}`);
    expect(query.get("infohash")).toBe(infohashOf(ID));
    expect(query.has("id")).toBe(false);
  });

  test("carry the parameters that engines know, and no others", async () => {
    const query = await startQuery(
      `${G}?id=${ID}&transcode_audio=1&preferred_audio_language=eng&_idx=2&foo=bar&method=stop&token=x`,
    );
    expect(query.get("transcode_audio")).toBe("1");
    expect(query.get("preferred_audio_language")).toBe("eng");
    expect(query.get("_idx")).toBe("2");
    for (const name of ["foo", "method", "token"]) expect(query.has(name)).toBe(false);
  });

  for (const target of [`${G}/${ID}.ts`, `${G}/${ID.toUpperCase()}.ts`, `${G}/?id=${ID}`])
    test(`GET ${target} is the stream`, async () => {
      expect((await startQuery(target)).get("id")).toBe(ID);
    });

  test("with Range get the whole stream", async () => {
    const player = play(`${place.proxy.url}${G}?id=${ID}`, {
      headers: { Range: "bytes=0-99", "If-Range": "x" },
    });
    expect(await player.answered()).toBe(200);
    await player.got(10 * PACKET_BYTES);
    expect(player.headers["content-range"]).toBeUndefined();
    player.leave();
    await atRest(place.proxy, place.world);
  });

  test("with HEAD get the headers of GET", async () => {
    const ofHop = (name: string) => ["date", "connection", "transfer-encoding", "keep-alive"].includes(name);
    const player = play(`${place.proxy.url}${G}?id=${ID}`);
    expect(await player.answered()).toBe(200);
    const got = Object.entries(player.headers).filter(([name]) => !ofHop(name));
    player.leave();
    const head = await fetch(`${place.proxy.url}${G}?id=${ID}`, { method: "HEAD" });
    const headed = [...head.headers].filter(([name]) => !ofHop(name));
    expect(head.status).toBe(200);
    expect(headed.sort()).toEqual(
      got.map(([name, value]) => [name, String(value)] as [string, string]).sort(),
    );
    expect(head.headers.get("content-type")).toBe("video/mp2t");
    expect(head.headers.get("cache-control")).toBe("no-store");
    expect(head.headers.get("content-length")).toBeNull();
    expect(head.headers.get("access-control-allow-origin")).toBe("*");
    const refused = await fetch(`${place.proxy.url}${G}?id=x`, { method: "HEAD" });
    expect([refused.status, await refused.text()]).toEqual([400, ""]);
    await atRest(place.proxy, place.world);
  });

  test("by HTTP/1.0 get an unchunked stream", async () => {
    const asked = wire(place.proxy.url, plainGet(`${G}?id=${ID}`, [], "1.0"));
    expect(await asked.answered()).toBe(200);
    await until("media comes", () => asked.bytes > 20 * PACKET_BYTES);
    const [head = "", ...rest] = asked.text.split("\r\n\r\n");
    expect(head).not.toMatch(/^transfer-encoding/im);
    const body = rest.join("\r\n\r\n");
    expect([body.charCodeAt(0), body.charCodeAt(PACKET_BYTES)]).toEqual([0x47, 0x47]);
    asked.leave();
    await atRest(place.proxy, place.world);
  });

  test("in a row over one connection get their answers in order", async () => {
    const asked = wire(
      place.proxy.url,
      `${plainGet("/healthz")}${plainGet("/nowhere")}${plainGet("/healthz", ["Connection: close"])}`,
    );
    await until("all answers are here", () => asked.closed);
    expect([...asked.text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status)).toEqual([
      "200",
      "404",
      "200",
    ]);
  });

  for (const [what, request] of [
    ["two lengths", `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`],
    [
      "a length and chunks",
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ["no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"],
    [
      "a header without an end",
      `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${"a".repeat(1_000_000)}\r\n\r\n`,
    ],
  ] as const)
    test(`with ${what} are refused, and the next client is served`, async () => {
      const asked = wire(place.proxy.url, request);
      const status = await asked.answered();
      expect([0, 400, 413, 431, 501]).toContain(status);
      asked.leave();
      expect((await fetch(`${place.proxy.url}/healthz`)).status).toBe(200);
    });

  for (const [what, head] of [
    ["HTTP/1.0 and no Host", "HTTP/1.0"],
    ["an empty Host", "HTTP/1.1\r\nHost:\r\nConnection: close"],
    ["a Host that is another's", "HTTP/1.1\r\nHost: my_nas.local.:80\r\nConnection: close"],
  ] as const)
    test(`with ${what} are answered like any other`, async () => {
      for (const [target, status] of [
        ["/healthz", 200],
        ["/api/v1/journal?after=0", 200],
        ["/ace/status?id=x", 400],
        ["/nowhere", 404],
        ["//elsewhere/healthz", 404],
      ] as const) {
        const asked = wire(place.proxy.url, `GET ${target} ${head}\r\n\r\n`);
        expect([target, await asked.answered()]).toEqual([target, status]);
        expect(asked.text).toMatch(/^content-type: application\/json/im);
        asked.leave();
      }
    });

  test("with a Host that spoils the address get a JSON error", async () => {
    const asked = wire(place.proxy.url, "GET /healthz HTTP/1.0\r\nHost: [::\r\n\r\n");
    expect(await asked.answered()).toBe(400);
    await until("the answer is whole", () => asked.closed);
    const { error }: ErrorBody = JSON.parse(asked.text.split("\r\n\r\n")[1] ?? "");
    expect(error.code).toBe("invalid_parameter");
    expect(error.message).toStartWith('the Host header "[::" names no host: it must be');
  });

  test("for what changes from moment to moment are not to be kept", async () => {
    for (const path of [
      ...["/healthz", "/readyz", "/ace/status", "/ace/streams", "/api/v1/engines", "/api/v1/streams"],
      ...["/api/v1/clients", "/api/v1/queue", "/api/v1/journal"],
    ]) {
      const answer = await fetch(`${place.proxy.url}${path}`);
      expect([path, answer.headers.get("cache-control")]).toEqual([path, "no-store"]);
    }
  });

  test("for status and streams tell what plays, in all and of one content", async () => {
    const { proxy } = place;
    const players = [0, 1].map(() => play(`${proxy.url}${G}?id=${ID}`));
    for (const player of players) await player.got(PACKET_BYTES);
    const all = await proxy.get("/ace/status");
    expect(all).toEqual({ clients: 2, streams: 1, streamId: null, stat_url: "" });
    const one = await proxy.get<{ stat_url: string }>(`/ace/status?id=${ID}`);
    expect(one).toMatchObject({ clients: 2, streams: null, streamId: { id: ID } });
    expect(one.stat_url).toStartWith(`http://${place.ear.address}/ace/stat/${infohashOf(ID)}/`);
    expect(await proxy.get<object>(`/ace/status?infohash=${infohashOf(ID)}`)).toMatchObject({
      clients: 2,
      streamId: { infohash: infohashOf(ID) },
    });
    const unknown = await fetch(`${proxy.url}/ace/status?id=${contentId(99)}`);
    expect(unknown.status).toBe(404);
    expect(((await unknown.json()) as ErrorBody).error.code).toBe("unknown_stream");
    const { streams } = await proxy.get<{ streams: object[] }>("/ace/streams");
    expect(streams).toMatchObject([
      { contents: [`id:${ID}`, `infohash:${infohashOf(ID)}`], phase: "playing", clients: 2 },
    ]);
    for (const player of players) player.leave();
    await atRest(proxy, place.world);
    expect(await proxy.get<object>("/ace/status")).toMatchObject({ clients: 0, streams: 0 });
    expect(await proxy.get<object>("/ace/streams")).toEqual({ streams: [] });
  });

  test("to end a stream break its clients off, and only that stream's", async () => {
    const { proxy } = place;
    const [doomed, other] = [play(`${proxy.url}${G}?id=${ID}`), play(`${proxy.url}${G}?id=${contentId(2)}`)];
    for (const player of [doomed, other]) await player.got(PACKET_BYTES);
    const streams = await streamsOf(proxy);
    const id = streams.find(({ contents }) => contents.includes(`id:${ID}`))?.id;
    for (const wrong of ["999", "x", "1.5", "-1", "1e400"]) {
      const answer = await fetch(`${proxy.url}/api/v1/streams/${wrong}`, { method: "DELETE" });
      expect([wrong, answer.status]).toEqual([wrong, 404]);
    }
    expect((await fetch(`${proxy.url}/api/v1/streams/${id}`, { method: "DELETE" })).status).toBe(204);
    await until("its client knows", () => doomed.over !== null);
    expect(doomed.over).toBe("broken");
    await other.got(other.bytes + PACKET_BYTES);
    const { ended } = await proxy.get<{ ended: { stream: number; reason: string }[] }>("/api/v1/streams");
    expect(ended[0]).toMatchObject({ stream: id, reason: "ended by hand" });
    expect((await fetch(`${proxy.url}/api/v1/streams/${id}`, { method: "DELETE" })).status).toBe(404);
    other.leave();
    await atRest(proxy, place.world);
  });

  test("for the page get one that may load nothing from elsewhere", async () => {
    const answer = await fetch(`${place.proxy.url}/`);
    expect(answer.headers.get("content-type")).toStartWith("text/html");
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await answer.text()).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
  });
});

describe("U23 anyone with the address can start a stream: with --token", () => {
  const TOKEN = "s3cret-Word_1";
  const ROUTES = [
    "/",
    "/ace/status",
    "/ace/streams",
    "/api/v1/engines",
    "/api/v1/journal",
    "/api/v1/leases",
    "/metrics",
    "/readyz",
    "/nowhere",
  ];
  let place: Awaited<ReturnType<typeof startPlace>>;
  beforeAll(async () => {
    place = await startPlace(["--token", TOKEN]);
  });
  afterAll(() => place[Symbol.asyncDispose]());

  test("every route but /healthz asks for it, whatever the method that carries one", async () => {
    const { url } = place.proxy;
    for (const path of [...ROUTES, `/ace/getstream?id=${ID}`, `/ace/getstream/${ID}.ts`])
      for (const method of ["GET", "HEAD", "POST", "DELETE", "OPTIONS"]) {
        // A browser sends it without; see below.
        if (method === "OPTIONS" && path.startsWith("/ace/")) continue;
        const answer = await fetch(`${url}${path}`, { method });
        expect([path, method, answer.status]).toEqual([path, method, 401]);
        expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      }
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(place.world.engines[0]?.counters.starts).toBe(0);
  });

  test("a browser may ask without it whether a page may play", async () => {
    for (const path of [`/ace/getstream?id=${ID}`, `/ace/getstream/${ID}.ts`]) {
      const answer = await fetch(`${place.proxy.url}${path}`, { method: "OPTIONS" });
      expect([answer.status, answer.headers.get("access-control-allow-headers")]).toEqual([204, "*"]);
    }
  });

  test("the page's files load from every address that the page has", async () => {
    const { url } = place.proxy;
    for (const page of [`${url}/?token=${TOKEN}`, `${url}/t/${TOKEN}/`, `${url}/t/${TOKEN}`]) {
      const answer = await fetch(page);
      expect(answer.status).toBe(200);
      const files = [...(await answer.text()).matchAll(/(?:href|src)="(assets\/[^"]+)"/g)];
      expect(files.length).toBeGreaterThan(5);
      for (const [, file = ""] of files)
        expect([file, (await fetch(new URL(file, answer.url))).status]).toEqual([file, 200]);
    }
    const moved = await fetch(`${url}/t/${TOKEN}`, { redirect: "manual" });
    expect([moved.status, moved.headers.get("location")]).toEqual([308, `./${TOKEN}/`]);
    expect((await fetch(`${url}/t/wrong`, { redirect: "manual" })).status).toBe(401);
  });

  test("a wrong one opens no door", async () => {
    const { url } = place.proxy;
    const path = "/api/v1/engines";
    for (const wrong of ["x", TOKEN.slice(1), `${TOKEN}x`, TOKEN.toUpperCase(), ""]) {
      const tries = [
        fetch(`${url}${path}?token=${wrong}`),
        fetch(`${url}/t/${wrong}${path}`),
        fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${wrong}` } }),
        fetch(`${url}${path}`, { headers: { Authorization: `Basic ${TOKEN}` } }),
      ];
      for (const answer of await Promise.all(tries)) {
        expect(answer.status).toBe(401);
        expect(((await answer.json()) as ErrorBody).error.code).toBe("unauthorized");
      }
    }
  });

  test("the right one opens every door, to the stream as well", async () => {
    const { url } = place.proxy;
    const bearer = { headers: { Authorization: `Bearer ${TOKEN}` } };
    for (const path of ["/api/v1/engines", "/ace/status", "/"]) {
      expect((await fetch(`${url}${path}?token=${TOKEN}`)).status).toBe(200);
      expect((await fetch(`${url}/t/${TOKEN}${path}`)).status).toBe(200);
      expect((await fetch(`${url}${path}`, bearer)).status).toBe(200);
    }
    for (const [target, options] of [
      [`/ace/getstream?id=${ID}&token=${TOKEN}`, {}],
      [`/t/${TOKEN}/ace/getstream?id=${ID}`, {}],
      [`/t/${TOKEN}/ace/getstream/${ID}.ts`, {}],
      [`/ace/getstream?id=${ID}`, bearer],
    ] as const) {
      const player = play(`${url}${target}`, options);
      expect(await player.answered()).toBe(200);
      await player.got(PACKET_BYTES);
      player.leave();
    }
    expect(place.ear.targets.filter((target) => target.includes(TOKEN))).toEqual([]);
    const told = JSON.stringify([
      place.proxy.log,
      await (await fetch(`${url}/api/v1/journal`, bearer)).text(),
    ]);
    expect(told).not.toContain(TOKEN);
  });
});

describe("/readyz", () => {
  interface Readiness {
    readonly ready: boolean;
    readonly reasons: readonly string[];
    readonly warnings: readonly string[];
    readonly places: number;
    readonly illegal_moves: number;
  }

  test("says why no stream can be taken, and when one can again", async () => {
    await using world = await startWorld({ engines: 1, media: bareMedia });
    const engine = world.engines[0];
    await using proxy = await startBinary([
      ...["--engine", engine?.address ?? "", "--state-dir", "none", "--linger", "0s"],
    ]);
    const ask = async () => {
      const answer = await fetch(`${proxy.url}/readyz`);
      const body = (await answer.json()) as Readiness;
      expect(answer.status).toBe(body.ready ? 200 : 503);
      return body;
    };
    await until("it is ready", async () => (await ask()).ready);
    expect(await ask()).toMatchObject({ ready: true, reasons: [], places: 1, illegal_moves: 0 });
    const player = play(`${proxy.url}/ace/getstream?id=${ID}`);
    await player.got(PACKET_BYTES);
    expect(await ask()).toMatchObject({ ready: false, reasons: ["all engines are full"], places: 0 });
    player.leave();
    await until("it is ready again", async () => (await ask()).ready);
    await engine?.kill();
    const failed = play(`${proxy.url}/ace/getstream?id=${ID}`);
    expect(await failed.answered()).toBe(502);
    const { ready, reasons, warnings } = await ask();
    expect([ready, reasons]).toEqual([false, ["no engine is usable"]]);
    expect(warnings.join()).toContain("set aside after faults");
    await engine?.revive();
    await until("the engine is asked again", async () => (await ask()).ready);
  });

  test("is not ready without engines, and names the source that does not answer", async () => {
    await using world = await startWorld({ engines: 1 });
    await world.orchestrator.down();
    await using proxy = await startBinary(["--orchestrator", world.url, "--state-dir", "none"]);
    const answer = await until("the first look is over", async () => {
      const body = await proxy.get<Readiness>("/readyz");
      return body.warnings.some((line) => line.includes("does not answer")) ? body : null;
    });
    expect(answer).toMatchObject({ ready: false, reasons: ["no engine is known"] });
    await world.orchestrator.up();
    await until("it is ready", async () => (await proxy.get<Readiness>("/readyz")).ready);
  });
});

describe("a bad setting", () => {
  const mistakes: readonly (readonly [args: readonly string[], env: Record<string, string>, line: string])[] =
    [
      [
        ["--queue-timout", "5s"],
        {},
        "--queue-timout: there is no such option; did you mean --queue-timeout?",
      ],
      [
        ["--max-stream-per-engine=2"],
        {},
        "--max-stream-per-engine: there is no such option; did you mean --max-streams-per-engine?",
      ],
      [["serv"], {}, '"serv": there is no such command; did you mean aceslot serve?'],
      [
        ["--max-streams-per-engine", "1.5"],
        {},
        '--max-streams-per-engine: "1.5" is not allowed: it must be a whole number from 1 to 1000',
      ],
      [["--linger", "5"], {}, '--linger: "5" is not allowed: it must be a time with its unit'],
      [["--listen", "127.0.0.1:65536"], {}, '--listen: "127.0.0.1:65536" is not allowed'],
      [["--engine", "ftp://x:1"], {}, '--engine: "ftp://x:1" is not allowed'],
      [["--buffer", "0"], {}, '--buffer: "0" is not allowed'],
      [[], { ACESLOT_LINGER: "-1s" }, 'ACESLOT_LINGER: "-1s" is not allowed'],
      [
        [],
        { ACESLOT_QUEUE_TIMOUT: "1s" },
        "ACESLOT_QUEUE_TIMOUT: there is no such setting; did you mean ACESLOT_QUEUE_TIMEOUT?",
      ],
    ];
  for (const [args, env, line] of mistakes)
    test(`${JSON.stringify([...args, ...Object.keys(env)])} ends the start with code 4 and one line`, async () => {
      const { code, out, err } = await runToEnd(args, env);
      expect([code, out]).toEqual([4, ""]);
      expect(err).toStartWith(`aceslot: ${line}`);
      expect(err.trimEnd().split("\n")).toHaveLength(1);
      expect(err).toMatch(/try |did you mean /);
    });
});
