import { describe, expect, test } from "bun:test";
import { generateJournal } from "../../model/replay/generate.ts";
import { JournalJudge } from "../../model/replay/journal.ts";
import { readJournalLine } from "../../model/replay/journal-line.ts";
import type { Told } from "../../model/replay/told.ts";

type Line = Record<string, unknown>;

const KEY = `id:${"a".repeat(40)}`;
const AT = Date.parse("2026-01-01T00:00:00Z");

/** Lines of one proxy, numbered and dated a second apart. */
function life(records: readonly Line[], proxy = "one", firstSeq = 1, offsetMs = 0): Line[] {
  return records.map((record, index) => ({
    seq: firstSeq + index,
    at: new Date(AT + offsetMs + index * 1_000).toISOString(),
    proxy,
    ...record,
  }));
}

function judge(lines: readonly Line[], cap: number | null = null): Told {
  const bench = new JournalJudge(cap);
  for (const [index, line] of lines.entries())
    bench.take(readJournalLine(JSON.stringify(line)) ?? "damaged", {
      file: 0,
      line: index + 1,
      at: String(line.at),
    });
  return bench.told({ files: ["j"], lines: lines.length, cutOff: [] });
}

const configure = (cap: number): Line => ({ type: "configure", cap });
const seen = (engine: string): Line => ({
  type: "engine_seen",
  engine,
  name: engine,
  address: `${engine}:1`,
});
const gone = (engine: string): Line => ({ type: "engine_gone", engine });
const look = (foreign: Record<string, number> = {}): Line => ({
  type: "snapshot",
  engines: 2,
  foreign,
  missing: [],
});
const move = (
  engine: string,
  slot: number,
  from: string,
  to: string,
  stream: number | null = 1,
  cause = "request",
): Line => ({ engine, slot, from, to, stream, content: KEY, cause });
const grant = (engine: string, slot: number, session: number, stream: number, load: number): Line => ({
  type: "grant",
  engine,
  slot,
  session,
  stream,
  content: KEY,
  load,
});
/** A stream takes a slot and begins to play. */
const begin = (engine: string, slot: number, stream: number, load: number): Line[] => [
  move(engine, slot, "free", "pending", stream),
  grant(engine, slot, stream, stream, load),
  move(engine, slot, "pending", "active", stream, "started"),
];
const finish = (engine: string, slot: number, stream: number): Line[] => [
  move(engine, slot, "active", "released", stream, "nobody watches"),
  move(engine, slot, "released", "free", stream, "stop confirmed"),
];
const adopt = (engine: string, slot: number): Line[] => [
  move(engine, slot, "free", "pending", null, "former life"),
  move(engine, slot, "pending", "released", null, "former life"),
];
const START = [configure(2), seen("e"), look()];

describe("a journal that is right", () => {
  test("has no fault, and tells the highest loads", () => {
    const told = judge(
      life([...START, ...begin("e", 0, 1, 1), ...begin("e", 1, 2, 2), ...finish("e", 0, 1)]),
    );
    expect(told).toMatchObject({
      verdict: "fine",
      illegal: null,
      doubts: [],
      cap: { value: 2, source: "file" },
      counts: { transition: 6, grant: 2, snapshot: 1, configure: 1, engine_seen: 1 },
    });
    expect(told.engines).toMatchObject([
      { id: "e", certain: { load: 2, where: { line: 9 } }, possible: { load: 2, where: { line: 7 } } },
    ]);
  });

  test("of any length, too", () => {
    const lines = [...generateJournal({ engines: 3, cap: 2, lines: 2_000 })].map((text) => JSON.parse(text));
    expect(judge(lines)).toMatchObject({ verdict: "fine", illegal: null });
  });

  const legal: Record<string, Line[]> = {
    "streams of others above the cap": [...START, ...begin("e", 0, 1, 1), look({ e: 3 })],
    "slots above a cap that was lowered, while they drain": [
      ...START,
      ...begin("e", 0, 1, 1),
      move("e", 1, "free", "pending", 2),
      grant("e", 1, 2, 2, 2),
      configure(1),
      move("e", 1, "pending", "active", 2, "started"),
      ...finish("e", 0, 1),
      ...finish("e", 1, 2),
      ...begin("e", 0, 3, 1),
    ],
    "sessions of a former life above the cap": [...START, ...[0, 1, 2].flatMap((slot) => adopt("e", slot))],
    "an engine that goes when it holds nothing": [
      ...START,
      ...begin("e", 0, 1, 1),
      ...finish("e", 0, 1),
      gone("e"),
      seen("e"),
      ...begin("e", 0, 2, 1),
    ],
    "a start that never opened": [
      ...START,
      ...begin("e", 0, 1, 1).slice(0, 2),
      move("e", 0, "pending", "released", 1, "refused"),
      move("e", 0, "released", "free", 1, "never opened"),
    ],
  };
  for (const [what, lines] of Object.entries(legal))
    test(`may hold ${what}`, () => {
      expect(judge(life(lines))).toMatchObject({ verdict: "fine", illegal: null });
    });
});

