/** Words of others stay words: in headers, lines, logs and terminals, and in the paths that files are asked by. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { contentId } from "../../../src/sim/index.ts";
import {
  BINARY,
  bareEnvironment,
  type RunningBinary,
  scratchFolder,
  startBinary,
} from "../../support/binary.ts";
import { SHORT_UNHURRIED } from "../../support/faults.ts";
import { run } from "../../support/run.ts";
import { startTold } from "../../support/told-binary.ts";
import { until } from "../../support/until.ts";
import { startWebSource } from "../../support/web-source.ts";
import { wire } from "../../support/wire.ts";

const LIMIT_MS = 90_000;
const ID = contentId(1);
/** A new line for a header or a log, colours and titles for a terminal in one byte and in two, and turned writing. */
const EVIL = "evil\r\nX-Evil: 1\r\n\r\n\u001b[31m\u001b]0;title\u0007\u009b31m\u202egnp\u2028next\0end";
/** What terminals obey, and what ends a line, but for the end itself. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/;

const asUtf8 = (latin1: string): string => Buffer.from(latin1, "latin1").toString();

/** The whole answer to one request as it stands. */
async function answerTo(url: string, request: string): Promise<string> {
  const asked = wire(url, request);
  await until("the connection ends", () => asked.closed);
  return asUtf8(asked.text);
}

const get = (target: string, ...headers: readonly string[]): string =>
  [
    `GET ${target} HTTP/1.1`,
    ...(headers.length > 0 ? headers : ["Host: proxy"]),
    "Connection: close",
    "",
    "",
  ].join("\r\n");

let channels: RunningBinary;
let guarded: RunningBinary;
const ends = new AsyncDisposableStack();
beforeAll(async () => {
  const folder = ends.use(await scratchFolder());
  const playlist = join(folder.path, "channels.m3u");
  await Bun.write(
    playlist,
    `#EXTM3U x="${EVIL}"\n#EXTINF:-1 group-title="${EVIL}" tvg-logo="${EVIL}" tvg-id="${EVIL}",Name ${EVIL}\nacestream://${ID}\n`,
  );
  const guide = join(folder.path, "guide.xml");
  await Bun.write(guide, '<tv><channel id="one"/></tv>');
  const list = [
    "--playlist",
    playlist,
    "--epg",
    guide,
    "--trusted-proxy",
    "127.0.0.1",
    "--queue-timeout",
    "1s",
  ];
  channels = ends.use(await startBinary(list));
  guarded = ends.use(await startBinary([...list, "--token", "a-token"]));
});
afterAll(() => ends.disposeAsync());

