/** The channels as players and tuners' programs ask for them, over the wire and out of the compiled binary. */
import { describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { parse } from "iptv-playlist-parser";
import { isDeviceId } from "../../src/playlist/device-id.ts";
import { contentId } from "../../src/sim/index.ts";
import { type RunningBinary, scratchFolder, startBinary } from "../support/binary.ts";
import { engineWorld, LONG, UNHURRIED } from "../support/faults.ts";
import { run } from "../support/media-programs.ts";
import { until } from "../support/until.ts";
import { startWebSource } from "../support/web-source.ts";

const LIMIT_MS = 120_000;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
  readonly text: string;
}

/** One request with just these headers: `fetch` has its own mind about Host and gzip. */
function ask(
  proxy: RunningBinary,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(`${proxy.url}${path}`, { method, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const bytes = Buffer.concat(parts);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes,
          text: bytes.toString(),
        });
      });
      response.on("error", reject);
    });
    asking.on("error", reject);
    asking.end();
  });
}

const GUIDE = `<?xml version="1.0"?><tv><channel id="one"><display-name>One</display-name></channel>
<programme start="20260101000000 +0000" channel="one"><title>News</title></programme></tv>`;

const PLAYLIST = [
  "#EXTM3U",
  `#EXTINF:-1 tvg-id="one" tvg-chno="7" tvg-logo="http://x/1.png" group-title="News",One <b>&"HD"`,
  `acestream://${contentId(1)}`,
  "#EXTINF:-1,Two",
  `http://127.0.0.1:6878/ace/getstream?infohash=${contentId(2)}&pid=1`,
  "#EXTINF:-1,From elsewhere",
  "http://example.org/three.ts",
  "",
].join("\n");

