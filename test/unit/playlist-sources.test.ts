/** Sources over real HTTP and on a real disk: what is asked, what is kept, and where nobody is sent. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { withoutSecrets } from "../../src/config/sources.ts";
import type { Log } from "../../src/log.ts";
import { reachOf } from "../../src/net/reach.ts";
import { fetchSource } from "../../src/playlist/fetching.ts";
import { type ChannelSettings, Channels } from "../../src/playlist/index.ts";
import { ENTRIES_A_TURN } from "../../src/playlist/limits.ts";
import { refusalOf } from "../../src/playlist/reach.ts";
import { hashOf } from "../support/lineups.ts";
import { until } from "../support/until.ts";
import { startWebSource, type WebSource } from "../support/web-source.ts";

const told: string[] = [];
const say = (message: string, fields?: Record<string, unknown>) => {
  told.push(`${message}: ${fields?.error ?? ""}`);
};
const LOG: Log = { debug() {}, info: say, warn: say, error: say };

const opened: Channels[] = [];
afterEach(() => {
  for (const channels of opened.splice(0)) channels.close();
  told.length = 0;
});

/** The refresh interval is short, so that a test sees several. */
function channelsWith(settings: Partial<ChannelSettings>, patienceMs?: number): Channels {
  const channels = new Channels(
    { playlists: [], guides: [], playlistRefreshMs: 60, ...settings },
    LOG,
    patienceMs,
  );
  opened.push(channels);
  return channels;
}

async function channelsOf(settings: Partial<ChannelSettings>): Promise<Channels> {
  const channels = channelsWith(settings);
  await channels.start();
  return channels;
}

const names = (channels: Channels) => channels.lineup.channels.map(({ name }) => name);
const list = (...channels: string[]) =>
  `#EXTM3U\n${channels.map((name, n) => `#EXTINF:-1,${name}\n${hashOf(n)}\n`).join("")}`;
const GUIDE = '<tv><channel id="a"/></tv>';

describe("a playlist from the web", () => {
  test("is asked for with conditions, and taken over when it has changed", async () => {
    await using web = await startWebSource(list("One"));
    const channels = await channelsOf({ playlists: [`${web.url}/a.m3u`] });
    expect([names(channels), web.asked[0]?.etag]).toEqual([["One"], null]);
    await until("it was asked for again", () => web.asked.length >= 3);
    expect(web.asked[2]?.etag).toBe(`"${Bun.hash(list("One"))}"`);
    const { lineup } = channels;
    web.answer = list("One", "Two");
    await until("the new channel is there", () => names(channels).length === 2);
    expect(channels.lineup).not.toBe(lineup);
    expect(told).toEqual([]);
  });

  test("that fails keeps what it had, says so once, and comes back", async () => {
    await using web = await startWebSource(list("One"));
    const channels = await channelsOf({ playlists: [`${web.url}/a.m3u?password=secret`] });
    const isOk = () => channels.views()[0]?.ok;
    for (const [answer, error] of [
      [500, "it answered 500 Internal Server Error"],
      ["<!DOCTYPE html><p>Log in</p>", "it is a web page or XML, not a playlist"],
      ["#EXTM3U\n", "there is no channel in it"],
    ] as const) {
      web.answer = answer;
      await until(error, () => channels.views()[0]?.error === error);
      const asked = web.asked.length;
      await until("it was tried again", () => web.asked.length >= asked + 2);
      expect([names(channels), isOk()]).toEqual([["One"], false]);
      expect(channels.troubles).toEqual([`playlist ${web.url}/a.m3u?***: ${error}`]);
      // What could not be read is asked for without conditions, or it would never be looked at again.
      expect(web.asked.at(-1)?.etag).toBeNull();
    }
    web.answer = list("One");
    await until("it is well again", isOk);
    expect(told).toEqual([
      "a playlist cannot be read; its last good content stays: it answered 500 Internal Server Error",
      "a playlist cannot be read; its last good content stays: it is a web page or XML, not a playlist",
      "a playlist cannot be read; its last good content stays: there is no channel in it",
      "a playlist can be read again: ",
    ]);
  });

  test("may be packed, by itself or for the way", async () => {
    for (const headers of [{}, { "Content-Encoding": "gzip" }]) {
      await using web = await startWebSource((_, response) => {
        response.writeHead(200, headers).end(gzipSync(list("Packed")));
      });
      expect(names(await channelsOf({ playlists: [web.url] }))).toEqual(["Packed"]);
    }
  });

  test("gets the password that stands in its URL, and nobody else does", async () => {
    await using other = await startWebSource(list("One"), "localhost");
    await using web = await startWebSource((_, response) => {
      response.writeHead(302, { Location: `${other.url}/moved` }).end();
    });
    const url = web.url.replace("//", "//me:p%40ss@");
    const channels = await channelsOf({ playlists: [url] });
    expect(web.asked[0]?.authorization).toBe(`Basic ${btoa("me:p@ss")}`);
    expect(other.asked[0]).toMatchObject({ path: "/moved", authorization: null });
    expect([names(channels), JSON.stringify(channels.views())]).toEqual([
      ["One"],
      expect.not.stringContaining("p%40ss"),
    ]);
  });
});

