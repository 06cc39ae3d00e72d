/** Engines whose answers are odd below what they say: cut, endless, twice, in pieces, of another HTTP. */
import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { startBinary } from "../support/binary.ts";
import { closing } from "../support/closing.ts";
import {
  deadlinesBeside,
  expectPackets,
  PATIENCE_MS,
  PLAYS_BYTES,
  streamUrl,
  UNHURRIED,
} from "../support/faults.ts";
import {
  again,
  flood,
  type OddEngineOptions,
  PACKETS,
  PLAYBACK_HEAD,
  startBody,
  startOddEngine,
} from "../support/odd-engine.ts";
import { type Player, play } from "../support/player.ts";
import { descriptorsOf, residentOf } from "../support/resident.ts";
import { until } from "../support/until.ts";

const LIMIT_MS = 90_000;
const MIB = 1024 * 1024;
/** What a proxy may take for one answer of an engine, at most: a runtime's own buffers, and what it has not collected yet. */
const MEMORY_BYTES_MAX = 64 * MIB;
/** What an engine gets rid of at most before the proxy hangs up: some full sockets. */
const SENT_BYTES_MAX = 32 * MIB;

const OK = "HTTP/1.1 200 OK\r\n";
const ENDLESS_HEADERS = `X-A: ${"a".repeat(1000)}\r\n`.repeat(64);
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

interface Odd {
  readonly what: string;
  readonly engine: OddEngineOptions;
  /** Of the refusal; null: it plays. */
  readonly refusal: { readonly status: number; readonly words: RegExp } | null;
}

const refused = (words: RegExp): Odd["refusal"] => ({ status: 502, words });
const LATE: Odd["refusal"] = { status: 504, words: /in time/ };

