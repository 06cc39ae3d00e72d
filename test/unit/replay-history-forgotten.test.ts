/**
 * What several proxies' journals say when leases go round in circles: stores that lose their memory, and lives that take
 * over what lives before them left. Nobody is accused of what was right, and who was wrong still is.
 */
import { describe, expect, test } from "bun:test";
import { historyOf, type NamedText } from "../../model/replay/history.ts";
import type { Told } from "../../model/replay/told.ts";
import { Journal, Monitor } from "../support/history.ts";

const a = (): Journal => new Journal("a", "box@:1", "one/x");
const b = (): Journal => new Journal("b", "box@:2", "two/y");

const told = (...of: readonly { readonly text: NamedText }[]): Promise<Told> =>
  historyOf(of.map(({ text }) => text));

function loseMemory(store: Monitor, ms: number, joins: string): void {
  store.ask(ms, { type: "join", member: joins });
  store.show(ms, "lua", "DEL", "{aceslot}:members", "{aceslot}:queue", "{aceslot}:freed");
  store.held.length = 0;
}

describe("a lease that its own proxy is handed after it gave it back", () => {
  test("has not ended too early: the way back to the store was longer than the way round", async () => {
    const [one, two, store] = [a(), b(), new Monitor()];
    store.reserve(10, "one/x", 1, 1);
    one.play(11, 1);
    store.ask(1_100, { type: "beat", member: "two/y" });
    store.adopt(1_100, "two/y");
    two.adopt(1_101, "one/x/1");
    one.stop(1_300);
    store.ask(1_500, { type: "beat", member: "one/x" });
    store.adopt(1_500, "one/x");
    store.release(2_100, "one/x", "one/x/1");
    one.slot = 1;
    one.adopt(2_600, "one/x/1");
    two.free(2_700, "release deadline");
    one.free(3_500, "unknown session");
    store.release(3_501, "one/x", "one/x/1");
    expect((await told(one, two, store)).illegal).toBeNull();
  });

  test("has, where its slot was never free before", async () => {
    const [one, two, store] = [a(), b(), new Monitor()];
    store.reserve(2, "two/y", 1, 1);
    two.play(3, 1);
    two.stop(4);
    store.release(5, "two/y", "two/y/1");
    store.reserve(10, "one/x", 1, 2);
    one.play(11, 2);
    store.ask(1_100, { type: "beat", member: "two/y" });
    store.adopt(1_100, "two/y");
    two.adopt(1_101, "one/x/1");
    store.release(2_100, "two/y", "one/x/1");
    two.free(3_500);
    expect((await told(one, two, store)).illegal?.sentence).toBe(
      "lease one/x/1 ended in the store 1400 ms before its slot was free",
    );
  });
});

describe("a slot of a former life that no line names", () => {
  /** Two lives die in the middle of a session, and a third has one slot of theirs. */
  function lives(): Journal[] {
    const one = a();
    const second = new Journal("a2", "box@:1", "one/x2", 1, 1_000);
    const third = new Journal("a3", "box@:1", "one/x3", 1, 2_000);
    one.play(10, 1);
    second.play(1_001, 7);
    third.move(2_000, "free", "pending", "former life", null);
    third.move(2_000, "pending", "released", "former life", null);
    third.tick(2_001);
    return [one, second, third];
  }

  test("is one of several that were left: which one is not certain, and so is none", async () => {
    const [two, ...journals] = [b(), ...lives()];
    two.play(2_100, 8);
    for (const journal of [two, ...journals.slice(2)]) journal.tick(4_000);
    expect(await told(two, ...journals)).toMatchObject({ verdict: "unknown", above: { certainly: null } });
  });

  test("makes nothing of the one that it was taken for, once its lease is named", async () => {
    const [two, ...journals] = [b(), ...lives()];
    const [, , third] = journals;
    two.adopt(1_500, "one/x2/1");
    two.free(1_600, "unknown session");
    third?.move(2_500, "released", "free", "unknown session", null);
    third?.lease(2_500, "released", { lease: "one/x2/1" });
    two.play(3_000, 8);
    for (const journal of [two, third]) journal?.tick(4_000);
    expect(await told(two, ...journals)).toMatchObject({ verdict: "unknown", above: { certainly: null } });
  });

  test("is certain where nothing else was left", async () => {
    const [one, again, two] = [a(), new Journal("a2", "box@:1", "one/x2", 1, 1_000), b()];
    one.play(10, 1);
    again.move(1_000, "free", "pending", "former life", null);
    again.move(1_000, "pending", "released", "former life", null);
    again.tick(1_001);
    two.play(2_000, 2);
    for (const journal of [again, two]) journal.tick(4_000);
    expect(await told(one, again, two)).toMatchObject({ verdict: "broken", above: { certainly: {} } });
  });

  test("leaves no ghost where nothing was known to be left", async () => {
    const [again, two] = [new Journal("a2", "box@:1", "one/x2", 1, 1_000), b()];
    again.move(1_000, "free", "pending", "former life", null);
    again.move(1_000, "pending", "released", "former life", null);
    again.tick(1_001);
    again.move(1_500, "released", "free", "stop confirmed", null);
    again.lease(1_500, "released", { lease: "one/x/9" });
    two.play(2_000, 2);
    for (const journal of [again, two]) journal.tick(4_000);
    expect(await told(again, two)).toMatchObject({ verdict: "fine", engines: [{ possible: { load: 1 } }] });
  });
});

describe("a lease that the store has forgotten, of a proxy that is cut off from it", () => {
  /** Its slot is granted anew at 2,100 ms, and found free at 2,500 ms. */
  function cutOff(stopsAt: number, forgets = true): { readonly text: NamedText }[] {
    const [one, two, store] = [a(), b(), new Monitor()];
    store.reserve(10, "one/x", 1, 1);
    one.play(11, 1);
    if (forgets) loseMemory(store, 1_000, "two/y");
    if (stopsAt < 2_100) one.move(stopsAt, "active", "released", "the lease could not be renewed");
    store.reserve(2_100, "two/y", 1, 1_000, forgets ? 1 : 2);
    two.play(2_101, 1_000);
    if (stopsAt >= 2_100) one.move(stopsAt, "active", "released", "the lease could not be renewed");
    one.free(2_500);
    two.tick(4_000);
    return [one, two, store];
  }

  test("may be over when its slot is granted anew, if its proxy had stopped it by then: only proof is missing", async () => {
    expect(await told(...cutOff(1_700))).toMatchObject({
      verdict: "unknown",
      illegal: null,
      above: { certainly: null, possibly: {} },
    });
  });

  test("is one too many if its proxy had not, or if the store had not forgotten it", async () => {
    expect(await told(...cutOff(2_200))).toMatchObject({ verdict: "broken", above: { certainly: {} } });
    expect(await told(...cutOff(1_700, false))).toMatchObject({
      verdict: "broken",
      above: { certainly: {} },
    });
  });

  test("counts again as soon as somebody names it to the store", async () => {
    const [one, two, store] = [a(), new Journal("b", "box@:2", "two/y", 1), new Monitor()];
    store.reserve(10, "one/x", 1, 1);
    one.play(11, 1);
    const [lease] = store.held;
    loseMemory(store, 1_000, "two/y");
    if (lease) store.held.push(lease);
    store.write(1_000);
    one.move(1_700, "active", "released", "the lease could not be renewed");
    store.reserve(2_100, "two/y", 1, 1_000, 2);
    two.play(2_101, 1_000);
    one.free(2_500);
    two.tick(4_000);
    expect(await told(one, two, store)).toMatchObject({ verdict: "broken", above: { certainly: {} } });
  });
});
