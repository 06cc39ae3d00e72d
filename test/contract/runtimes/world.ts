/** End to end: an orchestrator whose view lags, engines, and many clients that come and go. */
import assert from "node:assert/strict";
import { createProxy } from "aceslot";
import { startWorld } from "aceslot/sim";
import { numberedMedia } from "../../support/numbered.ts";
import { until } from "../../support/until.ts";
import { watch } from "../../support/viewer.ts";
import type { Runtime, Test } from "./runtime.ts";
import { PLAYS_BYTES, streamPath } from "./scene.ts";

const CONTENTS = 6;
const CLIENTS = 12;
const ZAPS = 3;

export function worldSuite(test: Test, runtime: Runtime): void {
  for (const [generation, cap] of [
    [1, 1],
    [2, 2],
  ] as const)
    test(`clients zap through an orchestrator's engines (generation ${generation}, cap ${cap})`, async () => {
      await using world = await startWorld({
        engines: 2,
        generation,
        lagMs: 200,
        startDelayMs: 10,
        media: numberedMedia(1_000_000),
        provision: { delayMs: 50, max: 1 },
      });
      const proxy = createProxy({
        orchestrator: world.url,
        maxStreamsPerEngine: cap,
        lingerMs: 0,
        queueTimeoutMs: 10_000,
      });
      await proxy.ready;
      const server = await runtime.listen(proxy.fetch);
      let served = 0;
      const zap = async (client: number): Promise<void> => {
        for (let turn = 0; turn < ZAPS; turn++) {
          const viewer = watch(`${server.url}${streamPath((client + 2 * turn) % CONTENTS)}`, {
            headers: [`User-Agent: tv ${client}`],
          });
          if ((await viewer.answered()) === 200) {
            served += 1;
            await viewer.got(PLAYS_BYTES / 2);
            assert.deepEqual([viewer.packets.broken, viewer.packets.gaps], [0, []]);
          }
          viewer.leave();
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }, (_, client) => zap(client)));
      assert.ok(served >= CLIENTS, `${served} were served`);
      for (const [engine, peak] of world.peakLoads()) assert.ok(peak <= cap, `${engine} carried ${peak}`);
      await until("every slot is free", () =>
        proxy.engines().every(({ slots }) => slots.every(({ state }) => state === "free")),
      );
      assert.equal(world.realLoad(), 0);
      await proxy.close();
      await until("the orchestrator knows of no stream", () =>
        world.orchestrator.truth().streams.every(({ status }) => status === "ended"),
      );
      await server[Symbol.asyncDispose]();
    });
}