const STARTS: readonly Odd[] = [
  {
    what: "comes in chunks",
    engine: {
      start(socket, session) {
        const body = startBody(session);
        const parts = [...body].map(chunk).join("");
        socket.end(`${OK}Transfer-Encoding: chunked\r\n\r\n${parts}0\r\n\r\n`);
      },
    },
    refusal: null,
  },
  {
    what: "comes behind two interim answers",
    engine: {
      start(socket, session) {
        const interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
        socket.end(`${interim}${OK}\r\n${startBody(session)}`);
      },
    },
    refusal: null,
  },
  {
    what: "is HTTP/1.0, up to the end of the connection",
    engine: { start: (socket, session) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${startBody(session)}`) },
    refusal: null,
  },
  {
    what: "is followed by a second one",
    engine: {
      start(socket, session) {
        const body = startBody(session);
        const other = startBody({ ...session, id: "another" });
        socket.write(`${OK}Content-Length: ${body.length}\r\n\r\n${body}`);
        socket.end(`${OK}Content-Length: ${other.length}\r\n\r\n${other}`);
      },
    },
    refusal: null,
  },
  {
    what: "is compressed, though nobody asked for that",
    engine: {
      start(socket, session) {
        const body = gzipSync(startBody(session));
        socket.write(`${OK}Content-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`);
        socket.end(body);
      },
    },
    refusal: refused(/sent an answer that is no text/),
  },
  {
    what: "has no head (HTTP/0.9)",
    engine: { start: (socket, session) => socket.end(startBody(session)) },
    refusal: refused(/127\.0\.0\.1:\d+/),
  },
  {
    what: "ends within its chunks",
    engine: {
      start: (socket, session) =>
        socket.end(`${OK}Transfer-Encoding: chunked\r\n\r\n${chunk(startBody(session))}`),
    },
    refusal: refused(/without an answer|cut off/),
  },
  {
    what: "has two lengths",
    engine: {
      start: (socket, session) =>
        socket.end(`${OK}Content-Length: 400\r\nContent-Length: 3\r\n\r\n${startBody(session)}`),
    },
    refusal: refused(/127\.0\.0\.1:\d+/),
  },
  {
    what: "would switch protocols",
    engine: {
      start: (socket, session) =>
        socket.end(
          `HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n${startBody(session)}`,
        ),
    },
    refusal: refused(/without an answer/),
  },
  {
    what: "has headers that never end",
    engine: {
      start(socket) {
        socket.write(OK);
        flood(socket, ENDLESS_HEADERS);
      },
    },
    refusal: refused(/127\.0\.0\.1:\d+/),
  },
  {
    what: "never gets beyond its interim answers",
    engine: { start: (socket) => flood(socket, "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000)) },
    refusal: refused(/interim answers without end/),
  },
  {
    what: "has a body that never ends",
    engine: {
      start(socket) {
        socket.write(`${OK}\r\n`);
        flood(socket, " ".repeat(65_536));
      },
    },
    refusal: refused(/longer than/),
  },
  {
    what: "trickles a byte at a time, for ever",
    engine: {
      start(socket) {
        socket.write(`${OK}\r\n`);
        again(socket, 300, () => " ");
      },
    },
    refusal: LATE,
  },
  {
    what: "has a head that trickles a byte at a time, for ever",
    engine: {
      start(socket) {
        socket.write(OK);
        again(socket, 300, () => "X");
      },
    },
    refusal: LATE,
  },
];

const PLAYBACKS: readonly Odd[] = [
  {
    what: "is HTTP/1.0, behind an interim answer",
    engine: {
      playback(socket) {
        socket.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\n");
        again(socket, 100, () => PACKETS);
      },
    },
    refusal: null,
  },
  {
    what: "comes in chunks that are no packets",
    engine: {
      playback(socket) {
        socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n`);
        let at = 0;
        again(socket, 20, () => {
          const part = PACKETS.subarray(at, at + 4_099);
          at = at + part.length < PACKETS.length ? at + part.length : 0;
          return Buffer.concat([
            Buffer.from(`${part.length.toString(16)};x=y\r\n`),
            part,
            Buffer.from("\r\n"),
          ]);
        });
      },
    },
    refusal: null,
  },
  {
    what: "has headers that never end",
    engine: {
      playback(socket) {
        socket.write(OK);
        flood(socket, ENDLESS_HEADERS);
      },
    },
    refusal: refused(/cannot be opened/),
  },
  {
    what: "never gets beyond its interim answers",
    engine: { playback: (socket) => flood(socket, "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000)) },
    refusal: refused(/interim answers without end/),
  },
  {
    what: "would switch protocols",
    engine: {
      playback(socket) {
        socket.write("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
        again(socket, 100, () => PACKETS);
      },
    },
    refusal: refused(/without an answer/),
  },
  {
    what: "answers 500 with a body that never ends",
    engine: {
      playback(socket) {
        socket.write("HTTP/1.1 500 Sorry\r\n\r\n");
        flood(socket, PACKETS);
      },
    },
    refusal: refused(/answered 500/),
  },
  {
    what: "has no head (HTTP/0.9)",
    engine: { playback: (socket) => again(socket, 100, () => PACKETS) },
    refusal: refused(/cannot be opened/),
  },
  {
    what: "is compressed",
    engine: {
      playback(socket) {
        socket.write(`${OK}Content-Encoding: gzip\r\n\r\n`);
        const noise = Buffer.alloc(65_536).map((_, at) => (at * at * 31 + at) % 71);
        again(socket, 20, () => noise);
      },
    },
    refusal: refused(/MPEG-TS/),
  },
  {
    what: "sends headers only, while its statistics have 50 MiB",
    engine: {
      playback: (socket) => socket.write(PLAYBACK_HEAD),
      stat(socket) {
        socket.write(`${OK}Content-Length: ${50 * MIB}\r\n\r\n`);
        flood(socket, " ".repeat(65_536));
      },
    },
    refusal: LATE,
  },
  {
    what: "trickles bytes that make no packet, while its statistics hang",
    engine: {
      playback(socket) {
        socket.write(PLAYBACK_HEAD);
        again(socket, 300, () => "G");
      },
      stat() {},
    },
    refusal: LATE,
  },
];

/** Puts the oddity to a proxy whose only engine has it, mends it, and lets it serve. */
async function meets({ engine: odd, refusal }: Odd): Promise<void> {
  await using engine = await startOddEngine(odd);
  const args = ["--engine", engine.address, "--max-streams-per-engine", "2"];
  // A time-out is waited for where that is what is to come.
  const times = refusal === LATE ? [] : UNHURRIED;
  await using proxy = await startBinary([...args, ...times, ...deadlinesBeside(times)]);
  const descriptors = await descriptorsOf(proxy.pid);
  const before = await residentOf(proxy.pid);
  const players: Player[] = [];
  const ask = (content: number): Player => {
    const player = play(streamUrl(proxy, content), { keepBytes: PLAYS_BYTES });
    players.push(player);
    return player;
  };
  const first = ask(0);
  const status = await first.answered(PATIENCE_MS);
  if (refusal === null) {
    expect({ status, said: status === 200 ? "" : first.kept.toString() }).toEqual({ status: 200, said: "" });
    await first.got(PLAYS_BYTES, PATIENCE_MS);
    expectPackets(first.kept);
    expect(engine.starts).toBe(1);
  } else {
    await until("the refusal is here", () => first.over, PATIENCE_MS);
    expect({ status, said: first.kept.toString() }).toEqual({
      status: refusal.status,
      said: expect.stringMatching(refusal.words),
    });
    expect(first.kept.toString()).toContain(status === 502 ? "engine_error" : "engine_timeout");
    expect((await residentOf(proxy.pid)).own - before.own).toBeLessThan(MEMORY_BYTES_MAX);
    expect(engine.bytesSent).toBeLessThan(SENT_BYTES_MAX);
    // Mended: it is asked until it answers, and serves again.
    engine.set({});
    await until(
      "it is in use again",
      async () => (await proxy.get<{ ready: boolean }>("/readyz")).ready,
      PATIENCE_MS,
    );
    const next = ask(1);
    await next.got(PLAYS_BYTES, PATIENCE_MS);
    expectPackets(next.kept);
  }
  await closing({ proxy, engines: [engine], cap: 2, players, descriptors });
  await until("no connection to it is left", () => engine.connections === 0, PATIENCE_MS);
}

describe("E1 a start whose answer", () => {
  for (const odd of STARTS) test.concurrent(`${odd.what}`, () => meets(odd), LIMIT_MS);
});

describe("E5 a playback that", () => {
  for (const odd of PLAYBACKS) test.concurrent(`${odd.what}`, () => meets(odd), LIMIT_MS);
});
