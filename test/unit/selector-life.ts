/** Random lives of a selector: what its users, its hooks and its clock do, in any order. */
import fc from "fast-check";
import { type Make, type Manner, World } from "./selector-world.ts";

const RESOURCES = ["a", "b", "c"] as const;

export type Act =
  | {
      readonly do: "acquire";
      readonly key: "own" | "none" | "shared 1" | "shared 2";
      readonly timeoutMs: number;
    }
  /** Several for one key, each with a time of its own. */
  | { readonly do: "crowd"; readonly key: "shared 1" | "shared 2"; readonly timeoutsMs: readonly number[] }
  | { readonly do: "release" | "discard" | "abort"; readonly pick: number }
  | { readonly do: "open" | "close"; readonly pick: number; readonly ok: boolean }
  | { readonly do: "manner"; readonly open: Manner; readonly close: Manner }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "set"; readonly resource: string; readonly cap: number; readonly taken: number }
  | { readonly do: "remove"; readonly resource: string }
  | { readonly do: "probe"; readonly answer: boolean }
  | { readonly do: "in hook"; readonly act: Act }
  | { readonly do: "drain" }
  | { readonly do: "flush" };

export interface Life {
  readonly caps: readonly number[];
  readonly lingerMs: number;
  readonly openTimeoutMs: number;
  /** How hooks answer until an act says otherwise. */
  readonly open: Manner;
  readonly close: Manner;
  readonly acts: readonly Act[];
  readonly ending: "plain" | "drain" | "close";
}

const pick = fc.nat({ max: 9 });
const resource = fc.constantFrom(...RESOURCES);
const timeoutMs = fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 300);
const manner = fc.constantFrom<Manner>("now", "throws", "later", "heeds", "later");

const acquire: fc.Arbitrary<Act> = fc.record({
  do: fc.constant("acquire" as const),
  key: fc.constantFrom(
    "own" as const,
    "own" as const,
    "none" as const,
    "shared 1" as const,
    "shared 2" as const,
  ),
  timeoutMs,
});
const crowd: fc.Arbitrary<Act> = fc.record({
  do: fc.constant("crowd" as const),
  key: fc.constantFrom("shared 1" as const, "shared 2" as const),
  timeoutsMs: fc.array(timeoutMs, { minLength: 2, maxLength: 4 }),
});
const give: fc.Arbitrary<Act> = fc.record({
  do: fc.constantFrom(
    "release" as const,
    "release" as const,
    "release" as const,
    "discard" as const,
    "abort" as const,
  ),
  pick,
});
const settle: fc.Arbitrary<Act> = fc.record({
  do: fc.constantFrom("open" as const, "close" as const),
  pick,
  ok: fc.constantFrom(true, true, false),
});
const set: fc.Arbitrary<Act> = fc.record({
  do: fc.constant("set" as const),
  resource,
  cap: fc.constantFrom(0, 1, 1, 2, 3),
  taken: fc.nat({ max: 1 }),
});
const rare: fc.Arbitrary<Act> = fc.oneof(
  set,
  fc.record({ do: fc.constant("remove" as const), resource }),
  fc.record({ do: fc.constant("probe" as const), answer: fc.boolean() }),
  fc.record({ do: fc.constant("in hook" as const), act: fc.oneof(acquire, give) }),
  fc.constant<Act>({ do: "drain" }),
);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 7, arbitrary: acquire },
  { weight: 2, arbitrary: crowd },
  { weight: 7, arbitrary: give },
  { weight: 6, arbitrary: settle },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("manner" as const), open: manner, close: manner }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.constantFrom(10, 300, 1_100, 9_000) }),
  },
  { weight: 7, arbitrary: fc.constant<Act>({ do: "flush" }) },
  { weight: 2, arbitrary: set },
  { weight: 1, arbitrary: rare },
);

export const life: fc.Arbitrary<Life> = fc.record({
  caps: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 3 }),
  lingerMs: fc.constantFrom(0, 0, 200),
  openTimeoutMs: fc.constantFrom(Number.POSITIVE_INFINITY, 250),
  open: manner,
  close: manner,
  // As long as that, not as short as they are by default.
  acts: fc.array(act, { maxLength: 45, size: "max" }),
  ending: fc.constantFrom("plain", "drain", "close"),
});

