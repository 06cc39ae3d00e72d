/** Clients that leave, and those that stay and take nothing: nothing of them stays held. */
import assert from "node:assert/strict";
import { until } from "../../support/until.ts";
import type { Viewer } from "../../support/viewer.ts";
import type { Runtime, Test } from "./runtime.ts";
import { PLAYS_BYTES, scene } from "./scene.ts";

const GOODBYES: readonly (readonly [string, (viewer: Viewer) => void])[] = [
  ["closes", (viewer) => viewer.leave()],
  ["resets", (viewer) => viewer.reset()],
  ["shuts down its side", (viewer) => viewer.halfClose()],
];

export function leavingSuite(test: Test, runtime: Runtime): void {
  for (const [what, leave] of GOODBYES)
    test(`a client that ${what} gives its slot back, and the engine stops`, async () => {
      await using world = await scene(runtime);
      leave(await world.playing(1));
      await world.everythingIsFree();
      assert.equal(world.engines[0]?.counters.stops, 1);
      assert.deepEqual(world.proxy.clients(), []);
    });

  test("a client that leaves while it waits for the start, or in the queue, has left", async () => {
    await using world = await scene(runtime, { engine: { startDelayMs: 300 } });
    const starting = world.watch(1);
    await until("it starts", () => world.engines[0]?.load === 1);
    const queued = world.watch(2);
    await until("it waits", () => world.proxy.waiting === 1);
    queued.leave();
    await until("the queue is empty", () => world.proxy.waiting === 0);
    starting.leave();
    await until("nobody is there", () => world.proxy.clients().length === 0);
    await world.everythingIsFree();
    assert.equal(world.starts(), 1);
  });

  test("a client that takes nothing is dropped, and delays nobody", async () => {
    await using world = await scene(runtime, {
      bitsPerSecond: 40_000_000,
      engine: { burstMs: 5_000 },
      proxy: { clientTimeoutMs: 3_000, bufferBytes: 1_048_576 },
    });
    const reads = await world.playing(1);
    const stalls = await world.playing(1);
    stalls.freeze();
    await until("it is dropped", () => world.proxy.clients().length === 1);
    const before = reads.bytes;
    await until("the other reads on", () => reads.bytes > before + 4 * PLAYS_BYTES);
    assert.equal(reads.over, null);
    stalls.thaw();
    assert.notEqual(await until("its connection is over", () => stalls.over), "clean");
    reads.leave();
    await world.everythingIsFree();
  });
}
