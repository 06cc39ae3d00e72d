/** Several members of one store of leases: who takes what over, whose turn it is, and what a store may forget. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { NO_BOOKS } from "../../src/leases/books.ts";
import { REVIEWED_LEASES_MAX, TURN_MS } from "../../src/leases/limits.ts";
import { type Member, PLACE, sessionOf, TTL, World } from "./leases-world.ts";

async function joined(world: World, ...names: string[]): Promise<Member[]> {
  const members = names.map((name) => world.member(name));
  await world.pass(1);
  return members;
}

const leasesOf = (member: Member): (string | null | undefined)[] =>
  member.orphans.map(({ lease }) => lease).sort();

describe("what a member leaves behind that is no more", () => {
  test("is taken over by the others, each session once", async () => {
    const world = new World();
    const [a, b, c] = (await joined(world, "a/1", "b/1", "c/1")) as [Member, Member, Member];
    const places = Array.from({ length: 25 }, (_, index) => `e:${index}`);
    for (const [n, place] of places.entries()) await world.answered(a.claim(n, place));
    a.stop(true);
    await world.pass(3 * TTL);
    const all = [...leasesOf(b), ...leasesOf(c)].sort();
    expect(all).toEqual(places.map((_, n) => a.id(n)).sort());
    // Sixteen at once: the rest went to whoever renewed next.
    expect(b.orphans.length * c.orphans.length).toBeGreaterThan(0);
    for (const taker of [b, c])
      for (const { lease } of taker.orphans) {
        expect(taker.holder.isHeld(lease ?? "")).toBe(false);
        expect(world.server.ownerOf(lease ?? "")).toBe(taker.name);
      }
    expect(b.orphans[0]).toEqual(sessionOf(b.orphans[0]?.lease ?? "", `e:${b.orphans[0]?.address.port}`));
    // To each other they are claims still, and to themselves none.
    const takenByB = b.orphans[0];
    expect(c.claims.get(`e:${takenByB?.address.port}`)?.claims).toHaveLength(1);
    expect(b.claims.get(`e:${takenByB?.address.port}`)?.claims ?? []).toEqual([]);
    for (const taker of [b, c]) for (const { lease } of taker.orphans) taker.holder.release(lease ?? "");
    await world.pass(10);
    expect(world.server.books.engines.size).toBe(0);
    expect([...b.holder.view.drift, ...c.holder.view.drift]).toEqual([]);
  });

  test("is taken over at once when it has said good-bye", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    for (const n of [1, 2]) await world.answered(a.claim(n));
    a.holder.release(a.id(1));
    await world.answered(a.holder.close());
    await world.pass(TTL / 4);
    expect(leasesOf(b)).toEqual([a.id(2)]);
  });

  test("is left alone by one that is leaving itself", async () => {
    const world = new World();
    const [a, b, c] = (await joined(world, "a/1", "b/1", "c/1")) as [Member, Member, Member];
    await world.answered(a.claim(1));
    b.holder.drain();
    a.stop(true);
    c.stop(true);
    await world.pass(3 * TTL);
    expect([leasesOf(b), leasesOf(c)]).toEqual([[], []]);
    c.stop(false);
    await world.pass(TTL);
    expect(leasesOf(c)).toEqual([a.id(1)]);
  });

  test("is taken over again when the answer that handed it over was lost, and never freed without proof", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    await world.answered(a.claim(1));
    a.stop(true);
    b.door.losesAnswers = true;
    await world.time.until(() => world.server.ownerOf(a.id(1)) === b.name);
    b.door.down();
    b.door.losesAnswers = false;
    b.door.up();
    await world.pass(10);
    expect(world.server.ownerOf(a.id(1))).toBe(b.name);
    expect(leasesOf(b)).toEqual([a.id(1)]);
    b.holder.release(a.id(1));
    await world.pass(10);
    expect(world.server.books.engines.size).toBe(0);
    await world.pass(TTL);
    expect(leasesOf(b)).toEqual([a.id(1)]);
  });

  test("is taken over though the store took the question in long after its connection broke", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    await world.answered(a.claim(1));
    b.holder.drain();
    a.stop(true);
    await world.pass(3 * TTL);
    expect(leasesOf(b)).toEqual([]);
    const seen = world.server.books.fence;
    world.server.take({ type: "beat", member: b.name, ttl: TTL, seen, waiting: false, adopts: true });
    await world.pass(10);
    expect(leasesOf(b)).toEqual([a.id(1)]);
    await world.pass(TTL);
    expect(leasesOf(b)).toEqual([a.id(1)]);
  });
});

describe("a former life", () => {
  test("is gone on with by the next one, and taken over by nobody else", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    await world.answered(a.claim(1));
    a.stop(true);
    await world.pass(TTL / 5);
    const former = [{ lease: a.id(1), place: PLACE, session: sessionOf(a.id(1)) }];
    const fences = () => world.server.books.engines.get(PLACE)?.map(({ fence }) => fence);
    const before = fences();
    const next = world.member("a/2", { former });
    await world.pass(1);
    expect(world.server.ownerOf(a.id(1))).toBe("a/2");
    // The next life does not know it, and the store does.
    expect(fences()).toEqual(before);
    expect(next.holder.isHeld(a.id(1))).toBe(false);
    await world.pass(3 * TTL);
    expect([leasesOf(b), leasesOf(next)]).toEqual([[], []]);
    // Nothing of it counts for the next life but its own slot.
    expect(next.claims.get(PLACE)?.claims ?? []).toEqual([]);
    expect(b.claims.get(PLACE)?.claims).toHaveLength(1);
    next.holder.release(a.id(1));
    await world.pass(10);
    expect(world.server.books.engines.size).toBe(0);
  });

  test("counts, though the store has forgotten it and grants again", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    const id = `${a.name.replace(/1$/, "0")}/7`;
    const next = world.member("a/2", { former: [{ lease: id, place: PLACE, session: sessionOf(id) }] });
    await world.pass(1);
    expect(world.server.ownerOf(id)).toBe("a/2");
    expect((await world.answered(b.claim(1, PLACE, { cap: 1 }))).kind).toBe("refused");
    next.holder.release(id);
    await world.pass(10);
    expect((await world.answered(b.claim(2, PLACE, { cap: 1 }))).kind).toBe("granted");
  });

  test("is left to whoever has taken it over already", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    await world.answered(a.claim(1));
    a.stop(true);
    await world.pass(3 * TTL);
    expect(leasesOf(b)).toEqual([a.id(1)]);
    const former = [{ lease: a.id(1), place: PLACE, session: sessionOf(a.id(1)) }];
    const next = world.member("a/2", { former });
    await world.pass(TTL);
    expect(world.server.ownerOf(a.id(1))).toBe(b.name);
    expect(next.lost).toEqual([]);
    expect(next.holder.view.drift).toEqual([]);
    next.holder.release(a.id(1));
    await world.pass(1);
    b.holder.release(a.id(1));
    await world.pass(10);
    expect(world.server.books.engines.size).toBe(0);
  });
});

describe("a store that has lost its memory", () => {
  for (const [how, forget] of [
    ["emptied", (world: World) => world.server.restart("one", NO_BOOKS)],
    ["started again without its data", (world: World) => world.server.restart("two", NO_BOOKS)],
    ["started again with its data", (world: World) => world.server.restart("two", world.server.books)],
  ] as const)
    test(`${how}: who lives keeps its leases, and nothing is granted for a term`, async () => {
      const world = new World();
      const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
      const fences: number[] = [];
      const claim = async (member: Member, n: number, place: string): Promise<string> => {
        const outcome = await world.answered(member.claim(n, place));
        if (outcome.kind === "granted") fences.push(outcome.fence);
        return outcome.kind === "granted" ? "granted" : outcome.why;
      };
      expect(await claim(a, 1, PLACE)).toBe("granted");
      expect(await claim(b, 1, PLACE)).toBe("granted");
      forget(world);
      const since = world.time.now;
      // Whether it is noticed at once or at the next renewal: nobody is given a slot that is in use.
      const third = await claim(a, 2, PLACE);
      expect(["down", "full"]).toContain(third);
      await world.pass(TTL / 2);
      expect(a.troubles.at(-1)).toContain("memory");
      expect([a.holder.isHeld(a.id(1)), b.holder.isHeld(b.id(1))]).toEqual([true, true]);
      expect(world.server.leasesAt(PLACE).toSorted()).toEqual([a.id(1), b.id(1)]);
      expect(await claim(a, 3, "e:2")).toBe("down");
      await world.time.until(() => a.troubles.at(-1) === null && b.troubles.at(-1) === null);
      expect(world.time.now - since).toBeGreaterThanOrEqual(TTL * 0.9);
      expect([...a.lost, ...b.lost]).toEqual([]);
      expect(await claim(a, 4, PLACE)).toBe("full");
      expect(await claim(b, 4, "e:2")).toBe("granted");
      expect(await claim(a, 5, "e:2")).toBe("granted");
      expect(fences).toEqual([...new Set(fences)].toSorted((x, y) => x - y));
      expect([...a.holder.view.drift, ...b.holder.view.drift]).toEqual([]);
    });

  test("hears of what was whose from those who saw it", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    await world.answered(a.claim(1));
    await world.pass(1);
    a.stop(true);
    await world.pass(TTL / 4);
    world.server.restart("two");
    await world.pass(3 * TTL);
    // Its session may still run: it counts, and is stopped.
    expect(world.server.leasesAt(PLACE)).toEqual([a.id(1)]);
    expect(leasesOf(b)).toEqual([a.id(1)]);
  });

  test("does not bring back what was given back before", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    await world.answered(a.claim(1));
    await world.pass(1);
    const old = world.server.books;
    a.holder.release(a.id(1));
    await world.pass(1);
    world.server.restart("two", old);
    await world.pass(3 * TTL);
    expect(world.server.leasesAt(PLACE)).toEqual([]);
    expect([leasesOf(a), leasesOf(b)]).toEqual([[], []]);
  });
});

describe("a view of the store", () => {
  /** Somebody else claims a slot, or gives it back, so many times, 1 ms apart. */
  function bustle({ time, server }: World, times: number): void {
    const claimOrReturn = (): void => {
      // Nobody takes over what it leaves.
      const head = { member: "x/1", ttl: 10 * TTL, seen: server.books.fence };
      const [held] = server.leasesAt(PLACE);
      const order = { ...head, place: PLACE, id: held ?? `x/1/${server.books.seq}` };
      const claim = { contents: [], detail: "", cap: 2, more: false };
      if (!server.books.members.has("x/1"))
        server.take({ type: "join", ...head, info: "", held: [], witnessed: [] });
      server.take(held ? { type: "release", ...order } : { type: "reserve", ...order, ...claim });
    };
    for (let ms = 1; ms <= times; ms++) time.after(ms, server.actor, claimOrReturn);
  }
  /** Changes that nobody hears of. */
  function skip({ server }: World): void {
    server.books = { ...server.books, seq: server.books.seq + 5 };
  }
  const claimed = (member: Member): string[] =>
    (member.claims.get(PLACE)?.claims ?? []).map(({ lease }) => lease);

  test("that is small is taken anew once per term: who joins or leaves is no change", async () => {
    const world = new World();
    const [a] = (await joined(world, "a/1")) as [Member];
    const members = () => a.holder.view.members.map(({ member }) => member);
    const b = world.member("b/1");
    await world.pass(1.2 * TTL);
    expect(members()).toEqual(["a/1", "b/1"]);
    await world.answered(b.holder.close());
    await world.pass(1.2 * TTL);
    expect(members()).toEqual(["a/1"]);
    const looks = a.door.looks;
    await world.pass(10 * TTL);
    expect(a.door.looks).toBe(looks + 10);
  });

  test("that is large is not taken anew while nothing is missed", async () => {
    const world = new World();
    const [a] = (await joined(world, "a/1")) as [Member];
    bustle(world, 1);
    await world.pass(10);
    const [one] = world.server.books.engines.get(PLACE) ?? [];
    if (!one) throw new Error("no lease");
    const many = (count: number) => Array.from({ length: count }, (_, n) => ({ ...one, id: `x/1/${n}` }));
    const looksInATerm = async (leases: number): Promise<number> => {
      world.server.books = { ...world.server.books, engines: new Map([["e:2", many(leases)]]) };
      skip(world);
      // Missed: it looks.
      bustle(world, 1);
      await world.pass(10);
      const looks = a.door.looks;
      await world.pass(1.2 * TTL);
      return a.door.looks - looks;
    };
    expect(await looksInATerm(REVIEWED_LEASES_MAX)).toBe(0);
    expect(await looksInATerm(REVIEWED_LEASES_MAX - 1)).toBe(1);
  });

  test("that changes overtake again and again is looked at once", async () => {
    const world = new World();
    const [a] = (await joined(world, "a/1")) as [Member];
    a.door.backMs = () => 50;
    const view = a.door.view.bind(a.door);
    a.door.view = () => {
      bustle(world, 5);
      return view();
    };
    const looks = a.door.looks;
    skip(world);
    bustle(world, 2);
    await world.pass(TTL / 2);
    expect(a.door.looks).toBe(looks + 1);
    expect(claimed(a)).toEqual([...world.server.leasesAt(PLACE)]);
    expect(claimed(a)).toHaveLength(1);
  });

  test("is looked at once more when a change is missing among those that overtook it", async () => {
    const world = new World();
    const [a] = (await joined(world, "a/1")) as [Member];
    a.door.backMs = () => 50;
    const looks = a.door.looks;
    for (let change = 1; change <= 3; change++) {
      skip(world);
      bustle(world, 1);
      await world.pass(10);
    }
    // Before a renewal would tell.
    await world.pass(TTL / 10);
    expect(a.door.looks).toBe(looks + 2);
    expect(claimed(a)).toEqual([...world.server.leasesAt(PLACE)]);
    expect(claimed(a)).toHaveLength(1);
  });
});

