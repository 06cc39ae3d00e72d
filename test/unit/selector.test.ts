/** `createSelector`, as its users meet it: places, keys, waiting, closing. */
import { describe, expect, test } from "bun:test";
import { step as checkedStep } from "../../model/index.ts";
import { createSelector, SelectorError, type SlotTransition } from "../../src/selector/index.ts";
import { rankedStep } from "../../src/selector/ranked.ts";
import { Resources } from "../../src/selector/resources.ts";
import { Shell } from "../../src/selector/shell.ts";
import { World } from "./selector-world.ts";

const one = { resources: [{ id: "a" }] };

const errorOf = (going: Promise<unknown>): Promise<SelectorError> =>
  going.then(
    () => Promise.reject(new Error("it did not fail")),
    (error) => error,
  );

test("what runs is what the checks explore", () => {
  expect(rankedStep(undefined, new Resources([]), () => {})).toBe(checkedStep);
});

describe("places", () => {
  test("go to the resource with the most room, then to the one least recently used", async () => {
    await using selector = createSelector({ resources: [{ id: "small" }, { id: "large", cap: 3 }] });
    const slots = [];
    for (let count = 0; count < 4; count++) slots.push(await selector.acquire());
    expect(slots.map(({ resource }) => resource)).toEqual(["large", "large", "small", "large"]);
    expect(slots[0]?.key).toBe("");
    expect(slots[0]?.value).toBeUndefined();
  });

  test("are counted, with those that others hold", async () => {
    await using selector = createSelector({ resources: [{ id: "cad", cap: 3, taken: 2 }] });
    await using _seat = await selector.acquire();
    expect(selector.resources()).toEqual([
      { id: "cad", cap: 3, taken: 2, held: 1, resting: false, removed: false, slots: ["active"] },
    ]);
    expect((await errorOf(selector.acquire({ timeoutMs: 0 }))).message).toBe(
      "no slot is free now: the only slot is held",
    );
    selector.set({ id: "cad", cap: 3 });
    await using _other = await selector.acquire({ timeoutMs: 0 });
    expect(selector.resources()[0]?.slots).toEqual(["active", "active", "free"]);
  });

  test("are free again at the end of the scope that held them", async () => {
    await using selector = createSelector(one);
    {
      await using slot = await selector.acquire();
      expect([slot.resource, selector.resources()[0]?.held]).toEqual(["a", 1]);
    }
    expect(selector.resources()[0]?.held).toBe(0);
  });

  test("of a removed resource are kept by those who hold them, and by nobody else", async () => {
    await using selector = createSelector({ resources: [{ id: "a", cap: 2 }] });
    const slot = await selector.acquire();
    selector.remove("a");
    selector.remove("never there");
    expect(selector.resources()).toMatchObject([{ id: "a", held: 1, removed: true }]);
    expect((await errorOf(selector.acquire({ timeoutMs: 0 }))).message).toBe(
      "no slot is free now: there are no resources",
    );
    const waiting = selector.acquire();
    await slot.release();
    expect(selector.resources()).toEqual([]);
    expect(selector.waiting).toBe(1);
    selector.set({ id: "b" });
    expect((await waiting).resource).toBe("b");
  });

  test("called localhost, 127.0.0.1 and ::1 are three", async () => {
    await using selector = createSelector({
      resources: ["localhost", "127.0.0.1", "::1", "[::1]"].map((id) => ({ id })),
    });
    const slots = await Promise.all([1, 2, 3, 4].map(() => selector.acquire({ timeoutMs: 0 })));
    expect(new Set(slots.map(({ resource }) => resource)).size).toBe(4);
  });

  test("go by a ranking of one's own, which may be wrong", async () => {
    const faults: unknown[] = [];
    await using byName = createSelector({
      resources: [{ id: "a" }, { id: "b", cap: 2 }],
      rank: (x, y) => (x.id < y.id ? -1 : 1),
    });
    expect((await byName.acquire()).resource).toBe("a");
    await using broken = createSelector({
      resources: [{ id: "a" }, { id: "b", cap: 2 }],
      rank: () => {
        throw new Error("no idea");
      },
    });
    broken.on("fault", (fault) => faults.push(fault));
    expect((await broken.acquire()).resource).toBe("b");
    expect(faults[0]).toEqual({ during: "rank", resource: null, error: new Error("no idea") });
  });
});

