/**
 * Streams that end before their time: what clients see on their sockets, and that nothing stays held. A stream that is
 * not over never ends cleanly.
 */
import assert from "node:assert/strict";
import { bestSink } from "../../../src/stream/sinks/best-sink.ts";
import { breakOffOf } from "../../../src/stream/sinks/connection-node.ts";
import { until } from "../../support/until.ts";
import { watch } from "../../support/viewer.ts";
import type { Runtime, Test } from "./runtime.ts";
import { PLAYS_BYTES, scene } from "./scene.ts";

export function breakingSuite(test: Test, runtime: Runtime): void {
  test("an engine that dies breaks the stream off, and never ends it", async () => {
    await using world = await scene(runtime, { proxy: { startTimeoutMs: 3_000, stallTimeoutMs: 3_000 } });
    const viewer = await world.playing(1);
    await world.engines[0]?.kill();
    assert.notEqual(await until("the client is broken off", () => viewer.over), "clean");
    assert.deepEqual([viewer.packets.broken, viewer.packets.gaps], [0, []]);
    // Until there is proof that it let go, its slot is held, and close would wait for that.
    await world.engines[0]?.revive();
    await world.everythingIsFree();
  });

  if (runtime.resets)
    test("a client of HTTP/1.0, to which the end of the connection is the end of the body, sees a reset", async () => {
      await using world = await scene(runtime);
      const viewer = await world.playing(1, { version: "1.0" });
      assert.doesNotMatch(viewer.head, /^transfer-encoding:/im);
      // Where bytes come with the reset, the viewer's own runtime may tell of an end.
      for (const session of world.engines[0]?.sessions.values() ?? []) session.silence();
      await isStill(() => viewer.bytes);
      world.proxy.endStream(world.proxy.streams()[0]?.id ?? 0);
      assert.equal(await until("the client is broken off", () => viewer.over), "reset");
    });

  test("an engine that dies leaves its clients to another one, over the same connection", async () => {
    await using world = await scene(runtime, { engines: 2 });
    const viewer = await world.playing(1);
    const [dies, stays] = world.engines.toSorted((a, b) => b.load - a.load);
    await dies?.kill();
    const before = viewer.bytes;
    await until(
      "it plays on",
      () => viewer.over !== null || (stays?.load === 1 && viewer.bytes > before + PLAYS_BYTES),
    );
    assert.deepEqual([viewer.over, viewer.packets.broken], [null, 0]);
    assert.equal(stays?.peakLoad, 1);
    viewer.leave();
    await dies?.revive();
    await world.everythingIsFree();
  });

  test("close breaks every client off, whatever it was doing, and gives the slots back", async () => {
    await using world = await scene(runtime, { engines: 2, bitsPerSecond: 20_000_000 });
    const reads = await world.playing(1);
    const stuck = await world.playing(1);
    stuck.freeze();
    const fast = await world.playing(2);
    await world.proxy.close();
    stuck.thaw();
    for (const viewer of [reads, stuck, fast])
      assert.notEqual(await until("it is over", () => viewer.over), "clean");
    for (const engine of world.engines) assert.equal(engine.load, 0);
    const late = await world.ask(`/ace/getstream?id=${"1".repeat(40)}`);
    assert.equal(late.status, 503);
  });

  test("a signal that is aborted closes the proxy", async () => {
    const controller = new AbortController();
    await using world = await scene(runtime, { proxy: { signal: controller.signal } });
    const viewer = await world.playing(1);
    controller.abort();
    assert.notEqual(await until("the client is broken off", () => viewer.over), "clean");
    await world.proxy.close();
    assert.equal(world.engines[0]?.load, 0);
  });

  test("a body that is broken off in the very moment of a write never ends cleanly", async () => {
    const chunk = new Uint8Array(188 * 340).fill(0x47);
    let turns = 0;
    await using server = await runtime.listen(async (_, connection) => {
      let taken = 0;
      const later = turns;
      const sink = bestSink(
        {
          take() {
            if (++taken === 3) breakAfter(later);
            return taken <= 3 ? chunk : null;
          },
          whenReady() {},
          gone() {},
        },
        breakOffOf(connection),
      );
      const breakAfter = (left: number): void =>
        queueMicrotask(() => (left === 0 ? sink.break("stopped") : breakAfter(left - 1)));
      return new Response(sink.body, { headers: { "Content-Type": "video/mp2t" } });
    });
    for (turns = 0; turns < 16; turns++) {
      const viewer = watch(server.url);
      assert.notEqual(await until("it is over", () => viewer.over), "clean", `${turns} microtasks later`);
      viewer.leave();
    }
  });
}

/** Resolves when the count has not moved for some looks. */
async function isStill(count: () => number): Promise<void> {
  let before = -1;
  let looks = 0;
  await until("it moves no more", () => {
    looks = count() === before ? looks + 1 : 0;
    before = count();
    return looks > 5;
  });
}
