/** Several playlists as one line-up, and numbers that stay. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { deviceIdOf, isDeviceId } from "../../src/playlist/device-id.ts";
import { lineUp } from "../../src/playlist/lineup.ts";
import { readM3u } from "../../src/playlist/m3u.ts";
import { hashOf, lineupOf } from "../support/lineups.ts";

const entry = (n: number, name: string, attributes = "") =>
  `#EXTINF:-1 ${attributes},${name}\n${hashOf(n)}\n`;

const numbersOf = (lineup: ReturnType<typeof lineupOf>) =>
  lineup.channels.map(({ name, guideNumber }) => `${guideNumber} ${name}`);

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
  const then = (text: string, before = first) => lineUp([readM3u(text, null)], before.numbers);
  const second = then(entry(9, "new") + entry(3, "c, renamed") + entry(1, "a"));
  expect(numbersOf(second)).toEqual(["4 new", "3 c, renamed", "1 a"]);
  // The number of one that is gone waits for it.
  expect(numbersOf(then(entry(8, "x") + entry(2, "b"), second))).toEqual(["5 x", "2 b"]);
});

test("no number is ever given twice", () => {
  const item = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.constantFrom("", 'tvg-chno="1"', 'tvg-chno="3"'));
  fc.assert(
    fc.property(fc.array(fc.array(item, { maxLength: 12 }), { minLength: 1, maxLength: 4 }), (rounds) => {
      let numbers: ReadonlyMap<string, string> = new Map();
      for (const round of rounds) {
        const text = round.map(([n, attributes], index) => entry(n, `c${index}`, attributes)).join("");
        const lineup = lineUp([readM3u(text, null)], numbers);
        const given = lineup.channels.map(({ guideNumber }) => guideNumber);
        expect(new Set(given).size).toBe(given.length);
        expect(given).not.toContain("");
        ({ numbers } = lineup);
      }
    }),
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
  );
  expect(deviceIdOf("a@:6879")).not.toBe(deviceIdOf("b@:6879"));
  expect(isDeviceId("12345678")).toBe(false);
});
