/** What only happens to a selector that is used against the grain: from within its own calls, after its end, without types. */
import { describe, expect, test } from "bun:test";
import { createSelector, type SelectorError } from "../../src/selector/index.ts";
import { Resources } from "../../src/selector/resources.ts";
import { initialState } from "../../src/slots/index.ts";
import { World } from "./selector-world.ts";

const named = (...ids: string[]) => ids.map((id) => ({ id }));

const errorOf = (going: Promise<unknown>): Promise<SelectorError> =>
  going.then(
    () => Promise.reject(new Error("it did not fail")),
    (error) => error,
  );

describe("from within", () => {
  test("an open that closes the selector and fails leaves nothing to be asked later", async () => {
    const world = new World({ resources: named("a") });
    world.openManner = "throws";
    world.inHook = () => void world.selector.close();
    const ask = world.acquire("x");
    await world.flush();
    expect([ask.state, world.timers]).toEqual(["refused", 0]);
  });

  test("what is set and removed in one listener is never used", async () => {
    const opened: string[] = [];
    const selector = createSelector({ resources: named("a"), open: ({ resource }) => opened.push(resource) });
    const slot = await selector.acquire();
    const waiting = selector.acquire();
    selector.remove("a");
    const off = selector.on("transition", () => {
      off();
      selector.set({ id: "b" });
      selector.remove("b");
    });
    await slot.release();
    expect([opened, selector.waiting, selector.resources()]).toEqual([["a"], 1, []]);
    selector.set({ id: "c", cap: 2 });
    expect((await waiting).resource).toBe("c");
    await selector.close();
  });

  test("a resource that is removed in a listener is given to nobody who was on the way", async () => {
    const opened: string[] = [];
    const selector = createSelector({
      resources: named("a"),
      open: ({ key }) => opened.push(key),
    });
    const slot = await selector.acquire({ key: "x" });
    const waiting = errorOf(selector.acquire({ key: "y" }));
    const off = selector.on("transition", () => {
      off();
      selector.remove("a");
    });
    await slot.release();
    expect(opened).toEqual(["x"]);
    await selector.close();
    expect((await waiting).code).toBe("closed");
  });

  test("a listener that another one has stopped hears nothing more", async () => {
    const selector = createSelector({ resources: named("a") });
    const heard: string[] = [];
    selector.on("transition", ({ to }) => {
      heard.push(to);
      off();
    });
    const off = selector.on("transition", () => heard.push("stopped"));
    await selector.acquire();
    expect(heard).toEqual(["pending", "active"]);
    await selector.close();
  });

  test("an opening that rejects with what has no text has failed, as any other", async () => {
    await using selector = createSelector({
      resources: [{ id: "a" }],
      open: () => Promise.reject(Object.create(null)),
    });
    await expect(selector.acquire()).rejects.toMatchObject({ code: "open_failed" });
  });

  test("a ranking that answers no number decides nothing, and is told as a fault", async () => {
    // Bun's runner fails a test in which a rejection is nobody's.
    for (const answer of [undefined, "1", () => Promise.reject(new Error("later"))]) {
      await using selector = createSelector({
        resources: [{ id: "b" }, { id: "a" }],
        rank: (() => (typeof answer === "function" ? answer() : answer)) as never,
      });
      const faults: string[] = [];
      selector.on("fault", ({ during, error }) => faults.push(`${during}: ${String(error)}`));
      await using slot = await selector.acquire();
      expect(slot.resource).toBe("a");
      expect(faults[0]).toMatch(
        /^rank: TypeError: rank answered (undefined|string|object), and must answer a number/,
      );
    }
  });

  test("a listener that rejects is told as a fault", async () => {
    const selector = createSelector({ resources: named("a") });
    const faults: string[] = [];
    selector.on("fault", ({ during, error }) => faults.push(`${during}: ${error}`));
    selector.on("fault", () => Promise.reject(new Error("nor this")) as never);
    selector.on("recovered", () => {});
    const off = selector.on("transition", () => Promise.reject(new Error("oops")) as never);
    await selector.acquire();
    off();
    await selector.close();
    expect(faults).toEqual(["listener: Error: oops", "listener: Error: oops"]);
  });
});