describe("an illegal step", () => {
  const playing = [...START, ...begin("e", 0, 1, 1)];
  const full = [...playing, ...begin("e", 1, 2, 2)];
  const illegal: Record<string, readonly [lines: Line[], line: number, sentence: string]> = {
    "a move that no slot may make": [
      [...playing, move("e", 0, "active", "free", 1, "x")],
      7,
      "slot 0 of engine e moves from active to free: from active it may only become released",
    ],
    "a move from a state in which the slot is not": [
      [...playing, ...finish("e", 0, 1), move("e", 0, "released", "free", 1, "unknown session")],
      9,
      "slot 0 of engine e moves from released to free, but it is free",
    ],
    "a state that is none": [
      [...playing, move("e", 0, "active", "paused")],
      7,
      "slot 0 of engine e moves from active to paused: paused is no state of a slot",
    ],
    "a move of another stream's slot": [
      [...playing, move("e", 0, "active", "released", 9, "x")],
      7,
      "slot 0 of engine e holds stream 1, not stream 9",
    ],
    "a grant above the cap": [
      [
        ...full,
        ...finish("e", 1, 2).slice(0, 1),
        look({ e: 1 }),
        ...finish("e", 1, 2).slice(1),
        ...begin("e", 1, 3, 3),
      ],
      13,
      "engine e gets a stream and carries 3, more than its cap of 2",
    ],
    "a slot that the engine does not have": [
      [...playing, move("e", 2, "free", "pending", 2)],
      7,
      "slot 2 of engine e is taken, and it has only 2",
    ],
    "a load that is not the sum": [
      [...START, move("e", 0, "free", "pending"), grant("e", 0, 1, 1, 2)],
      5,
      "the load of engine e is told as 2, but it is 1",
    ],
    "a grant of a slot that was not taken": [
      [...playing, grant("e", 1, 2, 2, 2)],
      7,
      "slot 1 of engine e is given, but the line before does not take it",
    ],
    "a grant for another stream": [
      [...START, move("e", 0, "free", "pending", 1), grant("e", 0, 1, 4, 1)],
      5,
      "slot 0 of engine e holds stream 1, not stream 4",
    ],
    "a session that was given before": [
      [...playing, move("e", 1, "free", "pending", 2), grant("e", 1, 1, 2, 2)],
      8,
      "session 1 is given after 1: their numbers only rise",
    ],
    "a slot that is taken without a grant": [
      [...START, move("e", 0, "free", "pending"), move("e", 0, "pending", "active", 1, "started")],
      5,
      "the line before it takes a slot, and this is not its grant",
    ],
    "an engine that is forgotten while it holds something": [
      [...playing, gone("e")],
      7,
      "engine e is forgotten while 1 of its slots are held",
    ],
    "an engine that nobody has seen": [
      [...START, move("f", 0, "free", "pending")],
      4,
      "it moves a slot of engine f, which no line has named yet",
    ],
    "a count of streams on an engine that nobody has seen": [
      [...START, look({ f: 1 })],
      4,
      "it counts streams on engine f, which no line has named yet",
    ],
  };
  for (const [what, [lines, line, sentence]] of Object.entries(illegal))
    test(`is found at its line: ${what}`, () => {
      const told = judge(life(lines));
      expect(told.illegal).toMatchObject({ where: { line }, sentence });
      expect(told.verdict).toBe("broken");
    });

  test("is the first one; later ones are counted", () => {
    const told = judge(life([...playing, move("e", 0, "active", "free"), move("e", 0, "active", "free")]));
    expect(told).toMatchObject({ illegal: { where: { line: 7 } }, illegalSteps: 2 });
  });

  test("is found against --cap, which takes the place of the file's", () => {
    expect(judge(life(full), 1)).toMatchObject({
      verdict: "broken",
      illegal: { where: { line: 7 } },
      cap: { value: 1, source: "--cap" },
    });
  });
});

