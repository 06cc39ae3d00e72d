/** C7, HTTP as it stands on the wire: whatever a client's way of asking is, each answer is right, whole and its own. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { bareMedia, contentId, startSimEngine } from "../../src/sim/index.ts";
import { startBinary } from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import {
  deadlinesBeside,
  type EngineWorld,
  engineWorld,
  SHORT_UNHURRIED,
  streamUrl,
  UNHURRIED,
} from "../support/faults.ts";
import { numberedMedia } from "../support/numbered.ts";
import { until } from "../support/until.ts";
import { watch } from "../support/viewer.ts";
import { plainGet, type Wire, wire } from "../support/wire.ts";

const STREAM = `/ace/getstream?id=${contentId(0)}`;
const PLAYS_BYTES = 188 * 100;

/** Status codes of all answers so far; a body that looks like one is taken for one. */
const statusesOf = ({ text }: Wire): number[] =>
  [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status));

/** The head of the last answer that has begun. */
const lastHead = ({ text }: Wire): string =>
  text.slice(text.lastIndexOf("HTTP/1.")).split("\r\n\r\n")[0] ?? "";

const statuses = (asked: Wire, count: number): Promise<unknown> =>
  until(`${count} answers come`, () => statusesOf(asked).length >= count || asked.closed);

let world: EngineWorld;
beforeAll(async () => {
  world = await engineWorld(1, { engine: { media: numberedMedia(1_000_000) }, args: UNHURRIED });
});
afterAll(async () => {
  try {
    await world.everythingEnds();
  } finally {
    await world[Symbol.asyncDispose]();
  }
});

const ask = (request: string): Wire => wire(world.proxy.url, request);

/** It is the stream: headers of one, then media, and nothing that only a finite body has. */
async function expectStream(asked: Wire): Promise<void> {
  await until("media comes", () => asked.closed || asked.text.includes("video/mp2t"));
  const began = asked.bytes;
  await until("it goes on", () => asked.closed || asked.bytes > began + PLAYS_BYTES);
  expect(asked.closed).toBe(false);
  const head = lastHead(asked);
  expect(head).toMatch(/^HTTP\/1\.1 200 /);
  expect(head).toMatch(/^content-type: video\/mp2t$/im);
  expect(head).toMatch(/^accept-ranges: none$/im);
  expect(head).not.toMatch(/^(content-length|content-range|icy-[a-z]+):/im);
}

/** Nobody is there any more, and so nothing is held. */
async function leave(...asked: { leave(): void }[]): Promise<void> {
  for (const each of asked) each.leave();
  await world.everythingEnds();
}