describe("a source that is no good is named with what is wrong", () => {
  const order = { namedBy: "operator", validators: null, bytesMax: 2 ** 20 } as const;
  const fetched = async (answer: WebSource["answer"], extra: object = {}) => {
    await using web = await startWebSource(answer);
    const outcome = await fetchSource({
      ...order,
      url: web.url,
      signal: new AbortController().signal,
      ...extra,
    });
    return outcome.kind === "failed" ? outcome.message : outcome.kind;
  };

  test("too long, silent, cut off, slow, or in a circle", async () => {
    expect(await fetched(Buffer.alloc(2 ** 20 + 1))).toBe("it is longer than 1 MiB");
    expect(await fetched(() => {}, { silenceMs: 300 })).toBe("it sent nothing for 0.3 s");
    expect(
      await fetched((_, response) => {
        response.writeHead(200, { "Content-Length": "100" });
        response.write("x", () => response.destroy());
      }),
    ).toMatch(/cut off|reset/);
    const dripping = (
      _: unknown,
      response: { writeHead(status: number): unknown; write(text: string): unknown },
    ) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write("x"), 50);
      timer.unref();
    };
    expect(await fetched(dripping, { wholeMs: 500 })).toBe("it took too long");
    expect(await fetched((_, response) => response.writeHead(302, { Location: "/again" }).end())).toBe(
      "sent on more than 5 times",
    );
    for (const to of ["file:///etc/passwd", "gopher://x/"])
      expect(await fetched((_, response) => response.writeHead(302, { Location: to }).end())).toMatch(
        /^sent on to (file|gopher):, which is not http/,
      );
  });

  test("a port that nobody listens on", async () => {
    const { signal } = new AbortController();
    const url = "http://127.0.0.1:1/";
    expect(await fetchSource({ ...order, url, signal })).toMatchObject({ message: "connection refused" });
  });
});

describe("nobody gets to send a request", () => {
  test.each([
    ["127.0.0.1", "private"],
    ["10.1.2.3", "private"],
    ["192.168.1.1", "private"],
    ["100.64.0.1", "private"],
    ["::1", "private"],
    ["::ffff:10.0.0.1", "private"],
    ["fd00::1", "private"],
    ["0.0.0.0", "private"],
    ["169.254.169.254", "link-local"],
    ["::ffff:169.254.169.254", "link-local"],
    ["fe80::1", "link-local"],
    ["fd00:ec2::254", "link-local"],
    ["93.184.216.34", "public"],
    ["2606:2800:220:1::1", "public"],
  ] as const)("%s is %s", (address, reach) => {
    expect(reachOf(address)).toBe(reach);
    expect(refusalOf(address, "operator")).toBeNull();
    expect(refusalOf(address, "private") === null).toBe(reach !== "link-local");
    expect(refusalOf(address, "public") === null).toBe(reach === "public");
  });

  test("to where clouds keep their secrets, whatever a playlist or a server says", async () => {
    const { signal } = new AbortController();
    const order = { validators: null, bytesMax: 1_000, signal } as const;
    await using web = await startWebSource((_, response) =>
      response.writeHead(302, { Location: "http://169.254.169.254/latest/meta-data/" }).end(),
    );
    expect(await fetchSource({ ...order, url: web.url, namedBy: "operator" })).toMatchObject({
      message: expect.stringContaining("169.254.169.254 is a link-local address"),
    });
  });

  test("into this network from outside, by an address or by a name", async () => {
    await using web = await startWebSource("x", "localhost");
    const { signal } = new AbortController();
    const order = { validators: null, bytesMax: 1_000, signal, namedBy: "public" } as const;
    for (const url of [
      web.url,
      web.url.replace("localhost", "127.0.0.1"),
      web.url.replace("localhost", "0x7f.1"),
    ])
      expect(await fetchSource({ ...order, url })).toMatchObject({
        kind: "failed",
        message: expect.stringContaining("is a private address"),
      });
    expect(web.asked).toEqual([]);
    expect(await fetchSource({ ...order, url: web.url, namedBy: "private" })).toMatchObject({ kind: "new" });
  });
});