async function withFiles(): Promise<{
  args: string[];
  playlist: string;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const folder = await scratchFolder();
  const playlist = join(folder.path, "channels.m3u");
  await writeFile(playlist, PLAYLIST);
  const guide = join(folder.path, "guide.xml.gz");
  await writeFile(guide, gzipSync(GUIDE));
  return {
    args: ["--playlist", playlist, "--epg", guide],
    playlist,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const linksOf = (text: string) => parse(text).items.map(({ url }) => url);

describe("the playlist", () => {
  test(
    "U24 wrong links behind a proxy: two clients that come by different ways, back to back, each get links of their own",
    async () => {
      await using files = await withFiles();
      await using open = await startBinary([...files.args]);
      await using behind = await startBinary([
        ...files.args,
        "--trusted-proxy",
        "127.0.0.1",
        "--token",
        "s3.c~ret",
      ]);
      const forwarded = {
        "X-Forwarded-Host": "tv.example.org",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/tv",
      };
      const first = (base: string) => `${base}/ace/getstream/${contentId(1)}.ts`;
      for (let round = 0; round < 2; round += 1) {
        const [a, b, c] = await Promise.all([
          ask(open, "/playlist.m3u", { Host: "nas:6879" }),
          ask(open, "/playlist.m3u", { Host: "192.168.1.5" }),
          ask(open, "/playlist.m3u", { Host: "nas:6879", ...forwarded }),
        ]);
        // The last one says that it came through a proxy, and none is trusted.
        expect([a, b, c].map(({ text }) => linksOf(text)[0])).toEqual(
          ["http://nas:6879", "http://192.168.1.5", "http://nas:6879"].map(first),
        );
        expect(a.headers).toMatchObject({
          "content-type": "audio/x-mpegurl",
          "cache-control": "no-store",
          vary: expect.stringContaining("X-Forwarded-Host"),
        });
      }
      const token = "/t/s3.c~ret";
      const answer = await ask(behind, `${token}/playlist.m3u`, { Host: "inner:1", ...forwarded });
      expect(linksOf(answer.text)).toEqual([
        first(`https://tv.example.org/tv${token}`),
        `https://tv.example.org/tv${token}/ace/getstream.ts?infohash=${contentId(2)}`,
        "http://example.org/three.ts",
      ]);
      expect<unknown>(parse(answer.text).header.attrs).toEqual({
        "url-tvg": `https://tv.example.org/tv${token}/epg.xml`,
        "x-tvg-url": `https://tv.example.org/tv${token}/epg.xml`,
      });
      const asked = await ask(behind, "/playlist.m3u?token=s3.c~ret", { Host: "nas:6879" });
      expect(linksOf(asked.text)[0]).toBe(first(`http://nas:6879${token}`));
      expect((await ask(behind, "/playlist.m3u")).status).toBe(401);
    },
    LIMIT_MS,
  );

  test(
    "answers HEAD, format and group, and says what is wrong with a request",
    async () => {
      await using files = await withFiles();
      await using proxy = await startBinary([...files.args, "--public-url", "https://tv.example.org/x"]);
      const head = await ask(proxy, "/playlist.m3u8", {}, "HEAD");
      expect([head.status, head.headers["content-type"], head.text]).toEqual([200, "audio/x-mpegurl", ""]);
      const hls = await ask(proxy, "/playlist.m3u?format=hls&group=news", { Host: "evil.example" });
      expect(linksOf(hls.text)).toEqual([`https://tv.example.org/x/ace/manifest.m3u8?id=${contentId(1)}`]);
      expect((await ask(proxy, "/playlist.m3u?format=mkv")).text).toContain("format is neither ts nor hls");
      await using bare = await startBinary([]);
      for (const path of ["/playlist.m3u", "/epg.xml", "/discover.json", "/auto/v1"])
        expect([path, JSON.parse((await ask(bare, path)).text)]).toEqual([
          path,
          {
            error: {
              code: "not_found",
              message: "there are no channels: name a playlist with --playlist FILE|URL",
            },
          },
        ]);
      expect(await bare.get<unknown>("/api/v1/channels")).toEqual({ channels: [], sources: [] });
    },
    LIMIT_MS,
  );

  test(
    "comes from a URL that is down at the start, comes back, and is asked with its ETag at a reload",
    async () => {
      await using web = await startWebSource(503);
      await using proxy = await startBinary(["--playlist", `${web.url}/a.m3u?key=secret`]);
      const early = await ask(proxy, "/playlist.m3u");
      expect([early.status, early.headers["retry-after"], JSON.parse(early.text).error.code]).toEqual([
        503,
        "10",
        "source_unavailable",
      ]);
      expect(early.text).toContain(`playlist ${web.url}/a.m3u?***: it answered 503 Service Unavailable`);
      expect(await proxy.get<unknown>("/readyz")).toMatchObject({
        warnings: expect.arrayContaining([
          `playlist ${web.url}/a.m3u?***: it answered 503 Service Unavailable`,
        ]),
      });
      web.answer = PLAYLIST;
      await until("it is read", async () => (await ask(proxy, "/playlist.m3u")).status === 200);
      const before = web.asked.length;
      process.kill(proxy.pid, "SIGHUP");
      await until("it was asked for again", () => web.asked.length > before);
      expect(web.asked[before]?.etag).toBe(`"${Bun.hash(PLAYLIST)}"`);
      expect(await proxy.get<unknown>("/api/v1/channels")).toMatchObject({
        sources: [{ source: `${web.url}/a.m3u?***`, kind: "playlist", ok: true, error: null, entries: 3 }],
      });
      expect(JSON.stringify(proxy.log)).not.toContain("secret");
    },
    LIMIT_MS,
  );

  test(
    "follows its file, and a link out of it plays in ffmpeg",
    async () => {
      await using files = await withFiles();
      await using world = await engineWorld(1, { picture: true, args: [...files.args, ...LONG] });
      const { proxy } = world;
      const added = `${PLAYLIST}#EXTINF:-1,New\n${contentId(4)}\n`;
      await writeFile(files.playlist, added);
      const links = await until("the new channel is there", async () => {
        const found = linksOf((await ask(proxy, "/playlist.m3u")).text);
        return found.length === 4 && found;
      });
      expect(await run("ffmpeg", ["-i", links[3] ?? "", "-t", "1", "-f", "null", "-"])).toMatchObject({
        code: 0,
        complaints: [],
      });
      expect(world.starts()).toBe(1);
      // By its number, as a tuner's program plays it; and by the infohash, whose link has an ending, too.
      const { headers } = await ask(proxy, "/auto/v7", {}, "HEAD");
      expect(headers["content-type"]).toBe("video/mp2t");
      for (const link of [`${proxy.url}/auto/v7?transcode=mobile`, links[1] ?? ""])
        expect(await run("ffmpeg", ["-i", link, "-t", "1", "-f", "null", "-"])).toMatchObject({
          code: 0,
          complaints: [],
        });
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});

test(
  "the guide comes packed to those who can unpack it, and only once",
  async () => {
    await using files = await withFiles();
    await using proxy = await startBinary(files.args);
    const plain = await ask(proxy, "/epg.xml");
    expect([plain.status, plain.headers["content-type"], plain.headers["content-encoding"]]).toEqual([
      ...[200, "application/xml; charset=utf-8", undefined],
    ]);
    expect(plain.text).toContain('<channel id="one"><display-name>One</display-name></channel>');
    expect(plain.text).toContain("<title>News</title>");
    const packed = await ask(proxy, "/epg.xml", { "Accept-Encoding": "br, gzip;q=0.5" });
    expect(packed.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(packed.bytes).toString()).toBe(plain.text);
    expect((await ask(proxy, "/epg.xml", { "Accept-Encoding": "gzip;q=0" })).text).toBe(plain.text);
    const file = await ask(proxy, "/epg.xml.gz", { "Accept-Encoding": "gzip" });
    expect([file.headers["content-type"], file.headers["content-encoding"]]).toEqual([
      "application/gzip",
      undefined,
    ]);
    expect(gunzipSync(file.bytes).toString()).toBe(plain.text);
    for (const [path, { headers }] of [
      ["/epg.xml", plain],
      ["/epg.xml.gz", file],
    ] as const) {
      const again = await ask(proxy, path, { "If-None-Match": String(headers.etag) });
      expect([again.status, again.bytes.length]).toEqual([304, 0]);
    }
    expect((await ask(proxy, "/epg.xml", {}, "HEAD")).status).toBe(200);
  },
  LIMIT_MS,
);

test(
  "a guide without a playlist is handed out and kept fresh all the same",
  async () => {
    await using files = await withFiles();
    const path = files.args.at(-1) ?? "";
    await using proxy = await startBinary(["--epg", path]);
    expect((await ask(proxy, "/epg.xml")).text).toContain("<title>News</title>");
    await writeFile(path, GUIDE.replace("News", "Weather"));
    await until("the new one is read", async () => (await ask(proxy, "/epg.xml")).text.includes("Weather"));
    expect(JSON.parse((await ask(proxy, "/api/v1/channels")).text)).toMatchObject({
      channels: [],
      sources: [{ kind: "guide", ok: true, error: null, entries: 1 }],
    });
    expect((await ask(proxy, "/playlist.m3u")).status).toBe(404);
  },
  LIMIT_MS,
);

test(
  "the tuner answers field by field, and says as many places as there are",
  async () => {
    await using files = await withFiles();
    await using world = await engineWorld(2, { cap: 3, args: [...files.args, "--token", "s3cret"] });
    const { proxy } = world;
    const base = `${proxy.url}/t/s3cret`;
    const json = async (path: string) => JSON.parse((await ask(proxy, `/t/s3cret${path}`)).text);
    const discover = await until("both engines are known", async () => {
      const told = await json("/discover.json");
      return told.TunerCount === 6 && told;
    });
    expect(discover).toEqual({
      FriendlyName: expect.stringMatching(/^aceslot /),
      Manufacturer: "aceslot",
      ModelNumber: "HDTC-2US",
      FirmwareName: "aceslot",
      FirmwareVersion: expect.stringMatching(/^\d+\.\d+\.\d+/),
      DeviceID: expect.stringMatching(/^1[0-9A-F]{7}$/),
      DeviceAuth: "aceslot",
      BaseURL: base,
      LineupURL: `${base}/lineup.json`,
      TunerCount: 6,
    });
    expect(isDeviceId(discover.DeviceID)).toBe(true);
    expect(await json("/lineup.json")).toEqual([
      { GuideNumber: "7", GuideName: 'One <b>&"HD"', URL: `${base}/auto/v7` },
      { GuideNumber: "1", GuideName: "Two", URL: `${base}/auto/v1` },
    ]);
    expect(await json("/lineup_status.json")).toEqual({
      ...{ ScanInProgress: 0, ScanPossible: 1, Source: "Cable", SourceList: ["Cable"] },
    });
    expect((await ask(proxy, "/t/s3cret/lineup.post?scan=start", {}, "POST")).status).toBe(200);
    const xml = await ask(proxy, "/t/s3cret/device.xml");
    expect(xml.headers["content-type"]).toBe("application/xml; charset=utf-8");
    expect(xml.text).toContain(`<URLBase>${base}</URLBase>`);
    expect(xml.text).toContain(`<serialNumber>${discover.DeviceID}</serialNumber>`);
    expect((await ask(proxy, "/t/s3cret/lineup.xml")).text).toContain(
      "<GuideName>One &#60;b&#62;&#38;&#34;HD&#34;</GuideName>",
    );
    const unknown = await ask(proxy, "/t/s3cret/auto/v99");
    expect([unknown.status, unknown.headers["x-hdhomerun-error"]]).toEqual([404, "801 Unknown Channel"]);
    // Not a channel of a tuner: it may be in any form.
    expect((await ask(proxy, "/t/s3cret/auto/v2")).status).toBe(404);
    for (const path of ["/discover.json", "/lineup.json", "/auto/v7"])
      expect((await ask(proxy, path)).status).toBe(401);
  },
  LIMIT_MS,
);

test(
  "a full house is told as tuners tell it",
  async () => {
    await using files = await withFiles();
    await using world = await engineWorld(1, { args: [...files.args, ...UNHURRIED] });
    await world.playing(9);
    const full = await ask(world.proxy, "/auto/v7");
    expect([full.status, full.headers["x-hdhomerun-error"]]).toEqual([503, "805 All Tuners In Use"]);
    await world.everythingEnds();
  },
  LIMIT_MS,
);
