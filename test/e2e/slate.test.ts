/** `--slate on`: players see why there is no picture, and engines notice nothing of it. */
import { describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { contentId } from "../../src/sim/index.ts";
import { SLATE_SIZE } from "../../src/stream/slate/card.ts";
import { scratchFolder } from "../support/binary.ts";
import { engineWorld, PATIENCE_MS, refusedAt, streamsOf, streamUrl, UNHURRIED } from "../support/faults.ts";
import { run } from "../support/media-programs.ts";
import { slatePlanes } from "../support/slate.ts";
import { until } from "../support/until.ts";
import { playInVlc } from "../support/vlc.ts";

const LIMIT_MS = 120_000;
const SLATE = ["--slate", "on", ...UNHURRIED];
const PROBE = ["-show_entries", "stream=codec_name,r_frame_rate", "-of", "csv=p=0"];

describe("U5 show me a picture, not an error: a picture in place of an error", () => {
  test.concurrent(
    "says that all places are taken: ffmpeg decodes it without a complaint, and no engine hears of it",
    async () => {
      await using folder = await scratchFolder();
      await using world = await engineWorld(1, { picture: true, args: SLATE });
      const watching = await world.playing(0);

      const head = await fetch(streamUrl(world.proxy, 1));
      expect([head.status, head.headers.get("x-aceslot-slate")]).toEqual([200, "no_capacity"]);
      expect(head.headers.get("content-type")).toBe("video/mp2t");
      expect(head.headers.get("content-length")).toBeNull();
      await head.body?.cancel();

      const file = join(folder.path, "slate.ts");
      const copied = await run("ffmpeg", [
        ...["-i", streamUrl(world.proxy, 1), "-t", "6", "-c", "copy", "-f", "mpegts", file],
      ]);
      expect(copied).toMatchObject({ code: 0, complaints: [] });
      const { output } = await run("ffprobe", [...PROBE, file]);
      const codecs = new Set(output.split("\n").map((line) => line.trim()));
      expect([...codecs].filter((line) => line !== "").toSorted()).toEqual(["aac,0/0", "h264,25/1"]);
      expect(await run("ffmpeg", ["-i", file, "-xerror", "-f", "null", "-"])).toMatchObject({
        code: 0,
        complaints: [],
      });

      // What is seen is what was drawn, also in the last picture.
      const frames = join(folder.path, "frames.yuv");
      await run("ffmpeg", ["-i", file, "-an", "-f", "rawvideo", frames]);
      const shown = await readFile(frames);
      const frameBytes = (SLATE_SIZE.width * SLATE_SIZE.height * 3) / 2;
      expect(shown.length / frameBytes).toBeGreaterThan(140);
      const drawn = slatePlanes({
        code: "no_capacity",
        message: "all engines are full",
        retryAfterSeconds: null,
        hash: contentId(1),
      });
      expect(shown.subarray(0, frameBytes).equals(drawn)).toBe(true);
      expect(shown.subarray(shown.length - frameBytes).equals(drawn)).toBe(true);

      expect([world.starts(), world.first.peakLoad, watching.over]).toEqual([1, 1, null]);
      expect((await streamsOf(world.proxy)).streams).toHaveLength(1);
      expect(await world.proxy.get("/api/v1/clients")).toMatchObject({ clients: [{ served: true }] });
      const told = world.proxy.log.filter(({ room }) => room.includes("slate"));
      expect(told.length).toBe(2);
      expect(told[0]).toMatchObject({ code: "no_capacity", content: contentId(1) });
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "says that a channel is offline, under the other address too",
    async () => {
      await using world = await engineWorld(1, { args: SLATE });
      world.first.faults.start = { kind: "error", words: "failed to load content" };
      for (const url of [streamUrl(world.proxy, 0), `${world.proxy.url}/ace/getstream/${contentId(0)}.ts`]) {
        const answer = await fetch(url);
        expect([answer.status, answer.headers.get("x-aceslot-slate")]).toEqual([200, "engine_error"]);
        await answer.body?.cancel();
      }
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "is not for those that are sent away by hand while they wait, and they count as such",
    async () => {
      await using world = await engineWorld(1, { args: [...SLATE, "--queue-timeout", "60s"] });
      const { proxy } = world;
      await world.playing(0);
      const sentAway = async (what: string, idOf: () => Promise<number | undefined>): Promise<void> => {
        const asked = fetch(streamUrl(proxy, 1));
        await until("it waits", async () => (await idOf()) !== undefined);
        const ending = await fetch(`${proxy.url}/api/v1/${what}/${await idOf()}`, { method: "DELETE" });
        expect(ending.status).toBe(204);
        const answer = await asked;
        expect([answer.status, answer.headers.get("retry-after")]).toEqual([410, null]);
        expect(answer.headers.get("x-aceslot-slate")).toBeNull();
        expect(await answer.json()).toEqual({ error: { code: "ended", message: "ended by hand" } });
      };
      const content = `id:${contentId(1)}`;
      await sentAway("clients", async () => {
        const { clients } = await proxy.get<{ clients: { id: number; content: string }[] }>(
          "/api/v1/clients",
        );
        return clients.find((client) => client.content === content)?.id;
      });
      await sentAway("streams", async () => {
        const { streams } = await proxy.get<{ streams: { id: number; contents: string[] }[] }>(
          "/api/v1/streams",
        );
        return streams.find(({ contents }) => contents.includes(content))?.id;
      });
      const metrics = await (await fetch(`${proxy.url}/metrics`)).text();
      expect(metrics).toMatch(/^aceslot_requests_total\{outcome="ended"\} 2$/m);
      expect(metrics).toMatch(/^aceslot_requests_total\{outcome="no_capacity"\} 0$/m);
      const { lines } = await proxy.get<{ lines: { type?: string; code?: string }[] }>(
        "/api/v1/journal?after=0",
      );
      const refused = lines.filter(({ type }) => type === "reject");
      expect(refused).toEqual([
        expect.objectContaining({ content, code: "ended" }),
        expect.objectContaining({ content, code: "ended" }),
      ]);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );

  test.concurrent(
    "plays in VLC",
    async () => {
      await using folder = await scratchFolder();
      await using world = await engineWorld(1, { picture: true, args: SLATE });
      await world.playing(0);
      await using vlc = await playInVlc(streamUrl(world.proxy, 1), folder.path);
      await vlc.played(120_000, PATIENCE_MS);
      expect(vlc.isPlaying).toBe(true);
      await vlc.end();
      const { output } = await run("ffprobe", [...PROBE, vlc.file]);
      expect(output).toContain("h264");
      expect(output).toMatch(/aac|mpga|mp2/);
      expect(world.starts()).toBe(1);
    },
    LIMIT_MS,
  );

  test.concurrent(
    "is wanted by nobody who asks wrongly, and by nobody at all unless it is turned on",
    async () => {
      await using world = await engineWorld(1, { args: [...SLATE, "--token", "s3cret"] });
      const ask = (path: string, token = "s3cret", method = "GET") =>
        fetch(`${world.proxy.url}${path}`, { method, headers: { Authorization: `Bearer ${token}` } });
      const stream = `/ace/getstream?id=${contentId(0)}`;
      const statuses: [string, number][] = [];
      const tell = async (what: string, answer: Response) => {
        statuses.push([what, answer.status]);
        expect(answer.headers.get("x-aceslot-slate")).toBeNull();
        await answer.body?.cancel();
      };
      await tell("token", await ask(stream, "wrong"));
      await tell("id", await ask("/ace/getstream?id=abc"));
      await tell("path", await ask("/ace/nothing"));
      await tell("method", await ask(stream, "s3cret", "POST"));
      await tell("probe", await ask(stream, "s3cret", "HEAD"));
      world.first.faults.start = { kind: "error", words: "failed to load content" };
      await tell("hls", await ask(`/ace/manifest.m3u8?id=${contentId(0)}`));
      expect(statuses).toEqual([
        ["token", 401],
        ["id", 400],
        ["path", 404],
        ["method", 405],
        ["probe", 200],
        ["hls", 502],
      ]);

      await using plain = await engineWorld(1, { args: UNHURRIED });
      await plain.playing(0);
      expect(await refusedAt(plain.proxy, 1)).toMatchObject({ status: 503, code: "no_capacity" });
    },
    LIMIT_MS,
  );

  test.concurrent(
    "gives way as soon as it is asked anew and a place is free",
    async () => {
      await using world = await engineWorld(1, { args: SLATE });
      const watching = await world.playing(0);
      const slate = world.play(1);
      expect(await slate.answered(PATIENCE_MS)).toBe(200);
      expect(slate.headers["x-aceslot-slate"]).toBe("no_capacity");
      watching.leave();
      slate.leave();
      const again = await until("a real stream comes", async () => {
        const player = world.play(1);
        await player.answered(PATIENCE_MS);
        if (player.headers["x-aceslot-slate"] === undefined) return player;
        player.leave();
        return null;
      });
      await again.got(188, PATIENCE_MS);
      await world.everythingEnds();
    },
    LIMIT_MS,
  );
});
