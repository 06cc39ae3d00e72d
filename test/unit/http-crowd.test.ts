/** Who is let in when descriptors run out: the reserve, and that the entrance is not opened and shut in turn. */
import { describe, expect, test } from "bun:test";
import { Crowd, type Crowding, crowding, reserveOf, sparesOf } from "../../src/http/crowd.ts";
import { watchCrowd } from "../../src/http/crowd-watch.ts";
import { mostDescriptorsIn } from "../../src/http/descriptors.ts";
import { SILENT } from "../../src/log.ts";
import { until } from "../support/until.ts";

describe("the reserve", () => {
  test("is an eighth, not too little and not too much, and never more than a fourth", () => {
    expect([16, 64, 256, 1_024, 4_096, 65_536, 2 ** 30].map(reserveOf)).toEqual([
      4, 16, 64, 128, 512, 1_024, 1_024,
    ]);
    for (const limit of [16, 64, 1_024, 65_536]) expect(sparesOf(limit)).toBeLessThan(reserveOf(limit));
  });

  test("is kept from clients first, then from everybody, and given back with some room in between", () => {
    const limit = 1_024;
    const levels = (used: readonly number[], before: Crowding): Crowding[] =>
      used.map((each) => crowding(each, limit, before));
    expect(levels([0, 895, 896, 927, 928, Number.POSITIVE_INFINITY], "open")).toEqual([
      ...(["open", "open", "full", "full", "shut", "shut"] as const),
    ]);
    expect(levels([0, 895, 911, 912, 928], "shut")).toEqual(["open", "open", "full", "shut", "shut"]);
  });
});

test("a crowd counts who it refuses, and lets everybody in where the system tells nothing", () => {
  const crowd = new Crowd(1_024);
  expect(crowd.refuses()).toBe(false);
  expect(crowd.see(900)).toBe("full");
  expect(crowd.see(1_000, true)).toBe("full");
  expect(crowd.refuses()).toBe(true);
  expect([crowd.see(1_000), crowd.see(1_001)]).toEqual(["shut", "shut"]);
  expect({ refusals: crowd.refusals, closings: crowd.closings }).toEqual({ refusals: 1, closings: 1 });
  // Nobody looks in between: each who is let in is one more.
  expect(crowd.see(893)).toBe("open");
  expect([1, 2, 3, 4, 5].map(() => crowd.refuses())).toEqual([false, false, false, true, true]);
  const untold = new Crowd(null);
  expect(untold.see(1e9)).toBe("open");
  expect(untold.refuses()).toBe(false);
});

test("a look that fails is told, and not the last one", async () => {
  // So few that the entrance would be shut at once, whatever is closed meanwhile.
  const crowd = new Crowd(1);
  const told: string[] = [];
  let shuts = 0;
  const entrance = {
    shut: () => {
      shuts += 1;
      if (shuts === 1) throw new Error("not now");
    },
    open() {},
    closeIdle() {},
  };
  const end = watchCrowd(crowd, entrance, { ...SILENT, warn: (message) => told.push(message) });
  await until("it is shut by another look", () => shuts === 2);
  end();
  expect(told).toContain("connections could not be looked at");
});

test("the limit is the soft one, and none where there is none", () => {
  expect(mostDescriptorsIn("Max open files            1024                 524288               files")).toBe(
    1_024,
  );
  expect(
    mostDescriptorsIn("Max open files            unlimited            unlimited            files"),
  ).toBeNull();
  expect(mostDescriptorsIn("")).toBeNull();
});
