/** What docs/selector.md says of others, and of ours beside them. */
import { expect, test } from "bun:test";
import { Sema } from "async-sema";
import genericPool from "generic-pool";
import PQueue from "p-queue";
import { createSelector } from "../../src/selector/index.ts";

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test("a permit of async-sema that is given back twice lets two in; a slot of ours does not", async () => {
  const sema = new Sema(1);
  await sema.acquire();
  sema.release();
  sema.release();
  expect([sema.tryAcquire(), sema.tryAcquire()]).toEqual(["1", "1"]);

  await using selector = createSelector({ resources: [{ id: "a" }] });
  const slot = await selector.acquire();
  await Promise.all([slot.release(), slot.release()]);
  await using _one = await selector.acquire({ timeoutMs: 0 });
  await expect(selector.acquire({ timeoutMs: 0 })).rejects.toThrow("the only slot is held");
});

test("generic-pool makes the next value while the last one is being destroyed; ours waits", async () => {
  const destroyed = Promise.withResolvers<void>();
  const counting = () => {
    const count = { alive: 0, most: 0 };
    return {
      count,
      open: (): object => {
        count.most = Math.max(count.most, ++count.alive);
        return {};
      },
      close: async (): Promise<void> => {
        await destroyed.promise;
        count.alive--;
      },
    };
  };
  const theirs = counting();
  const pool = genericPool.createPool(
    { create: async () => theirs.open(), destroy: theirs.close },
    { max: 1 },
  );
  await pool.destroy(await pool.acquire());
  await pool.acquire();
  expect(theirs.count).toEqual({ alive: 2, most: 2 });

  const { count, open, close } = counting();
  const selector = createSelector({ resources: [{ id: "a" }], open, close });
  const released = (await selector.acquire()).release();
  const next = selector.acquire();
  await soon();
  expect([count.alive, selector.waiting]).toEqual([1, 1]);
  destroyed.resolve();
  await released;
  await (await next).release();
  await selector.close();
  expect(count).toEqual({ alive: 0, most: 1 });
});

test("the time-out of p-queue is the task's, and its wait has none; of ours it is the wait's", async () => {
  const queue = new PQueue({ concurrency: 1, timeout: 5 });
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = queue.add(() => promise, { timeout: 60_000 });
  const second = queue.add(() => "served");
  const early = Promise.race([second, new Promise((done) => setTimeout(() => done("waits"), 50))]);
  expect(await early).toBe("waits");
  resolve();
  await first;
  expect(await second).toBe("served");

  await using selector = createSelector({ resources: [{ id: "a" }], timeoutMs: 5 });
  await using _slot = await selector.acquire();
  await expect(selector.acquire()).rejects.toThrow("no slot came free within 5 ms");
});
