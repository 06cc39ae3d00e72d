/** One member of a store of leases: what it claims, when it may send, and what it does when the store fails it. */
import { describe, expect, test } from "bun:test";
import { REFUSED_PAUSE_MS, TURN_MS } from "../../src/leases/limits.ts";
import { type Member, PLACE, sessionOf, settle, TTL, World } from "./leases-world.ts";

async function joined(world: World, ...names: string[]): Promise<Member[]> {
  const members = names.map((name) => world.member(name));
  await world.pass(1);
  return members;
}

const why = async (world: World, claim: ReturnType<Member["claim"]>): Promise<string> => {
  const outcome = await world.answered(claim);
  return outcome.kind === "granted" ? "granted" : outcome.why;
};

describe("a claim", () => {
  test("is granted while there is room, and refused when the engine is full", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    expect(await why(world, a.claim(1))).toBe("granted");
    expect(a.holder.isHeld(a.id(1))).toBe(true);
    expect(await why(world, b.claim(1))).toBe("granted");
    expect(await why(world, b.claim(2))).toBe("full");
    expect(b.holder.isHeld(b.id(2))).toBe(false);
    // What stands in the way is seen, so nothing has to be blocked.
    expect(b.claims.get(PLACE)?.claims.map(({ lease }) => lease)).toEqual([a.id(1)]);
    expect(b.isBlocked(PLACE)).toBe(false);
    expect(world.server.leasesAt(PLACE)).toEqual([a.id(1), b.id(1)]);
  });

  test("of a content that somebody plays there is refused, and its names are seen", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    await world.answered(a.claim(1, PLACE, { contents: ["id:x", "infohash:y"] }));
    expect(await why(world, b.claim(1, PLACE, { contents: ["infohash:y"] }))).toBe("content");
    expect(b.claims.get(PLACE)?.claims[0]?.contents).toEqual(["id:x", "infohash:y"]);
  });

  test("before one's turn is refused, and the place is blocked until it comes", async () => {
    const world = new World();
    const [a, b, c] = (await joined(world, "a/1", "b/1", "c/1")) as [Member, Member, Member];
    for (const n of [1, 2]) await world.answered(a.claim(n));
    expect(await why(world, b.claim(1))).toBe("full");
    b.holder.waiting(true);
    await world.pass(1);
    a.holder.release(a.id(1));
    await world.pass(1);
    // Everybody saw that a slot came back, and whose turn it is.
    expect([b.isBlocked(PLACE), c.isBlocked(PLACE)]).toEqual([false, true]);
    expect(await why(world, c.claim(1))).toBe("turn");
    expect(c.isBlocked(PLACE)).toBe(true);
    await world.pass(2 * TURN_MS);
    expect(c.isBlocked(PLACE)).toBe(false);
    expect(await why(world, c.claim(2))).toBe("granted");
  });

  test("is refused without asking while the store grants nothing", async () => {
    const world = new World();
    const [a] = (await joined(world, "a/1")) as [Member];
    a.door.down();
    const before = a.door.asked.length;
    expect(await why(world, a.claim(1))).toBe("down");
    expect(a.door.asked).toHaveLength(before);
    expect(a.troubles.at(-1)).toContain("cannot be reached");
  });

  test("of one that was ended meanwhile is refused; it joins and then claims", async () => {
    const world = new World();
    const [a] = (await joined(world, "a/1")) as [Member];
    world.server.books = { ...world.server.books, members: new Map() };
    expect(await why(world, a.claim(1))).toBe("down");
    await world.pass(1);
    expect(await why(world, a.claim(2))).toBe("granted");
    expect(a.troubles.at(-1)).toBeNull();
  });

  test("that nothing seen explains keeps the place shut for a while", async () => {
    const world = new World();
    const [a] = (await joined(world, "a/1")) as [Member];
    for (const n of [1, 2]) await world.answered(a.claim(n));
    // Given back, but the store does not take it in.
    a.door.refuses = "OOM";
    a.holder.release(a.id(2));
    await settle();
    a.door.refuses = null;
    expect(await why(world, a.claim(3))).toBe("full");
    expect(a.isBlocked(PLACE)).toBe(true);
    await world.pass(REFUSED_PAUSE_MS);
    expect(a.isBlocked(PLACE)).toBe(false);
  });

  test("of a stopped process that has just gone on is refused, and it says so at once", async () => {
    const world = new World();
    const [a] = (await joined(world, "a/1")) as [Member];
    a.stop(true);
    await world.pass(2 * TTL);
    // The first thing that it hears of is a request, before any of its timers.
    const outcome = await a.claim(1);
    expect(outcome).toMatchObject({ kind: "refused", why: "down" });
    // Who is told nothing asks again at once, and for ever.
    expect(a.troubles.at(-1)).not.toBeNull();
  });

  test("of one that has left is refused, and it says so", async () => {
    const world = new World();
    const [a] = (await joined(world, "a/1")) as [Member];
    await world.answered(a.holder.close());
    expect(await why(world, a.claim(1))).toBe("down");
    expect(a.troubles.at(-1)).not.toBeNull();
  });
});