describe("slots that come back one by one", () => {
  test("go to all that wait, in turns", async () => {
    const world = new World();
    const [a, b, c, holder] = (await joined(world, "a/1", "b/1", "c/1", "d/1")) as [
      Member,
      Member,
      Member,
      Member,
    ];
    await world.answered(holder.claim(0, PLACE, { cap: 1 }));
    const waiting = [a, b, c];
    const shares = new Map(waiting.map((member) => [member, 0]));
    for (const member of waiting) member.holder.waiting(true);
    await world.pass(1);
    let current: { member: Member; lease: string } = { member: holder, lease: holder.id(0) };
    let n = 0;
    let refused = 0;
    let grants = 0;
    const open = (member: Member): boolean =>
      !member.isBlocked(PLACE) && (member.claims.get(PLACE)?.claims.length ?? 0) === 0;
    while (grants < 60) {
      current.member.holder.release(current.lease);
      let granted: typeof current | null = null;
      for (let ms = 0; ms < 20 && !granted; ms++) {
        await world.pass(TURN_MS / 4);
        // Whoever sees room asks, the fastest first.
        for (const member of [c, b, a]) {
          if (granted || !open(member)) continue;
          const lease = member.id(++n);
          const outcome = await world.answered(member.claim(n, PLACE, { cap: 1, more: true }));
          if (outcome.kind === "granted") granted = { member, lease };
          else refused++;
        }
      }
      if (!granted) throw new Error(`nobody was given the slot after ${grants} grants`);
      shares.set(granted.member, (shares.get(granted.member) ?? 0) + 1);
      current = granted;
      grants++;
    }
    const counts = [...shares.values()];
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
    expect(refused).toBeLessThan(grants);
  });
});