describe("waiting", () => {
  test("is in order, and two thousand can do it", async () => {
    await using selector = createSelector({ resources: [{ id: "a", cap: 2 }] });
    const order: number[] = [];
    const all = Array.from({ length: 2_000 }, async (_, index) => {
      await using _slot = await selector.acquire();
      order.push(index);
    });
    expect(selector.waiting).toBe(1_998);
    await Promise.all(all);
    expect(order).toEqual(Array.from({ length: 2_000 }, (_, index) => index));
  });

  test("ends with the time, and says why nothing came free", async () => {
    const world = new World({ ...one, timeoutMs: 400 });
    world.acquire("x");
    const [mine, theirs] = [world.acquire("y", 300), world.selector.acquire({ key: "z" })];
    const error = errorOf(theirs);
    await world.advance(300);
    expect(String(mine.error)).toBe("SelectorError: no slot came free within 300 ms: the only slot is held");
    await world.advance(100);
    expect((await error).code).toBe("no_capacity");
    expect(world.selector.waiting).toBe(0);
  });

  test("of no time at all still has a lingering slot yield", async () => {
    const world = new World({ ...one, lingerMs: 10_000 });
    const first = world.acquire("x");
    await world.flush();
    world.release(first);
    const [second, third] = [world.acquire("y", 0), world.acquire("z", 0)];
    await world.flush();
    expect([second.state, third.state]).toEqual(["held", "refused"]);
  });

  test("ends when its signal is aborted, with its reason, and nothing is held", async () => {
    const world = new World(one);
    expect(await errorOf(world.selector.acquire({ signal: AbortSignal.abort("before") }))).toBe(
      "before" as never,
    );
    world.openManner = "later";
    const [opening, waiting] = [world.acquire("x"), world.acquire("y")];
    world.abort(waiting);
    await world.flush();
    expect([waiting.state, String(waiting.error), world.selector.waiting]).toEqual([
      "refused",
      "AbortError: changed my mind",
      0,
    ]);
    world.abort(opening);
    await world.flush();
    expect([opening.state, world.opens[0]?.value.signal.aborted]).toEqual(["refused", true]);
    // The place is held until `open` has answered, and what it made is closed.
    expect(world.selector.resources()[0]?.slots).toEqual(["released"]);
    world.opens[0]?.settle(true);
    await world.flush();
    expect([world.values[0]?.state, world.selector.resources()[0]?.held]).toEqual(["closed", 0]);
  });

  test("is over with the grant: an abort after it changes nothing", async () => {
    const controller = new AbortController();
    await using selector = createSelector(one);
    const going = selector.acquire({ signal: controller.signal });
    controller.abort();
    const slot = await going;
    expect([slot.signal.aborted, selector.resources()[0]?.held]).toEqual([false, 1]);
  });
});

describe("keys", () => {
  test("share one slot, which is opened once and closed when the last one has released it", async () => {
    const world = new World({ resources: [{ id: "a", cap: 2 }] });
    world.openManner = "later";
    const [x, y] = [world.acquire("shared"), world.acquire("shared")];
    await world.flush();
    expect(world.opens.length).toBe(1);
    world.opens[0]?.settle(true);
    await world.flush();
    expect(x.slot?.value).toBe(world.values[0] as never);
    expect(y.slot?.value).toBe(world.values[0] as never);
    world.release(x);
    await world.flush();
    expect(world.values[0]?.state).toBe("open");
    world.release(y);
    await world.flush();
    expect(world.values[0]?.state).toBe("closed");
  });

  test("linger, and are found again; an open that nobody waits for goes on", async () => {
    const world = new World({ ...one, lingerMs: 1_000 });
    world.openManner = "later";
    const gone = world.acquire("x");
    world.abort(gone);
    world.opens[0]?.settle(true);
    await world.flush();
    const found = world.acquire("x");
    await world.flush();
    expect([found.state, world.values.length]).toEqual(["held", 1]);
    world.release(found);
    await world.advance(999);
    expect(world.values[0]?.state).toBe("open");
    await world.advance(1);
    expect(world.values[0]?.state).toBe("closed");
  });

  test("are not open twice on one resource: one that is being closed is waited for", async () => {
    const world = new World({ resources: [{ id: "a", cap: 2 }] });
    world.closeManner = "later";
    const first = world.acquire("x");
    await world.flush();
    world.release(first);
    const [again, other] = [world.acquire("x"), world.acquire("y")];
    await world.flush();
    expect([again.state, other.state]).toEqual(["waiting", "held"]);
    world.closes[0]?.settle(true);
    await world.flush();
    expect(again.state).toBe("held");
  });

  test("that are discarded are closed for all, and made anew for the next", async () => {
    const world = new World({ ...one, lingerMs: 1_000 });
    const [x, y] = [world.acquire("shared"), world.acquire("shared")];
    await world.flush();
    world.release(x, "discard");
    await world.flush();
    expect(world.values[0]?.state).toBe("closed");
    expect(x.slot?.signal.aborted).toBe(false);
    expect(String(y.slot?.signal.reason)).toBe("SelectorError: the slot was taken back: discarded");
    expect(y.slot?.signal.reason.code).toBe("discarded");
    world.release(y);
    world.acquire("shared");
    await world.flush();
    expect(world.values.map(({ state }) => state)).toEqual(["closed", "open"]);
  });
});