describe("C7 the stream", () => {
  for (const [what, version, headers] of [
    ["HTTP/1.1", "1.1", []],
    ["HTTP/1.1 and Connection: close", "1.1", ["Connection: close"]],
    ["HTTP/1.1 and Connection: keep-alive", "1.1", ["Connection: keep-alive"]],
    ["HTTP/1.0", "1.0", []],
    ["HTTP/1.0 and Connection: keep-alive", "1.0", ["Connection: keep-alive"]],
  ] as const)
    test(`by ${what} is whole, in a framing that this version knows, and never ends cleanly`, async () => {
      const viewer = watch(streamUrl(world.proxy, 0), { version, headers });
      expect(await viewer.answered()).toBe(200);
      await viewer.got(PLAYS_BYTES * 4);
      expect(viewer.packets).toMatchObject({ broken: 0, gaps: [] });
      expect(viewer.packets.packets).toBe(Math.floor(viewer.bytes / 188));
      if (version === "1.0") {
        expect(viewer.head).not.toMatch(/^transfer-encoding:/im);
        // It would wait for a length that never comes.
        expect(viewer.head).not.toMatch(/^connection: *keep-alive/im);
      }
      const [stream] = (await world.proxy.get<{ streams: { id: number }[] }>("/api/v1/streams")).streams;
      await fetch(`${world.proxy.url}/api/v1/streams/${stream?.id}`, { method: "DELETE" });
      await until("it is broken off", () => viewer.over);
      expect(viewer.over).toBe("reset");
      await leave(viewer);
    });

  for (const [what, lines] of [
    ["upper-case header names", ["RANGE: bytes=0-", "USER-AGENT: TV", "ACCEPT: */*", "CONNECTION: CLOSE"]],
    ["a wish for titles between the packets", ["Icy-MetaData: 1"]],
    ["a range from the beginning", ["Range: bytes=0-"]],
    ["a range from the middle", ["Range: bytes=1000000-", "If-Range: x"]],
    ["two Hosts' worth of names in other headers", ["X-Forwarded-Host: a, b", "Forwarded: host=c"]],
    [
      "a wish for another protocol",
      ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AA"],
    ],
    ["a wish for a web socket", ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]],
    ["a wish to be compressed", ["Accept-Encoding: gzip, br", "TE: trailers"]],
    ["a condition", ["If-None-Match: *", "If-Modified-Since: Wed, 25 Nov 2026 00:00:00 GMT"]],
  ] as const)
    test(`asked for with ${what} is the plain stream`, async () => {
      const asked = ask(plainGet(STREAM, lines));
      await expectStream(asked);
      expect(lastHead(asked)).not.toMatch(/^(upgrade|content-encoding):/im);
      expect(statusesOf(asked)).toEqual([200]);
      await leave(asked);
    });

  test("asked for with Expect: 100-continue follows the leave to send, if there is one", async () => {
    const asked = ask(plainGet(STREAM, ["Expect: 100-continue"]));
    await expectStream(asked);
    expect(statusesOf(asked).filter((status) => status !== 100)).toEqual([200]);
    await leave(asked);
  });

  for (const [what, line] of [
    ["an address of its own", `GET http://proxy${STREAM} HTTP/1.1\r\nHost: proxy\r\n\r\n`],
    ["another host's address", `GET http://elsewhere:1234${STREAM} HTTP/1.1\r\nHost: proxy\r\n\r\n`],
    ["another Host", `GET ${STREAM} HTTP/1.1\r\nHost: elsewhere.example:8080\r\n\r\n`],
  ] as const)
    test(`asked for by ${what} is the stream`, async () => {
      const asked = ask(line);
      await expectStream(asked);
      await leave(asked);
    });

  test("asked for byte by byte is the stream", async () => {
    const asked = ask("");
    for (const character of plainGet(STREAM)) {
      asked.send(character);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await expectStream(asked);
    expect(statusesOf(asked)).toEqual([200]);
    await leave(asked);
  });

  test("asked for over IPv6 is the stream", async () => {
    await using proxy = await startBinary(["--engine", world.first.address, ...SHORT_UNHURRIED], {
      command: ["serve", "--listen", "[::1]:0", "--log-format", "json"],
    });
    const asked = wire(
      proxy.url,
      plainGet(STREAM).replace("Host: proxy", `Host: ${new URL(proxy.url).host}`),
    );
    await expectStream(asked);
    asked.leave();
    await closing({ proxy, engines: world.engines, cap: 1 });
  });

  test("comes after a HEAD, a sniff of 1 KiB and errors, all over few connections, from one start", async () => {
    await using engine = await startSimEngine({ media: bareMedia });
    await using proxy = await startBinary([
      "--engine",
      engine.address,
      "--linger",
      "5s",
      ...UNHURRIED,
      ...deadlinesBeside(["--linger", ...UNHURRIED]),
    ]);
    const asked = wire(proxy.url, plainGet(STREAM).replace("GET", "HEAD"));
    await statuses(asked, 1);
    asked.send(plainGet("/ace/getstream?id=x"));
    await statuses(asked, 2);
    expect(engine.counters.starts).toBe(0);
    asked.send(plainGet(STREAM));
    await until("a KiB comes", () => asked.bytes > 2048);
    asked.leave();
    expect(statusesOf(asked)).toEqual([200, 400, 200]);
    const again = wire(proxy.url, plainGet(STREAM));
    await expectStream(again);
    expect(engine.counters.starts).toBe(1);
    again.leave();
    await closing({ proxy, engines: [engine], cap: 1 });
  });
});

