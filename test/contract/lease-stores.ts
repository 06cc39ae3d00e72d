/** What every store of leases must do for its members, whatever keeps it. */
import assert from "node:assert/strict";
import type { Answer, Change, Command, PlacedLease } from "../../src/leases/books.ts";
import { ORPHANS_AT_ONCE, TURN_MS } from "../../src/leases/limits.ts";
import type { StorePort } from "../../src/leases/store.ts";

/** A store that is empty, and past the time after a loss of memory. */
export interface StoreWorld {
  /** A door of a member's own, open. */
  door(): Promise<{ readonly store: StorePort; readonly changes: readonly Change[] }>;
  /** Lets the store's own clock go on, ms. */
  pass(ms: number): Promise<void>;
  /** Waits for what is told and not asked for. */
  heard(what: () => boolean): Promise<void>;
  end(): Promise<void>;
}

type Test = (name: string, run: () => Promise<void>) => void;
type Type = Command["type"];
type Rest<T extends Type> = Omit<Extract<Command, { type: T }>, "type" | "member" | "ttl" | "seen">;
type As<T extends Answer["type"]> = Extract<Answer, { type: T }>;

const TTL = 1_000;
const PLACE = "engine:6878";

/** A member that does what it is told. */
class Member {
  readonly #store: StorePort;
  readonly name: string;
  readonly changes: readonly Change[];
  seen = 0;

  constructor(name: string, { store, changes }: Awaited<ReturnType<StoreWorld["door"]>>) {
    this.name = name;
    this.#store = store;
    this.changes = changes;
  }

  async ask<T extends Type>(type: T, rest: Rest<T>): Promise<Answer> {
    const command = { type, member: this.name, ttl: TTL, seen: this.seen, ...rest } as unknown as Command;
    const answer = await this.#store.ask(command);
    this.seen = Math.max(this.seen, answer.fence);
    return answer;
  }

  async join(
    held: readonly PlacedLease[] = [],
    witnessed: readonly PlacedLease[] = [],
  ): Promise<As<"joined">> {
    return answered(await this.ask("join", { info: `{"name":"${this.name}"}`, held, witnessed }), "joined");
  }

  async beat(waiting = false, adopts = true): Promise<As<"beaten">> {
    return answered(await this.ask("beat", { waiting, adopts }), "beaten");
  }

  reserve(session: number, more: Partial<Rest<"reserve">> = {}): Promise<Answer> {
    const id = `${this.name}/${session}`;
    return this.ask("reserve", {
      place: PLACE,
      id,
      contents: [id],
      detail: "{}",
      cap: 1,
      more: false,
      ...more,
    });
  }

  release(session: number, place = PLACE): Promise<Answer> {
    return this.ask("release", { place, id: `${this.name}/${session}` });
  }

  view() {
    return this.#store.view();
  }
}

function answered<T extends Answer["type"]>(answer: Answer, type: T): As<T> {
  assert.equal(answer.type, type);
  return answer as As<T>;
}

const refusedBecause = (answer: Answer): string => answered(answer, "refused").why;