describe("hooks", () => {
  test("whose answer cannot even be awaited have failed", async () => {
    const broken = {
      // biome-ignore lint/suspicious/noThenProperty: a broken promise of somebody else's making is the point here
      then(): never {
        throw new Error("no then");
      },
    };
    const selector = createSelector({
      resources: named("a"),
      open: () => 1,
      close: () => broken as never,
      releaseTimeoutMs: 20,
    });
    const faults: string[] = [];
    selector.on("fault", ({ during, error }) => faults.push(`${during}: ${error}`));
    const slot = await selector.acquire();
    await slot.release();
    await selector.close();
    expect(faults).toEqual(["close: Error: no then"]);
  });

  test("are told the user's own words as they are", async () => {
    const reasons: string[] = [];
    const selector = createSelector({
      resources: named("a"),
      open: () => 1,
      close: (_, { reason }) => void reasons.push(reason),
    });
    const [mine, yours] = await Promise.all([1, 2].map(() => selector.acquire({ key: "k" })));
    await mine?.discard("shutdown");
    expect(reasons).toEqual(["shutdown"]);
    expect(String(yours?.signal.reason)).toBe("SelectorError: the slot was taken back: shutdown");
    await selector.close();
    const failing = createSelector({
      resources: named("a"),
      open: () => {
        throw new Error("request");
      },
    });
    expect((await errorOf(failing.acquire())).message).toContain('"request"');
    await failing.close();
  });
});

describe("resources", () => {
  test("with a cap of 0 are out of use: nobody waits for them who failed everywhere else", async () => {
    const world = new World({ resources: [{ id: "a", cap: 0 }, { id: "b" }] });
    world.openManner = "throws";
    const ask = world.acquire("x");
    await world.flush();
    expect((ask.error as SelectorError)?.code).toBe("open_failed");
    await using none = createSelector({ resources: [{ id: "a", cap: 0 }] });
    expect((await errorOf(none.acquire({ timeoutMs: 0 }))).message).toBe(
      "no slot is free now: all resources have a cap of 0",
    );
    const waiting = none.acquire();
    none.set({ id: "a" });
    expect((await waiting).resource).toBe("a");
  });

  test("whose places others hold are waited for, even by who failed everywhere else", async () => {
    const world = new World({ resources: [{ id: "a", taken: 1 }, { id: "b" }] });
    world.openManner = "throws";
    const ask = world.acquire("x");
    await world.flush();
    expect(ask.state).toBe("waiting");
    world.openManner = "now";
    world.set("a", 1, 0);
    await world.flush();
    expect([ask.state, ask.slot?.resource]).toEqual(["held", "a"]);
  });

  test("that are removed keep no slot that nobody holds", async () => {
    const world = new World({ resources: [{ id: "a" }, { id: "b" }], lingerMs: 60_000 });
    const [x, y] = [world.acquire("x"), world.acquire("y")];
    await world.flush();
    world.release(x);
    const [mine, theirs] = [x, y].map(({ slot }) => slot?.resource ?? "");
    world.remove(mine ?? "");
    world.remove(theirs ?? "");
    expect(world.values.map(({ state }) => state)).toEqual(["closed", "open"]);
    world.release(y);
    await world.flush();
    expect(world.values.map(({ state }) => state)).toEqual(["closed", "closed"]);
    expect(world.selector.resources()).toEqual([]);
  });

  test("with less room than before keep no slot above it that nobody holds, the longest kept goes first", async () => {
    const world = new World({ resources: [{ id: "a", cap: 4 }, { id: "b" }], lingerMs: 60_000 });
    const asks = ["u", "v", "w", "x"].map((key) => world.acquire(key));
    await world.flush();
    const states = () => asks.map(({ slot }) => slot?.value.state);
    expect(asks.map(({ slot }) => slot?.resource).filter((id) => id === "a").length).toBe(3);
    const [u, v, w] = asks.filter(({ slot }) => slot?.resource === "a");
    world.release(v);
    world.release(u);
    world.set("a", 3, 0);
    expect(states().every((state) => state === "open")).toBe(true);
    world.set("a", 3, 1);
    expect([u, v, w].map((ask) => ask?.slot?.value.state)).toEqual(["open", "closed", "open"]);
    world.set("a", 0, 0);
    expect([u, v, w].map((ask) => ask?.slot?.value.state)).toEqual(["closed", "closed", "open"]);
    // Nobody is harmed who holds one, and it does not linger afterwards.
    expect(w?.slot?.signal.aborted).toBe(false);
    world.release(w);
    await world.flush();
    expect(w?.slot?.value.state).toBe("closed");
    expect(states().filter((state) => state === "open").length).toBe(1);
  });

  test("whose slot is being closed keep the one that lingers: there is room for it then", async () => {
    const world = new World({ resources: [{ id: "a", cap: 2 }], lingerMs: 60_000 });
    world.closeManner = "later";
    const [x, y] = [world.acquire("x"), world.acquire("y")];
    await world.flush();
    world.release(x, "discard");
    world.release(y);
    world.set("a", 1, 0);
    world.closes[0]?.settle(true);
    await world.flush();
    expect([x, y].map(({ slot }) => slot?.value.state)).toEqual(["closed", "open"]);
  });

  test("that came and went are forgotten", () => {
    const resources = new Resources([]);
    const state = initialState({ cap: 1 });
    for (let id = 0; id < 100; id++) {
      resources.set({ id: `r${id}`, cap: 1, taken: 0 });
      resources.remove(`r${id}`);
      resources.news(state);
    }
    expect(resources.known).toBe(0);
  });
});