describe("lines that are missing", () => {
  const whole = life([...START, ...begin("e", 0, 1, 1), ...finish("e", 0, 1), ...begin("e", 0, 2, 1)]);

  test("are told, and nothing that may be right is called illegal", () => {
    for (let missing = 1; missing < whole.length - 1; missing++) {
      const told = judge(whole.filter((_, index) => index !== missing));
      expect([missing, told.illegal]).toEqual([missing, null]);
      expect(told.verdict).toBe("unknown");
      expect(told.doubts).toEqual([
        `line ${missing + 1}: number ${missing + 2} follows ${missing}: one line is missing`,
      ]);
    }
  });

  test("at the begin are told", () => {
    const told = judge(whole.slice(6));
    expect(told).toMatchObject({ verdict: "unknown", illegal: null });
    expect(told.doubts[0]).toBe("line 1: the journal begins with number 7: what went before is missing");
  });

  test("do not hide a step that no slot may make, or a grant that tells itself that it is above the cap", () => {
    const late = life([configure(2), move("e", 0, "free", "active")], "one", 7);
    expect(judge(late)).toMatchObject({ verdict: "broken", illegal: { where: { line: 2 } } });
    const above = life([configure(2), move("e", 0, "free", "pending"), grant("e", 0, 5, 1, 3)], "one", 7);
    expect(judge(above)).toMatchObject({ verdict: "broken", illegal: { where: { line: 3 } } });
  });

  test("may still be held: a grant tells how many slots are", () => {
    const rest = life(
      [configure(3), look(), move("e", 1, "free", "pending", 5), grant("e", 1, 9, 5, 2)],
      "one",
      50,
    );
    expect(judge(rest).engines).toMatchObject([{ possible: { load: 2 } }]);
  });

  test("leave what was held before them possible", () => {
    const later = life([look(), ...begin("e", 1, 2, 1).slice(0, 1)], "one", 10, 60_000);
    expect(judge([...whole.slice(0, 6), ...later]).engines).toMatchObject([{ possible: { load: 2 } }]);
  });

  test("leave a number that comes twice, or lines out of order: told, and what is known stays known", () => {
    const twice = [...whole.slice(0, 6), ...whole.slice(5)];
    expect(judge(twice)).toMatchObject({ verdict: "broken", illegal: { where: { line: 7 } } });
    const swapped = [...whole.slice(0, 2), whole[3] ?? {}, whole[2] ?? {}, ...whole.slice(4)];
    expect(judge(swapped)).toMatchObject({ verdict: "unknown", illegal: null });
  });

  test("are those that cannot be read, too, and records of another version", () => {
    expect(judge([...whole.slice(0, 4), { seq: "x" }, ...whole.slice(4)])).toMatchObject({
      verdict: "unknown",
    });
    const strange = judge(life([...START, { type: "weather", sky: "x" }]));
    expect(strange.doubts).toEqual(['line 4: this version does not know records of the kind "weather"']);
  });

  test("of the cap: without it nothing is called right", () => {
    const told = judge(life(START.slice(1)));
    expect(told).toMatchObject({ verdict: "unknown", cap: null });
    expect(told.doubts).toEqual(["line 1: no line says what the cap is; give --cap N"]);
    expect(judge(life(START.slice(1)), 2).verdict).toBe("fine");
  });
});