describe("the end", () => {
  test("drain serves those who wait, lets nobody in, and resolves when all is free", async () => {
    const world = new World({ resources: [{ id: "a", cap: 2 }], lingerMs: 1_000 });
    const [lingers, held] = [world.acquire("w"), world.acquire("x")];
    await world.flush();
    world.release(lingers);
    let over = false;
    void world.selector.drain().then(() => {
      over = true;
    });
    expect(world.values[0]?.state).toBe("closed");
    expect((await errorOf(world.selector.acquire())).code).toBe("closed");
    expect([over, held.slot?.signal.aborted]).toEqual([false, false]);
    world.release(held);
    await world.flush();
    expect([over, world.values[1]?.state]).toEqual([true, "closed"]);
    await world.selector.drain();
  });

  test("drain serves who waited before", async () => {
    const selector = createSelector(one);
    const slot = await selector.acquire();
    const [next, last] = [selector.acquire(), selector.acquire()];
    const drained = selector.drain();
    await slot.release();
    await (await next).release();
    await (await last).release();
    await drained;
  });

  test("drain waits for whom nothing can serve: until there is room, the time is over, or it is closed", async () => {
    for (const how of ["room", "time", "close"] as const) {
      const world = new World({ resources: [{ id: "a", taken: 1 }] });
      const waiting = world.acquire("x", 300);
      let over = false;
      void world.selector.drain().then(() => {
        over = true;
      });
      await world.advance(299);
      expect([over, waiting.state]).toEqual([false, "waiting"]);
      if (how === "room") world.set("a", 1, 0);
      else if (how === "time") await world.advance(1);
      else await world.selector.close();
      await world.flush();
      world.release(waiting);
      await world.flush();
      expect([over, waiting.state]).toEqual([true, how === "room" ? "released" : "refused"]);
    }
  });

  test("close takes everything back and is one promise", async () => {
    const world = new World(one);
    world.closeManner = "later";
    const [held, waiting, inFront] = [world.acquire("x"), world.acquire("y"), world.acquire("z")];
    await world.flush();
    const closing = world.selector.close();
    expect(world.selector.close()).toBe(closing);
    let over = false;
    void closing.then(() => {
      over = true;
    });
    await world.flush();
    for (const ask of [waiting, inFront]) expect((ask.error as SelectorError).code).toBe("closed");
    expect([held.slot?.signal.reason.code, over]).toEqual(["closed", false]);
    world.closes[0]?.settle(true);
    await world.flush();
    expect([over, world.timers, world.values[0]?.state]).toEqual([true, 0, "closed"]);
    world.release(held);
    await held.freed;
  });

  test("comes with the signal of the options, before or after", async () => {
    const controller = new AbortController();
    const selector = createSelector({ ...one, signal: controller.signal });
    const slot = await selector.acquire();
    controller.abort();
    expect(slot.signal.aborted).toBe(true);
    const never = createSelector({ ...one, signal: controller.signal });
    expect((await errorOf(never.acquire())).code).toBe("closed");
  });

  test("of one selector is not another's", async () => {
    const [mine, yours] = [createSelector(one), createSelector(one)];
    const [slot, other] = [await mine.acquire(), await yours.acquire()];
    await mine.close();
    expect([slot.signal.aborted, other.signal.aborted]).toEqual([true, false]);
    await other.release();
    await using _again = await yours.acquire({ timeoutMs: 0 });
  });
});