test("no lease seems held that the store has ended or given away, whatever the delays", async () => {
  const delays = fc.array(fc.integer({ min: 0, max: Math.floor(1.2 * TTL) }), { minLength: 1, maxLength: 8 });
  const trouble = fc.record({
    kind: fc.constantFrom(
      "stop",
      "go",
      "freeze",
      "thaw",
      "down",
      "up",
      "jump",
      "claim",
      "release",
      "slow",
      "quick",
    ),
    whose: fc.integer({ min: 0, max: 2 }),
    afterMs: fc.integer({ min: 0, max: Math.floor(TTL / 2) }),
  });
  let ended = 0;
  let lost = 0;
  await fc.assert(
    fc.asyncProperty(
      delays,
      delays,
      fc.array(trouble, { minLength: 5, maxLength: 25 }),
      fc.boolean(),
      async (there, back, troubles, quickFirst) => {
        const world = new World();
        let turn = 0;
        const slow = [false, false, false].map(() => !quickFirst);
        const members = ["a/1", "b/1", "c/1"].map((name, index) =>
          world.member(name, {}, (door) => {
            door.thereMs = () => (slow[index] ? (there[turn++ % there.length] ?? 0) / 2 : 5);
            door.backMs = () => (slow[index] ? (back[turn++ % back.length] ?? 0) / 2 : 5);
            door.changeMs = () => (slow[index] ? (back[turn++ % back.length] ?? 0) : 3);
          }),
        );
        let jumped = Number.NEGATIVE_INFINITY;
        let n = 0;
        world.time.onStep = () => {
          for (const { name, holder } of members)
            for (let lease = 1; lease <= n; lease++) {
              const id = `${name}/${lease}`;
              if (!holder.isHeld(id)) continue;
              if (world.server.ownerOf(id) !== name)
                throw new Error(`${id} is ${world.server.ownerOf(id)}'s`);
              if (!world.server.books.members.has(name)) throw new Error(`${name} has been ended`);
            }
          for (const leases of world.server.books.engines.values()) {
            if (leases.length > 2) throw new Error("more leases than slots");
            ended += Number(leases.some(({ id, owner }) => !id.startsWith(owner)));
          }
        };
        for (const { kind, whose, afterMs } of troubles) {
          await world.pass(afterMs);
          const member = members[whose] as Member;
          if (kind === "stop" || kind === "go") member.stop(kind === "stop");
          if (kind === "freeze" || kind === "thaw") world.server.actor.stopped = kind === "freeze";
          if (kind === "down") member.door.down();
          if (kind === "up") member.door.up();
          if (kind === "slow" || kind === "quick") slow[whose] = kind === "slow";
          // One jump in a term is what is promised.
          if (kind === "jump" && world.time.now - jumped > 2 * TTL) {
            world.server.aheadMs += 3 * TTL;
            jumped = world.time.now;
          }
          if (kind === "claim" && !member.actor.stopped) void member.claim(++n, `e:${n % 3}`);
          if (kind === "release" && !member.actor.stopped) member.holder.release(member.id(n));
        }
        world.server.actor.stopped = false;
        for (const member of members) member.stop(false);
        await world.pass(3 * TTL);
        for (const member of members) lost += member.lost.length;
      },
    ),
    { numRuns: 150, seed: 20251012 },
  );
  expect(ended).toBeGreaterThan(10);
  expect(lost).toBeGreaterThan(10);
}, 60_000);

test("a member that has other things to say about itself shows them, and keeps what it holds", async () => {
  const world = new World();
  let cap = 1;
  const a = world.member("a/1", { info: () => ({ name: "a", cap }) });
  const [b] = (await joined(world, "b/1")) as [Member];
  await world.answered(a.claim(1));
  const told = (): string | undefined => b.holder.view.members.find(({ member }) => member === "a/1")?.info;
  await world.pass(TTL);
  expect(told()).toBe('{"name":"a","cap":1}');
  cap = 3;
  a.holder.announce();
  await world.pass(TTL);
  expect(told()).toBe('{"name":"a","cap":3}');
  expect([a.holder.isHeld(a.id(1)), a.lost, b.orphans]).toEqual([true, [], []]);
});
