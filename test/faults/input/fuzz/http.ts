/**
 * HTTP against the compiled binary, through raw sockets: sound requests damaged, and bytes. Whatever comes, each
 * connection has an answer or an end in time; errors have the documented form; a sound request is served afterwards.
 */
import fc from "fast-check";
import { bareMedia, contentId, type SimEngine, startSimEngine } from "../../../../src/sim/index.ts";
import { type RunningBinary, startBinary } from "../../../support/binary.ts";
import { closing } from "../../../support/closing.ts";
import { descriptorsOf, residentOf } from "../../../support/resident.ts";
import { until } from "../../../support/until.ts";
import { conversation, type Heard } from "./conversation.ts";
import { damaged, word } from "./mutate.ts";
import { each, hasStack, must, type Target } from "./target.ts";

const CAP = 3;
const AT_ONCE = 40;
/** A request may wait for its slot, and for its start. */
const DEADLINE_MS = 30_000;
/** What the proxy may grow by, whatever came in. */
const GROWTH_BYTES_MAX = 160 * 1024 * 1024;

const ID = contentId(0);
const target = fc.oneof(
  fc.constantFrom(
    ...[
      `/ace/getstream?id=${ID}`,
      `/ace/getstream/${ID}.ts`,
      `/ace/manifest.m3u8?id=${ID}`,
      `/ace/status?id=${ID}`,
    ],
    ...["/ace/streams", "/healthz", "/readyz", "/metrics", "/", "/openapi.json", "/playlist.m3u", "/epg.xml"],
    ...["/api/v1/engines", "/api/v1/streams", "/api/v1/clients", "/api/v1/queue", "/api/v1/journal?after=1"],
    ...[
      "/api/v1/events",
      "/api/v1/streams/1",
      "/api/v1/channels",
      "/discover.json",
      "/lineup.json",
      "/device.xml",
    ],
    ...[
      "/assets/main.js",
      "/assets/..%2f..%2fetc%2fpasswd",
      "/t/x/healthz",
      "/ace/hls/x/0.ts",
      "*",
      "http://a/b",
    ],
  ),
  fc
    .array(word, { maxLength: 4 })
    .map((parts) => `/${parts.map((part) => encodeURI(part.replaceAll(/\p{Cs}/gu, ""))).join("/")}`),
  fc
    .tuple(fc.constantFrom("id", "infohash", "token", "_idx", "transcode_audio"), word)
    .map(
      ([name, value]) =>
        `/ace/getstream?id=${ID}&${name}=${encodeURIComponent(value.replaceAll(/\p{Cs}/gu, ""))}`,
    ),
);
const header = fc.oneof(
  fc.constantFrom(
    ...[
      "Connection: close",
      "Connection: keep-alive",
      "Range: bytes=0-",
      "Expect: 100-continue",
      "Icy-MetaData: 1",
    ],
    ...[
      "Content-Length: 5",
      "Transfer-Encoding: chunked",
      "X-Forwarded-For: 10.0.0.1, ::1",
      "X-Forwarded-Host: a:b",
    ],
    ...[
      "Authorization: Bearer x",
      "Cookie: a=b",
      "Last-Event-ID: a-1",
      "If-None-Match: *",
      "Accept: text/html",
    ],
    ...[
      "Host: second",
      "Origin: http://evil",
      "Sec-Fetch-Site: cross-site",
      "Upgrade: websocket",
      "X-Forwarded-Prefix: ////a",
    ],
  ),
  fc
    .tuple(fc.constantFrom("X-Forwarded-For", "Authorization", "User-Agent", "Accept", "Last-Event-ID"), word)
    .map(([name, value]) => `${name}: ${value}`),
);
const request = fc
  .tuple(
    fc.constantFrom(
      "GET",
      "GET",
      "GET",
      "HEAD",
      "POST",
      "PUT",
      "DELETE",
      "OPTIONS",
      "TRACE",
      "CONNECT",
      "PATCH",
      "get",
    ),
    target,
    fc.constantFrom("1.1", "1.1", "1.0", "2.0"),
    fc.array(header, { maxLength: 4 }),
    fc.constantFrom("", "", "hello", "5\r\nhello\r\n0\r\n\r\n"),
  )
  .map(([method, to, version, headers, body]) =>
    Buffer.from([`${method} ${to} HTTP/${version}`, "Host: proxy", ...headers, "", body].join("\r\n")),
  );
