/** What `aceslot check` shows in a terminal. */
import { describe, expect, test } from "bun:test";
import { report } from "../../model/report/index.ts";
import type { CheckResult, TraceStep } from "../../model/result.ts";
import {
  CYCLE,
  engine,
  HOLDS,
  INCOMPLETE,
  property,
  rung,
  VACUOUS,
  VIOLATED,
  VIOLATION,
  withNastyTexts,
} from "../support/check-results.ts";

const COMMAND = "aceslot check --replay cap.trace.json";

const show = (result: CheckResult, columns = 100): string =>
  report("pretty", result, { color: false, columns, command: COMMAND });

/** The lines from the first that begins with `from` to the one before the next empty one. */
const section = (text: string, from: string): string => {
  const at = text.indexOf(`\n${from}`) + 1;
  return text.slice(at, text.indexOf("\n\n", at));
};

test("a check in which everything holds fits on one screen", () => {
  expect(show(HOLDS)).toBe(`aceslot check · ci

Worlds
    world     method  states  transitions  depth  terminals  acyclic  seconds  states/s
  ✔ E1 C1 R2  core     1,024        3,210     14          6  yes         0.02    51,200
  ✔ E2 C2 R4  core    60,123      301,456     31         48  yes         2.50    24,049
  ✔ R3        shell      412        9,876     14          6  –           1.25       330
    3 worlds          61,559      314,542                                3.77    16,329

Properties
  ✔ always          cap · conservation · free only after proof
  ✔ eventually      no lost wake-up

What occurred
  moves     free --reserve--> pending 41,234 · pending --started--> active 20,117
            pending --release--> released 9,000 · active --release--> released 18,000
            released --stopConfirmed--> free 26,000
  events    request 51,234 · leave 20,999 · started 20,117 · timer: queue 1,204
  effects   start 41,234 · stop 27,000 · reject 1,204

Rests on
  · An engine ends a session that nobody reads before the release deadline.

Not explored
  · At most 4 requests, 2 engines and 1 fault per world.

✔ HOLDS  4 properties hold in 3 worlds: 61,559 states, 314,542 transitions, 3.81 s
         exit 0 · 3.81 s · 256 MiB of memory at most
`);
});

test("a violation is told as a sequence diagram with the slots after each step", () => {
  const text = show(VIOLATED);
  expect(text).toContain("The bug frees-on-send stands in place of our code.");
  expect(
    text.slice(text.indexOf("cap: No engine")),
  ).toBe(`cap: No engine ever carries more streams than its cap.
violated in E1 C1 R2 (core) after 4 steps · model/properties/cap.ts:12

      client 1   client 2   proxy   engine 1   orchestrator
   1 client 1 asks for content 1
          ├──────────────────▶│         │            │        request content 1
          │          │        ├────────▶│            │        start content 1 as session 1
          │          │        │        [P]           │        load 1/1
   2 engine 1 starts session 1
          │          │        │◀────────┤            │        started session 1
          │          │        ├─────────────────────▶│        stream started
          │          │        │        [A]           │        load 1/1
   3 client 1 leaves
          ├──────────────────▶│         │            │        gone
          │          │        ◆         │            │        frees the slot at once
          │          │        ├────────▶│            │        stop session 1
          │          │        │        [·]           │        load 0/1
   4 client 2 asks for content 2, and the stop of session 1 is still on its way
          │          ├───────▶│         │            │        request content 2
          │          │        ├────────▶│            │        start content 2 as session 2
          │          │        │        [P]           │        load 1/1
          │          │        │         │            │        engine 1 carries 2, counted 1, cap 1

      · free   P pending   A active   R released, still held   F somebody else’s   + beyond the cap

  ✘ engine 1 carries 2 streams, its cap is 1: session 1 was never confirmed to be gone

  ${COMMAND}

✘ VIOLATED  cap does not hold in E1 C1 R2
            exit 1 · <0.01 s · 256 MiB of memory at most
`);
});

describe("a cycle", () => {
  test("is drawn in the margin, back to the step after which it begins", () => {
    const lines = show(CYCLE).split("\n");
    const at = lines.findIndex((line) => line.startsWith(" ╭ 3 client 1 leaves"));
    expect(lines[at - 1]).toStartWith("  ");
    expect(lines.slice(at + 1, at + 10).every((line) => line.startsWith(" │"))).toBeTrue();
    expect(lines[at + 10]).toBe(" ╰─▶ back to where step 2 ended, and so on for ever");
    expect(show(CYCLE)).toContain("Now everything is again as it was after step 2: this can go on for ever.");
  });

  test("may return to the beginning", () => {
    const text = show({ ...CYCLE, violation: { ...VIOLATION, loopsTo: 0 } });
    expect(text).toContain("\n ╭ 1 client 1 asks for content 1\n");
    expect(text).toContain("back to the beginning, and so on for ever");
  });
});