test("nobody's time runs on who has a slot", async () => {
  const world = new World({ resources: named("a") });
  const [x, y] = [world.acquire("x"), world.acquire("y", 1_000)];
  const shared = [world.acquire("z", 60_000), world.acquire("z", 60_000), world.acquire("z", 60_000)];
  await world.flush();
  world.set("a", 5, 0);
  await world.flush();
  expect([x.state, y.state]).toEqual(["held", "held"]);
  expect(shared.map(({ state }) => state)).toEqual(["held", "held", "held"]);
  expect(world.timers).toBe(0);
});

describe("what cannot be, and no type has said so", () => {
  const one = { resources: named("a") };
  const cases: [string, () => unknown, string][] = [
    ["no options", () => createSelector(undefined as never), "options is undefined, and must be an object"],
    ["no resource", () => createSelector({ resources: [null] } as never), "a resource is null, and must be"],
    [
      "a controller for a signal",
      () => createSelector({ ...one, signal: new AbortController() } as never),
      "signal is an object, and must be an AbortSignal; pass controller.signal",
    ],
    [
      "an event that is none",
      () => createSelector(one).on("move" as never, () => {}),
      '"move" is no event; there are transition, fault, recovered',
    ],
    [
      "a listener that is none",
      () => createSelector(one).on("fault", 3 as never),
      "listener is 3, and must be a function",
    ],
  ];
  test.each(cases)("%s", (_, make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: "bad_option" }));
  });

  test("an acquire's", async () => {
    await using selector = createSelector(one);
    expect((await errorOf(selector.acquire(null as never))).message).toContain("options is null");
    expect(await errorOf(selector.acquire({ timeout: 5 } as never))).toMatchObject({
      code: "bad_option",
      message: '"timeout" is no option of acquire; there are key, signal, timeoutMs',
    });
    expect(selector.resources()[0]?.held).toBe(0);
  });
});
