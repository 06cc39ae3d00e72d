/** What clients are answered, over this runtime's own server and real sockets. */
import assert from "node:assert/strict";
import { contentId } from "aceslot/sim";
import { until } from "../../support/until.ts";
import { plainGet, wire } from "../../support/wire.ts";
import type { Runtime, Test } from "./runtime.ts";
import { PLAYS_BYTES, scene, streamPath } from "./scene.ts";

interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string };
}

export function servingSuite(test: Test, runtime: Runtime): void {
  test("two clients share one start, and each gets whole packets without a gap", async () => {
    await using world = await scene(runtime, { engine: { startDelayMs: 50 } });
    const viewers = [world.watch(1), world.watch(1)];
    for (const viewer of viewers) {
      assert.equal(await viewer.answered(), 200);
      await viewer.got(PLAYS_BYTES);
      assert.deepEqual([viewer.packets.broken, viewer.packets.gaps], [0, []]);
      assert.match(viewer.head, /^content-type: video\/mp2t$/im);
      assert.match(viewer.head, /^cache-control: no-store$/im);
      assert.match(viewer.head, /^accept-ranges: none$/im);
      assert.match(viewer.head, /^transfer-encoding: chunked$/im);
      assert.doesNotMatch(viewer.head, /^content-length:/im);
    }
    assert.equal(world.starts(), 1);
    assert.deepEqual(
      world.proxy.clients().map(({ address }) => address),
      ["127.0.0.1", "127.0.0.1"],
    );
  });

  test("the cap holds for all who come at the same time, and the others are told when to come again", async () => {
    await using world = await scene(runtime, {
      engines: 2,
      engine: { startDelayMs: 30 },
      proxy: { queueTimeoutMs: 100, lingerMs: 5_000 },
    });
    const viewers = Array.from({ length: 6 }, (_, content) => world.watch(content));
    const statuses = await Promise.all(viewers.map((viewer) => viewer.answered()));
    assert.deepEqual(statuses.sort(), [200, 200, 503, 503, 503, 503]);
    for (const refused of viewers.filter(({ status }) => status === 503))
      assert.match(refused.head, /^retry-after: \d+$/im);
    for (const engine of world.engines) assert.equal(engine.peakLoad, 1);
  });

  test("who waits is served as soon as somebody leaves", async () => {
    await using world = await scene(runtime);
    const first = await world.playing(1);
    const second = world.watch(2);
    await until("it waits", () => world.proxy.waiting === 1);
    first.leave();
    assert.equal(await second.answered(), 200);
    await second.got(PLAYS_BYTES);
    assert.equal(world.engines[0]?.peakLoad, 1);
  });

  test("what cannot be answered is an error with a code", async () => {
    await using world = await scene(runtime);
    for (const [method, path, status, code] of [
      ["GET", "/ace/getstream?id=nonsense", 400, "invalid_id"],
      ["GET", "/ace/getstream", 400, "invalid_id"],
      ["GET", "/nowhere", 404, "not_found"],
      ["GET", `/ace/status?id=${contentId(9)}`, 404, "unknown_stream"],
      ["POST", streamPath(1), 405, "method_not_allowed"],
      ["DELETE", "/api/v1/streams/99", 404, "unknown_stream"],
    ] as const) {
      const answer = await world.ask(path, { method });
      assert.equal(answer.status, status, path);
      assert.match(String(answer.headers["content-type"]), /^application\/json\b/);
      assert.equal(answer.json<ErrorBody>().error.code, code);
    }
    assert.equal(world.starts(), 0);
  });

  test("HEAD is answered at once without a length, costs no start, and spoils no connection", async () => {
    await using world = await scene(runtime);
    const asked = wire(world.url, plainGet(streamPath(1)).replace("GET", "HEAD"));
    await until("the head is there", () => asked.text.endsWith("\r\n\r\n"));
    assert.match(asked.text, /^HTTP\/1\.1 200 /);
    assert.match(asked.text, /^content-type: video\/mp2t$/im);
    assert.doesNotMatch(asked.text, /^content-length:/im);
    asked.send(plainGet("/healthz"));
    await until("the same connection answers again", () => asked.text.split("HTTP/1.1 200").length === 3);
    assert.equal(world.starts(), 0);
    asked.leave();
  });

  test("HLS: a playlist, and a segment of whole packets that has its end", async () => {
    await using world = await scene(runtime, { engine: { burstMs: 8_000 } });
    const playlist = await world.ask(`/ace/manifest.m3u8?id=${contentId(1)}`);
    assert.equal(playlist.status, 200);
    assert.match(playlist.text, /^#EXTM3U\n/);
    const [address] = playlist.text.split("\n").filter((line) => line.endsWith(".ts"));
    const segment = await world.ask(new URL(address ?? "", `${world.url}/ace/`).pathname);
    assert.equal(segment.status, 200);
    assert.equal(segment.bytes.length % 188, 0);
    assert.ok(segment.bytes.length > PLAYS_BYTES);
    assert.equal(segment.bytes[0], 0x47);
    assert.equal(world.starts(), 1);
  });

  test("the page, metrics, the API and its description are there", async () => {
    await using world = await scene(runtime, { engines: 2 });
    await world.playing(1);
    for (const [path, type, part] of [
      ["/", "text/html", "<title>"],
      ["/metrics", "text/plain", "aceslot_engine_load"],
      ["/openapi.json", "application/json", "/api/v1/engines"],
      ["/healthz", "", ""],
      ["/readyz", "application/json", ""],
      ["/api/v1/engines", "application/json", world.engines[0]?.address ?? "?"],
      ["/api/v1/streams", "application/json", contentId(1)],
    ] as const) {
      const answer = await world.ask(path);
      assert.equal(answer.status, 200, path);
      assert.ok(String(answer.headers["content-type"]).startsWith(type), path);
      assert.ok(answer.text.includes(part), path);
    }
  });

  test("the feed tells what happens as it happens, and so do events in the program", async () => {
    await using world = await scene(runtime);
    const heard: string[] = [];
    world.proxy.on("transition", ({ from, to }) => heard.push(`${from} ${to}`));
    const feed = wire(world.url, plainGet("/api/v1/events"));
    await until("it says hello", () => feed.text.includes("event: hello"));
    (await world.playing(1)).leave();
    await world.everythingIsFree();
    const moves = ["free pending", "pending active", "active released", "released free"];
    await until("the last move is told", () => feed.text.includes('"from":"released","to":"free"'));
    assert.deepEqual(heard, moves);
    feed.leave();
  });

  test("a stream that is ended by hand is over for its clients, and why is kept", async () => {
    await using world = await scene(runtime);
    const viewer = await world.playing(1);
    const [stream] = world.proxy.streams();
    const answer = await world.ask(`/api/v1/streams/${stream?.id}?reason=enough`, { method: "DELETE" });
    assert.equal(answer.status, 204);
    assert.notEqual(await until("its client is broken off", () => viewer.over), "clean");
    await world.everythingIsFree();
    assert.equal(world.proxy.ended()[0]?.stream, stream?.id);
  });
}