describe("a claim whose outcome nobody knows", () => {
  test("is given back when the connection is there again", async () => {
    const world = new World();
    const [a] = (await joined(world, "a/1")) as [Member];
    a.door.losesAnswers = true;
    const claim = a.claim(1);
    await world.pass(10);
    expect(world.server.leasesAt(PLACE)).toEqual([a.id(1)]);
    a.door.down();
    expect(await why(world, claim)).toBe("down");
    expect(a.holder.isHeld(a.id(1))).toBe(false);
    a.door.losesAnswers = false;
    await world.pass(50);
    a.door.up();
    await world.pass(50);
    expect(world.server.leasesAt(PLACE)).toEqual([]);
    expect(a.holder.view.drift).toEqual([]);
  });

  test("is given back though the store takes it in after all that came later", async () => {
    const world = new World();
    const [a] = (await joined(world, "a/1")) as [Member];
    a.door.thereMs = () => 20;
    a.door.lateMs = 400;
    const claim = a.claim(1);
    await world.pass(5);
    a.door.down();
    a.door.thereMs = () => 0;
    expect(await why(world, claim)).toBe("down");
    a.door.up();
    await world.pass(300);
    expect(world.server.leasesAt(PLACE)).toEqual([]);
    let wasTaken = false;
    world.time.onStep = () => {
      wasTaken ||= world.server.leasesAt(PLACE).length > 0;
    };
    await world.pass(TTL);
    expect(wasTaken).toBe(true);
    expect(world.server.leasesAt(PLACE)).toEqual([]);
    expect(a.orphans).toEqual([]);
  });

  test("is released when it is granted though nobody wants it any more", async () => {
    const world = new World();
    const [a] = (await joined(world, "a/1")) as [Member];
    a.door.thereMs = () => 100;
    const claim = a.claim(1);
    a.holder.release(a.id(1));
    expect(await why(world, claim)).toBe("granted");
    expect(a.holder.isHeld(a.id(1))).toBe(false);
    await world.pass(300);
    expect(world.server.leasesAt(PLACE)).toEqual([]);
  });
});

describe("what is given back", () => {
  test("is given back again until the store has heard it", async () => {
    const world = new World();
    const [a] = (await joined(world, "a/1")) as [Member];
    await world.answered(a.claim(1));
    a.door.refuses = "MISCONF the disk is full";
    a.holder.release(a.id(1));
    await world.pass(100);
    a.door.refuses = null;
    expect(world.server.leasesAt(PLACE)).toEqual([a.id(1)]);
    await world.pass(TTL / 2);
    expect(world.server.leasesAt(PLACE)).toEqual([]);
    expect(a.door.count("join")).toBe(1);
    const released = a.door.count("release");
    await world.pass(TTL);
    expect(a.door.count("release")).toBe(released);
  });

  test("makes no other member wait that is first in the queue", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    await world.answered(a.claim(1, PLACE, { cap: 1 }));
    expect(await why(world, b.claim(1, PLACE, { cap: 1 }))).toBe("full");
    a.holder.release(a.id(1));
    await world.pass(1);
    expect(await why(world, b.claim(2, PLACE, { cap: 1 }))).toBe("granted");
  });
});

