/**
 * Requests that no player sends, through the compiled binary. Each has one answer that names the value, the rule and the
 * fix, where the server knows what was asked at all; nothing of them reaches an engine, and nothing is kept.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { contentId } from "../../../src/sim/index.ts";
import { type EngineWorld, engineWorld } from "../../support/faults.ts";
import { residentOf } from "../../support/resident.ts";
import { conversation, type HttpAnswer } from "./fuzz/conversation.ts";

const LIMIT_MS = 90_000;
const DEADLINE_MS = 20_000;
const ID = contentId(0);
const G = `/ace/getstream?id=${ID}`;

let world: EngineWorld;
beforeAll(async () => {
  world = await engineWorld(1);
});
afterAll(() => world[Symbol.asyncDispose]());

async function ask(lines: readonly string[], body = ""): Promise<HttpAnswer | undefined> {
  const heard = await conversation(
    world.proxy.url,
    Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`, "latin1"),
    DEADLINE_MS,
  );
  expect(heard.isOver).toBe(true);
  expect(heard.answers.length).toBeLessThanOrEqual(1);
  return heard.answers[0];
}

const get = (target: string, ...headers: string[]): Promise<HttpAnswer | undefined> =>
  ask([`GET ${target} HTTP/1.1`, "Host: proxy", "Connection: close", ...headers]);

describe("a request is refused in words that name what is wrong with it", () => {
  const bad: readonly (readonly [what: string, line: string, host: string, status: number, words: string])[] =
    [
      [
        "an id in an array's notation",
        `GET /ace/getstream?id[0]=${ID}`,
        "x",
        400,
        "no content: give id=<40 hex digits>",
      ],
      ["an id in a second notation", `GET ${G}&id%5B%5D=${ID}&infohash=`, "x", 400, "more than one content"],
      [
        "an id with an overlong byte",
        `GET /ace/getstream?id=%c0%ae${ID.slice(2)}`,
        "x",
        400,
        "40 hex digits",
      ],
      [
        "an id with an escape that is none",
        `GET /ace/getstream?id=%zz${ID.slice(2)}`,
        "x",
        400,
        "40 hex digits",
      ],
      [
        "an id with bytes of UTF-8",
        `GET /ace/getstream?id=\u00c3\u00a9${ID.slice(2)}`,
        "x",
        400,
        "40 hex digits",
      ],
      [
        "an id with digits of another script",
        `GET /ace/getstream?id=%D9%A1${ID.slice(1)}`,
        "x",
        400,
        "40 hex digits",
      ],
      ["an id and a semicolon", `GET ${G};x=1`, "x", 400, `id \\"${ID};x=1\\" is not 40 hex digits`],
      ["an id in the path that is an escape", "GET /ace/getstream/%zz.ts", "x", 400, "40 hex digits"],
      ["a path of two slashes", `GET /${G}`, "x", 404, "there is nothing at //ace/getstream"],
      ["a path that is no UTF-8", "GET /%ff%fe", "x", 404, "there is nothing at /%ff%fe"],
      [
        "a method of WebDAV",
        `PROPFIND ${G}`,
        "x",
        405,
        "PROPFIND is not allowed here; allowed: GET, HEAD, OPTIONS",
      ],
      ["CONNECT to a path", `CONNECT ${G}`, "x", 405, "CONNECT is not allowed here"],
      [
        "CONNECT to another host",
        "CONNECT elsewhere.example:443",
        "elsewhere.example:443",
        404,
        "there is nothing at",
      ],
      ["TRACE", "TRACE /healthz", "x", 405, "TRACE is not allowed here; allowed: GET, HEAD"],
      ["POST to the page", "POST /", "x", 405, "POST is not allowed here; allowed: GET, HEAD"],
      ["DELETE of all streams", "DELETE /api/v1/streams", "x", 405, "DELETE is not allowed here"],
      ["a Host with a space", `GET ${G}`, "a b", 400, 'the Host header \\"a b\\" names no host'],
      ["a Host with a path", `GET ${G}`, "x/y", 400, 'the Host header \\"x/y\\" names no host'],
      ["a Host with a user", `GET ${G}`, "a@b", 400, 'the Host header \\"a@b\\" names no host'],
      ["a Host with a query", `GET ${G}`, "x?a", 400, 'the Host header \\"x?a\\" names no host'],
      ["a Host with a backslash", `GET ${G}`, "x\\y", 400, "names no host: it must be a name or an address"],
      [
        "a Host whose port is none",
        `GET ${G}`,
        "x:99999",
        400,
        'the Host header \\"x:99999\\" names no host',
      ],
      ["two Hosts in one line", `GET ${G}`, "a, b", 400, "there is more than one Host header: send one"],
    ];
  for (const [what, line, host, status, words] of bad)
    test(what, async () => {
      const starts = world.starts();
      const answer = await ask([`${line} HTTP/1.1`, `Host: ${host}`, "Connection: close"]);
      expect([answer?.status, answer?.headers.get("content-type")]).toEqual([
        status,
        expect.stringMatching(/^application\/json/),
      ]);
      expect(answer?.body).toContain(words);
      expect(Object.keys(JSON.parse(answer?.body ?? "").error)).toEqual(["code", "message"]);
      expect(world.starts()).toBe(starts);
    });

  // Before any route: the status says it all.
  for (const [what, lines, status] of [
    ["the target *", ["OPTIONS * HTTP/1.1", "Host: x"], 400],
    ["a target without its slash", [`GET ${G.slice(1)} HTTP/1.1`, "Host: x"], 400],
    ["the target of another protocol", [`GET ftp://x${G} HTTP/1.1`, "Host: x"], 400],
    ["a zero byte in its target", ["GET /\0 HTTP/1.1", "Host: x"], 505],
    ["HTTP/2.0", [`GET ${G} HTTP/2.0`, "Host: x"], 505],
    ["HTTP/0.9", [`GET ${G}`], 505],
    ["the preface of HTTP/2", ["PRI * HTTP/2.0", "", "SM"], 400],
    ["a handshake of TLS", ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"], 400],
    [
      "1,000 headers",
      ["GET /healthz HTTP/1.1", "Host: x", ...Array.from({ length: 1_000 }, (_, n) => `X-${n}: a`)],
      431,
    ],
    ["a header of 1 MiB", ["GET /healthz HTTP/1.1", "Host: x", `X-A: ${"a".repeat(1 << 20)}`], 431],
    ["a target of 64 KiB", [`GET ${G}&x=${"a".repeat(1 << 16)} HTTP/1.1`, "Host: x"], 431],
  ] as const)
    test(what, async () => {
      const starts = world.starts();
      // The connection may be reset while we still write: then nothing of the answer may be left.
      expect<readonly (number | undefined)[]>([status, undefined]).toContain((await ask(lines))?.status);
      expect(world.starts()).toBe(starts);
      expect((await get("/healthz"))?.status).toBe(200);
    });
});

test("what is unusual and right is served: 90 headers, a target of 12 KB, names with underscores, IPv6, an id in capitals", async () => {
  const many = Array.from({ length: 90 }, (_, n) => `X-${n}: ${"a".repeat(100)}`);
  expect((await get("/healthz", ...many))?.status).toBe(200);
  expect((await get(`/healthz?${"a".repeat(12_000)}`))?.status).toBe(200);
  for (const host of ["my_proxy:6879", "[::1]:6879", "x.", "xn--e1afmkfd", ""])
    expect([host, (await ask(["GET /healthz HTTP/1.1", `Host: ${host}`]))?.status]).toEqual([host, 200]);
  const upper = await ask([
    `HEAD /ace/getstream?id=${ID.toUpperCase()} HTTP/1.1`,
    "Host: x",
    "Connection: close",
  ]);
  expect(upper?.status).toBe(200);
});

const MIB = 1024 * 1024;
const GROWTH_BYTES_MAX = 64 * MIB;
const PART = Buffer.alloc(MIB, 0x61);

for (const [method, target, mib] of [
  ["GET", "/healthz", 1024],
  ["POST", "/api/v1/streams/1", 256],
  ["GET", G, 256],
] as const)
  test(
    `a chunked body of ${mib} MiB for ${method} ${target.slice(0, 14)} costs no memory`,
    async () => {
      const before = (await residentOf(world.proxy.pid)).all;
      const { hostname, port } = new URL(world.proxy.url);
      const socket = connect({ host: hostname, port: Number(port) });
      let [text, isOver, most] = ["", false, 0];
      let goOn = (): void => {};
      socket.on("data", (part: Buffer) => {
        if (text.length < 2_000) text += part.toString("latin1");
      });
      socket.on("drain", () => goOn());
      for (const event of ["end", "error", "close"])
        socket.on(event, () => {
          isOver = true;
          goOn();
        });
      socket.write(`${method} ${target} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
      for (let sent = 0; sent < mib && !isOver; sent++) {
        const drained = new Promise<void>((resolve) => {
          goOn = resolve;
        });
        socket.write(`${PART.length.toString(16)}\r\n`);
        socket.write(PART);
        if (!socket.write("\r\n")) await drained;
        if (sent % 32 === 0) most = Math.max(most, (await residentOf(world.proxy.pid)).all);
      }
      socket.destroy();
      expect(text === "" || /^HTTP\/1\.1 (200|400|405|413) /.test(text)).toBe(true);
      expect(most - before).toBeLessThan(GROWTH_BYTES_MAX);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
