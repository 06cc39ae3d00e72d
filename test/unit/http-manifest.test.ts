/** What a first question for HLS is answered when no segment comes. */
import { expect, test } from "bun:test";
import type { Broker } from "../../src/broker/index.ts";
import { createApp } from "../../src/http/app.ts";
import type { HlsSession } from "../../src/stream/index.ts";

const URL_OF = `http://x/ace/manifest.m3u8?id=${"a".repeat(40)}`;

/** An app whose broker serves everybody, and whose sessions end as told. */
function place(ready: HlsSession["ready"]) {
  const closed: string[] = [];
  const left: number[] = [];
  const session: HlsSession = {
    name: "name",
    ready,
    playlist: () => "",
    segment: () => null,
    close: (reason) => closed.push(reason),
  };
  const admission = Promise.resolve({ kind: "serve", client: 1, stream: 1 });
  const broker = { request: () => ({ client: 1, admission }), leave: (id: number) => left.push(id) };
  const app = createApp({
    broker: broker as unknown as Broker,
    bodies: { body: () => "", figures: () => null, openHls: () => session, hls: () => null },
    m3u8: false,
    token: null,
    trustedProxies: [],
    stateTrouble: null,
  });
  const ask = (init: RequestInit = {}) => app(new Request(URL_OF, init), { address: "127.0.0.1" });
  return { ask, closed, left };
}

test("a stream that has no segment in time, or ends before, is an error, and the place is given back", async () => {
  for (const [state, status, code] of [
    ["late", 504, "engine_timeout"],
    ["over", 502, "engine_error"],
  ] as const) {
    const { ask, closed } = place(async () => state);
    const answer = await ask();
    expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([
      status,
      code,
    ]);
    expect(closed).toHaveLength(1);
  }
});

test("a player that leaves while it waits gives its place back", async () => {
  const leaving = new AbortController();
  const { ask, closed } = place((signal) => {
    const gone = new Promise<"over">((resolve) => signal.addEventListener("abort", () => resolve("over")));
    leaving.abort();
    return gone;
  });
  await ask({ signal: leaving.signal });
  expect(closed).toEqual(["closed the connection"]);
});