describe("a slow store", () => {
  test("that takes half a term loses no lease, and only delays what is granted", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    await world.answered(a.claim(1));
    for (const { door } of [a, b]) door.thereMs = door.backMs = () => TTL / 4;
    const began = world.time.now;
    expect(await why(world, a.claim(2))).toBe("granted");
    expect(world.time.now - began).toBeGreaterThanOrEqual(TTL / 2);
    await world.pass(5 * TTL);
    expect([a.holder.isHeld(a.id(1)), a.holder.isHeld(a.id(2))]).toEqual([true, true]);
    expect([...a.lost, ...b.lost]).toEqual([]);
    expect(a.troubles.at(-1)).toBeNull();
    expect(world.server.books.members.size).toBe(2);
  });

  test("that takes longer costs the leases, before the store ends them", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    await world.answered(a.claim(1));
    a.door.thereMs = a.door.backMs = () => 0.6 * TTL;
    await world.time.until(() => a.lost.length > 0);
    expect(a.holder.isHeld(a.id(1))).toBe(false);
    expect(world.server.ownerOf(a.id(1))).toBe("a/1");
    expect(b.orphans).toEqual([]);
    expect(a.troubles.at(-1)).toContain("in time");
  });

  test("that freezes and goes on is asked again, and grants again", async () => {
    const world = new World();
    const [a] = (await joined(world, "a/1")) as [Member];
    await world.answered(a.claim(1));
    world.server.actor.stopped = true;
    const claim = a.claim(2);
    await world.pass(2 * TTL);
    expect(a.lost).toEqual([a.id(1)]);
    world.server.actor.stopped = false;
    await world.pass(TTL / 2);
    expect(a.troubles.at(-1)).toBeNull();
    // Heard of too late to be used, and given back.
    expect((await claim).kind).toBe("refused");
    expect(world.server.ownerOf(a.id(2))).toBeUndefined();
    expect(await why(world, a.claim(3, "e:2"))).toBe("granted");
  });
});

describe("a process that stands still", () => {
  test("holds nothing when it goes on, before it knows that time has passed", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    await world.answered(a.claim(1));
    a.stop(true);
    await world.pass(3 * TTL);
    expect(b.orphans.map(({ lease }) => lease)).toEqual([a.id(1)]);
    const asked = a.door.asked.length;
    expect(a.holder.isHeld(a.id(1))).toBe(false);
    expect(a.door.asked).toHaveLength(asked);
    a.stop(false);
    await world.pass(1);
    expect(a.lost).toEqual([a.id(1)]);
    expect(a.holder.isHeld(a.id(1))).toBe(false);
    await world.pass(TTL);
    expect(a.troubles.at(-1)).toBeNull();
    // It is the other's to give back; that we say so as well does no harm.
    a.holder.release(a.id(1));
    await world.pass(10);
    b.holder.release(a.id(1));
    await world.pass(10);
    expect(world.server.leasesAt(PLACE)).toEqual([]);
    expect([...a.holder.view.drift, ...b.holder.view.drift]).toEqual([]);
  });
});

describe("leases that are lost", () => {
  test("are not asked for again when another has them", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    await world.answered(a.claim(1));
    a.door.down();
    await world.time.until(() => b.orphans.length > 0);
    a.door.up();
    await world.pass(10);
    const named = () => {
      const join = a.door.asked.findLast(({ type }) => type === "join");
      return join?.type === "join" ? join.held.map(({ id }) => id) : null;
    };
    expect(named()).toEqual([a.id(1)]);
    expect(a.lost).toEqual([a.id(1)]);
    a.door.down();
    a.door.up();
    await world.pass(10);
    expect(named()).toEqual([a.id(1)]);
    expect(world.server.ownerOf(a.id(1))).toBe("b/1");
    expect(a.lost).toEqual([a.id(1)]);
  });

  test("are given up in the moment in which the store says so, whatever else has come before", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    await world.answered(a.claim(1));
    a.stop(true);
    await world.pass(3 * TTL);
    expect(world.server.ownerOf(a.id(1))).toBe(b.name);
    // It goes on, and hears of its connection before its timers have run.
    a.wire.stopped = false;
    a.door.down();
    a.door.up();
    const seen = new Set<boolean>();
    const ended = world.time.now + TTL;
    while (world.time.now < ended && a.holder.view.validMs === 0) {
      const passing = world.pass(1);
      for (let turn = 0; turn < 200; turn++) {
        seen.add(a.holder.isHeld(a.id(1)));
        await null;
      }
      await passing;
    }
    expect(a.holder.view.validMs).toBeGreaterThan(0);
    expect([...seen]).toEqual([false]);
    expect(a.lost).toEqual([a.id(1)]);
  });

  test("stay ours in the store until there is proof, if nobody has taken them", async () => {
    const world = new World();
    const [a] = (await joined(world, "a/1")) as [Member];
    await world.answered(a.claim(1));
    a.door.down();
    await world.pass(TTL);
    expect(a.lost).toEqual([a.id(1)]);
    a.door.up();
    await world.pass(10);
    expect(world.server.ownerOf(a.id(1))).toBe("a/1");
    expect(a.holder.isHeld(a.id(1))).toBe(false);
    a.holder.release(a.id(1));
    await world.pass(10);
    expect(world.server.leasesAt(PLACE)).toEqual([]);
  });
});

