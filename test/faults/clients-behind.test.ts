/** C8: behind nginx and HAProxy, with TLS and a path: streams play, nothing is smuggled in, and nobody poses as another. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { bareMedia, contentId, type SimEngine, startSimEngine } from "../../src/sim/index.ts";
import { type Front, ffmpeg, get, startHaproxy, startNginx } from "../deploy/behind.ts";
import { type RunningBinary, startBinary } from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import { deadlinesBeside, UNHURRIED } from "../support/faults.ts";
import { until } from "../support/until.ts";
import { plainGet } from "../support/wire.ts";
import { type Attack, ENDED, REFUSED, SMUGGLED, SWALLOWED, TWO } from "./smuggled.ts";

const LIMIT_MS = 90_000;
/** A client that is no trusted proxy, though it is on this machine. */
const STRANGER = "127.0.0.5";
const CAP = 2;

interface Line {
  readonly text: string;
  readonly isOver: boolean;
  leave(): void;
}

/** Sends it over TLS, or as it is, from an address of one's own. */
function send(base: string, request: string, localAddress = STRANGER): Line {
  const { hostname, port, protocol } = new URL(base);
  const to = { host: hostname, port: Number(port), localAddress };
  const socket: Socket =
    protocol === "https:" ? connectTls({ ...to, rejectUnauthorized: false }) : connectPlain(to);
  let text = "";
  let isOver = false;
  socket.on("data", (chunk) => {
    if (text.length < 65_536) text += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    isOver = true;
  });
  socket.write(request, "latin1");
  return {
    get text() {
      return text;
    },
    get isOver() {
      return isOver;
    },
    leave: () => void socket.destroy(),
  };
}

const statusesOf = ({ text }: Line): number[] =>
  [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status));

/** All its answers: sent, and then a request behind it that would be answered if the connection still stood. */
async function answersTo(base: string, { head, body }: Attack, target: string): Promise<Line> {
  const line = send(base, head(target) + body);
  await until("an answer or an end comes", () => statusesOf(line).length > 0 || line.isOver);
  return line;
}