describe("what is not known is not called well", () => {
  test("an incomplete search", () => {
    const text = show(INCOMPLETE);
    expect(section(text, "Properties")).toBe(`Properties
  ◐ as far as seen  cap · conservation · free only after proof · no lost wake-up`);
    expect(text).toContain("  ◐ E3 C2 R6 (cut)");
    expect(text).toContain("◐ INCOMPLETE  a limit ended 1 of 2 worlds before everything was seen;");
    expect(text).toContain("exit 2");
    expect(text).not.toMatch(/HOLDS|✔ always/);
  });

  test("properties and events that never occurred", () => {
    const text = show(VACUOUS);
    expect(section(text, "Properties")).toBe(`Properties
  ✔ always          cap
  ○ VACUOUS         fencing
                    A proxy that lost its lease starts nothing.
                    It was never put to the test: a lease runs out while its holder is paused`);
    expect(text).toContain("○ events that never occurred: timer: provision");
    expect(text).toContain("○ VACUOUS  1 property was never put to the test: fencing\n           exit 3");
  });

  test("a world that a violation ended is not said to have been ended by a limit", () => {
    expect(show(VIOLATED)).not.toContain("(cut)");
    expect(show(VIOLATED)).toContain("  ✘ E1 C1 R2  core");
  });

  test("a second violated property keeps its sentence", () => {
    const text = show({
      ...VIOLATED,
      properties: [...VIOLATED.properties, property("fifo", { status: "violated" })],
    });
    expect(text).toContain("  ✘ VIOLATED        fifo\n                    The sentence of fifo.");
    expect(text).toContain("cap and fifo do not hold in E1 C1 R2");
  });
});

describe("slots", () => {
  const last = (letters: string, carries: number, foreign: number): string => {
    const step: TraceStep = {
      happening: "it happens",
      messages: [],
      engines: [engine(1, letters, carries, foreign)],
    };
    const text = show({ ...VIOLATED, violation: { ...VIOLATION, trace: [step] } });
    return section(text.slice(text.indexOf("it happens")), "")
      .trim()
      .replace(/ +/gu, " ");
  };

  test("streams of others take free places", () => {
    expect(last("AR·", 2, 1)).toContain("[ARF] load 3/3");
  });
  test("and stand behind a plus where there is none left", () => {
    expect(last("AA", 3, 2)).toContain("[AA+FF] load 4/2\n");
    expect(last("AA", 3, 2)).toContain("engine 1 carries 3, counted 4, cap 2");
  });
  test("an engine within its cap gets no extra line", () => {
    expect(last("AA", 2, 0)).not.toContain("carries");
  });
});

describe("the terminal", () => {
  const crowd: TraceStep = {
    happening:
      "everybody talks, and the sentence about it is long enough to be broken into several lines of text",
    messages: [
      ...[1, 2, 3, 4, 5].map((n) => ({
        from: `client ${n}`,
        to: `proxy ${(n % 2) + 1}`,
        text: `request content ${n}`,
      })),
      {
        from: "proxy 2",
        to: "engine 5",
        text: "start content 1234567890123456789012345678901234567890 as session 1",
      },
      { from: "orchestrator", to: "proxy 1", text: "snapshot" },
      { from: "store", to: "proxy 2", text: "lease 1 lost" },
      { from: "state file", to: "proxy 2", text: "written" },
    ],
    engines: [1, 2, 3, 4, 5].map((n) => engine(n, "AR··", n)),
  };
  const CROWDED = { ...VIOLATED, violation: { ...VIOLATION, trace: [crowd], loopsTo: 0 } };
  const LONG = "x".repeat(150);
  const WORDY = {
    ...VIOLATED,
    limits: [LONG],
    properties: [property(LONG, { status: "violated" }), property(`${LONG}y`)],
    violation: {
      ...VIOLATION,
      property: LONG,
      detail: LONG,
      trace: [{ happening: LONG, messages: [{ from: "proxy", to: LONG, text: LONG }], engines: [] }],
    },
  };
  const results = { WORDY, HOLDS, VIOLATED, CYCLE, INCOMPLETE, VACUOUS, CROWDED, NASTY: withNastyTexts() };
  const wide = rung("E12 C4 R20 faults 3 restarts 2 spares 2 foreign 4 stale 2 aborts 5", {
    states: 123_456_789,
    edges: 1_234_567_890,
    terminals: 12_345,
    seconds: 7201,
  });

  for (const columns of [60, 80, 100, 250])
    test(`of ${columns} columns is not overrun, nor one of more than 100 filled`, () => {
      for (const [name, result] of Object.entries(results)) {
        const text = show({ ...result, rungs: [...result.rungs, wide] }, columns);
        const widest = text.split("\n").toSorted((a, b) => [...b].length - [...a].length)[0] ?? "";
        expect({ name, widest, fits: [...widest].length <= Math.min(100, columns) }).toEqual({
          name,
          widest,
          fits: true,
        });
      }
    });

  test("too narrow for all lanes gets the same as a list", () => {
    const text = show(CROWDED, 80);
    expect(text).toContain("\n │    client 1 ─▶ proxy 2: request content 1\n");
    expect(text).toContain("\n │    e1 [AR··] 2/4 · e2 [AR··] 2/4");
    expect(text).toContain("      engine 5 carries 5, counted 2, cap 4".slice(2));
  });

  test("gets colours only if it wants them, and the same text", () => {
    const colored = report("pretty", VIOLATED, { color: true, columns: 100, command: COMMAND });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one
    const codes = /\u001b\[\d+m/gu;
    expect(colored).toMatch(codes);
    expect(colored.replace(codes, "")).toBe(show(VIOLATED));
  });

  test("is not steered by what a trace says", () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
    expect(show(withNastyTexts())).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/u);
  });

  test("is told of no command where none was written", () => {
    const text = report("pretty", VIOLATED, { color: false, columns: 100, command: null });
    expect(text).not.toContain("--replay");
  });
});
