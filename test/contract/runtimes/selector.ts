/** The selector alone: slots of whatever is capped, with this runtime's timers, signals and promises. */
import assert from "node:assert/strict";
import { createSelector, type SelectorError } from "aceslot/selector";
import type { Test } from "./runtime.ts";

const isRefusal =
  (code: SelectorError["code"]) =>
  (error: unknown): true => {
    assert.equal((error as SelectorError).code, code);
    return true;
  };

/** Lets everything happen that can happen without a timer. */
const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

export function selectorSuite(test: Test): void {
  test("a slot is given, waited for in turn, and given back", async () => {
    await using selector = createSelector({ resources: [{ id: "a" }, { id: "b" }] });
    const [first, second] = [await selector.acquire(), await selector.acquire()];
    assert.deepEqual([first.resource, second.resource].sort(), ["a", "b"]);
    const turns: string[] = [];
    const inTurn = async (name: string) => {
      const slot = await selector.acquire();
      turns.push(name);
      return slot;
    };
    const [third, fourth] = [inTurn("third"), inTurn("fourth")];
    await aWhile();
    assert.deepEqual([turns, selector.waiting], [[], 2]);
    await second.release();
    assert.equal((await third).resource, second.resource);
    await first.release();
    assert.equal((await fourth).resource, first.resource);
    assert.deepEqual(turns, ["third", "fourth"]);
  });

  test("who asks for one key shares one value, which is closed once", async () => {
    let opened = 0;
    const closed: number[] = [];
    const selector = createSelector({
      resources: [{ id: "a", cap: 2 }],
      open: () => ++opened,
      close: (value) => void closed.push(value),
    });
    const slots = await Promise.all([selector.acquire({ key: "k" }), selector.acquire({ key: "k" })]);
    assert.deepEqual(
      slots.map(({ value }) => value),
      [1, 1],
    );
    await slots[0]?.release();
    assert.deepEqual(closed, []);
    await slots[1]?.release();
    assert.deepEqual(closed, [1]);
    await selector.close();
  });

  test("who does not wait, waits too long or is aborted gets no slot, and leaves nothing", async () => {
    await using selector = createSelector({ resources: [{ id: "a" }] });
    await using held = await selector.acquire();
    await assert.rejects(selector.acquire({ timeoutMs: 0 }), isRefusal("no_capacity"));
    await assert.rejects(selector.acquire({ timeoutMs: 20 }), isRefusal("no_capacity"));
    const controller = new AbortController();
    const reason = new Error("enough");
    const waiting = selector.acquire({ signal: controller.signal });
    await aWhile();
    controller.abort(reason);
    await assert.rejects(waiting, (error) => error === reason);
    // On Node the signal's own timer keeps no program alive.
    const awake = setTimeout(() => {}, 10_000);
    await assert.rejects(selector.acquire({ signal: AbortSignal.timeout(5) }), { name: "TimeoutError" });
    clearTimeout(awake);
    assert.deepEqual([selector.waiting, held.resource], [0, "a"]);
  });

  test("a resource that fails to open is set aside, and another one is taken", async () => {
    const tried: string[] = [];
    await using selector = createSelector({
      resources: [{ id: "a" }, { id: "b" }],
      rank: (one, other) => (one.id < other.id ? -1 : 1),
      open: async ({ resource }) => {
        tried.push(resource);
        if (resource === "a") throw new Error("out of order");
        return resource;
      },
    });
    await using slot = await selector.acquire();
    assert.deepEqual([slot.value, tried], ["b", ["a", "b"]]);
    assert.equal(selector.resources().find(({ id }) => id === "a")?.resting, true);
  });

  test("an open that takes too long is given up, and its late value is closed", async () => {
    let finish = (_value: string): void => {};
    const late = new Promise<string>((resolve) => {
      finish = resolve;
    });
    const closed: string[] = [];
    const selector = createSelector({
      resources: [{ id: "a" }],
      openTimeoutMs: 10,
      open: () => late,
      close: (value) => void closed.push(value),
    });
    await assert.rejects(selector.acquire(), isRefusal("open_timeout"));
    assert.equal(selector.resources()[0]?.held, 1);
    finish("late");
    await selector.close();
    assert.deepEqual(closed, ["late"]);
  });

  test("close takes every slot back, and refuses who waits", async () => {
    const selector = createSelector({ resources: [{ id: "a" }] });
    const held = await selector.acquire();
    const waiting = assert.rejects(selector.acquire(), isRefusal("closed"));
    await selector.close();
    await waiting;
    assert.equal(held.signal.aborted, true);
    assert.equal(selector.resources()[0]?.held ?? 0, 0);
    await assert.rejects(selector.acquire(), isRefusal("closed"));
    await selector.close();
  });

  test("a hundred who want two places have them one after the other, never three at once", async () => {
    await using selector = createSelector({ resources: [{ id: "a", cap: 2 }] });
    let now = 0;
    let most = 0;
    const turns: number[] = [];
    await Promise.all(
      Array.from({ length: 100 }, async (_, turn) => {
        await using _slot = await selector.acquire();
        turns.push(turn);
        most = Math.max(most, ++now);
        await Promise.resolve();
        now -= 1;
      }),
    );
    assert.equal(most, 2);
    assert.deepEqual(
      turns,
      turns.toSorted((a, b) => a - b),
    );
  });
}
