import { describe, expect, test } from "bun:test";
import { ANSWER_BYTES_MAX, createEngineClient } from "../../src/engine/index.ts";
import type { StartOutcome } from "../../src/ports.ts";
import { contentId, FOREIGN_URL_BASES, infohashOf, startSimEngine } from "../../src/sim/index.ts";
import type { Address } from "../../src/slots/index.ts";
import { DEAD, type OddServer, oddServer, saying } from "./odd-server.ts";
import { bareEngine } from "./sim-calls.ts";

const CONTENT = contentId(1);
const client = createEngineClient();

const start = (
  address: Address,
  signal = new AbortController().signal,
  variant = "",
): Promise<StartOutcome> => client.start({ address, content: `id:${CONTENT}`, variant }, signal);

const at = (engine: { host: string; port: number }): Address => ({
  scheme: "http",
  host: engine.host,
  port: engine.port,
});

const failureOf = (outcome: StartOutcome): [string, string] | string =>
  outcome.kind === "failed" ? [outcome.fault, outcome.opened] : "started";

async function answered(server: Promise<OddServer>): Promise<[string, string] | string> {
  await using odd = await server;
  const outcome = await start(odd.address);
  expect(odd.requests).toHaveLength(1);
  return failureOf(outcome);
}

describe("a start that succeeds", () => {
  test("tells URLs on the address that was dialled, the infohash and the session", async () => {
    await using engine = await bareEngine({ advertisedHost: "172.17.0.5:6878" });
    const outcome = await start(at(engine));
    const [session] = engine.sessions.values();
    const path = `${session?.infohash}/${session?.id}`;
    expect(outcome).toEqual({
      kind: "started",
      answer: {
        urls: {
          playback: `http://${engine.address}/ace/r/${path}`,
          stat: `http://${engine.address}/ace/stat/${path}`,
          command: `http://${engine.address}/ace/cmd/${path}`,
        },
        infohash: infohashOf(CONTENT),
        playbackSession: session?.id ?? "",
        isLive: true,
      },
    });
  });

  test("asks with the key, the variant, JSON and a fresh pid, and lets no variant change those", async () => {
    await using odd = await saying("");
    const variant = "_idx=2&transcode_audio=1&pid=7&format=xml&infohash=00&id=00&METHOD=stop";
    await start(odd.address, undefined, variant);
    await start(odd.address, undefined, variant);
    const queries = odd.requests.map(
      (request) => new URL(request.split(" ")[1] ?? "", "http://x").searchParams,
    );
    for (const query of queries) {
      expect([...query.keys()]).toEqual(["id", "_idx", "transcode_audio", "format", "pid"]);
      expect(query.get("id")).toBe(CONTENT);
      expect(query.get("format")).toBe("json");
      expect(query.get("pid")).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(queries[0]?.get("pid")).not.toBe(queries[1]?.get("pid") ?? "");
  });

  test("asks by infohash as well", async () => {
    await using odd = await saying("");
    const signal = new AbortController().signal;
    await client.start(
      { address: odd.address, content: `infohash:${CONTENT.toUpperCase()}`, variant: "" },
      signal,
    );
    expect(odd.requests[0]).toStartWith(`GET /ace/getstream?infohash=${CONTENT}&format=json&pid=`);
  });

  test.each([...FOREIGN_URL_BASES])("never goes to %s, whatever the answer says", async (base) => {
    await using engine = await bareEngine({ faults: { start: { kind: "urls", base } } });
    const outcome = await start(at(engine));
    const urls = outcome.kind === "started" ? Object.values(outcome.answer.urls) : [];
    expect(urls).toHaveLength(3);
    for (const url of urls) {
      expect(url).toStartWith(`http://${engine.address}/ace/`);
      expect(url).not.toContain("secret");
    }
  });

  test("takes the session's name from the stat URL when the answer does not name it", async () => {
    const urls = {
      playback_url: "http://e/p/1",
      stat_url: "http://e/ace/stat/h/S1?x=1",
      command_url: "http://e/c",
    };
    await using odd = await saying(
      JSON.stringify({ response: { ...urls, infohash: "nonsense", is_live: 0 }, error: null }),
    );
    const outcome = await start(odd.address);
    expect(outcome).toMatchObject({ answer: { playbackSession: "S1", infohash: null, isLive: false } });
  });
});

describe("a start that fails", () => {
  const error = (words: unknown): string => JSON.stringify({ response: null, error: words });

  test.each([
    "failed to load content",
    "cannot find peers",
    "cannot load transport file",
    "premium only",
    "Content not found",
  ])("is the content's fault when the engine says: %s", async (words) => {
    expect(await answered(saying(error(words)))).toEqual(["content", "no"]);
    expect(await answered(saying(`${words}\n`))).toEqual(["content", "no"]);
  });

  test("is the engine's fault when it has other words", async () => {
    expect(await answered(saying(error("engine is busy")))).toEqual(["engine", "no"]);
    expect(await answered(saying(error({ code: 7 })))).toEqual(["engine", "no"]);
    expect(await answered(saying("Internal trouble"))).toEqual(["engine", "unknown"]);
  });

  test("goes by the status where there is one", async () => {
    for (const status of [404, 422]) expect(await answered(saying("", status))).toEqual(["content", "no"]);
    for (const status of [400, 403, 429])
      expect(await answered(saying("", status))).toEqual(["engine", "no"]);
    for (const status of [500, 503]) {
      expect(await answered(saying(error("failed to load content"), status))).toEqual(["engine", "unknown"]);
    }
  });

  test("may have begun the session when the answer is garbage", async () => {
    const halves = { playback_url: "http://e/p", stat_url: "http://e/s" };
    for (const body of [
      "",
      "<html>Bad Gateway</html>",
      '{"response":{"playback_url":"http',
      "[]",
      '{"response":{},"error":null}',
      JSON.stringify({ response: halves, error: null }),
      JSON.stringify({ response: { ...halves, command_url: "http://e/" }, error: null }),
      JSON.stringify({ response: { ...halves, command_url: 7 }, error: null }),
      JSON.stringify({ response: { ...halves, command_url: "data:text/plain,x" }, error: null }),
    ]) {
      expect(await answered(saying(body))).toEqual(["engine", "unknown"]);
    }
  });

  test("stops at once what has begun and is of no use, and knows then that nothing was left", async () => {
    const urls = { stat_url: "http://e/s", command_url: "http://e/c?x=1" };
    for (const [stopAnswer, opened] of [
      ['{"response":"ok","error":null}', "no"],
      ['{"response":null,"error":"unknown playback session id"}', "no"],
      ['{"response":null,"error":"busy"}', "unknown"],
    ] as const) {
      for (const body of [
        { response: urls, error: null },
        { response: urls, error: "out of memory" },
      ]) {
        await using odd = await oddServer((socket) => {
          const told = odd.requests.at(-1)?.includes("/c?x=1&method=stop")
            ? stopAnswer
            : JSON.stringify(body);
          socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${told.length}\r\n\r\n${told}`);
        });
        expect(failureOf(await start(odd.address))).toEqual(["engine", opened]);
        expect(odd.requests).toHaveLength(2);
      }
    }
  });

  test("may have begun when the engine redirects, and the redirect is not followed", async () => {
    await using elsewhere = await saying("");
    const location = `Location: http://127.0.0.1:${elsewhere.address.port}/\r\n`;
    expect(await answered(saying("", 302, location))).toEqual(["engine", "unknown"]);
    expect(elsewhere.connections).toBe(0);
  });

  test("is read no further than the limit", async () => {
    await using engine = await bareEngine({ faults: { start: { kind: "huge", effect: "after" } } });
    const outcome = await start(at(engine));
    expect(failureOf(outcome)).toEqual(["engine", "unknown"]);
    expect(outcome).toMatchObject({ message: expect.stringContaining(String(ANSWER_BYTES_MAX)) });
  });

  test("may have begun when the connection breaks after the request", async () => {
    const broken = [
      oddServer((socket) => socket.resetAndDestroy()),
      oddServer((socket) => socket.end()),
      oddServer((socket) => socket.end("SSH-2.0-hello\r\n")),
      oddServer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\ncannot find peers")),
      oddServer((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"resp')),
      oddServer((socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"res')),
    ];
    for (const server of broken) expect(await answered(server)).toEqual(["engine", "unknown"]);
  });

  test("has certainly not begun without a connection", async () => {
    const plain = await saying("");
    await using _ = plain;
    const addresses: Address[] = [
      DEAD,
      { scheme: "http", host: "no-such-engine.invalid", port: 6878 },
      { scheme: "http", host: "127.0.0.1", port: 0 },
      { scheme: "http", host: "127.0.0.1", port: 70_000 },
      { scheme: "https", host: "127.0.0.1", port: plain.address.port },
    ];
    for (const address of addresses) expect(failureOf(await start(address))).toEqual(["engine", "no"]);
  });

  test("never takes port 0 for another one", async () => {
    const outcome = await start({ scheme: "http", host: "127.0.0.1", port: 0 });
    expect(outcome).toMatchObject({ message: "127.0.0.1:0: 0 is no port" });
  });

  test("tells an error's words, or what there is in their place", async () => {
    await using odd = await saying(error({ code: 7 }));
    expect(await start(odd.address)).toMatchObject({ message: '{"code":7}' });
  });

  test("waits for nobody once the caller gives up, and may have begun by then", async () => {
    await using engine = await bareEngine({ startDelayMs: 60_000 });
    const giveUp = new AbortController();
    const outcome = start(at(engine), giveUp.signal);
    while (engine.load === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    giveUp.abort();
    expect(failureOf(await outcome)).toEqual(["timeout", "unknown"]);
  });

  test("never leaves when the caller has given up before", async () => {
    await using odd = await saying("");
    expect(failureOf(await start(odd.address, AbortSignal.abort()))).toEqual(["timeout", "no"]);
    expect(odd.connections).toBe(0);
  });

  test("keeps messages short and harmless", async () => {
    await using odd = await saying(error(`\u001b[31mred\n\u202e${"x".repeat(5000)}`));
    const outcome = await start(odd.address);
    const message = outcome.kind === "failed" ? outcome.message : "";
    expect(message).toStartWith("[31mred x");
    expect(message.length).toBeLessThanOrEqual(200);
  });
});

describe("a start reaches an engine at most once", () => {
  test("also when the engine closes a connection that the runtime keeps alive", async () => {
    // One answer per connection, kept open; the next request on it is met by a reset.
    const answeredOn = new WeakSet<object>();
    await using odd = await oddServer((socket) => {
      if (answeredOn.has(socket)) return void socket.resetAndDestroy();
      answeredOn.add(socket);
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    await (await fetch(`http://127.0.0.1:${odd.address.port}/`)).text();
    for (let n = 0; n < 3; n++) await start(odd.address);
    expect(odd.requests.filter((request) => request.startsWith("GET /ace/getstream"))).toHaveLength(3);
    expect(odd.connections).toBe(4);
  });

  test("also when the engine answers with a reset", async () => {
    await using engine = await startSimEngine({ faults: { start: { kind: "reset", effect: "after" } } });
    expect(failureOf(await start(at(engine)))).toEqual(["engine", "unknown"]);
    expect(engine.counters.starts).toBe(1);
  });
});