/** How often we were asked for what is only within other requests. */
async function smuggledIn(proxy: RunningBinary): Promise<number> {
  const text = await (await fetch(`${proxy.url}/metrics`)).text();
  return Number(/^aceslot_http_requests_total\{route="none",code="404"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

async function startWorld(...more: string[]): Promise<{ engine: SimEngine; proxy: RunningBinary }> {
  const engine = await startSimEngine({ media: bareMedia, unreadSessionMs: 3_000 });
  const args = ["--engine", engine.address, "--max-streams-per-engine", String(CAP), ...UNHURRIED, ...more];
  return { engine, proxy: await startBinary([...args, ...deadlinesBeside(args)]) };
}

describe("C8 a request whose end is told in two ways", () => {
  let world: Awaited<ReturnType<typeof startWorld>>;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(async () => {
    try {
      await closing({ proxy: world.proxy, engines: [world.engine], cap: CAP });
    } finally {
      await world.proxy[Symbol.asyncDispose]();
      await world.engine.close();
    }
  });

  test("is refused, and nothing behind it is answered", async () => {
    const before = await smuggledIn(world.proxy);
    for (const each of REFUSED)
      for (const target of ["/ace/status", `/ace/getstream?id=${contentId(0)}`]) {
        const line = await answersTo(world.proxy.url, each, target);
        await until(`${each.what}: the connection is closed`, () => line.isOver);
        const [status = 0, ...others] = statusesOf(line);
        expect({ what: each.what, others, isRefused: status === 400 || status === 505 }).toEqual({
          what: each.what,
          others: [],
          isRefused: true,
        });
      }
    expect(await smuggledIn(world.proxy)).toBe(before);
    expect(world.engine.counters.starts).toBe(0);
  });

  test("in its chunks is the last one of its connection", async () => {
    const before = await smuggledIn(world.proxy);
    for (const each of ENDED) {
      const line = await answersTo(world.proxy.url, each, "/ace/status");
      await until(`${each.what}: the connection is closed`, () => line.isOver);
      expect({ what: each.what, answers: statusesOf(line) }).toEqual({
        what: each.what,
        answers: [405, 400],
      });
    }
    expect(await smuggledIn(world.proxy)).toBe(before);
  });

  test("but by no rule in two ways has its body, and no second answer", async () => {
    const before = await smuggledIn(world.proxy);
    for (const each of SWALLOWED) {
      const line = send(world.proxy.url, each.head("/healthz") + each.body + plainGet("/ace/status"));
      const final = () => statusesOf(line).filter((status) => status !== 100);
      await until(`${each.what}: two answers`, () => final().length >= 2 || line.isOver);
      expect({ what: each.what, last: final().slice(1) }).toEqual({ what: each.what, last: [200] });
      line.leave();
    }
    expect(await smuggledIn(world.proxy)).toBe(before);
    for (const each of TWO) {
      const line = await answersTo(world.proxy.url, each, "/healthz");
      await until(`${each.what}: two answers`, () => statusesOf(line).length === 2 || line.isOver);
      expect({ what: each.what, last: statusesOf(line).at(-1) }).toEqual({ what: each.what, last: 404 });
      line.leave();
    }
    expect(await smuggledIn(world.proxy)).toBe(before + TWO.length);
  });
});

for (const [name, start] of [
  ["nginx", startNginx],
  ["HAProxy", startHaproxy],
] as const)
  describe(`C8 behind ${name} with TLS and a path`, () => {
    let world: Awaited<ReturnType<typeof startWorld>>;
    let front: Front;
    beforeAll(async () => {
      world = await startWorld("--trusted-proxy", "127.0.0.1/32");
      front = await start(Number(new URL(world.proxy.url).port));
    });
    afterAll(async () => {
      try {
        await closing({ proxy: world.proxy, engines: [world.engine], cap: CAP });
      } finally {
        await front?.[Symbol.asyncDispose]();
        await world.proxy[Symbol.asyncDispose]();
        await world.engine.close();
      }
    });

    test(
      "nothing is smuggled in: what is within a request is never asked of us, and others get their own answers",
      async () => {
        const before = await smuggledIn(world.proxy);
        for (const each of [...REFUSED, ...ENDED, ...SWALLOWED, ...TWO]) {
          const line = await answersTo(front.url, each, "/tv/ace/status");
          const next = await get(`${front.url}/tv/healthz`);
          expect({ what: each.what, status: next.status, ...((await next.json()) as object) }).toMatchObject({
            ...{ what: each.what, status: 200 },
            status: "ok",
          });
          line.leave();
        }
        expect(await smuggledIn(world.proxy)).toBe(before);
        // Whoever asks for it in so many words is told by the front that there is nothing.
        expect((await get(`${front.url}${SMUGGLED}`)).status).toBe(404);
        expect(await smuggledIn(world.proxy)).toBe(before);
      },
      LIMIT_MS,
    );

    test("nobody poses as another: clients have their own address, and links lead where they asked", async () => {
      const lies = [
        ...["X-Forwarded-For: 203.0.113.7", "X-Forwarded-For: 127.0.0.1", "X-Real-IP: 203.0.113.7"],
        ...["Forwarded: for=203.0.113.7;host=evil.example;proto=http", "X_Forwarded_For: 203.0.113.7"],
        ...["X-Forwarded-Host: evil.example", "X-Forwarded-Proto: http", "X-Forwarded-Port: 666"],
        ...["X-Forwarded-Prefix: /evil", "X-Client-IP: 203.0.113.7", "Via: 1.1 evil.example"],
      ];
      const { host } = new URL(front.url);
      const target = `/tv/ace/getstream?id=${contentId(3)}`;
      const asked = plainGet(target, lies).replace("Host: proxy", `Host: ${host}`);
      const line = send(front.url, asked);
      await until("it plays", () => line.text.includes("video/mp2t"));
      const { clients } = await world.proxy.get<{ clients: { address: string }[] }>("/api/v1/clients");
      expect(clients.map(({ address }) => address)).toEqual([STRANGER]);
      line.leave();
      const info = send(front.url, asked.replace(target, "/tv/discover.json"));
      await until("an answer comes", () => statusesOf(info).length > 0 || info.isOver);
      expect(info.text).not.toContain("evil");
      expect(info.text).not.toContain("666");
      info.leave();
    });

    test(
      "a stream plays, as it is and as HLS",
      async () => {
        const picture = await startSimEngine();
        const more = ["--engine", picture.address, "--trusted-proxy", "127.0.0.1/32", "--state-dir", "none"];
        const proxy = await startBinary(more);
        const other = await start(Number(new URL(proxy.url).port));
        try {
          const urls = ["getstream", "manifest.m3u8"].map(
            (what) => `${other.url}/tv/ace/${what}?id=${contentId(1)}`,
          );
          for (const played of await Promise.all(urls.map((url) => ffmpeg(url))))
            expect(played).toMatchObject({ code: 0, err: "" });
        } finally {
          await other[Symbol.asyncDispose]();
          await proxy[Symbol.asyncDispose]();
          await picture.close();
        }
      },
      LIMIT_MS,
    );
  });

describe("C8 forwarded headers", () => {
  test("of whoever is not trusted change nothing; of a trusted one the nearest stranger counts", async () => {
    const { engine, proxy } = await startWorld(
      "--trusted-proxy",
      "127.0.0.1/32",
      "--trusted-proxy",
      "127.0.0.2",
    );
    try {
      for (const [from, headers, wanted] of [
        [STRANGER, ["X-Forwarded-For: 203.0.113.7"], STRANGER],
        [STRANGER, ["X-Forwarded-For: 127.0.0.1, 127.0.0.2"], STRANGER],
        ["127.0.0.1", ["X-Forwarded-For: 203.0.113.7"], "203.0.113.7"],
        ["127.0.0.1", ["X-Forwarded-For: 203.0.113.7, 198.51.100.9"], "198.51.100.9"],
        ["127.0.0.1", ["X-Forwarded-For: 203.0.113.7, 198.51.100.9, 127.0.0.2"], "198.51.100.9"],
        ["127.0.0.1", ["X-Forwarded-For: 203.0.113.7", "X-Forwarded-For: 198.51.100.9"], "198.51.100.9"],
        ["127.0.0.1", ["X-Forwarded-For: 203.0.113.7, nonsense"], "127.0.0.1"],
        ["127.0.0.1", ["X-Forwarded-For: 203.0.113.7,"], "127.0.0.1"],
        ["127.0.0.1", ["Forwarded: for=203.0.113.7", "X_Forwarded_For: 203.0.113.7"], "127.0.0.1"],
        ["127.0.0.1", ["X-Forwarded-For: ::ffff:198.51.100.9"], "198.51.100.9"],
      ] as const) {
        const line = send(proxy.url, plainGet(`/ace/getstream?id=${contentId(3)}`, headers), from);
        const seen = async () =>
          (await proxy.get<{ clients: { address: string }[] }>("/api/v1/clients")).clients[0]?.address;
        const address = await until("it is there", seen);
        expect({ from, headers, address }).toEqual({ from, headers, address: wanted });
        line.leave();
        await until("it is gone", async () => (await seen()) === undefined);
      }
      await closing({ proxy, engines: [engine], cap: CAP });
    } finally {
      await proxy[Symbol.asyncDispose]();
      await engine.close();
    }
  });
});
