/** Row O6, taken further: orchestrators that lie, name things that nobody should, or send us elsewhere. */
import { describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { bareMedia, contentId, type SimEngine, startSimEngine } from "../../src/sim/index.ts";
import { startBinary } from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import {
  enginesOf,
  PATIENCE_MS,
  PLAYS_BYTES,
  refusedAt,
  SHORT_UNHURRIED,
  streamUrl,
  trap,
  UNREAD_SESSION_MS,
} from "../support/faults.ts";
import { GENERATIONS, LIMIT_MS, place, warnings } from "../support/orchestrator-world.ts";
import { play } from "../support/player.ts";
import { until } from "../support/until.ts";

const KEY = "s3cret-key";

/** An orchestrator that sends whatever bytes it is told to, to every call. */
async function saying(bytes: (path: string) => Buffer | string) {
  const requests: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (request) => {
      const text = request.toString();
      requests.push(text);
      socket.end(bytes(/^\w+ (\S+)/.exec(text)?.[1] ?? ""));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  return {
    url: `http://127.0.0.1:${typeof bound === "object" ? bound?.port : 0}`,
    requests,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

const answer = (body: string, headers = ""): string =>
  `HTTP/1.1 200 OK\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** What a test's own engine is listed as, in words that no library would write. */
const record = (engine: SimEngine, more = ""): string =>
  `{"container_id":"__proto__","container_name":"<img src=x onerror=alert(1)>\\u001b[31m\\nred","host":"${engine.host}","port":${engine.port},"health_status":"splendid","draining":"perhaps","forwarded":[],"last_stream_usage":"2025-10-12T10:00:00.123456","last_seen":-1e400,"__proto__":{"port":1},"constructor":null${more}}`;

describe("O6 an orchestrator that lies", () => {
  const bodies: readonly [string, (engine: SimEngine) => string][] = [
    [
      "names that are code, types that are none, and words that nobody knows",
      (engine) => `[${record(engine)}]`,
    ],
    ["a key twice: the last one counts", (engine) => `[{"port":1,"host":"x",${record(engine).slice(1)}]`],
    [
      "ids of 1 MB, and numbers beyond all bounds, beside a good record",
      (engine) =>
        `[{"container_id":"${"x".repeat(1_000_000)}","host":"127.0.0.1","port":1e999},{"container_id":"big","host":"127.0.0.1","port":-0.5},{"container_id":"huge","host":"127.0.0.1","port":${"9".repeat(400)}},${record(engine)}]`,
    ],
  ];
  for (const [what, body] of bodies)
    test.concurrent(
      `${what}: the good record serves, and nothing of the rest gets out unmasked`,
      async () => {
        await using engine = await startSimEngine({ media: bareMedia, unreadSessionMs: UNREAD_SESSION_MS });
        await using lying = await saying((path) =>
          path.endsWith("/engines") ? answer(body(engine)) : answer(path.includes("/streams") ? "[]" : "{}"),
        );
        await using proxy = await startBinary(["--orchestrator", lying.url, ...SHORT_UNHURRIED]);
        await until("the engine is known", async () => (await enginesOf(proxy)).length === 1, PATIENCE_MS);
        const player = play(streamUrl(proxy, 0));
        await player.got(PLAYS_BYTES, PATIENCE_MS);
        expect(await refusedAt(proxy, 1)).toMatchObject({ status: 503 });
        const [known] = await enginesOf(proxy);
        expect(known).toMatchObject({ id: "__proto__", load: 1, address: engine.address });
        const seen = [await (await fetch(`${proxy.url}/metrics`)).text(), JSON.stringify(proxy.log)].join();
        expect(seen).not.toContain("\u001b");
        expect(seen).not.toContain("x".repeat(1000));
        for (const line of (await (await fetch(`${proxy.url}/metrics`)).text()).split("\n"))
          expect(line).toMatch(/^(#.*|\w+(\{.*\})? [\d.e+-]+|)$/);
        await closing({ proxy, engines: [engine], cap: 1, players: [player] });
      },
      LIMIT_MS,
    );

  const garbage: readonly [string, Buffer | string][] = [
    ["a body longer than it says", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n[1,2,3]"],
    ["a body shorter than it says", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[]"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 7\r\n\r\n[]     "],
    [
      "a length and chunks",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n",
    ],
    ["a packed body that nobody asked for", packed(Buffer.alloc(50_000_000, 0x20))],
    ["a header of 1 MB", `HTTP/1.1 200 OK\r\nX: ${"a".repeat(1_000_000)}\r\nContent-Length: 2\r\n\r\n[]`],
    ["TLS", "\u0016\u0003\u0001\u0002\u0000"],
    ["another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"],
    ["8 MB of brackets", answer("[".repeat(8_000_000))],
    ["3,000,000 empty records", answer(`[${"{},".repeat(3_000_000)}{}]`)],
  ];
  function packed(plain: Buffer): Buffer {
    const body = gzipSync(plain);
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), body]);
  }
  test.concurrent(
    `${garbage.map(([what]) => what).join("; ")}: one's own engine plays on through all of it`,
    async () => {
      await using engine = await startSimEngine({ media: bareMedia, unreadSessionMs: UNREAD_SESSION_MS });
      let turn = 0;
      await using lying = await saying((path) => {
        if (!path.endsWith("/engines")) return answer("[]");
        return garbage[turn++ % garbage.length]?.[1] ?? "";
      });
      await using proxy = await startBinary([
        "--orchestrator",
        lying.url,
        "--engine",
        engine.address,
        ...SHORT_UNHURRIED,
      ]);
      await until("its own engine is used", async () => (await enginesOf(proxy)).length === 1, PATIENCE_MS);
      const player = play(streamUrl(proxy, 0));
      await player.got(PLAYS_BYTES, PATIENCE_MS);
      // A request that waits for a slot makes it look for one; so all of them come soon.
      await Promise.all([refusedAt(proxy, 1), refusedAt(proxy, 2)]);
      await until("it has heard most of them", () => turn >= 7, PATIENCE_MS);
      await player.got(player.bytes + PLAYS_BYTES, PATIENCE_MS);
      expect(player.over).toBeNull();
      expect(warnings(proxy).filter(({ message }) => message.includes("does not answer"))).toHaveLength(1);
      await closing({ proxy, engines: [engine], cap: 1, players: [player] });
    },
    LIMIT_MS,
  );

  for (const status of [301, 302, 307, 308])
    test.concurrent(
      `every call is sent elsewhere (${status}): nobody goes there, and the key stays here`,
      async () => {
        await using elsewhere = await trap();
        await using engine = await startSimEngine({ media: bareMedia, unreadSessionMs: UNREAD_SESSION_MS });
        const away = `HTTP/1.1 ${status} Moved\r\nLocation: http://${elsewhere.address}/\r\nContent-Length: 0\r\n\r\n`;
        await using redirecting = await saying(() => away);
        await using proxy = await startBinary([
          ...["--orchestrator", redirecting.url, "--orchestrator-key", KEY, "--engine", engine.address],
          ...SHORT_UNHURRIED,
        ]);
        await until("its own engine is used", async () => (await enginesOf(proxy)).length === 1, PATIENCE_MS);
        const player = play(streamUrl(proxy, 1));
        await player.got(PLAYS_BYTES, PATIENCE_MS);
        expect(await refusedAt(proxy, 2)).toMatchObject({ status: 503 });
        await until("it was asked again", () => redirecting.requests.length > 3, PATIENCE_MS);
        expect(elsewhere.visits).toBe(0);
        expect(JSON.stringify(proxy.log)).not.toContain(KEY);
        await closing({ proxy, engines: [engine], cap: 1, players: [player] });
      },
      LIMIT_MS,
    );

  for (const generation of GENERATIONS)
    test.concurrent(
      `generation ${generation}: its events and its engines are sent elsewhere in mid-run: nobody goes there`,
      async () => {
        await using elsewhere = await trap();
        await using here = await place({
          engines: 2,
          generation,
          key: KEY,
          args: ["--orchestrator-key", KEY],
        });
        const { faults } = here.orchestrator;
        faults.extraEngineRecords = [
          { container_id: "1".repeat(64), host: "169.254.169.254", port: 80, health_status: "healthy" },
          {
            container_id: "2".repeat(64),
            host: `${elsewhere.address}/x?`,
            port: 80,
            health_status: "healthy",
          },
          { container_id: "3".repeat(64), host: `user:pass@${elsewhere.address}`, port: 80 },
        ];
        faults.extraStreamRecords = [
          {
            ...{ id: "a", key_type: "content_id", key: contentId(9), status: "splendid" },
            ...{ container_id: "1".repeat(64), playback_session_id: "s", started_at: "2025-10-12T10:00:00" },
          },
        ];
        await here.looked();
        await here.playing(0);
        await here.playing(1);
        const told = JSON.stringify(warnings(here.proxy));
        for (const n of [1, 2, 3]) expect(told).toContain(`engine ${String(n).repeat(64)}`);
        expect(told).toContain(`stream ${"1".repeat(64)}`);
        expect(await enginesOf(here.proxy)).toHaveLength(2);
        expect(elsewhere.visits).toBe(0);
        await here.everythingEnds();
      },
      LIMIT_MS,
    );
});
