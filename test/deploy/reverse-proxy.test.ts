/** The proxy behind real nginx with TLS and a path, and behind real Caddy: as browsers and players see it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import puppeteer, { type Browser } from "puppeteer-core";
import { contentId, type SimEngine, startSimEngine } from "../../src/sim/index.ts";
import { type RunningBinary, scratchFolder, startBinary } from "../support/binary.ts";
import { until } from "../support/until.ts";
import { type Front, ffmpeg, get, startCaddy, startNginx } from "./behind.ts";

const LIMIT_MS = 60_000;
const TOKEN = "a-token-for-players";
let engine: SimEngine;
let playlist: Awaited<ReturnType<typeof scratchFolder>>;
let browser: Browser;
beforeAll(async () => {
  browser = await puppeteer.launch({
    executablePath: "/usr/bin/chromium",
    pipe: true,
    acceptInsecureCerts: true,
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--mute-audio"],
  });
  engine = await startSimEngine();
  playlist = await scratchFolder();
  writeFileSync(
    join(playlist.path, "channels.m3u"),
    `#EXTM3U\n#EXTINF:-1 tvg-id="one",One\nacestream://${contentId(0)}\n`,
  );
});
afterAll(async () => {
  await browser?.close();
  await engine.close();
  await playlist[Symbol.asyncDispose]();
});

function startProxy(...args: string[]): Promise<RunningBinary> {
  return startBinary([
    ...["--engine", engine.address, "--max-streams-per-engine", "4", "--state-dir", "none"],
    ...["--trusted-proxy", "127.0.0.1/32", "--playlist", join(playlist.path, "channels.m3u"), ...args],
  ]);
}

const portOf = ({ url }: RunningBinary): number => Number(new URL(url).port);

describe.each([
  ["nginx, path /tv/", [], "/tv"],
  ["nginx, path /tv/, and a token in the path", ["--token", TOKEN], `/tv/t/${TOKEN}`],
])("%s", (_, args, path) => {
  let proxy: RunningBinary;
  let nginx: Front;
  let base = "";
  beforeAll(async () => {
    proxy = await startProxy(...args);
    nginx = await startNginx(portOf(proxy));
    base = `${nginx.url}${path}`;
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await proxy?.[Symbol.asyncDispose]();
  });

  test.concurrent(
    "the page and all that it asks for is there, under the path",
    async () => {
      const page = await browser.newPage();
      try {
        const asked: string[] = [];
        const wrong: string[] = [];
        page.on("request", (request) => void asked.push(request.url()));
        page.on(
          "requestfailed",
          (request) => void wrong.push(`${request.url()} ${request.failure()?.errorText}`),
        );
        page.on(
          "response",
          (answer) => void (answer.status() >= 400 && wrong.push(`${answer.url()} ${answer.status()}`)),
        );
        page.on("pageerror", (error) => void wrong.push(String(error)));
        await page.goto(`${base}/`, { waitUntil: "load" });
        await until("the page names the engine", () =>
          page.evaluate(`document.body.innerText.includes(${JSON.stringify(engine.address)})`),
        );
        expect(wrong).toEqual([]);
        expect(asked.filter((url) => !url.startsWith("data:") && !url.startsWith(`${base}/`))).toEqual([]);
      } finally {
        await page.close();
      }
    },
    LIMIT_MS,
  );

  test("the path without its slash leads to the one with it", async () => {
    const { status, headers } = await get(`${nginx.url}/tv`);
    expect({ status, location: headers.get("Location") }).toEqual({
      status: 301,
      location: `${nginx.url}/tv/`,
    });
  });

  test(
    "events come one by one: the first is here before the second happens",
    async () => {
      await eventsComeAtOnce(base);
    },
    LIMIT_MS,
  );

  test.concurrent(
    "ffmpeg plays a stream, and HLS",
    async () => {
      const urls = ["getstream", "manifest.m3u8"].map((what) => `${base}/ace/${what}?id=${contentId(1)}`);
      for (const played of await Promise.all(urls.map((url) => ffmpeg(url))))
        expect(played).toMatchObject({ code: 0, err: "" });
    },
    LIMIT_MS,
  );

  test.concurrent(
    "links in the playlist are the ones that the client can use, and play",
    async () => {
      const text = await (await get(`${base}/playlist.m3u`)).text();
      const links = text.split(/\r?\n/).filter((line) => line.startsWith("http"));
      expect(links).toHaveLength(1);
      expect(links.filter((link) => !link.startsWith(`${base}/`))).toEqual([]);
      expect(await ffmpeg(links[0] ?? "")).toMatchObject({ code: 0, err: "" });
    },
    LIMIT_MS,
  );

  if (args.length > 0)
    test("without the token nothing is shown", async () => {
      expect((await get(`${nginx.url}/tv/ace/getstream?id=${contentId(1)}`)).status).toBe(401);
      expect((await get(`${base}/playlist.m3u`)).status).toBe(200);
      // It logs what is not the proxy's, and nothing that holds the token.
      await until("nginx has logged", () => nginx.accessLog().includes("/no-such-place"));
      expect(nginx.accessLog()).not.toContain(TOKEN);
    });
});

describe("caddy", () => {
  test(
    "passes streams, events and links on",
    async () => {
      await using proxy = await startProxy("--token", TOKEN);
      await using caddy = await startCaddy(portOf(proxy));
      const base = `${caddy.url}/t/${TOKEN}`;
      expect((await get(`${caddy.url}/ace/streams`)).status).toBe(401);
      const text = await (await get(`${base}/playlist.m3u`)).text();
      const [link = ""] = text.split(/\r?\n/).filter((line) => line.startsWith("http"));
      expect(link).toStartWith(`${base}/`);
      expect(await ffmpeg(link)).toMatchObject({ code: 0, err: "" });
      await eventsComeAtOnce(base);
    },
    LIMIT_MS,
  );
});

/** The stream that makes the second event is asked for when the first one is here. */
async function eventsComeAtOnce(base: string): Promise<void> {
  const leave = new AbortController();
  try {
    const { status, headers, body } = await get(`${base}/api/v1/events`, { signal: leave.signal });
    expect({ status, type: headers.get("Content-Type")?.split(";")[0] }).toEqual({
      status: 200,
      type: "text/event-stream",
    });
    if (body === null) throw new Error("no body");
    let seen = "";
    const keep = (chunk: string): void => {
      seen += chunk;
    };
    void body
      .pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: keep }))
      .catch(() => {});
    await until("the first event comes", () => seen.includes("event: hello"));
    expect(seen).not.toContain('"to":"pending"');
    const player = await get(`${base}/ace/getstream?id=${contentId(2)}`, { signal: leave.signal });
    expect(player.status).toBe(200);
    await until("the next events come", () => seen.includes('"to":"pending"'));
  } finally {
    leave.abort();
  }
}