test.each([
  ["channels of mine.m3u", "channels of mine.m3u"],
  ["https://x.example/a.m3u", "https://x.example/a.m3u"],
  ["https://me:secret@x.example/a.m3u?password=secret#secret", "https://***@x.example/a.m3u?***#***"],
  // Another aceslot's, at its root and under a path.
  ["http://nas:6879/t/secret/playlist.m3u", "http://nas:6879/t/***/playlist.m3u"],
  ["https://x.example/tv/t/secret/epg.xml", "https://x.example/tv/t/***/epg.xml"],
  ["https://x.example/t/list.m3u", "https://x.example/t/list.m3u"],
])("of a source %p is shown", (text, shown) => {
  expect(withoutSecrets(text)).toBe(shown);
});

describe("a source that hangs", () => {
  const hanging = () => startWebSource(() => {});
  /** Longer than any answer takes that is not meant to hang. */
  const PATIENCE_MS = 3_000;

  test("keeps no other from being read, and is taken up in its place when it is there", async () => {
    await using slow = await hanging();
    await using quick = await startWebSource(list("Quick"));
    const channels = channelsWith({ playlists: [slow.url, quick.url] }, PATIENCE_MS);
    const started = channels.start();
    await until("one is read", () => channels.views()[1]?.ok === true);
    // Whoever asks now waits: it may be there in a moment, and half a list is not what is configured.
    expect([channels.isKnown, names(channels)]).toEqual([false, []]);
    await started;
    expect([channels.isKnown, names(channels), channels.views()[0]?.ok]).toEqual([true, ["Quick"], null]);
    quick.answer = list("Quick", "Quicker");
    await until("the other is read again", () => names(channels).length === 2);
    await channels.configure({ playlists: [quick.url], guides: [], playlistRefreshMs: 60 });
    expect([names(channels), slow.asked.length]).toEqual([["Quick", "Quicker"], 1]);
  });

  test("is in the list as soon as it answers", async () => {
    let answer = null as ServerResponse | null;
    await using slow = await startWebSource((_, response) => {
      answer = response;
    });
    await using quick = await startWebSource(list("Quick"));
    const channels = channelsWith({ playlists: [slow.url, quick.url], playlistRefreshMs: 60_000 }, 50);
    await channels.start();
    const asked = await until("the slow one is asked", () => answer);
    asked.end("Slow\n".concat(hashOf(7)));
    await until("both are there", () => names(channels).join() === "Slow,Quick");
  });

  test("as a guide keeps nobody from the channels", async () => {
    await using guide = await hanging();
    await using lists = await startWebSource(list("One"));
    const channels = channelsWith({ playlists: [lists.url], guides: [guide.url] });
    void channels.start();
    await channels.readPlaylists();
    expect([names(channels), channels.guide]).toEqual([["One"], null]);
  });
});

describe("guides", () => {
  test("are those that the playlists name, and none of them is fetched from elsewhere than the web", async () => {
    await using web = await startWebSource(GUIDE);
    const head = `#EXTM3U url-tvg="${web.url}/guide.xml,file:///etc/passwd,http://169.254.169.254/x"\n`;
    await using lists = await startWebSource(head + list("One"));
    const channels = await channelsOf({ playlists: [lists.url] });
    expect(channels.guide?.channels).toBe(1);
    expect(channels.views().map(({ kind, ok, error }) => [kind, ok, error])).toEqual([
      ["playlist", true, null],
      ["guide", true, null],
      ["guide", false, "169.254.169.254 is a link-local address, which only --playlist or --epg may name"],
    ]);
  });

  test("of the settings come before those, and go when the settings change", async () => {
    await using web = await startWebSource(GUIDE);
    await using lists = await startWebSource(`#EXTM3U url-tvg="${web.url}/named"\n${list("One")}`);
    const settings = { playlists: [lists.url], playlistRefreshMs: 60_000 };
    const channels = await channelsOf({ ...settings, guides: [`${web.url}/configured`] });
    expect(web.asked.map(({ path }) => path)).toEqual(["/configured"]);
    await channels.configure({ ...settings, guides: [] });
    expect(web.asked.map(({ path }) => path)).toEqual(["/configured", "/named"]);
    await channels.configure({ ...settings, playlists: [], guides: [] });
    expect([channels.isConfigured, names(channels), channels.guide]).toEqual([false, [], null]);
  });

  test("that turn bad leave the last good one in place, whole", async () => {
    await using one = await startWebSource('<tv><channel id="a"/></tv>');
    await using two = await startWebSource('<tv><channel id="a"/><channel id="b"/></tv>');
    await using lists = await startWebSource(list("One"));
    const channels = await channelsOf({ playlists: [lists.url], guides: [one.url, two.url] });
    expect(channels.guide?.channels).toBe(2);
    one.answer = '<tv><channel id="a"></tv>';
    await until("it is refused", () => channels.views()[1]?.ok === false);
    expect(channels.views()[1]?.error).toBe("</tv> closes <channel>");
    two.answer = '<tv><channel id="b"/><channel id="c"/><channel id="a"/></tv>';
    await until("the other one is taken over", () => channels.guide?.channels === 3);
  });
});

