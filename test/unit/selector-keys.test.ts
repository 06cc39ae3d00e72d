/** Many who ask for one key: to the core they are one, and each is still itself. */
import { describe, expect, test } from "bun:test";
import { Shell } from "../../src/selector/shell.ts";
import type { SelectorEvent, Step } from "../../src/slots/index.ts";
import { type Ask, type Value, World } from "./selector-world.ts";

const MANY = 2_000;

/** Counts what the core has to decide, and how many it knows of. */
class Counting extends Shell<Value> {
  decisions = 0;
  mostClients = 0;

  protected override decide(event: SelectorEvent): Step {
    this.decisions++;
    const taken = super.decide(event);
    this.mostClients = Math.max(this.mostClients, taken.state.clients.size);
    return taken;
  }
}

function counted(resources: { readonly id: string; readonly cap?: number }[], lingerMs = 0) {
  const made: Counting[] = [];
  const world = new World({ resources, lingerMs }, (...given) => {
    const one = new Counting(...given);
    made.push(one);
    return one;
  });
  const [core] = made;
  if (!core) throw new Error("no selector was made");
  return { world, core };
}

const many = (world: World, key: string, timeoutMs?: number) =>
  Array.from({ length: MANY }, () => world.acquire(key, timeoutMs));

describe("thousands who ask for one key cost a handful of decisions", () => {
  test("while it is opened, and when all of them give up", async () => {
    const { world, core } = counted([{ id: "a" }]);
    world.openManner = "heeds";
    const asks = many(world, "k");
    expect(core.waiting).toBe(0);
    for (const ask of asks) world.abort(ask);
    await world.flush();
    expect(asks.every(({ state }) => state === "refused")).toBe(true);
    expect([core.resources()[0]?.held, core.mostClients]).toEqual([0, 1]);
    expect(core.decisions).toBeLessThan(10);
  });

  test("while another has the place, and when all of them give up", async () => {
    const { world, core } = counted([{ id: "a" }]);
    world.acquire("x");
    world.acquire("y");
    const asks = many(world, "k");
    expect(core.waiting).toBe(MANY + 1);
    for (const ask of asks) world.abort(ask);
    await world.flush();
    expect([core.waiting, core.mostClients]).toEqual([1, 2]);
    expect(core.decisions).toBeLessThan(10);
  });

  test("while they are next, and when the time of all but one is over", async () => {
    const { world, core } = counted([{ id: "a" }]);
    const held = world.acquire("x");
    const asks = many(world, "k");
    const timed = Array.from({ length: 20 }, () => world.acquire("k", 100));
    expect([core.waiting, core.mostClients]).toEqual([MANY + 20, 2]);
    await world.advance(100);
    expect([core.waiting, ...timed.map(({ state }) => state)]).toEqual([
      MANY,
      ...timed.map(() => "refused" as const),
    ]);
    world.release(held);
    await world.flush();
    expect(asks.every(({ state }) => state === "held")).toBe(true);
    expect([core.mostClients, core.decisions < 15]).toEqual([2, true]);
  });

  test("while they hold it, and when all of them release", async () => {
    const { world, core } = counted([{ id: "a" }]);
    const asks = many(world, "k");
    await world.flush();
    expect([world.values.length, core.mostClients]).toEqual([1, 1]);
    for (const ask of asks.slice(1)) world.release(ask);
    await world.flush();
    expect(world.values[0]?.state).toBe("open");
    world.release(asks[0]);
    await world.flush();
    expect(world.values[0]?.state).toBe("closed");
    expect(core.decisions).toBeLessThan(10);
  });
});

test("a signal of many is listened to once, while somebody waits who has it", async () => {
  const world = new World({ resources: [{ id: "a" }] });
  const controller = new AbortController();
  const { signal } = controller;
  const listening = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  let added = 0;
  signal.addEventListener = (type: string, listener: EventListener) => {
    added++;
    listening.add(listener);
    addEventListener.call(signal, type, listener);
  };
  signal.removeEventListener = (type: string, listener: EventListener) => {
    listening.delete(listener);
    removeEventListener.call(signal, type, listener);
  };
  const slot = await world.selector.acquire({ signal });
  expect([added, listening.size]).toEqual([1, 0]);
  const reasons: unknown[] = [];
  const going = Array.from({ length: MANY }, () =>
    world.selector.acquire({ signal }).catch((reason) => reasons.push(reason)),
  );
  expect([added, listening.size, world.selector.waiting]).toEqual([2, 1, MANY]);
  controller.abort("enough");
  await Promise.all(going);
  expect([listening.size, world.selector.waiting]).toEqual([0, 0]);
  expect([reasons.length, ...new Set(reasons)]).toEqual([MANY, "enough"]);
  await slot.release();
});

