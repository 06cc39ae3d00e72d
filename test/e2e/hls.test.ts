/** HLS with real players: ffmpeg, VLC, and hls.js in a browser. */
import { describe, expect, test } from "bun:test";
import { contentId, infohashOf, startSimEngine } from "../../src/sim/index.ts";
import { scratchFolder, startBinary } from "../support/binary.ts";
import { playInBrowser } from "../support/browser.ts";
import {
  carrierOf,
  type EngineWorld,
  engineWorld,
  PATIENCE_MS,
  sessionOf,
  streamsOf,
  UNHURRIED,
} from "../support/faults.ts";
import { PlaylistWatch } from "../support/playlists.ts";
import { run } from "../support/run.ts";
import { until } from "../support/until.ts";
import { playInVlc } from "../support/vlc.ts";

const LIMIT_MS = 120_000;
const PICTURE = { picture: true, args: UNHURRIED } as const;
/** Some seconds of the test picture. */
const A_WHILE_BYTES = 400_000;
/** Frames that ffmpeg is asked for: 14 s, of which the engine that dies has sent a few. */
const FRAMES = 350;
/** Silence after which an HLS player is gone: three times four seconds, since less lies between its questions. */
const SHORT_SILENCE = ["--client-timeout", "1s"];

const manifestUrl = (proxy: { readonly url: string }, query = `id=${contentId(0)}`): string =>
  `${proxy.url}/ace/manifest.m3u8?${query}`;
const ffmpeg = (...args: readonly string[]) => run(["ffmpeg", "-v", "error", ...args], { cwd: "/" });
const clientsOf = async (world: EngineWorld): Promise<number> =>
  (await world.proxy.get<{ clients: number }>("/ace/status")).clients;

/** Frames of the picture ("v") or of the sound ("a") that can be decoded in a file. */
async function framesOf(file: string, kind: "v" | "a"): Promise<number> {
  const count = ["-count_frames", "-select_streams", kind, "-show_entries", "stream=nb_read_frames"];
  const { out } = await run(["ffprobe", "-v", "quiet", ...count, "-of", "csv=p=0", file], { cwd: "/" });
  return Number.parseInt(out, 10);
}

