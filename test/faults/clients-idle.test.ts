/** C6: half requests, sent slowly or not at all, and connections on which nothing is asked: all are ended, and soon. */
import { expect, test } from "bun:test";
import { connect } from "node:net";
import { contentId } from "../../src/sim/index.ts";
import { journalOf, PATIENCE_MS } from "../support/faults.ts";
import { until } from "../support/until.ts";
import { expectWhole, PLAYS_BYTES, viewing } from "../support/viewing.ts";
import { plainGet } from "../support/wire.ts";

const LIMIT_MS = 120_000;
/** More than the 20 s that a connection may be silent, in which Bun counts by fours. */
const SILENT_SECONDS = 26;

/** Something is sent at first, and then again and again. */
interface Slow {
  readonly first: string;
  /** Each second; left out: nothing. */
  readonly each?: string;
}

interface Asked {
  readonly text: string;
  readonly isOver: boolean;
  leave(): void;
}

function ask(base: string, { first, each = "" }: Slow): Asked {
  const { hostname, port } = new URL(base);
  const socket = connect({ host: hostname, port: Number(port) });
  let text = "";
  let isOver = false;
  const timer = setInterval(() => each !== "" && !socket.destroyed && socket.write(each), 1_000);
  socket.on("data", (chunk) => {
    if (text.length < 4_096) text += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    clearInterval(timer);
    isOver = true;
  });
  if (first !== "") socket.write(first);
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

const STREAM = `/ace/getstream?id=${contentId(0)}`;
const BEGUN = `GET ${STREAM} HTTP/1.1\r\nHost: proxy\r\n`;
const post = (...headers: string[]) =>
  ["POST /ace/status HTTP/1.1", "Host: proxy", ...headers, "", ""].join("\r\n");

/** What clients do who never come to an end of it, and with which status they are answered; 0: not at all. */
const SLOW: Readonly<Record<string, readonly [Slow, status: number]>> = {
  "says nothing": [{ first: "" }, 0],
  "begins a line": [{ first: "GET /ace/get" }, 0],
  "begins a head": [{ first: BEGUN }, 0],
  "sends a line byte by byte": [{ first: "GET /ace/getstream?id=", each: "a" }, 0],
  "sends a header byte by byte": [{ first: `${BEGUN}X-Slow: `, each: "a" }, 0],
  "sends a head header by header": [{ first: BEGUN, each: "X-Slow: a\r\n" }, 0],
  "sends line ends": [{ first: "", each: "\r\n" }, 400],
  "asks once and nothing more": [{ first: plainGet("/healthz") }, 200],
  "asks a second time, by halves": [{ first: plainGet("/healthz") + BEGUN }, 200],
  "asks a second time, byte by byte": [{ first: `${plainGet("/healthz")}${BEGUN}X-Slow: `, each: "a" }, 200],
  "asks for what is not there": [{ first: plainGet("/nowhere") }, 404],
  "probes with HEAD": [{ first: plainGet(STREAM).replace("GET", "HEAD") }, 200],
  "is refused a stream after it has waited": [{ first: plainGet(`/ace/getstream?id=${contentId(1)}`) }, 503],
  "is shown a playlist": [{ first: plainGet(`/ace/manifest.m3u8?id=${contentId(0)}`) }, 200],
  "sends a body of a known length byte by byte": [{ first: post("Content-Length: 60000"), each: "a" }, 405],
  "sends chunks of a byte": [{ first: post("Transfer-Encoding: chunked"), each: "1\r\na\r\n" }, 405],
  "announces a body and sends none": [{ first: post("Content-Length: 1000") }, 405],
  "announces a body with a GET and sends it byte by byte": [
    { first: plainGet("/healthz", ["Content-Length: 1000"]), each: "a" },
    200,
  ],
  "announces a GiB": [{ first: post(`Content-Length: ${2 ** 30}`), each: "a" }, 413],
  "asks to go on with a body": [{ first: post("Content-Length: 1000", "Expect: 100-continue") }, 405],
};

test(
  "C6 half requests, requests byte by byte and idle connections are ended; who waits or watches for longer is not",
  async () => {
    await using place = await viewing({
      bitsPerSecond: 1_000_000,
      engines: 2,
      args: ["--queue-timeout", "1s", "--start-timeout", "60s", "--stall-timeout", "25s"],
    });
    const { world } = place;
    const { proxy, second } = world;
    const playing = place.watch();
    await playing.got(PLAYS_BYTES, PATIENCE_MS);
    const carries = world.engines.find(({ load }) => load > 0);
    const other = carries === second ? world.first : second;
    // One that is silent for longer than a connection may be, since its stream is not there yet.
    other.faults.startDelayMs = SILENT_SECONDS * 1_000;
    const waiting = place.watch({}, 2);
    const { beganAtMs } = await until("it waits for its stream", () => [...other.sessions.values()][0]);

    const playlist = await (await fetch(`${proxy.url}/ace/manifest.m3u8?id=${contentId(0)}`)).text();
    const [segment = ""] = playlist.split("\n").filter((line) => line.startsWith("hls/"));
    const gone = segment.replace(/[^/]+$/, "999999.ts");
    const all = {
      ...SLOW,
      "is sent a segment": [{ first: plainGet(`/ace/${segment}`) }, 200] as const,
      "asks for a segment that is not there": [{ first: plainGet(`/ace/${gone}`) }, 404] as const,
    };
    const asked = Object.entries(all).map(
      ([what, [how, status]]) => [what, ask(proxy.url, how), status] as const,
    );
    const left = () => asked.filter(([, { isOver }]) => !isOver).map(([what]) => what);
    await until("all are ended", () => left().length === 0, 2 * PATIENCE_MS).catch(() =>
      expect(left()).toEqual([]),
    );
    const statusOf = ({ text }: Asked): number =>
      Number([...text.matchAll(/^HTTP\/1\.1 (?!100)(\d{3})/gm)].at(-1)?.[1] ?? 0);
    const wrong = asked.filter(([, one, status]) => statusOf(one) !== status);
    expect(wrong.map(([what, { text }]) => [what, text])).toEqual([]);
    expect((await journalOf(proxy)).filter(({ type }) => type === "grant")).toHaveLength(2);

    expect(await waiting.answered(PATIENCE_MS)).toBe(200);
    expect(performance.now() - beganAtMs).toBeGreaterThan((SILENT_SECONDS - 1) * 1_000);
    await waiting.got(PLAYS_BYTES, PATIENCE_MS);
    expectWhole(waiting);
    expectWhole(playing);
    for (const [, one] of asked) one.leave();
    await place.nothingIsLeft();
  },
  LIMIT_MS,
);