function perform(world: World, act: Act): void | Promise<void> {
  switch (act.do) {
    case "acquire": {
      const key = {
        own: `own ${world.asks.length}`,
        none: undefined,
        "shared 1": "shared 1",
        "shared 2": "shared 2",
      };
      world.acquire(key[act.key], act.timeoutMs);
      return;
    }
    case "crowd":
      for (const timeoutMs of act.timeoutsMs) world.acquire(act.key, timeoutMs);
      return;
    case "release":
    case "discard": {
      const held = world.held();
      return world.release(held[act.pick % held.length], act.do);
    }
    case "abort": {
      // Now and then one that has its answer.
      const waiting = world.asks.filter(({ state }) => state === "waiting" || act.pick === 9);
      return world.abort(waiting[act.pick % waiting.length]);
    }
    case "open":
    case "close": {
      const pending = act.do === "open" ? world.opens : world.closes;
      const [one] = pending.splice(act.pick % Math.max(1, pending.length), 1);
      return one?.settle(act.ok);
    }
    case "manner":
      [world.openManner, world.closeManner] = [act.open, act.close];
      return;
    case "advance":
      return world.advance(act.ms);
    case "set":
      return world.set(act.resource, act.cap, act.taken);
    case "remove":
      return world.remove(act.resource);
    case "probe":
      world.probeAnswer = act.answer;
      return;
    case "in hook":
      world.inHook = () => void perform(world, act.act);
      return;
    case "drain":
      void world.selector.drain();
      return;
    case "flush":
      return world.flush();
  }
}

/** Lives through it; answers what went wrong. */
export async function live(
  life: Life,
  make?: Make,
  more: { readonly releaseTimeoutMs?: number } = {},
): Promise<readonly string[]> {
  const { caps, lingerMs, openTimeoutMs, acts, ending } = life;
  const resources = caps.map((cap, index) => ({ id: RESOURCES[index] ?? "a", cap }));
  const world = new World({ resources, lingerMs, openTimeoutMs, ...more }, make);
  [world.openManner, world.closeManner] = [life.open, life.close];
  for (const act of acts) {
    // What takes no time lets nothing else go on before the next act.
    const going = perform(world, act);
    if (going) await going;
    if (act.do !== "flush" && act.do !== "advance") continue;
    await world.flush();
    world.look();
    if (world.wrong.length > 0 && more.releaseTimeoutMs === undefined) return world.wrong;
  }
  await world.flush();
  const held = world.held();
  let over = false;
  if (ending !== "plain")
    void world.selector[ending]().then(() => {
      over = true;
    });
  await world.flush();
  if (
    ending === "close" &&
    held.some(({ state, slot }) => state === "held" && slot?.signal.aborted === false)
  )
    world.wrong.push("closed, and a holder is not told");
  await world.windDown();
  // Who waits without limit waits on while no resource has room, or only those where its `open` has failed.
  const waiting = world.asks.filter(({ state }) => state === "waiting");
  const stuck = waiting.length > 0;
  if (
    waiting.some(({ key = "" }) => !world.hasFailedFor(key)) &&
    [...world.rooms.values()].some((room) => room > 0)
  )
    world.wrong.push("somebody still waits");
  if (ending === "drain" && !over && !stuck)
    world.wrong.push("everything is free, and drain has not resolved");
  if (ending === "close" && !over) world.wrong.push("everything is free, and close has not resolved");
  let closed = false;
  void world.selector.close().then(() => {
    closed = true;
  });
  await world.flush();
  if (!closed) world.wrong.push("all has been given back, and close has not resolved");
  world.lookAtTheEnd();
  if (world.timers > 0) world.wrong.push(`${world.timers} timers are left`);
  let freed = 0;
  const released = world.asks.filter((ask) => ask.freed !== null);
  for (const ask of released) void ask.freed?.then(() => freed++);
  await world.flush();
  if (freed < released.length) world.wrong.push("a release has not resolved");
  return world.wrong;
}
