/** Several playlists as one line-up, and numbers that stay. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { deviceIdOf, isDeviceId } from "../../src/playlist/device-id.ts";
import { ABSENCES_MAX, ENTRIES_A_TURN, GONE_NUMBERS_MAX } from "../../src/playlist/limits.ts";
import { isAceStream, type Lineup, lineUp, lineUpInTurns } from "../../src/playlist/lineup.ts";
import { readM3u } from "../../src/playlist/m3u.ts";
import type { Numbers } from "../../src/playlist/numbers.ts";
import { hashOf, lineupOf, withOthers } from "../support/lineups.ts";

const entry = (n: number, name: string, attributes = "") =>
  `#EXTINF:-1 ${attributes},${name}\n${hashOf(n)}\n`;

const numbersOf = (lineup: Lineup) =>
  lineup.channels.filter(isAceStream).map(({ name, guideNumber }) => `${guideNumber} ${name}`);

const next = (text: string, { numbers }: Pick<Lineup, "numbers">) => lineUp([readM3u(text, null)], numbers);

test("an entry that stands twice in just the same way is there once, under another name or group twice", () => {
  const first = entry(1, "One") + entry(1, "One HD") + entry(1, "One", 'group-title="News"');
  const lineup = lineupOf(first, entry(1, "One") + entry(2, "Two"));
  expect(numbersOf(lineup)).toEqual(["1 One", "2 One HD", "3 One", "4 Two"]);
  expect(lineup.repeated).toBe(1);
});

test("playlists give numbers; who has none, or one that is taken, gets the next free one", () => {
  const lineup = lineupOf(
    [
      entry(1, "a", 'tvg-chno="2"'),
      entry(2, "b"),
      entry(3, "c", 'tvg-chno="2"'),
      entry(4, "d", 'channel-number="5.1"'),
      entry(5, "e", 'tvg-chno="x"'),
      entry(6, "f"),
    ].join(""),
  );
  expect(numbersOf(lineup)).toEqual(["2 a", "1 b", "3 c", "5.1 d", "4 e", "5 f"]);
});

test("a channel keeps its number while others come, go and move", () => {
  const first = lineupOf(entry(1, "a") + entry(2, "b") + entry(3, "c"));
  const second = next(entry(9, "new") + entry(3, "c, renamed") + entry(1, "a"), first);
  expect(numbersOf(second)).toEqual(["4 new", "3 c, renamed", "1 a"]);
  // The number of one that is gone waits for it.
  expect(numbersOf(next(entry(8, "x") + entry(2, "b"), second))).toEqual(["5 x", "2 b"]);
});

test("only what plays through slots has a number, so that links that change each time use up none", () => {
  let lineup = lineupOf("");
  for (let n = 0; n < 3; n++) {
    const elsewhere = `#EXTINF:-1 tvg-chno="1",Elsewhere\nhttp://x.example/a.ts?token=${n}\n`;
    lineup = next(elsewhere + entry(1, "a") + elsewhere.replace("a.ts", "b.ts") + entry(2, "b"), lineup);
    expect([lineup.channels.length, numbersOf(lineup)]).toEqual([4, ["1 a", "2 b"]]);
    expect([...lineup.byNumber.keys(), lineup.numbers.size]).toEqual(["1", "2", 2]);
  }
});

test("the number of a channel that is gone is kept for a while, then free", () => {
  const rounds = (count: number, from: Lineup) => {
    let lineup = from;
    for (let n = 0; n < count; n++) lineup = next(entry(2, "b"), lineup);
    return lineup;
  };
  const both = lineupOf(entry(1, "a") + entry(2, "b"));
  const waiting = rounds(ABSENCES_MAX, both);
  expect(numbersOf(next(entry(3, "c") + entry(1, "a"), waiting))).toEqual(["3 c", "1 a"]);
  // Having been there again, it waits as long anew.
  const again = rounds(ABSENCES_MAX, next(entry(1, "a"), waiting));
  expect(numbersOf(next(entry(1, "a") + entry(3, "c"), again))).toEqual(["1 a", "3 c"]);
  expect(numbersOf(next(entry(3, "c"), rounds(1, waiting)))).toEqual(["1 c"]);
});

test("of a list that is another one each time as many are kept as there is room for, and all that are there", () => {
  const many = (from: number) =>
    Array.from({ length: GONE_NUMBERS_MAX }, (_, n) => hashOf(from + n)).join("\n");
  let lineup = lineupOf(hashOf(1));
  for (let round = 1; round <= 3; round++) {
    lineup = next(`${hashOf(1)}\n${many(round * GONE_NUMBERS_MAX)}`, lineup);
    expect(lineup.numbers.size).toBeLessThanOrEqual(2 * GONE_NUMBERS_MAX + 1);
    expect(lineup.byNumber.get("1")?.target.content).toBe(`id:${hashOf(1)}`);
  }
  expect(Math.max(...[...lineup.byNumber.keys()].map(Number))).toBeLessThanOrEqual(3 * GONE_NUMBERS_MAX + 1);
});

test("others have their turns while a long list is put together, and the same comes out", async () => {
  const count = 8 * ENTRIES_A_TURN;
  const playlist = readM3u(Array.from({ length: count }, (_, n) => hashOf(n)).join("\n"), null);
  const { value, turns } = await withOthers(lineUpInTurns([playlist], new Map()));
  expect(turns).toBeGreaterThanOrEqual(4 * 8);
  expect(value).toEqual(lineUp([playlist], new Map()));
});

test("no number is ever given twice", () => {
  const item = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.constantFrom("", 'tvg-chno="1"', 'tvg-chno="3"'));
  fc.assert(
    fc.property(fc.array(fc.array(item, { maxLength: 12 }), { minLength: 1, maxLength: 4 }), (rounds) => {
      let numbers: Numbers = new Map();
      for (const round of rounds) {
        const text = round.map(([n, attributes], index) => entry(n, `c${index}`, attributes)).join("");
        const lineup = lineUp([readM3u(text, null)], numbers);
        const given = lineup.channels.filter(isAceStream).map(({ guideNumber }) => guideNumber);
        expect(new Set(given).size).toBe(given.length);
        expect(given).not.toContain("");
        ({ numbers } = lineup);
      }
    }),
    { seed: 20251012 },
  );
});

test("a device's id passes the check of real tuners, and is the same for the same name", () => {
  const check = (id: string): number => {
    // libhdhomerun's way of saying it: digits from the left, every other one through a table.
    const table = "A5F67C1B928D43E0";
    return [0, 1, 2, 3, 4, 5, 6, 7]
      .map((at) => Number.parseInt(id[at] ?? "", 16))
      .reduce((sum, digit, at) => sum ^ (at % 2 === 0 ? Number.parseInt(table[digit] ?? "", 16) : digit), 0);
  };
  fc.assert(
    fc.property(fc.string(), (name) => {
      const id = deviceIdOf(name);
      expect(id).toMatch(/^1[0-9A-F]{7}$/);
      expect([check(id), isDeviceId(id), deviceIdOf(name)]).toEqual([0, true, id]);
    }),
    { seed: 20251012 },
  );
  expect(deviceIdOf("a@:6879")).not.toBe(deviceIdOf("b@:6879"));
  expect(isDeviceId("12345678")).toBe(false);
});
