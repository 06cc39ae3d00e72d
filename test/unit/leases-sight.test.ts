/** What a member sees of its store: changes in any order beside answers, and places that are shut for a while. */
import { expect, test } from "bun:test";
import type { Change, Lease } from "../../src/leases/books.ts";
import { TURN_MS } from "../../src/leases/limits.ts";
import { Sight } from "../../src/leases/sight.ts";
import type { StoreView } from "../../src/leases/store.ts";
import type { Claimed } from "../../src/slots/index.ts";
import { PLACE, VirtualTime } from "./leases-world.ts";

const lease = (id: string): Lease => ({ id, owner: "b/1", fence: 1, contents: [id], detail: "" });
const change = (seq: number, ids: string[], queue: string[] = []): Change => ({
  seq,
  place: PLACE,
  held: ids.map(lease),
  queue,
});
const view = (seq: number, ids: string[], queue: string[] = []): StoreView => ({
  seq,
  fence: 0,
  engines: new Map(ids.length > 0 ? [[PLACE, ids.map(lease)]] : []),
  members: new Map(),
  queue,
});

function sight(ours: string[] = []) {
  const time = new VirtualTime();
  const told: { readonly whole: boolean; readonly places: readonly Claimed[] }[] = [];
  const one = new Sight({
    clock: time.clock({ stopped: false }),
    member: "a/1",
    isOurs: (id) => ours.includes(id),
    onClaims: (whole, places) => told.push({ whole, places }),
  });
  return {
    time,
    one,
    told,
    ids: () => one.at(PLACE).map(({ id }) => id),
    claimed: () => told.at(-1)?.places[0]?.claims.map(({ lease: id }) => id),
    isBlocked: () => told.at(-1)?.places[0]?.blocked,
  };
}

test("changes are taken in order; one that is missing asks for everything anew", () => {
  const { one, ids, claimed } = sight();
  one.take(view(5, ["x"]));
  expect(one.change(change(6, ["x", "y"]))).toBe(true);
  expect(claimed()).toEqual(["x", "y"]);
  expect(one.change(change(6, []))).toBe(true);
  expect(one.change(change(8, ["z"]))).toBe(false);
  expect(ids()).toEqual(["x", "y"]);
  one.take(view(8, ["z"]));
  expect(claimed()).toEqual(["z"]);
  // A store that begins anew begins to count anew.
  one.take(view(1, []));
  expect(one.change(change(2, ["w"]))).toBe(true);
  expect(claimed()).toEqual(["w"]);
});

test("changes that have overtaken a view are told with it, and not before", () => {
  const { one, told, claimed, isBlocked } = sight();
  const later = [change(4, []), change(5, ["x"]), change(6, ["x", "y"]), change(7, ["y"], ["b/1"])];
  expect(one.take(view(5, ["x"]), later)).toBe(true);
  expect([told.length, told[0]?.whole, claimed(), isBlocked()]).toEqual([1, true, ["y"], true]);
  expect(one.change(change(8, ["z"]))).toBe(true);
  expect(claimed()).toEqual(["z"]);
  // A slot that came back is kept from us though nobody holds one there.
  expect(one.take(view(10, ["x"]), [change(11, [], ["b/1"])])).toBe(true);
  expect([claimed(), isBlocked()]).toEqual([[], true]);
  expect(one.take(view(20, ["x"]), [change(21, []), change(23, ["y"])])).toBe(false);
  expect(claimed()).toBeUndefined();
});

test("what an answer says is newer than the changes that are still to come, there and nowhere else", () => {
  const { one, ids } = sight();
  one.take(view(5, ["x"]));
  one.note(PLACE, ["x", "y", "z"].map(lease), 8);
  expect(one.change(change(6, []))).toBe(true);
  expect(one.change({ ...change(7, ["other"]), place: "e:2" })).toBe(true);
  expect(one.at("e:2")).toHaveLength(1);
  expect(one.change(change(8, ["x", "y", "z"]))).toBe(true);
  expect(ids()).toEqual(["x", "y", "z"]);
  expect(one.change(change(9, ["z"]))).toBe(true);
  expect(ids()).toEqual(["z"]);
});

test("an answer that was overtaken by a change says nothing any more", () => {
  const { one, claimed } = sight();
  one.take(view(5, ["x", "y"]));
  // Asked at 5, refused as full; while the answer was on its way, a slot came back.
  one.change(change(6, ["x"]));
  one.note(PLACE, ["x", "y"].map(lease), 5);
  expect(claimed()).toEqual(["x"]);
});

test("what is ours is no claim, and is nothing to bear witness to", () => {
  const ours = ["x"];
  const { one, claimed } = sight(ours);
  one.take(view(5, ["x", "y"]));
  expect(claimed()).toEqual(["y"]);
  expect(one.others().map(({ id, place }) => [id, place])).toEqual([["y", PLACE]]);
  ours.push("y");
  one.retell(PLACE);
  expect(claimed()).toEqual([]);
});

test("a slot that comes back is for those who are ahead, for a moment each", async () => {
  const { one, time, isBlocked } = sight();
  one.take(view(5, ["x", "y"]));
  one.change(change(6, ["x"], ["b/1", "c/1", "a/1"]));
  expect(isBlocked()).toBe(true);
  await time.pass(2 * TURN_MS - 1);
  expect(isBlocked()).toBe(true);
  await time.pass(1);
  expect(isBlocked()).toBe(false);
  // Nobody ahead; and a slot that is taken shuts nothing.
  one.change(change(7, [], ["a/1", "b/1"]));
  expect(isBlocked()).toBe(false);
  one.change(change(8, ["z"], ["b/1", "c/1"]));
  expect(isBlocked()).toBe(false);
});

test("a place that is shut again opens when the last word on it says so", async () => {
  const { one, time, told, isBlocked } = sight();
  one.take(view(5, []));
  one.block(PLACE, 100);
  await time.pass(50);
  one.block(PLACE, 100);
  await time.pass(99);
  expect(isBlocked()).toBe(true);
  await time.pass(1);
  expect(isBlocked()).toBe(false);
  one.block(PLACE, 100);
  one.close();
  const before = told.length;
  await time.pass(1_000);
  expect(told).toHaveLength(before);
});
