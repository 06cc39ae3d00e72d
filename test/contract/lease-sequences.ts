/** Sequences of what members ask of a store of leases, and of what happens to it, at random. */
import fc from "fast-check";
import type { Books, Command, PlacedLease } from "../../src/leases/books.ts";

const MEMBERS = ["a/1", "b/1", "c/1", "a/2"];
/** Beyond what fourteen digits can say, with room to count on. */
const HUGE = 2 ** 53 - 1_000;
/** Instead of a number: nothing was seen yet. */
const NONE = -1_000;

const member = fc.constantFrom(...MEMBERS);
const n = fc.integer({ min: 0, max: 23 });
const contents = fc.uniqueArray(fc.constantFrom<string[]>("k1", "k2", 'ü"\\\n\u007f/', "k4"), {
  maxLength: 2,
});
const detail = fc.constantFrom<string[]>("", '{"a":"b/\\u0001"}', "пусто");
/** At both ends, which are tried more often than what is between. */
const OFTEN = Array<number>(60).fill(0);
const asking = {
  member,
  ttl: fc.constantFrom<number[]>(1_000, 1_000, 1_000, 1_001, 4_000),
  /** What is added to the books' fence. */
  ahead: fc.constantFrom(...OFTEN, ...Array<number>(30).fill(-3), NONE, NONE, 5, HUGE, ...OFTEN),
};
const lease = fc.record({ n, of: member, contents, detail, fence: fc.constantFrom(0, 7, HUGE - 5) });
const op = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.record({
      type: fc.constant("reserve" as const),
      ...asking,
      n,
      contents,
      detail,
      cap: fc.constantFrom<number[]>(1, 2, 2, 3, 20),
      more: fc.boolean(),
      instead: fc.option(n, { freq: 3 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("note" as const), ...asking, of: member, n, contents, detail }),
  },
  { weight: 6, arbitrary: fc.record({ type: fc.constant("release" as const), ...asking, pick: n }) },
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant("beat" as const),
      ...asking,
      waiting: fc.boolean(),
      adopts: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("join" as const),
      ...asking,
      info: fc.constantFrom<string[]>("", '{"name":"x y"}\n2'),
      honest: fc.boolean(),
      held: fc.array(lease, { maxLength: 3 }),
      witnessed: fc.array(lease, { maxLength: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("leave" as const), ...asking }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("many" as const), ...asking }) },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant("pass" as const),
      ms: fc.constantFrom<number[]>(10, 30, 240, 300, 900, 5_000_000, -300, -5_000_000),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant("later" as const),
      ms: fc.constantFrom<number[]>(500, 1_000, 3_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { type: "flush" as const },
      { type: "restart" as const },
      { type: "evict" as const },
    ),
  },
);
export type Op = typeof op extends fc.Arbitrary<infer T> ? T : never;

const THREE = MEMBERS.slice(0, 3).map((each) => ({ member: each, ttl: 1_000, ahead: 0 }));
const renewal = [
  { type: "later" as const, ms: 600 },
  ...THREE.map((each) => ({ type: "beat" as const, ...each, waiting: false, adopts: true })),
];
/** Most begin when three members have joined, slots are granted, and each has one. */
const settled: readonly Op[] = [
  ...THREE.map((each) => ({
    type: "join" as const,
    ...each,
    info: "",
    honest: false,
    held: [],
    witnessed: [],
  })),
  ...renewal,
  ...renewal,
  ...THREE.map((each, n) => ({
    type: "reserve" as const,
    ...each,
    n,
    contents: [each.member],
    detail: "",
    cap: 2,
    more: false,
    instead: null,
  })),
];
export const sequences = fc
  .tuple(
    fc.constantFrom([], settled, settled, settled),
    fc.array(op, { minLength: 5, maxLength: 40, size: "max" }),
  )
  .map(([first, then]) => [...first, ...then]);

const placeOf = (session: number): string => `engine-${session % 2}:6878`;
const placed = (each: {
  n: number;
  of: string;
  contents: string[];
  detail: string;
  fence: number;
}): PlacedLease => ({
  id: `${each.of}/${each.n}`,
  owner: each.of,
  place: placeOf(each.n),
  fence: each.fence,
  contents: each.contents,
  detail: each.detail,
});
const allOf = (books: Books): PlacedLease[] =>
  [...books.engines].flatMap(([place, leases]) => leases.map((each) => ({ ...each, place })));
const once = (leases: readonly PlacedLease[]): PlacedLease[] => [
  ...new Map(leases.map((each) => [each.id, each])).values(),
];

/** The commands that an operation stands for, in these books. */
export function commandsOf(op: Op, books: Books, before: Books): Command[] {
  if (!("member" in op)) return [];
  const counted = op.ahead === HUGE ? HUGE : Math.min(books.fence + op.ahead, HUGE);
  const seen = op.ahead === NONE ? 0 : Math.max(0, counted);
  const head = { member: op.member, ttl: op.ttl, seen };
  const known = allOf(books);
  const fresh = (first: number, of: string): number => {
    let session = first;
    while (known.some(({ id }) => id === `${of}/${session}`)) session += 2;
    return session;
  };
  switch (op.type) {
    case "reserve": {
      const session = fresh(op.n, op.member);
      const { contents, detail, cap, more } = op;
      const [id, place] = [`${op.member}/${session}`, placeOf(session)];
      const there = books.engines.get(place) ?? [];
      const instead =
        op.instead === null ? null : (there[op.instead % Math.max(1, there.length)]?.id ?? "none");
      return [{ type: "reserve", ...head, id, place, contents, detail, cap, more, instead }];
    }
    // As many leases as need more than one renewal to be taken over.
    case "many": {
      const [member = op.member] = books.members.keys();
      return Array.from({ length: 20 }, (_, index) => {
        const session = fresh(100 + index, member);
        const id = `${member}/${session}`;
        const place = placeOf(session);
        return {
          type: "reserve",
          ...head,
          member,
          id,
          place,
          contents: [],
          detail: "",
          cap: 50,
          more: false,
        };
      });
    }
    case "note": {
      const id = `${op.of}/${op.n}`;
      return [{ type: "note", ...head, id, place: placeOf(op.n), contents: op.contents, detail: op.detail }];
    }
    case "release": {
      const picked = known[op.pick % Math.max(1, known.length)];
      const { id, place } = picked ?? { id: "nobody/1/1", place: placeOf(op.pick) };
      return [{ type: "release", ...head, id, place }];
    }
    case "beat":
      return [{ type: "beat", ...head, waiting: op.waiting, adopts: op.adopts }];
    case "join": {
      const mine = op.honest ? allOf(before).filter(({ owner }) => owner === op.member) : [];
      const others = op.honest ? allOf(before).filter(({ owner }) => owner !== op.member) : [];
      const held = once([...mine, ...op.held.map(placed)]);
      return [
        {
          type: "join",
          ...head,
          info: op.info,
          held,
          witnessed: once([...others, ...op.witnessed.map(placed)]),
        },
      ];
    }
    case "leave":
      return [{ type: "leave", ...head }];
  }
}
