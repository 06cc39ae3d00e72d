/** First come, first served: the selector beside a list and a number. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Ask, World } from "./selector-world.ts";

const RESOURCES = ["a", "b"] as const;

type Act =
  | { readonly do: "acquire"; readonly timeoutMs: number }
  | { readonly do: "release" | "abort"; readonly pick: number }
  | { readonly do: "advance"; readonly ms: number }
  | { readonly do: "set"; readonly id: string; readonly cap: number; readonly taken: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("acquire" as const),
      timeoutMs: fc.constantFrom(Number.POSITIVE_INFINITY, 0, 100),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("release" as const, "abort" as const),
      pick: fc.nat({ max: 9 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.constantFrom(40, 100) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("set" as const),
      id: fc.constantFrom(...RESOURCES),
      cap: fc.nat({ max: 3 }),
      taken: fc.nat({ max: 2 }),
    }),
  },
);

test("who asked first is served first, and nobody waits while there is room", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
      const world = new World({ resources: RESOURCES.map((id) => ({ id })) });
      let queue: Ask[] = [];
      const served = new Set<Ask>();
      const room = (): number =>
        [...world.rooms].reduce((sum, [id, places]) => sum + Math.max(0, places - world.busy(id)), 0);
      for (const act of acts) {
        const free = room();
        if (act.do === "acquire") {
          const ask = world.acquire(undefined, act.timeoutMs);
          if (free > 0) served.add(ask);
          else if (act.timeoutMs > 0) queue.push(ask);
        } else if (act.do === "release") {
          const held = world.held();
          world.release(held[act.pick % held.length]);
        } else if (act.do === "abort") {
          const ask = queue[act.pick % queue.length];
          world.abort(ask);
          queue = queue.filter((other) => other !== ask);
        } else if ("id" in act) world.set(act.id, act.cap, act.taken);
        else if ("ms" in act) {
          await world.advance(act.ms);
          queue = queue.filter(({ deadlineMs }) => deadlineMs > world.nowMs());
        }
        await world.flush();
        // Whoever was next has what became free.
        for (let [first] = queue; first?.state === "held"; [first] = queue) {
          served.add(first);
          queue.shift();
        }
        expect(world.wrong).toEqual([]);
        expect(queue.map(({ state }) => state)).toEqual(queue.map(() => "waiting"));
        expect(world.selector.waiting).toBe(queue.length);
        if (queue.length > 0) expect(room()).toBe(0);
        for (const ask of world.asks)
          expect(served.has(ask) || queue.includes(ask) || ask.state === "refused").toBe(true);
      }
      await world.windDown();
      await world.selector.close();
      world.lookAtTheEnd();
      expect([world.wrong, world.timers]).toEqual([[], 0]);
    }),
    { numRuns: 300, seed: 20251012 },
  );
}, 60_000);