describe("U19 HLS output: a player", () => {
  test.concurrent(
    "of HLS shares the slot with one of the stream itself, counts, and holds its place until it has been silent",
    async () => {
      await using world = await engineWorld(1, { ...PICTURE, args: [...UNHURRIED, ...SHORT_SILENCE] });
      const probed = await run(
        [
          "ffprobe",
          "-v",
          "warning",
          "-show_entries",
          "stream=codec_name",
          "-of",
          "csv=p=0",
          manifestUrl(world.proxy),
        ],
        { cwd: "/" },
      );
      expect([probed.code, probed.err]).toEqual([0, ""]);
      expect(new Set(probed.out.split(/\s+/).filter((line) => line !== ""))).toEqual(
        new Set(["h264", "aac"]),
      );
      expect(await clientsOf(world)).toBe(1);
      const beside = await world.playing(0);
      expect(await clientsOf(world)).toBe(2);
      const read = await ffmpeg(
        "-i",
        manifestUrl(world.proxy, `infohash=${infohashOf(contentId(0))}`),
        "-t",
        "6",
        "-f",
        "null",
        "-",
      );
      expect(read).toMatchObject({ code: 0, err: "" });
      expect(world.starts()).toBe(1);
      beside.leave();
      await until("the silent ones are gone", async () => (await clientsOf(world)) === 0, PATIENCE_MS);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "ffmpeg goes on while the engine dies: it has all the frames that it asked for",
    async () => {
      await using world = await engineWorld(2, PICTURE);
      const counted = ["-frames:v", String(FRAMES), "-progress", "pipe:1", "-f", "null", "-"];
      const reading = ffmpeg("-i", manifestUrl(world.proxy), ...counted);
      const plays = ({ bytesSent }: { readonly bytesSent: number }): boolean => bytesSent > A_WHILE_BYTES;
      await until(
        "it plays",
        () => world.engines.some(({ sessions }) => [...sessions.values()].some(plays)),
        PATIENCE_MS,
      );
      const first = carrierOf(world.engines);
      await first.kill();
      const read = await reading;
      expect(read.code).toBe(0);
      const frames = [...read.out.matchAll(/^frame=\s*(\d+)$/gm)].map(([, count]) => Number(count));
      expect(frames.at(-1)).toBe(FRAMES);
      expect(world.starts()).toBe(2);
      const other = world.engines.find((engine) => engine !== first) ?? first;
      expect(sessionOf(other).bytesSent).toBeGreaterThan(A_WHILE_BYTES);
    },
    LIMIT_MS,
  );

  test.concurrent(
    "ffmpeg that takes real time misses nothing of a burst that is far larger than the buffer",
    async () => {
      await using world = await engineWorld(1, { ...PICTURE, args: [...UNHURRIED, "--buffer", "2MiB"] });
      const burstBytes = 60 * 1024 * 1024;
      world.first.faults.playback = { kind: "burst", bytes: burstBytes };
      const read = await ffmpeg("-re", "-i", manifestUrl(world.proxy), "-t", "12", "-f", "null", "-");
      expect(read).toMatchObject({ code: 0, err: "" });
      expect((await streamsOf(world.proxy)).streams).toMatchObject([{ skips: 0 }]);
      expect(sessionOf(world.first).bytesSent).toBeLessThan(burstBytes / 2);
    },
    LIMIT_MS,
  );

  test.concurrent(
    "VLC plays picture and sound",
    async () => {
      await using folder = await scratchFolder();
      await using world = await engineWorld(1, PICTURE);
      const vlc = await playInVlc(manifestUrl(world.proxy), folder.path);
      try {
        // About six seconds.
        await vlc.played(1_000_000, PATIENCE_MS);
      } finally {
        await vlc.end();
      }
      expect(await framesOf(vlc.file, "v")).toBeGreaterThan(100);
      // AAC has 43 to 47 of them a second.
      expect(await framesOf(vlc.file, "a")).toBeGreaterThan(150);
      expect(world.starts()).toBe(1);
      expect(await clientsOf(world)).toBe(1);
    },
    LIMIT_MS,
  );

  test.concurrent(
    "hls.js in a browser shows a picture that moves, also after the engine has died",
    async () => {
      await using world = await engineWorld(2, PICTURE);
      await using player = await playInBrowser(manifestUrl(world.proxy));
      const begun = await player.sees(
        "a picture",
        ({ frames, seconds }) => frames > 25 && seconds > 1,
        PATIENCE_MS,
      );
      expect(begun).toMatchObject({ width: 640, errors: [], breaks: 0, paused: false });
      const shot = await player.shot();
      await player.sees("more of it", ({ frames }) => frames > begun.frames + 25, PATIENCE_MS);
      expect(Buffer.compare(await player.shot(), shot)).not.toBe(0);
      expect(await clientsOf(world)).toBe(1);

      await carrierOf(world.engines).kill();
      const after = await player.sees("the other engine's", ({ breaks }) => breaks === 1, PATIENCE_MS);
      const on = await player.sees(
        "more of that",
        ({ frames, seconds }) => frames > after.frames + 50 && seconds > after.seconds + 2,
        PATIENCE_MS,
      );
      expect(on.errors.filter(({ fatal }) => fatal)).toEqual([]);
      expect(world.starts()).toBe(2);
      expect(await clientsOf(world)).toBe(1);
    },
    LIMIT_MS,
  );
});

describe("a player that zaps", () => {
  test.concurrent(
    "gets the other content in its own place: the only slot goes from one to the other",
    async () => {
      const engine = await startSimEngine({});
      await using proxy = await startBinary([
        ...["--engine", engine.address, "--max-streams-per-engine", "1"],
        ...["--queue-timeout", "20s", "--state-dir", "none"],
      ]);
      try {
        for (const content of [0, 1, 0]) {
          const url = manifestUrl(proxy, `id=${contentId(content)}`);
          // A session that has played is given up after 30 s only: the queue would be over by then.
          const read = await ffmpeg("-i", url, "-t", "4", "-f", "null", "-");
          expect(read).toMatchObject({ code: 0, err: "" });
        }
        expect([engine.counters.starts, engine.peakLoad]).toEqual([3, 1]);
      } finally {
        await engine.close();
      }
    },
    LIMIT_MS,
  );
});

/** Follows nothing by itself. */
const ask = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { redirect: "manual", ...init });

/** Asks for a playlist as players do; answers the address of its first segment. */
async function firstOf(url: string): Promise<string> {
  const answer = await ask(url);
  expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
  const [first] = new PlaylistWatch().read(await answer.text());
  // It stays behind whatever prefix a reverse proxy has put before the path.
  expect(first?.uri).toMatch(/^(\.\.\/)*hls\/[0-9a-f]{40}-[0-9a-f-]{36}\/\d+\.ts$/);
  return new URL(first?.uri ?? "", url).href;
}

async function errorOf(answer: Response): Promise<readonly [status: number, code: string]> {
  const { error } = (await answer.json()) as { error: { code: string } };
  return [answer.status, error.code];
}

