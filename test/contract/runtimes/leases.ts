/** Proxies that share their engines through a real store: the client library and its sockets on this runtime. */
import assert from "node:assert/strict";
import { createProxy } from "aceslot";
import { startSimEngine } from "aceslot/sim";
import { numberedMedia } from "../../support/numbered.ts";
import { until } from "../../support/until.ts";
import { watch } from "../../support/viewer.ts";
import { redisServer } from "../redis-server.ts";
import type { Runtime, Test } from "./runtime.ts";
import { PLAYS_BYTES, streamPath } from "./scene.ts";

export function leasesSuite(test: Test, runtime: Runtime): void {
  test("two proxies never load an engine twice, and one takes over what the other gave back", async () => {
    await using store = await redisServer();
    await using engine = await startSimEngine({ media: numberedMedia(1_000_000) });
    const options = {
      engines: [engine.address],
      lease: `redis://127.0.0.1:${store.port}`,
      // A store that is new grants nothing for so long.
      leaseTtlMs: 3_000,
      lingerMs: 0,
      queueTimeoutMs: 10_000,
    };
    const [one, other] = [createProxy(options), createProxy(options)];
    await Promise.all([one.ready, other.ready]);
    const servers = [await runtime.listen(one.fetch), await runtime.listen(other.fetch)] as const;
    const first = watch(`${servers[0].url}${streamPath(1)}`);
    await first.got(PLAYS_BYTES);
    const second = watch(`${servers[1].url}${streamPath(2)}`);
    await until("it waits", () => other.waiting === 1);
    assert.equal(engine.load, 1);
    first.leave();
    await second.got(PLAYS_BYTES);
    assert.equal(engine.peakLoad, 1);
    second.leave();
    await Promise.all([one.close(), other.close()]);
    for (const server of servers) await server[Symbol.asyncDispose]();
    assert.equal(engine.load, 0);
  });
}