describe("no header of an answer is written by somebody else", () => {
  const broken = "%0d%0aX-Evil:%201%0d%0a%0d%0a";
  const targets = [
    `/ace/getstream?id=${ID}${broken}`,
    `/ace/getstream/${ID}${broken}.ts`,
    `/ace/manifest.m3u8?id=${broken}`,
    `/playlist.m3u?format=${broken}&group=${broken}`,
    `/assets/${broken}`,
    `/t/${broken}`,
    `/${broken}`,
    `/auto/v1${broken}`,
    `/api/v1/events?last_event_id=${broken}x`,
    ...["/playlist.m3u", "/discover.json", "/lineup.json", "/lineup.xml", "/epg.xml", "/metrics", "/"],
  ];
  for (const target of targets)
    test.concurrent(
      `by ${target.slice(0, 40)}`,
      async () => {
        const claims = [
          "Host: proxy",
          `X-Forwarded-Host: proxy${broken}`,
          `X-Forwarded-Prefix: /a${broken}`,
          `X-Forwarded-Proto: http${broken}`,
          `Forwarded: host="a${broken}";proto=http`,
          `User-Agent: ${broken}`,
          `Last-Event-ID: ${broken}`,
        ];
        for (const headers of [[], claims]) {
          const asked = wire(channels.url, get(target, ...headers));
          expect(await asked.answered(20_000)).toBeGreaterThanOrEqual(200);
          const [head = "", body = ""] = asUtf8(asked.text).split("\r\n\r\n", 2);
          asked.leave();
          expect(head).not.toMatch(/^x-evil/im);
          expect(head).not.toMatch(OBEYED_IN_HEAD);
          expect(body).not.toMatch(/^x-evil/im);
        }
      },
      LIMIT_MS,
    );

  test.concurrent(
    "by a Host that is more than a name",
    async () => {
      for (const host of [
        ...[
          "a\tb",
          "a b",
          "a@b",
          "a/b",
          'a"b',
          "a,b",
          "a\\b",
          "a#b",
          "a?b",
          "a<b>",
          "a\u0001b",
          "[::1",
          "a:99999",
        ],
        ...["é", "a\u007fb", "http://a", "a:80:80", "%0d%0a", "a%00b"],
      ]) {
        const answer = await answerTo(channels.url, get("/playlist.m3u", `Host: ${host}`));
        expect([host, /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? "refused"]).toEqual([
          host,
          expect.stringMatching(/^(?:400|refused)$/),
        ]);
      }
    },
    LIMIT_MS,
  );
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const OBEYED_IN_HEAD = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f]/;

describe("no path leads out of the page's files, or around the token", () => {
  const UP = [
    ...[
      "../",
      "..%2f",
      "%2e%2e/",
      "%2e%2e%2f",
      "..\\",
      "..%5c",
      "%252e%252e%252f",
      "..;/",
      "....//",
      ".%2e/",
    ],
    ...[
      "%c0%ae%c0%ae/",
      "%c0%ae%c0%ae%c0%af",
      "%e0%80%ae%e0%80%ae%2f",
      "..%00/",
      "%uff0e%uff0e/",
      "..%u2215",
    ],
  ];

  for (const up of UP)
    test.concurrent(
      `by ${up}`,
      async () => {
        for (const before of ["/assets/", "/ace/hls/", "/assets/vendor/", "/ace/getstream/", "/"]) {
          const file = `${before}${up.repeat(8)}etc/passwd`;
          expect(await answerTo(channels.url, get(file))).not.toContain("root:");
          expect(await answerTo(channels.url, get(`${file}%00.ts`))).not.toContain("root:");
        }
        for (const before of ["/assets/", "/ace/hls/x/", "/healthz/", "/t/x/assets/"])
          for (const shut of ["api/v1/engines", "playlist.m3u", "metrics"]) {
            const answer = await answerTo(
              guarded.url,
              get(`${before}${up.repeat(before.split("/").length - 2)}${shut}`),
            );
            expect(answer).toMatch(/^HTTP\/1\.1 (?:400|401|404|308) /);
            expect(answer).not.toMatch(/"engines"|#EXTM3U|aceslot_/);
          }
      },
      LIMIT_MS,
    );

  test.concurrent(
    "by other ways of writing a path that is open",
    async () => {
      for (const target of [
        ...["//assets/../api/v1/engines", "/%61ssets/../api/v1/engines", "/assets\\..\\api\\v1\\engines"],
        ...[
          "/healthz?/../api",
          "/healthz%2f",
          "/healthz/",
          "/HEALTHZ",
          "/healthz;x",
          "//healthz",
          "/./metrics",
        ],
        ...[
          "http://evil/assets/../api/v1/engines",
          "http://evil/metrics",
          "/assets/%2e%2e%2fmetrics",
          "/assets",
        ],
      ]) {
        const answer = await answerTo(guarded.url, get(target));
        expect(answer).not.toMatch(/"engines"|aceslot_/);
        if (!target.startsWith("/healthz?")) expect(answer).toMatch(/^HTTP\/1\.1 (?:400|401|404) /);
      }
    },
    LIMIT_MS,
  );
});

describe("words of engines, orchestrators, channels and players", () => {
  for (const format of ["text", "json"])
    test.concurrent(
      `are one line in logs in ${format}, in the journal, in metrics, and neutral in terminals`,
      async () => {
        await using folder = await scratchFolder();
        const journal = join(folder.path, "journal.jsonl");
        await using engine = await startWebSource((_, response) =>
          response.end(JSON.stringify({ response: null, error: EVIL, result: { version: EVIL } })),
        );
        const { hostname: host, port } = new URL(engine.url);
        await using orchestrator = await startWebSource((request, response) => {
          const path = new URL(request.url ?? "", "http://x").pathname;
          const record = { container_name: EVIL, host, port: Number(port), health_status: "healthy" };
          if (path.endsWith("/engines"))
            response.end(
              JSON.stringify([
                { ...record, container_id: "c1" },
                { container_id: EVIL, host: EVIL, port: 1 },
              ]),
            );
          else if (path.endsWith("/streams")) response.end(JSON.stringify([{ id: EVIL, status: EVIL }]));
          else response.writeHead(503).end(JSON.stringify({ detail: { code: EVIL, message: EVIL } }));
        });
        const settings = ["--orchestrator", orchestrator.url, ...SHORT_UNHURRIED];
        await using proxy = await startTold([
          ...settings,
          ...["--journal", journal, "--log-format", format, "--log-level", "debug"],
        ]);
        const answer = await answerTo(
          proxy.url,
          get(`/ace/getstream?id=${ID}`, "Host: proxy", "User-Agent: evil%1b\u009b31m"),
        );
        const [head = "", body = ""] = answer.split("\r\n\r\n", 2);
        expect(head).toMatch(/^HTTP\/1\.1 50[23] /);
        expect(head).not.toMatch(/^x-evil/im);
        expect(body).not.toMatch(OBEYED);
        for (const path of ["/api/v1/engines", "/api/v1/streams", "/api/v1/journal", "/readyz", "/metrics"]) {
          const text = await (await fetch(`${proxy.url}${path}`)).text();
          expect(text).not.toMatch(/^x-evil/im);
          expect(text.replaceAll("\n", "")).not.toMatch(OBEYED);
        }
        expect(await proxy.end()).toBe(0);
        const told = asUtf8(proxy.told);
        expect(told).toContain("X-Evil");
        expect(told.replaceAll("\n", "")).not.toMatch(OBEYED);
        const lines = told.split("\n").filter((line) => line.includes("X-Evil"));
        for (const line of lines) expect(line).toMatch(format === "json" ? /^\{.*\}$/ : /^\d{4}-\d\d-\d\dT/);
        const written = (await Bun.file(journal).text()).trimEnd().split("\n");
        for (const line of written) {
          expect(line).not.toMatch(OBEYED);
          expect(JSON.parse(line)).toHaveProperty("seq");
        }
        for (const command of [
          ["replay", journal],
          ["doctor", ...settings.slice(0, 2)],
        ]) {
          const { out, err } = await run([BINARY, ...command], { cwd: folder.path, env: bareEnvironment() });
          expect(out).not.toBe("");
          expect(OBEYED.exec(`${out}${err}`.replaceAll("\n", ""))).toBeNull();
        }
      },
      LIMIT_MS,
    );

  test.concurrent(
    "of a file or a command line are neutral in complaints",
    async () => {
      await using folder = await scratchFolder();
      const file = join(folder.path, "evil.toml");
      await Bun.write(file, `"${EVIL.replaceAll(/[\r\n\0]/g, "")}" = 1\n`.replaceAll("\u001b", "\\u001b"));
      const journal = join(folder.path, "evil.jsonl");
      await Bun.write(journal, `{"seq":1,"at":"2026-01-01T00:00:00Z","proxy":"${EVIL}"}\n${EVIL}\n`);
      const evil = EVIL.replaceAll("\0", "");
      for (const command of [
        ["config", "--config", file],
        ["replay", journal],
        ["--listen", evil],
        ["--engine", evil, "config"],
        ["--orchestrator", `http://${evil}`, "config"],
        ["--playlist", evil, "config"],
        ["--lease", `redis://${evil}`, "config"],
        ["--config", evil],
        [evil],
        [`--${evil}`],
        ["replay", evil],
        ["check", "--mutant", evil],
        ["check", "--replay", evil],
        ["completion", evil],
      ]) {
        const { out, err, code } = await run([BINARY, ...command], {
          cwd: folder.path,
          env: bareEnvironment(),
        });
        expect([0, 1, 2, 4]).toContain(code ?? -1);
        expect(`${out}${err}`).not.toBe("");
        expect(OBEYED.exec(`${out}${err}`.replaceAll("\n", ""))).toBeNull();
      }
    },
    LIMIT_MS,
  );
});