/** Registers the suite; `test` is the runner's. */
export function leaseStoreContract(test: Test, open: () => Promise<StoreWorld>): void {
  const inWorld = (name: string, run: (world: StoreWorld, a: Member, b: Member) => Promise<void>): void =>
    test(name, async () => {
      const world = await open();
      try {
        const [a, b] = [new Member("a/1", await world.door()), new Member("b/1", await world.door())];
        await a.join();
        await b.join();
        await run(world, a, b);
      } finally {
        await world.end();
      }
    });

  /** A whole term, while these renew: the clock goes on by a quarter of a term at once. */
  async function term(world: StoreWorld, ...alive: readonly Member[]): Promise<PlacedLease[]> {
    const orphans: PlacedLease[] = [];
    for (let step = 0; step < 5; step++) {
      await world.pass(TTL / 4);
      for (const member of alive) orphans.push(...(await member.beat()).orphans);
    }
    return orphans;
  }

  /** For the next command, however long it is on its way: the clock never goes back, and stands while the server's does. */
  const noTimeFor = (world: StoreWorld): Promise<void> => world.pass(-60_000);

  inWorld("no engine carries more than its cap, whoever asks", async (_, a, b) => {
    const { held, fence } = answered(await a.reserve(1, { cap: 2 }), "granted");
    assert.deepEqual(
      held.map(({ id, owner }) => [id, owner]),
      [["a/1/1", "a/1"]],
    );
    const second = answered(await b.reserve(1, { cap: 2 }), "granted");
    assert.deepEqual(
      second.held.map(({ id }) => id),
      ["a/1/1", "b/1/1"],
    );
    assert.ok(second.fence > fence);
    assert.equal(refusedBecause(await a.reserve(2, { cap: 2 })), "full");
    answered(await a.reserve(2, { place: "other:6878" }), "granted");
  });

  inWorld("whoever is no member gets nothing, and is told so", async (world, a) => {
    const stranger = new Member("c/1", await world.door());
    const answer = await stranger.reserve(1);
    assert.equal(refusedBecause(answer), "not a member");
    assert.equal(answer.isMember, false);
    assert.equal((await stranger.beat()).isMember, false);
    assert.equal((await a.beat()).isMember, true);
  });

  inWorld("each change is told to all, with its number and all leases there", async (world, a, b) => {
    await a.reserve(1, { detail: '{"a":"ü/\\u0001"}' });
    await a.ask("note", { place: PLACE, id: "a/1/1", contents: ["x", "y"], detail: "more" });
    await a.release(1);
    for (const { changes } of [a, b]) {
      await world.heard(() => changes.length >= 3);
      const [first, second, third] = changes.slice(-3);
      assert.deepEqual(
        first?.held.map(({ contents, detail }) => [contents, detail]),
        [[["a/1/1"], '{"a":"ü/\\u0001"}']],
      );
      assert.deepEqual(
        second?.held.map(({ contents, detail }) => [contents, detail]),
        [[["x", "y"], "more"]],
      );
      assert.deepEqual(third?.held, []);
      assert.deepEqual([second?.seq, third?.seq], [(first?.seq ?? 0) + 1, (first?.seq ?? 0) + 2]);
    }
  });

  inWorld("one engine never carries one content twice", async (_, a, b) => {
    await a.reserve(1, { cap: 9, contents: ["x"] });
    assert.equal(refusedBecause(await b.reserve(1, { cap: 9, contents: ["z", "x"] })), "content");
    await a.ask("note", { place: PLACE, id: "a/1/1", contents: ["x", "y"], detail: "" });
    assert.equal(refusedBecause(await b.reserve(1, { cap: 9, contents: ["y"] })), "content");
    answered(await b.reserve(1, { cap: 9, contents: ["x"], place: "other:6878" }), "granted");
  });

  inWorld("what is not there is given back and noted without harm", async (_, a, b) => {
    const nothing = { place: PLACE, id: "a/1/1", contents: ["x"], detail: "" };
    assert.equal(answered(await a.release(1), "done").found, false);
    assert.equal(answered(await a.ask("note", nothing), "done").found, false);
    await a.reserve(1);
    assert.equal(answered(await b.ask("note", nothing), "done").found, false);
    assert.equal(answered(await a.release(1), "done").found, true);
    assert.equal((await a.view()).engines.size, 0);
  });

  inWorld(
    "a silent member's leases count until another has taken them over and given them back",
    async (world, a, b) => {
      await a.reserve(1);
      const orphans = await term(world, b);
      assert.deepEqual(
        orphans.map(({ id, owner, place }) => [id, owner, place]),
        [["a/1/1", "b/1", PLACE]],
      );
      assert.equal(refusedBecause(await b.reserve(1)), "full");
      await b.beat(false);
      assert.equal((await a.beat()).isMember, false);
      // It comes back, and has lost what another answers for now.
      const lease = { ...(orphans[0] as PlacedLease), owner: "a/1" };
      assert.deepEqual((await a.join([lease])).lost, ["a/1/1"]);
      await b.ask("release", { place: PLACE, id: "a/1/1" });
      answered(await a.reserve(2), "granted");
    },
  );

  inWorld(
    "a member that renews keeps what it holds, and so does one that comes back before anybody took it",
    async (world, a, b) => {
      const { held } = answered(await a.reserve(1), "granted");
      assert.deepEqual(await term(world, a, b), []);
      for (let step = 0; step < 5; step++) {
        await world.pass(TTL / 4);
        await b.beat(false, false);
      }
      assert.equal((await a.beat()).isMember, false);
      assert.deepEqual((await a.join(held.map((each) => ({ ...each, place: PLACE })))).lost, []);
      assert.equal((await a.view()).engines.get(PLACE)?.[0]?.owner, "a/1");
    },
  );

  inWorld("a store's clock that jumps ends nobody's lease", async (world, a, b) => {
    await a.reserve(1);
    for (const ms of [3_600_000, -7_200_000]) {
      await world.pass(ms);
      assert.deepEqual((await b.beat()).orphans, []);
      assert.equal((await a.beat()).isMember, true);
    }
  });

  inWorld("one renewal takes over so many sessions and no more", async (_, a, b) => {
    const count = ORPHANS_AT_ONCE + 3;
    for (let session = 0; session < count; session++) await a.reserve(session, { cap: 99 });
    await a.ask("leave", {});
    assert.equal((await b.beat(false, false)).orphans.length, 0);
    assert.equal((await b.beat()).orphans.length, ORPHANS_AT_ONCE);
    assert.equal((await b.beat()).orphans.length, 3);
    assert.equal((await b.beat()).orphans.length, 0);
  });

  inWorld("a member that begins a new life has what its former life held", async (world, a, b) => {
    const { held } = answered(await a.reserve(1), "granted");
    const next = new Member("a/2", await world.door());
    next.seen = a.seen;
    assert.deepEqual((await next.join(held.map((each) => ({ ...each, place: PLACE })))).lost, []);
    assert.deepEqual(
      (await b.view()).engines.get(PLACE)?.map(({ id, owner }) => [id, owner]),
      [["a/1/1", "a/2"]],
    );
  });

  inWorld("what a member does not name when it joins again is free", async (_, a, b) => {
    await a.reserve(1);
    await a.join();
    answered(await b.reserve(1), "granted");
  });

  inWorld(
    "a member may put one of its own leases in the place of another, whoever waits",
    async (_, a, b) => {
      await a.reserve(1);
      assert.equal(refusedBecause(await b.reserve(1)), "full");
      assert.equal(refusedBecause(await b.reserve(2, { instead: "a/1/1" })), "full");
      const { held } = answered(await a.reserve(2, { instead: "a/1/1" }), "granted");
      assert.deepEqual(
        held.map(({ id }) => id),
        ["a/1/2"],
      );
    },
  );

  inWorld("a slot that was given back goes to whoever has waited longest", async (world, a, b) => {
    const c = new Member("c/1", await world.door());
    await c.join();
    await a.reserve(1);
    assert.equal(refusedBecause(await b.reserve(1)), "full");
    assert.equal(refusedBecause(await c.reserve(1)), "full");
    assert.deepEqual((await a.view()).queue, ["b/1", "c/1"]);
    await a.release(1);
    await noTimeFor(world);
    const turn = answered(await c.reserve(1), "refused");
    assert.equal(turn.why, "turn");
    assert.ok(turn.waitMs > 0 && turn.waitMs <= TURN_MS);
    answered(await b.reserve(1), "granted");
    await b.release(1);
    // Nobody is kept waiting by one who does not come.
    await noTimeFor(world);
    assert.equal(refusedBecause(await a.reserve(2)), "turn");
    await world.pass(TURN_MS * 2);
    answered(await a.reserve(2), "granted");
  });

  inWorld(
    "a store that lost its memory grants nothing until old leases have run out, and learns what is held",
    async (world, a, b) => {
      await a.reserve(1, { cap: 2 });
      const { held } = answered(await b.reserve(1, { cap: 2 }), "granted");
      // More than the store has ever given out.
      a.seen += 10;
      const answer = await a.beat();
      assert.equal(answer.isMember, false);
      assert.equal(answer.recoveringMs, TTL);
      await a.join(
        [{ id: "a/1/9", owner: "a/1", place: "third:6878", fence: a.seen, contents: [], detail: "" }],
        [
          {
            id: "c/1/1",
            owner: "c/1",
            place: "fourth:6878",
            fence: a.seen + 1,
            contents: ["w"],
            detail: "d",
          },
        ],
      );
      assert.equal(refusedBecause(await a.reserve(2)), "recovering");
      await b.join(held.filter(({ owner }) => owner === "b/1").map((each) => ({ ...each, place: PLACE })));
      const view = await a.view();
      // What it did not name any more is free; what it said of itself and of others counts.
      assert.deepEqual([...view.engines.keys()].sort(), [PLACE, "fourth:6878", "third:6878"].sort());
      const orphans = await term(world, a, b);
      assert.deepEqual(
        orphans.map(({ id }) => id),
        ["c/1/1"],
      );
      answered(await a.reserve(2, { cap: 2 }), "granted");
      assert.ok((await a.view()).fence > a.seen - 1);
    },
  );
}
