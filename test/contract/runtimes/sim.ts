/** The simulated world by itself, over real sockets: nothing of the proxy is in it. */
import assert from "node:assert/strict";
import { contentId, startSimEngine, startWorld } from "aceslot/sim";
import { numberedMedia } from "../../support/numbered.ts";
import { until } from "../../support/until.ts";
import { watch } from "../../support/viewer.ts";
import { freePort } from "../../support/wire.ts";
import { ask } from "./ask.ts";
import type { Test } from "./runtime.ts";

interface Started {
  readonly response: {
    readonly playback_url: string;
    readonly stat_url: string;
    readonly command_url: string;
  };
}

const startUrl = (engine: { readonly address: string }, content: number): string =>
  `http://${engine.address}/ace/getstream?format=json&id=${contentId(content)}`;

export function simSuite(test: Test): void {
  test("an engine starts, plays whole packets, tells and stops", async () => {
    await using engine = await startSimEngine({ media: numberedMedia(1_000_000) });
    const { response } = (await ask(startUrl(engine, 1))).json<Started>();
    const viewer = watch(response.playback_url);
    assert.equal(await viewer.answered(), 200);
    await viewer.got(188 * 300);
    assert.deepEqual([viewer.packets.broken, viewer.packets.gaps], [0, []]);
    assert.equal(engine.load, 1);
    assert.equal((await ask(response.stat_url)).status, 200);
    assert.equal((await ask(`${response.command_url}?method=stop`)).status, 200);
    await until("it carries nothing", () => engine.load === 0);
    await until("its reader's connection ends", () => viewer.over);
    viewer.leave();
  });

  test("an engine that dies resets whoever reads, and comes back on its port", async () => {
    await using engine = await startSimEngine({ port: await freePort(), media: numberedMedia(1_000_000) });
    const { response } = (await ask(startUrl(engine, 1))).json<Started>();
    const viewer = watch(response.playback_url);
    await viewer.got(188 * 100);
    const { port } = engine;
    await engine.kill();
    await until("the reader knows", () => viewer.over);
    assert.notEqual(viewer.over, "clean");
    await assert.rejects(ask(startUrl(engine, 1)));
    await engine.revive();
    assert.equal(engine.port, port);
    assert.equal((await ask(startUrl(engine, 2))).status, 200);
  });

  test("an orchestrator of either generation lists its engines", async () => {
    for (const generation of [1, 2] as const) {
      await using world = await startWorld({ engines: 2, generation, media: numberedMedia(1_000_000) });
      const { text, status } = await ask(`${world.url}${generation === 1 ? "" : "/api/v1"}/engines`);
      assert.equal(status, 200);
      for (const { port } of world.engines) assert.ok(text.includes(String(port)), text);
    }
  });
}