test("settings that are read again tell of a source that fails still no second time", async () => {
  const folder = await mkdtemp(join(tmpdir(), "aceslot-sources-"));
  await using broken = await startWebSource(500);
  await using page = await startWebSource("<!DOCTYPE html><p>Log in</p>");
  await using guide = await startWebSource("<tv>");
  await using good = await startWebSource(list("One"));
  const odd = join(folder, "odd.m3u");
  await writeFile(odd, "nothing of the kind");
  const gone = "http://127.0.0.1:1/gone.m3u";
  const settings = {
    playlists: [good.url, broken.url, page.url, gone, join(folder, "missing.m3u"), odd],
    guides: [guide.url],
    playlistRefreshMs: 60_000,
  };
  const channels = channelsWith({ ...settings, playlists: [good.url, broken.url] });
  // Others come while the first ones are being looked at; then nothing is new.
  void channels.start();
  void channels.configure({ ...settings });
  for (let n = 0; n < 3; n++) await channels.configure({ ...settings });
  expect(names(channels)).toEqual(["One"]);
  expect(channels.troubles).toHaveLength(6);
  // Each says its error, and none says it twice.
  const errors = channels.views().flatMap(({ kind, error }) => (error === null ? [] : [`${kind} ${error}`]));
  expect(told.map((line) => line.replace(/^a (\w+) cannot be read; [^:]*: /, "$1 ")).toSorted()).toEqual(
    errors.toSorted(),
  );
  expect(broken.asked.length).toBeGreaterThanOrEqual(2);
  await rm(folder, { recursive: true });
});

test("other settings put long lists together anew without keeping anybody waiting", async () => {
  const long = (from: number) => list(...Array.from({ length: 5 * ENTRIES_A_TURN }, (_, n) => `${from + n}`));
  await using one = await startWebSource(long(0));
  await using two = await startWebSource(long(100_000));
  const settings = { guides: [], playlistRefreshMs: 60_000 };
  const channels = await channelsOf({ ...settings, playlists: [one.url, two.url] });
  const before = channels.lineup;
  void channels.configure({ ...settings, playlists: [two.url, one.url] });
  // Those of before are there until then.
  expect(channels.lineup).toBe(before);
  let turns = 0;
  while (channels.lineup === before) {
    await new Promise((resolve) => setImmediate(resolve));
    turns += 1;
  }
  expect(turns).toBeGreaterThanOrEqual(10);
  expect(names(channels)[0]).toBe("100000");
});

describe("a file", () => {
  test("is read again when it has changed, and what it says of itself is told", async () => {
    const folder = await mkdtemp(join(tmpdir(), "aceslot-playlist-"));
    try {
      const path = join(folder, "a.m3u");
      const channels = await channelsOf({ playlists: [path] });
      expect(channels.views()).toMatchObject([{ ok: false, error: "there is no such file" }]);
      await writeFile(path, list("One"));
      await until("it is read", () => names(channels).join() === "One");
      await writeFile(`${path}.new`, list("One", "Two"));
      await rename(`${path}.new`, path);
      await until("the new one is read", () => names(channels).join() === "One,Two");
      await writeFile(path, "nothing to see");
      await until("it is refused", () => channels.views()[0]?.error === "there is no channel in it");
      expect(names(channels)).toEqual(["One", "Two"]);
      const folders = await channelsOf({ playlists: [folder, "/dev/null"] });
      expect(folders.views().map(({ error }) => error)).toEqual([
        "it is no regular file",
        "it is no regular file",
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