const bytes = fc.oneof(
  { weight: 8, arbitrary: request },
  { weight: 8, arbitrary: damaged(request, 128 * 1024) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((raw) => Buffer.from(raw)) },
);

const STATUSES = new Set([
  100, 200, 204, 206, 301, 302, 304, 308, 400, 401, 403, 404, 405, 410, 411, 412, 413, 414, 416, 417, 426,
  431, 499, 501, 502, 503, 504, 505,
]);
/** Those of the server itself come before any route, and have no body: what they mean stands in their status. */
const BARE = new Set([400, 411, 413, 414, 417, 431, 501, 503, 505]);

function mustBeGood({ answers, sent }: Heard): void {
  for (const { status, headers, body, isWhole } of answers) {
    must(STATUSES.has(status), `${status} is a documented status`);
    const type = headers.get("content-type") ?? "";
    if (!/^video\/|mpegurl|event-stream/.test(type))
      must(!hasStack(body), `nobody is told of our insides: ${body.slice(0, 300)}`);
    if (status < 400 || status === 499 || !isWhole) continue;
    if (body === "") {
      must(BARE.has(status) || sent.includes("HEAD"), `an answer of ${status} says why`);
      continue;
    }
    if (type.startsWith("text/html")) continue;
    must(
      type.startsWith("application/json"),
      `an error of ${status} is JSON, not ${type}: ${body.slice(0, 200)}`,
    );
    const value = JSON.parse(body) as { error?: { code?: unknown; message?: unknown }; ready?: unknown };
    if (status === 503 && value.error === undefined) continue; // readyz, with its reasons
    must(
      typeof value.error?.code === "string" && /^[a-z_]+$/.test(value.error.code),
      `it has a code: ${body}`,
    );
    must(typeof value.error.message === "string" && value.error.message !== "", `it has a message: ${body}`);
    must(value.error.code !== "internal_error", `nothing in the proxy fails: ${sent}`);
  }
}

async function mustServe(proxy: RunningBinary, engine: SimEngine): Promise<void> {
  must(
    (await fetch(`${proxy.url}/healthz`, { signal: AbortSignal.timeout(DEADLINE_MS) })).status === 200,
    "it lives",
  );
  must(engine.peakLoad <= CAP, `no engine carries more than ${CAP}: ${engine.peakLoad}`);
}

async function start(): Promise<{ engine: SimEngine; proxy: RunningBinary }> {
  const engine = await startSimEngine({ media: bareMedia, unreadSessionMs: 3_000 });
  const times = [
    "--linger",
    "0s",
    "--release-timeout",
    "6s",
    "--queue-timeout",
    "3s",
    "--start-timeout",
    "10s",
  ];
  const more = ["--max-streams-per-engine", String(CAP), "--state-dir", "none"];
  const proxy = await startBinary([
    "--engine",
    engine.address,
    "--trusted-proxy",
    "127.0.0.0/8",
    ...times,
    ...more,
  ]);
  return { engine, proxy };
}

export const httpBytes: Target = {
  name: "http",
  short: 12,
  async run(plan) {
    const { engine, proxy } = await start();
    try {
      await mustServe(proxy, engine);
      const descriptors = await descriptorsOf(proxy.pid);
      const before = (await residentOf(proxy.pid)).all;
      let most = 0;
      const batches = await each(
        plan,
        fc.array(bytes, { minLength: AT_ONCE, maxLength: AT_ONCE }),
        async (all) => {
          const heard = await Promise.all(all.map((sent) => conversation(proxy.url, sent, DEADLINE_MS)));
          for (const one of heard) {
            must(one.isOver, `every request is answered or ended in time: ${JSON.stringify(one.sent)}`);
            mustBeGood(one);
          }
          await mustServe(proxy, engine);
          most = Math.max(most, (await residentOf(proxy.pid)).all);
        },
      );
      await until("a sound request is served", async () => {
        const answer = await fetch(`${proxy.url}/ace/getstream?id=${ID}`);
        await answer.body?.cancel();
        return answer.status === 200;
      });
      await closing({ proxy, engines: [engine], cap: CAP, descriptors });
      must(most - before < GROWTH_BYTES_MAX, `memory is bounded: ${before} bytes before, ${most} at most`);
      const failures = proxy.log.filter(({ level }) => level === "error");
      must(failures.length === 0, `nothing fails inside: ${JSON.stringify(failures[0])}`);
      return batches * AT_ONCE;
    } finally {
      await proxy[Symbol.asyncDispose]();
      await engine.close();
    }
  },
};