describe("a member that goes on by itself while the store is away", () => {
  async function alone(): Promise<[World, Member]> {
    const world = new World();
    const a = world.member("a/1", { whenDown: "local" });
    await world.pass(1);
    for (const n of [1, 2]) await world.answered(a.claim(n));
    await world.answered(a.claim(3, "e:2"));
    a.door.down();
    await world.pass(TTL);
    return [world, a];
  }

  test("keeps what it held, and grants no more than that", async () => {
    const [world, a] = await alone();
    expect(a.lost).toEqual([]);
    expect(a.troubles.at(-1)).toBeNull();
    expect([1, 2, 3].map((n) => a.holder.isHeld(a.id(n)))).toEqual([true, true, true]);
    expect(await why(world, a.claim(4))).toBe("full");
    expect(await why(world, a.claim(4, "e:3"))).toBe("full");
    expect(a.isBlocked("e:3")).toBe(true);
    a.holder.release(a.id(1));
    expect(await why(world, a.claim(5, "e:2"))).toBe("full");
    expect(await why(world, a.claim(5))).toBe("granted");
    expect(a.holder.isHeld(a.id(5))).toBe(true);
    expect(await why(world, a.claim(6))).toBe("full");
  });

  test("joins again with what it has, and loses none of it", async () => {
    const [world, a] = await alone();
    a.holder.release(a.id(1));
    expect(await why(world, a.claim(5))).toBe("granted");
    a.door.up();
    await world.pass(10);
    expect(a.lost).toEqual([]);
    expect([2, 3, 5].map((n) => a.holder.isHeld(a.id(n)))).toEqual([true, true, true]);
    // The slot never seemed free to others, though its session is another.
    expect(world.server.leasesAt(PLACE)).toHaveLength(2);
    const b = world.member("b/1");
    await world.pass(10);
    expect(await why(world, b.claim(1))).toBe("full");
    for (const n of [2, 3, 5]) a.holder.release(a.id(n));
    await world.pass(TTL / 2);
    expect(world.server.books.engines.size).toBe(0);
    expect(a.holder.view.drift).toEqual([]);
    expect(await why(world, a.claim(7))).toBe("granted");
  });

  test("asks the store again when that was only slow", async () => {
    const world = new World();
    const a = world.member("a/1", { whenDown: "local" });
    await world.pass(1);
    await world.answered(a.claim(1));
    a.door.backMs = () => TTL;
    await world.pass(2 * TTL);
    expect(await why(world, a.claim(2))).toBe("full");
    a.door.backMs = () => 0;
    await world.pass(2 * TTL);
    expect(await why(world, a.claim(3))).toBe("granted");
    expect(world.server.leasesAt(PLACE)).toEqual([a.id(1), a.id(3)]);
  });

  test("that never was in the store grants nothing", async () => {
    const world = new World();
    const a = world.member("a/1", { whenDown: "local" }, (door) => {
      door.losesCommands = true;
    });
    await world.pass(3 * TTL);
    expect(await why(world, a.claim(1))).toBe("down");
    expect(a.troubles.at(-1)).not.toBeNull();
  });
});

describe("what is known of a session", () => {
  test("is told to the store, and told again when it joins", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    await world.answered(a.claim(1, PLACE, { session: sessionOf("x", PLACE, false) }));
    a.holder.note(a.id(1), ["id:x", "infohash:y"], sessionOf("x"));
    await world.pass(1);
    expect(b.claims.get(PLACE)?.claims[0]?.contents).toEqual(["id:x", "infohash:y"]);
    a.door.down();
    a.holder.note(a.id(1), ["id:x", "infohash:z"], sessionOf("x"));
    a.door.up();
    await world.pass(1);
    expect(b.claims.get(PLACE)?.claims[0]?.contents).toEqual(["id:x", "infohash:z"]);
    a.stop(true);
    await world.pass(3 * TTL);
    expect(b.orphans).toEqual([{ ...sessionOf("x"), contents: ["id:x", "infohash:z"], lease: a.id(1) }]);
  });

  test("is made up from the place when the store's word makes no sense", async () => {
    const world = new World();
    const [a, b] = (await joined(world, "a/1", "b/1")) as [Member, Member];
    await world.answered(a.claim(1, "[::1]:6878"));
    const [held] = world.server.books.engines.get("[::1]:6878") ?? [];
    if (!held) throw new Error("no lease");
    world.server.books = {
      ...world.server.books,
      engines: new Map([["[::1]:6878", [{ ...held, detail: "{" }]]]),
    };
    a.stop(true);
    await world.pass(3 * TTL);
    expect(b.orphans).toEqual([
      {
        engine: "[::1]:6878",
        name: "[::1]:6878",
        address: { scheme: "http", host: "::1", port: 6878 },
        contents: held.contents,
        urls: null,
        playbackSession: null,
        reportedAs: null,
        lease: a.id(1),
      },
    ]);
  });
});
