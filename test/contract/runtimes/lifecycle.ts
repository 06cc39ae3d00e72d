/** Proxies come and go in a program that goes on: each for itself, and nothing of them stays. */
import assert from "node:assert/strict";
import { createProxy } from "aceslot";
import { startSimEngine } from "aceslot/sim";
import { until } from "../../support/until.ts";
import type { Runtime, Test } from "./runtime.ts";
import { PLAYS_BYTES, scene } from "./scene.ts";

export function lifecycleSuite(test: Test, runtime: Runtime): void {
  test("two proxies in one program do not know of each other", async () => {
    await using one = await scene(runtime);
    await using other = await scene(runtime);
    const heard: string[] = [];
    other.proxy.on("journal", ({ proxy }) => heard.push(proxy));
    const viewer = await one.playing(1);
    assert.deepEqual([other.proxy.clients(), other.proxy.streams(), heard], [[], [], []]);
    const elsewhere = await other.playing(1);
    await other.proxy.close();
    await until("the other's client is broken off", () => elsewhere.over);
    const before = viewer.bytes;
    await viewer.got(before + PLAYS_BYTES);
    assert.equal(viewer.over, null);
    assert.equal(new Set(heard).size, 1);
  });

  test("a proxy that is closed at once, twice, and by `await using` leaves nothing", async () => {
    await using engine = await startSimEngine();
    const options = { engines: [engine.address] };
    const before = runtime.openResources();
    const proxy = createProxy(options);
    await Promise.all([proxy.close(), proxy.close()]);
    await proxy.close();
    await proxy.ready;
    {
      await using _ = createProxy(options);
    }
    {
      await using waited = createProxy(options);
      await waited.ready;
    }
    createProxy({ ...options, signal: AbortSignal.abort() });
    if (before !== null)
      await until("nothing more is open than before", () => {
        const after = runtime.openResources() ?? [];
        return after.length <= before.length;
      });
  });

  test("a proxy without engines that answer, and one whose orchestrator is not there, close as well", async () => {
    for (const options of [{ engines: ["127.0.0.1:9"] }, { orchestrator: "http://127.0.0.1:9" }]) {
      await using proxy = createProxy({ ...options, queueTimeoutMs: 50 });
      await proxy.ready;
      const answer = await proxy.fetch(new Request(`http://proxy/ace/getstream?id=${"1".repeat(40)}`));
      assert.equal(answer.status >= 500, true);
      await answer.arrayBuffer();
    }
  });

  test("close ends what waits: in the queue, for a start, for the feed", async () => {
    await using world = await scene(runtime, { engine: { startDelayMs: 3_000 } });
    const starting = world.watch(1);
    const queued = world.watch(2);
    const feed = world.ask("/api/v1/events");
    await until("one starts and one waits", () => world.engines[0]?.load === 1 && world.proxy.waiting === 1);
    await world.proxy.close();
    for (const viewer of [starting, queued]) assert.equal(await viewer.answered(), 503);
    assert.match((await feed).text, /^retry: /);
  });
}