describe("listeners", () => {
  test("hear every move, in the selector's own words", async () => {
    await using selector = createSelector({ ...one, open: () => 1, close: () => {} });
    const moves: SlotTransition[] = [];
    const off = selector.on("transition", (move) => moves.push(move));
    await (await selector.acquire({ key: "k" })).release();
    expect(moves.map(({ from, to, cause }) => `${from} → ${to}: ${cause}`)).toEqual([
      "free → pending: acquired",
      "pending → active: opened",
      "active → released: nobody holds it",
      "released → free: closed",
    ]);
    expect(moves[0]).toMatchObject({ resource: "a", slot: 0, key: "k" });
    off();
    await (await selector.acquire()).release();
    expect(moves.length).toBe(4);
  });

  test("that throw harm nobody, and go with their signal", async () => {
    await using selector = createSelector(one);
    const controller = new AbortController();
    const faults: unknown[] = [];
    const oops = (): never => {
      throw new Error("oops");
    };
    selector.on("transition", oops, { signal: controller.signal });
    selector.on("fault", (fault) => faults.push(fault));
    selector.on("fault", oops);
    await (await selector.acquire()).release();
    expect(faults.length).toBe(4);
    controller.abort();
    selector.on("transition", oops, { signal: controller.signal });
    await (await selector.acquire()).release();
    expect(faults.length).toBe(4);
  });

  test("may use the selector", async () => {
    await using selector = createSelector(one);
    const waits: number[] = [];
    selector.on("transition", ({ to }) => {
      if (to === "active" && waits.length === 0) {
        void selector.acquire({ timeoutMs: 0 }).catch(() => waits.push(-1));
        waits.push(selector.waiting);
      }
    });
    await using _slot = await selector.acquire();
    expect(waits).toEqual([1, -1]);
  });
});

test("books that contradict themselves give out nothing more, and say so", async () => {
  class Broken extends Shell<undefined> {
    protected override decide(event: Parameters<Shell<undefined>["take"]>[0]) {
      if (event.type === "request" && event.client === 2) throw new Error("one and one is three");
      return super.decide(event);
    }
  }
  const selector = new Broken({ resources: [{ id: "a", cap: 3 }] }, { value: undefined });
  const faults: unknown[] = [];
  selector.on("fault", ({ during, error }) => faults.push(`${during}: ${error}`));
  const slot = await selector.acquire();
  expect(String(await errorOf(selector.acquire()))).toBe("Error: one and one is three");
  expect(faults).toEqual(["step: Error: one and one is three"]);
  expect((await errorOf(selector.acquire())).message).toContain("contradict themselves");
  await slot.release();
  await selector.close();
});

describe("what cannot be is named, with the rule and the fix", () => {
  const cases: [string, () => unknown, string][] = [
    [
      "an unknown option",
      () => createSelector({ ...one, linger: 3 } as never),
      '"linger" is no option; there are resources',
    ],
    [
      "no list",
      () => createSelector({ resources: "a" } as never),
      'resources is "a", and must be a list such as',
    ],
    [
      "one id twice",
      () => createSelector({ resources: [{ id: "a" }, { id: "a" }] }),
      'resource "a" is there twice; give each',
    ],
    [
      "no id",
      () => createSelector({ resources: [{ id: "" }] }),
      'a resource\'s id is "", and must be a text',
    ],
    [
      "half a place",
      () => createSelector({ resources: [{ id: "a", cap: 1.5 }] }),
      'cap of resource "a" is 1.5, and must be a whole number from 0 to 1000;',
    ],
    [
      "too many places",
      () => createSelector({ resources: [{ id: "a", taken: 1001 }] }),
      'taken of resource "a" is 1001',
    ],
    [
      "a time before now",
      () => createSelector({ ...one, lingerMs: -1 }),
      "lingerMs is -1, and must be milliseconds from 0 to 2147483647; for no limit say Infinity",
    ],
    [
      "a time that no timer holds",
      () => createSelector({ ...one, timeoutMs: 2 ** 31 }),
      "timeoutMs is 2147483648",
    ],
    [
      "a time in words",
      () => createSelector({ ...one, openTimeoutMs: "1s" } as never),
      'openTimeoutMs is "1s"',
    ],
    [
      "no time at all",
      () => createSelector({ ...one, releaseTimeoutMs: Number.NaN }),
      "releaseTimeoutMs is NaN",
    ],
    [
      "a hook that is none",
      () => createSelector({ ...one, open: 3 } as never),
      "open is 3, and must be a function",
    ],
    [
      "close alone",
      () => createSelector({ ...one, close: () => {} } as never),
      "close is given without open",
    ],
    ["a resource later", () => createSelector(one).set({ id: "b", cap: -1 }), 'cap of resource "b" is -1'],
  ];
  test.each(cases)("%s", (_, make, message) => {
    let error: unknown;
    try {
      make();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SelectorError);
    expect(error).toMatchObject({ code: "bad_option", message: expect.stringContaining(message) });
  });

  test("an acquire's, as a rejection", async () => {
    await using selector = createSelector(one);
    for (const [ask, message] of [
      [{ key: "" }, 'key is "", and must be a text that is not empty; leave it out'],
      [{ timeoutMs: -5 }, "timeoutMs is -5"],
      [{ signal: {} as AbortSignal }, "signal is an object, and must be an AbortSignal"],
    ] as const)
      expect(await errorOf(selector.acquire(ask))).toMatchObject({
        code: "bad_option",
        message: expect.stringContaining(message),
      });
  });
});