describe("a proxy that was started again", () => {
  const first = life([...START, ...begin("e", 0, 1, 1)]);

  test("begins with 1 and an empty book", () => {
    const second = life([...START, ...begin("e", 0, 1, 1)], "one", 1, 60_000);
    expect(judge([...first, ...second]).illegal).toBeNull();
  });

  test("may still have what it did not give back, until it has taken it over or its time is up", () => {
    const again = [...START, ...begin("e", 0, 1, 1), ...begin("e", 1, 2, 2)];
    const soon = judge([...first, ...life(again, "one", 1, 60_000)]);
    expect(soon).toMatchObject({ verdict: "unknown", above: { possibly: { where: { line: 13 } } } });
    const adopted = [configure(2), seen("e"), ...adopt("e", 0), look()];
    const taken = life([...adopted, ...begin("e", 1, 2, 2)], "one", 1, 60_000);
    expect(judge([...first, ...taken])).toMatchObject({
      verdict: "fine",
      engines: [{ possible: { load: 2 } }],
    });
    const late = [...life(again.slice(0, 3), "one", 1, 60_000), ...life(again.slice(3), "one", 4, 160_000)];
    expect(judge([...first, ...late]).verdict).toBe("fine");
  });
});

describe("several proxies on the same engines", () => {
  const one = life([...START, ...begin("e", 0, 1, 1), ...begin("e", 1, 2, 2)], "one");

  test("are summed by engine: above the cap for certain when the streams play", () => {
    const two = life([configure(2), seen("e"), look(), ...begin("e", 0, 1, 1)], "two", 1, 20_000);
    const told = judge([...one, ...two]);
    expect(told).toMatchObject({
      verdict: "broken",
      illegal: null,
      above: { certainly: { where: { line: 15 } }, possibly: { where: { line: 13 } } },
      engines: [{ certain: { load: 3 }, possible: { load: 3 } }],
      proxies: ["one", "two"],
    });
    expect(told.notes).toContain(
      "The order between proxies is as good as their clocks: lines are merged by the time they tell.",
    );
  });

  test("see each other's streams as others', which are not counted twice", () => {
    const begun = life([...START, ...begin("e", 0, 1, 1)], "one");
    const two = life([configure(2), seen("e"), look({ e: 1 }), ...begin("e", 0, 1, 2)], "two", 1, 20_000);
    expect(judge([...begun, ...two])).toMatchObject({
      verdict: "fine",
      engines: [{ certain: { load: 2 }, possible: { load: 2 } }],
    });
  });

  test("that both take a place which was free for each leave it open", () => {
    const two = life([configure(2), seen("e"), look(), ...begin("e", 0, 1, 1).slice(0, 2)], "two", 1, 20_000);
    expect(judge([...one, ...two])).toMatchObject({ verdict: "unknown", above: { certainly: null } });
  });
});

test("what is kept grows with engines and held slots, not with lines", () => {
  const sizes = [1_000, 20_000].map((lines) => {
    const bench = new JournalJudge(null);
    let line = 0;
    for (const text of generateJournal({ engines: 5, cap: 2, lines }))
      bench.take(readJournalLine(text) ?? "damaged", { file: 0, line: ++line, at: "" });
    return bench.size;
  });
  expect(sizes[0]).toEqual({ engines: 5, slots: expect.any(Number), proxies: 1 });
  for (const { engines, slots, proxies } of sizes) {
    expect([engines, proxies]).toEqual([5, 1]);
    expect(slots).toBeLessThanOrEqual(10);
  }
});

test("a line that is cut off where a new life begins is that life's last one; anywhere else it is a doubt", () => {
  const lines = [...life([configure(1), look()]), ...life([configure(1), look()], "one", 1, 5_000)].map(
    (line) => JSON.stringify(line),
  );
  const verdictOf = (texts: readonly string[]): Told => {
    const bench = new JournalJudge(null);
    for (const [index, text] of texts.entries())
      bench.take(readJournalLine(text) ?? "damaged", { file: 0, line: index + 1, at: "" });
    return bench.told({ files: ["j"], lines: texts.length, cutOff: [] });
  };
  const cut = '{"seq":3,"at":"2026-0';
  const between = verdictOf([...lines.slice(0, 2), cut, ...lines.slice(2)]);
  expect([between.verdict, between.doubts]).toEqual(["fine", []]);
  expect(between.notes.join()).toContain("line 3: the last line of a life is cut off");
  for (const at of [1, 3, 4])
    expect(verdictOf([...lines.slice(0, at), cut, ...lines.slice(at)]).verdict).toBe("unknown");
  expect(verdictOf([...lines.slice(0, 2), cut, cut, ...lines.slice(2)]).verdict).toBe("unknown");
});