describe("C7 a connection", () => {
  test("is kept after every answer that has an end", async () => {
    const playing = watch(streamUrl(world.proxy, 0));
    await playing.got(PLAYS_BYTES);
    const other = `/ace/getstream?id=${contentId(1)}`;
    const asked = ask(plainGet("/healthz"));
    const turns = [
      "/nowhere",
      "/ace/getstream?id=x",
      other,
      "/api/v1/streams",
      "/ace/status?id=x",
      "/readyz",
    ];
    for (const [index, target] of turns.entries()) {
      await statuses(asked, index + 1);
      asked.send(plainGet(target));
    }
    await statuses(asked, turns.length + 1);
    expect(statusesOf(asked)).toEqual([200, 404, 400, 503, 200, 400, 503]);
    expect(asked.closed).toBe(false);
    await leave(asked, playing);
  });

  test("carries what is asked in one go in its order, the stream last", async () => {
    const asked = ask(plainGet("/healthz") + plainGet("/nowhere") + plainGet(STREAM));
    await expectStream(asked);
    expect(statusesOf(asked)).toEqual([200, 404, 200]);
    await leave(asked);
  });

  // An endless answer has nothing after it, so such a request can only be kept waiting, or ended with the stream.
  for (const [what, isAtOnce] of [
    ["in one go with it", true],
    ["while it plays", false],
  ] as const)
    test(`that carries a stream carries nothing else: a request sent ${what} gets no answer`, async () => {
      const before = plainGet(STREAM) + (isAtOnce ? plainGet("/healthz") : "");
      const socket = { text: "", ended: false };
      const { hostname, port } = new URL(world.proxy.url);
      const line = connect({ host: hostname, port: Number(port) });
      line.on("data", (chunk) => {
        socket.text += chunk.toString("latin1");
      });
      for (const event of ["end", "error", "close"]) line.on(event, () => (socket.ended = true));
      line.write(before);
      await until("it plays or is over", () => socket.ended || socket.text.length > PLAYS_BYTES);
      if (!isAtOnce) line.write(plainGet("/healthz"));
      const length = socket.text.length;
      await until("it goes on or is over", () => socket.ended || socket.text.length > length + PLAYS_BYTES);
      expect(socket.text.match(/HTTP\/1\.1/g)?.length ?? 0).toBeLessThanOrEqual(1);
      expect(socket.text).not.toContain('"status":"ok"');
      expect(socket.text).not.toEndWith("0\r\n\r\n");
      await leave({ leave: () => line.destroy() });
    });

  test("whose client has closed its own direction still brings the answer to what it asked", async () => {
    const { hostname, port } = new URL(world.proxy.url);
    const line = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    let text = "";
    let ended = false;
    line.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    for (const event of ["end", "error"]) line.on(event, () => (ended = true));
    line.end(plainGet("/healthz"));
    await until("the answer is whole", () => ended);
    line.destroy();
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).toEndWith("}");
  });
});

describe("C7 a request", () => {
  const INNER = plainGet("/nowhere");

  for (const [what, headers, body] of [
    ["a length", [`Content-Length: ${INNER.length}`], INNER],
    ["chunks", ["Transfer-Encoding: chunked"], `${INNER.length.toString(16)}\r\n${INNER}\r\n0\r\n\r\n`],
  ] as const) {
    test(`with a body of ${what} is answered, and its body is not taken for the next request`, async () => {
      const asked = ask(plainGet("/healthz", headers) + body + plainGet("/ace/status"));
      await statuses(asked, 2);
      expect(statusesOf(asked)).toEqual([200, 200]);
      const refused = ask(plainGet("/ace/getstream?id=x", headers) + body + plainGet("/healthz"));
      await statuses(refused, 2);
      expect(statusesOf(refused)).toEqual([400, 200]);
      await leave(asked, refused);
    });

    test(`for the stream with a body of ${what} gets the stream alone, or is refused`, async () => {
      const asked = ask(plainGet(STREAM, headers) + body);
      if ((await asked.answered()) === 200) await expectStream(asked);
      expect(statusesOf(asked)).toHaveLength(1);
      expect([200, 400, 413]).toContain(statusesOf(asked)[0] ?? 0);
      await leave(asked);
    });
  }

  test("of 64 KiB is refused, whichever part of it is so long", async () => {
    for (const request of [
      plainGet(`${STREAM}&x=${"a".repeat(65_536)}`),
      plainGet(STREAM, [`X-Long: ${"a".repeat(65_536)}`]),
      plainGet(
        STREAM,
        Array.from({ length: 6_000 }, (_, n) => `X-${n}: a`),
      ),
    ]) {
      const asked = ask(request);
      expect([0, 400, 414, 431]).toContain(await asked.answered());
      await until("the connection is closed", () => asked.closed);
      expect(statusesOf(asked).length).toBeLessThanOrEqual(1);
    }
    expect((await fetch(`${world.proxy.url}/healthz`)).status).toBe(200);
  });

  for (const [what, hosts] of [
    ["without a Host", ""],
    ["with two Hosts", "Host: one\r\nHost: other\r\n"],
    ["with one Host twice", "Host: proxy\r\nHost: proxy\r\n"],
  ] as const)
    for (const target of ["/healthz", STREAM])
      test(`of HTTP/1.1 for ${target.slice(0, 14)} ${what} is refused`, async () => {
        const starts = world.starts();
        const asked = ask(`GET ${target} HTTP/1.1\r\n${hosts}\r\n`);
        expect(await asked.answered()).toBe(400);
        asked.leave();
        expect(world.starts()).toBe(starts);
      });

  for (const target of ["/healthz", STREAM])
    test(`for ${target.slice(0, 14)} with bare line feeds is answered or refused, not left waiting`, async () => {
      const asked = ask(`GET ${target} HTTP/1.1\nHost: proxy\n\n`);
      const status = await asked.answered();
      expect([200, 400, 505]).toContain(status);
      if (status !== 200) await until("the connection is closed", () => asked.closed);
      await leave(asked);
    });
});
