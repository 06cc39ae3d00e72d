/** Hooks that fail, are late, or never answer. */
import { describe, expect, test } from "bun:test";
import { createSelector, type SelectorError } from "../../src/selector/index.ts";
import { PROBE_TIMEOUT_MS } from "../../src/selector/limits.ts";
import { World } from "./selector-world.ts";

const named = (...ids: string[]) => ids.map((id) => ({ id }));

describe("open", () => {
  test("that fails is tried elsewhere, three times at most, and each resource is set aside", async () => {
    const world = new World({ resources: named("a", "b", "c", "d") });
    world.openManner = "throws";
    const ask = world.acquire("x");
    await world.flush();
    const error = ask.error as SelectorError;
    expect([error.code, error.message]).toEqual([
      "open_failed",
      'open failed, the last time with "cannot open"; tried a, b, c',
    ]);
    expect(error.cause).toEqual(new Error("cannot open"));
    expect(world.selector.resources().map(({ resting, held }) => [resting, held])).toEqual([
      [true, 0],
      [true, 0],
      [true, 0],
      [false, 0],
    ]);
  });

  test("that fails once is made good by another resource", async () => {
    const world = new World({ resources: named("a", "b") });
    world.openManner = "later";
    const ask = world.acquire("x");
    world.opens[0]?.settle(false);
    await world.flush();
    world.opens[1]?.settle(true);
    await world.flush();
    expect([ask.state, ask.slot?.resource]).toEqual(["held", "b"]);
  });

  test("has a resource that failed asked again, after pauses that grow, until it answers", async () => {
    const asked: number[] = [];
    let alive = false;
    const world: World = new World({
      resources: named("a"),
      probe: (resource) => {
        asked.push(world.nowMs());
        if (asked.length === 2) throw new Error(`${resource} is out`);
        return alive;
      },
    });
    const events: string[] = [];
    world.selector.on("recovered", ({ resource }) => events.push(`${resource} recovered`));
    world.selector.on("fault", ({ during, resource, error }) =>
      events.push(`${during} ${resource}: ${error}`),
    );
    const began = world.nowMs();
    world.openManner = "throws";
    world.acquire("x");
    const waiting = world.acquire("y");
    await world.advance(6_999);
    expect(asked.map((at) => at - began)).toEqual([1_000, 3_000]);
    expect(waiting.state).toBe("waiting");
    [alive, world.openManner] = [true, "now"];
    await world.advance(1);
    expect([asked.length, waiting.state]).toEqual([3, "held"]);
    expect(events).toEqual(["open a: Error: cannot open", "probe a: Error: a is out", "a recovered"]);
  });

  test("has a probe that never answers told to stop, and asked again after the next pause", async () => {
    const asked: { readonly at: number; readonly signal: AbortSignal; answer(alive: boolean): void }[] = [];
    const world: World = new World({
      resources: named("a"),
      probe: (_, signal) =>
        new Promise((resolve) => asked.push({ at: world.nowMs() - began, signal, answer: resolve })),
    });
    const began = world.nowMs();
    world.openManner = "throws";
    world.acquire("x");
    await world.flush();
    world.openManner = "now";
    const waiting = world.acquire("y");
    await world.advance(1_000 + PROBE_TIMEOUT_MS - 1);
    expect([asked.length, asked[0]?.signal.aborted]).toEqual([1, false]);
    await world.advance(1);
    expect(asked[0]?.signal.reason).toMatchObject({
      name: "TimeoutError",
      message: `probe did not answer within ${PROBE_TIMEOUT_MS} ms`,
    });
    await world.advance(2_000);
    expect(asked.map(({ at }) => at)).toEqual([1_000, 3_000 + PROBE_TIMEOUT_MS]);
    // What comes too late is an answer to a question of the past.
    asked[0]?.answer(true);
    await world.flush();
    expect(waiting.state).toBe("waiting");
    asked[1]?.answer(true);
    await world.flush();
    expect([waiting.state, asked[1]?.signal.aborted, world.timers]).toEqual(["held", false, 0]);
  });

  test("has a probe under way told when the selector is closed", async () => {
    const signals: AbortSignal[] = [];
    const world = new World({
      resources: named("a"),
      probe: (_, signal) => {
        signals.push(signal);
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    });
    const faults: string[] = [];
    world.selector.on("fault", ({ during }) => faults.push(during));
    world.openManner = "throws";
    world.acquire("x");
    await world.advance(1_000 + PROBE_TIMEOUT_MS + 2_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    await world.selector.close();
    await world.flush();
    // Neither did wrong: both were told to stop.
    expect([signals[1]?.aborted, world.timers, faults]).toEqual([true, 0, ["open"]]);
  });

  test("of a resource that is removed while it rests is asked for no more", async () => {
    const world = new World({ resources: named("a") });
    world.openManner = "throws";
    world.acquire("x");
    await world.flush();
    expect(world.timers).toBe(1);
    world.remove("a");
    expect(world.timers).toBe(0);
    world.openManner = "now";
    world.set("a", 1, 0);
    const again = world.acquire("y");
    await world.flush();
    expect(again.state).toBe("held");
  });

  test("that takes too long is told, tried elsewhere, and its value closed when it comes", async () => {
    const world = new World({ resources: named("a", "b"), openTimeoutMs: 50 });
    world.openManner = "later";
    const ask = world.acquire("x");
    await world.advance(50);
    const [first, second] = world.opens;
    expect([first?.value.signal.reason.name, second?.value.resource]).toEqual(["TimeoutError", "b"]);
    await world.advance(50);
    expect([(ask.error as SelectorError).code, (ask.error as SelectorError).message]).toEqual([
      "open_timeout",
      "open did not answer within 50 ms; tried a, b",
    ]);
    // Nothing is known of the two, so both places are held.
    expect(world.selector.resources().map(({ held }) => held)).toEqual([1, 1]);
    first?.settle(true);
    second?.settle(false);
    await world.flush();
    expect(world.values.map(({ state }) => state)).toEqual(["closed", "failed"]);
    expect(world.selector.resources().map(({ held }) => held)).toEqual([0, 0]);
  });

  test("may answer with what is like a promise", async () => {
    class Like<T> implements PromiseLike<T> {
      readonly #real: Promise<T>;
      constructor(value: T) {
        this.#real = Promise.resolve(value);
      }
      // biome-ignore lint/suspicious/noThenProperty: a promise of somebody else's making is the point here
      then: Promise<T>["then"] = (done, failed) => this.#real.then(done, failed);
    }
    await using selector = createSelector({ resources: named("a"), open: () => new Like(7) });
    await using slot = await selector.acquire();
    expect(slot.value).toBe(7);
  });

  test("is told of no key as an empty one, and of the resource", async () => {
    const told: unknown[] = [];
    await using selector = createSelector({
      resources: named("a"),
      open: ({ resource, key, signal }) => told.push([resource, key, signal.aborted]),
      close: (value, { resource, key, reason }) => void told.push([value, resource, key, reason]),
    });
    await (await selector.acquire()).release();
    await (await selector.acquire({ key: "k" })).discard("worn out");
    expect(told).toEqual([
      ["a", "", false],
      [1, "a", "", "nobody holds it"],
      ["a", "k", false],
      [3, "a", "k", "worn out"],
    ]);
  });
});

describe("close", () => {
  test("that fails is called again after pauses that grow, and the place is held until it is done", async () => {
    const world = new World({ resources: named("a") });
    const faults: unknown[] = [];
    world.selector.on("fault", ({ during, resource }) => faults.push([during, resource]));
    world.closeManner = "throws";
    const [ask, next] = [world.acquire("x"), world.acquire("y")];
    await world.flush();
    world.release(ask);
    // It has failed once: there is nothing more to wait for.
    await ask.freed;
    await world.advance(499);
    expect(faults.length).toBe(1);
    await world.advance(1);
    expect(faults.length).toBe(2);
    await world.advance(999);
    expect([faults.length, next.state]).toEqual([2, "waiting"]);
    world.closeManner = "now";
    await world.advance(1);
    expect([world.values[0]?.state, next.state]).toEqual(["closed", "held"]);
    expect(faults).toEqual([
      ["close", "a"],
      ["close", "a"],
    ]);
  });

  test("is waited for by release", async () => {
    const world = new World({ resources: named("a") });
    world.closeManner = "later";
    const ask = world.acquire("x");
    await world.flush();
    world.release(ask);
    let freed = false;
    void ask.freed?.then(() => {
      freed = true;
    });
    await world.flush();
    expect(freed).toBe(false);
    world.closes[0]?.settle(true);
    await world.flush();
    expect(freed).toBe(true);
  });

  test("that takes long is not counted on: another slot that lingers yields", async () => {
    const world = new World({ resources: named("a", "b"), lingerMs: 60_000 });
    const [x, y] = [world.acquire("x"), world.acquire("y")];
    await world.flush();
    world.release(x);
    world.release(y);
    world.closeManner = "later";
    const waiting = world.acquire("z");
    await world.advance(999);
    expect([world.closes.length, waiting.state]).toEqual([1, "waiting"]);
    world.closeManner = "now";
    await world.advance(1);
    expect(waiting.state).toBe("held");
  });

  test("that never answers holds the place until the last resort's time is over", async () => {
    const world = new World({ resources: named("a"), releaseTimeoutMs: 5_000 });
    world.closeManner = "later";
    const [ask, next] = [world.acquire("x"), world.acquire("y")];
    await world.flush();
    world.release(ask);
    await world.advance(4_999);
    expect(next.state).toBe("waiting");
    await world.advance(1);
    expect(next.state).toBe("held");
    await ask.freed;
    world.closes[0]?.settle(true);
    await world.flush();
    expect(world.selector.resources()[0]?.held).toBe(1);
  });
});

test("a close that fails is called no more when the last resort's time is over", async () => {
  const world = new World({ resources: named("a"), releaseTimeoutMs: 1_200 });
  let faults = 0;
  world.selector.on("fault", () => faults++);
  world.closeManner = "throws";
  const ask = world.acquire("x");
  await world.flush();
  world.release(ask);
  await world.advance(1_200);
  expect([faults, world.timers, world.selector.resources()[0]?.held]).toEqual([2, 0, 0]);
});

test("a value that comes after the last resort is closed, and told if that fails", async () => {
  const world = new World({ resources: named("a"), releaseTimeoutMs: 5_000 });
  const faults: string[] = [];
  world.selector.on("fault", ({ during, error }) => faults.push(`${during}: ${error}`));
  world.openManner = "later";
  for (const key of ["x", "y", "z"]) {
    const ask = world.acquire(key);
    world.abort(ask);
    await world.advance(5_000);
  }
  expect([world.opens.length, world.selector.resources()[0]?.held]).toEqual([3, 0]);
  world.opens[0]?.settle(true);
  await world.flush();
  expect(world.values[0]?.state).toBe("closed");
  world.closeManner = "throws";
  world.opens[1]?.settle(true);
  world.opens[2]?.settle(false);
  await world.flush();
  expect(faults).toEqual(["close: Error: cannot close"]);
  expect(world.timers).toBe(0);
});