describe("the routes", () => {
  test.concurrent(
    "answer what players ask, and say what is wrong",
    async () => {
      await using world = await engineWorld(1, PICTURE);
      const { proxy } = world;
      const head = await ask(manifestUrl(proxy), { method: "HEAD" });
      expect([head.status, head.headers.get("content-type")]).toEqual([200, "application/vnd.apple.mpegurl"]);
      for (const query of ["", "id=1", `id=${contentId(0)}&infohash=${infohashOf(contentId(0))}`])
        expect(await errorOf(await ask(manifestUrl(proxy, query)))).toEqual([400, "invalid_id"]);
      expect(world.starts()).toBe(0);

      const playlist = manifestUrl(proxy);
      const watch = new PlaylistWatch();
      const listed = await ask(playlist);
      expect(listed.headers.get("content-type")).toBe("application/vnd.apple.mpegurl");
      const [first] = watch.read(await listed.text());
      const firstUrl = new URL(first?.uri ?? "", playlist).href;
      const segment = await ask(firstUrl);
      expect([segment.status, segment.headers.get("content-type")]).toEqual([200, "video/mp2t"]);
      expect((await segment.arrayBuffer()).byteLength % 188).toBe(0);
      for (const answer of [head, listed, segment]) {
        expect(answer.headers.get("access-control-allow-origin")).toBe("*");
        expect(answer.headers.get("cache-control")).toBe("no-store");
      }
      // The same address goes on with the same session.
      await until(
        "the playlist goes on",
        async () => watch.read(await (await ask(playlist)).text()).length > 1,
      );
      expect(new URL(watch.listed.at(-1)?.uri ?? "", playlist).pathname).toStartWith(
        new URL(".", firstUrl).pathname,
      );
      expect([await clientsOf(world), world.starts()]).toEqual([1, 1]);
      for (const url of [playlist, firstUrl]) {
        expect((await ask(url, { method: "HEAD" })).status).toBe(200);
        expect((await ask(url, { method: "OPTIONS" })).status).toBe(204);
        expect((await ask(url, { method: "POST" })).headers.get("allow")).toBe("GET, HEAD, OPTIONS");
      }
      expect(await errorOf(await ask(new URL("999.ts", firstUrl).href))).toEqual([404, "not_found"]);
      const unknown = firstUrl.replace(/[0-9a-f-]{36}/, crypto.randomUUID());
      expect(await errorOf(await ask(unknown))).toEqual([404, "unknown_stream"]);

      // Another player: the same one would be given its own place.
      const stranger = { headers: { "User-Agent": "another" } };
      const other = await ask(manifestUrl(proxy, `id=${contentId(1)}`), stranger);
      expect(other.headers.get("retry-after")).not.toBe(null);
      expect(await errorOf(other)).toEqual([503, "no_capacity"]);

      // What ends by hand does not end as if it were over: its segments are gone.
      const [stream] = (await streamsOf(proxy)).streams;
      await ask(`${proxy.url}/api/v1/streams/${stream?.id}`, { method: "DELETE" });
      expect(watch.isOver).toBe(false);
      expect(await errorOf(await ask(firstUrl))).toEqual([404, "unknown_stream"]);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "stand behind the token, except for a session, whose name is one",
    async () => {
      await using world = await engineWorld(1, { ...PICTURE, args: [...UNHURRIED, "--token", "s3cret"] });
      const { proxy } = world;
      expect(await errorOf(await ask(manifestUrl(proxy)))).toEqual([401, "unauthorized"]);
      const byQuery = await firstOf(manifestUrl(proxy, `token=s3cret&id=${contentId(0)}`));
      const byPath = await firstOf(`${proxy.url}/t/s3cret/ace/manifest.m3u8?id=${contentId(0)}`);
      expect(byPath).toStartWith(`${proxy.url}/t/s3cret/ace/hls/`);
      for (const segment of [byQuery, byPath]) expect((await ask(segment)).status).toBe(200);
    },
    LIMIT_MS,
  );

  test.concurrent(
    "answer HLS at /ace/getstream too where acexy's variable says so",
    async () => {
      const engine = await startSimEngine({});
      await using proxy = await startBinary(["--engine", engine.address, "--state-dir", "none"], {
        env: { ACEXY_M3U8: "1" },
      });
      try {
        const head = await ask(`${proxy.url}/ace/getstream?id=${contentId(0)}`, { method: "HEAD" });
        expect(head.headers.get("content-type")).toBe("application/vnd.apple.mpegurl");
        for (const path of [`?id=${contentId(0)}`, `/?id=${contentId(0)}`, `/${contentId(0)}.ts`]) {
          const segment = await firstOf(`${proxy.url}/ace/getstream${path}`);
          expect(segment).toStartWith(`${proxy.url}/ace/hls/`);
          expect((await ask(segment)).status).toBe(200);
        }
      } finally {
        await engine.close();
      }
    },
    LIMIT_MS,
  );
});