describe("of those who share, each", () => {
  const said = ({ error }: Ask) => String(error);

  test("has a time of its own, from now or never to for ever", async () => {
    const world = new World({ resources: [{ id: "a" }] });
    const held = world.acquire("x");
    const [first, never, soon, ever] = [
      world.acquire("k", 400),
      world.acquire("k", 0),
      world.acquire("k", 300),
      world.acquire("k"),
    ];
    await world.flush();
    expect([never.state, said(never)]).toEqual([
      "refused",
      "SelectorError: no slot is free now: the only slot is held",
    ]);
    await world.advance(300);
    expect([first.state, said(soon)]).toEqual([
      "waiting",
      "SelectorError: no slot came free within 300 ms: the only slot is held",
    ]);
    await world.advance(100);
    expect(said(first)).toContain("within 400 ms");
    expect([world.selector.waiting, world.timers]).toEqual([1, 0]);
    world.release(held);
    await world.flush();
    expect(ever.state).toBe("held");
  });

  test("is told why it waited in vain: open failed, and nothing else is there any more", async () => {
    const world = new World({ resources: [{ id: "a" }, { id: "b" }] });
    world.openManner = "throws";
    const other = world.acquire("x");
    await world.flush();
    expect(other.state).toBe("refused");
    world.openManner = "now";
    world.probeAnswer = false;
    world.set("c", 1, 0);
    const held = world.acquire("y");
    await world.flush();
    expect(held.slot?.resource).toBe("c");
    world.set("d", 1, 0);
    world.openManner = "throws";
    const [first, last] = [world.acquire("k", 300), world.acquire("k", 400)];
    for (const id of ["a", "b", "c"]) world.remove(id);
    await world.advance(400);
    for (const ask of [first, last]) expect(ask.error).toMatchObject({ code: "open_failed" });
  });

  test("gives up alone, the first one too, and the others keep the place in the queue", async () => {
    const world = new World({ resources: [{ id: "a" }] });
    const held = world.acquire("x");
    const [first, second, third, other] = [
      world.acquire("k"),
      world.acquire("k"),
      world.acquire("k"),
      world.acquire("z"),
    ];
    await world.flush();
    world.abort(first);
    world.abort(third);
    world.release(held);
    await world.flush();
    expect([first, second, third, other].map(({ state }) => state)).toEqual([
      "refused",
      "held",
      "refused",
      "waiting",
    ]);
    world.release(second);
    await world.flush();
    expect(other.state).toBe("held");
  });

  test("hears of a failure, and who comes later begins anew", async () => {
    const world = new World({ resources: [{ id: "a" }, { id: "b" }] });
    world.openManner = "later";
    const asks = [world.acquire("k"), world.acquire("k"), world.acquire("k")];
    for (const _ of world.rooms) {
      world.opens.shift()?.settle(false);
      await world.flush();
    }
    expect(new Set(asks.map(({ error }) => error)).size).toBe(3);
    for (const { error } of asks) expect(error).toMatchObject({ code: "open_failed" });
    const later = world.acquire("k");
    await world.advance(1_000);
    expect([later.state, world.selector.waiting, world.opens.length]).toEqual(["waiting", 0, 1]);
    world.opens.shift()?.settle(true);
    await world.flush();
    expect(later.state).toBe("held");
  });

  test("is told when one of them discards the slot, and who comes from within that begins anew", async () => {
    const world = new World({ resources: [{ id: "a", cap: 2 }, { id: "b" }] });
    const asks = [world.acquire("k"), world.acquire("k"), world.acquire("k")];
    await world.flush();
    let later: Ask | undefined;
    asks[1]?.slot?.signal.addEventListener("abort", () => {
      later = world.acquire("k");
    });
    world.release(asks[0], "discard");
    await world.flush();
    expect(asks.map(({ slot }) => slot?.signal.aborted)).toEqual([false, true, true]);
    expect(later?.slot?.value).toBe(world.values[1] as never);
    world.release(asks[1]);
    world.release(asks[2]);
    await world.flush();
    expect(world.values.map(({ state }) => state)).toEqual(["closed", "open"]);
  });
});
