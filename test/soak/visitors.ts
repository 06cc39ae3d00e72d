/** All who come beside the players: scans, scripts, pages that stay open, nonsense. Each goes on until the signal. */
import { connect } from "node:net";
import { pause } from "./hls-client.ts";

export interface VisitCounts {
  heads: number;
  /** HEAD answers other than 200. */
  headsRefused: number;
  reads: number;
  /** Reads that failed, or had another status than was to be expected. */
  readsFailed: number;
  listened: number;
  nonsense: number;
}

export const noVisits = (): VisitCounts => ({
  ...{ heads: 0, headsRefused: 0, reads: 0, readsFailed: 0, listened: 0, nonsense: 0 },
});

export interface Place {
  readonly base: string;
  readonly port: number;
  readonly contents: readonly string[];
}

/** A scan of all channels: HEADs, many at once. */
export async function scans(place: Place, counts: VisitCounts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await Promise.all(
      place.contents.map(async (content) => {
        const url = `${place.base}/ace/getstream?id=${content}`;
        const status = await statusOf(fetch(url, { method: "HEAD", signal }));
        counts.heads += 1;
        if (status !== 200 && !signal.aborted) counts.headsRefused += 1;
      }),
    );
    await pause(SCAN_PAUSE_MS, signal);
  }
}
const SCAN_PAUSE_MS = 5_000;

const READ = [
  ...["/api/v1/engines", "/api/v1/streams", "/api/v1/clients", "/api/v1/queue", "/api/v1/journal"],
  ...["/api/v1/recent", "/api/v1/leases", "/metrics", "/healthz", "/ace/status", "/ace/streams"],
  ...["/openapi.json", "/", "/playlist.m3u", "/api/v1/debug"],
];

/** Scripts and Prometheus. */
export async function reads(place: Place, counts: VisitCounts, signal: AbortSignal): Promise<void> {
  for (let at = 0; !signal.aborted; at++) {
    const status = await statusOf(fetch(`${place.base}${READ[at % READ.length]}`, { signal }));
    counts.reads += 1;
    // /playlist.m3u may have nothing to say.
    if (status !== 200 && status !== 404 && !signal.aborted) counts.readsFailed += 1;
    await pause(READ_PAUSE_MS, signal);
  }
}
const READ_PAUSE_MS = 150;

async function statusOf(asked: Promise<Response>): Promise<number> {
  try {
    const answer = await asked;
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}

/** A page that is open: it listens, and reads on (or not, if it is `frozen`: a suspended laptop), for some seconds. */
export async function listens(
  place: Place,
  counts: VisitCounts,
  isFrozen: boolean,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const socket = connect(place.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.once("connect", () => socket.write("GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
    socket.once("data", () => {
      counts.listened += 1;
      if (isFrozen) socket.pause();
    });
    socket.on("data", () => {});
    await pause(LISTENED_MS, signal);
    socket.destroy();
  }
}
const LISTENED_MS = 8_000;

const NONSENSE = [
  "GET /ace/getstream HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET /ace/getstream?id=xyz HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
  "DELETE /api/v1/streams/999999 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
  "POST /ace/getstream HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
  "GET / HTTP/1.1\r\nHost: a\r\nX: ",
  "\u0000\u0001\u0002",
  "",
];

/** What no client means: half requests, none, wrong ones; some wait for an answer, some are gone at once. */
export async function talksNonsense(place: Place, counts: VisitCounts, signal: AbortSignal): Promise<void> {
  for (let at = 0; !signal.aborted; at++) {
    const socket = connect(place.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.on("data", () => {});
    socket.once("connect", () => socket.write(NONSENSE[at % NONSENSE.length] ?? ""));
    counts.nonsense += 1;
    await pause(at % 3 === 0 ? 0 : NONSENSE_PAUSE_MS, signal);
    if (at % 2 === 0) socket.resetAndDestroy();
    else socket.destroy();
  }
}
const NONSENSE_PAUSE_MS = 200;
