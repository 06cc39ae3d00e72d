/** Results of checks, made by hand: one in which everything holds, one with a violation, and ways to change them. */
import type { CheckResult, EngineNow, PropertyResult, RungResult, Violation } from "../../model/result.ts";
import type { SlotState } from "../../src/slots/index.ts";

const SLOTS: Readonly<Record<string, SlotState>> = { "·": "free", P: "pending", A: "active", R: "released" };

/** `engine(1, "A·")`: the first engine with an active and a free slot. */
export const engine = (number: number, letters: string, carries = 0, foreign = 0): EngineNow => ({
  name: `engine ${number}`,
  slots: [...letters].map((letter) => SLOTS[letter] ?? "free"),
  foreign,
  carries,
});

export const rung = (name: string, more: Partial<RungResult> = {}): RungResult => ({
  name,
  method: "core",
  states: 1024,
  edges: 3210,
  depth: 14,
  terminals: 6,
  acyclic: true,
  complete: true,
  seconds: 0.02,
  ...more,
});

export const property = (name: string, more: Partial<PropertyResult> = {}): PropertyResult => ({
  name,
  sentence: `The sentence of ${name}.`,
  kind: "always",
  status: "holds",
  sometimes: `the case of ${name}`,
  reachedIn: "E1 C1 R2",
  ...more,
});

export const CAP = property("cap", {
  sentence: "No engine ever carries more streams than its cap.",
  sometimes: "an engine is at its cap while somebody asks for another stream",
});

export const HOLDS: CheckResult = {
  version: 1,
  verdict: "holds",
  preset: "ci",
  mutant: null,
  rungs: [
    rung("E1 C1 R2"),
    rung("E2 C2 R4", { states: 60123, edges: 301456, depth: 31, terminals: 48, seconds: 2.5 }),
    rung("R3", { method: "shell", states: 412, edges: 9876, acyclic: null, seconds: 1.25 }),
  ],
  properties: [
    CAP,
    property("conservation"),
    property("free only after proof"),
    property("no lost wake-up", { kind: "eventually" }),
  ],
  coverage: {
    moves: {
      "free --reserve--> pending": 41234,
      "pending --started--> active": 20117,
      "pending --release--> released": 9000,
      "active --release--> released": 18000,
      "released --stopConfirmed--> free": 26000,
    },
    events: { request: 51234, leave: 20999, started: 20117, "timer: queue": 1204 },
    effects: { start: 41234, stop: 27000, reject: 1204 },
  },
  assumptions: ["An engine ends a session that nobody reads before the release deadline."],
  limits: ["At most 4 requests, 2 engines and 1 fault per world."],
  violation: null,
  seconds: 3.81,
  memoryBytes: 256 * 2 ** 20,
};

/** Two proxies' worth of haste: the slot is free again before the engine has let go. */
export const VIOLATION: Violation = {
  property: "cap",
  sentence: CAP.sentence,
  detail: "engine 1 carries 2 streams, its cap is 1: session 1 was never confirmed to be gone",
  rung: "E1 C1 R2",
  method: "core",
  trace: [
    {
      happening: "client 1 asks for content 1",
      messages: [
        { from: "client 1", to: "proxy", text: "request content 1" },
        { from: "proxy", to: "engine 1", text: "start content 1 as session 1" },
      ],
      engines: [engine(1, "P")],
    },
    {
      happening: "engine 1 starts session 1",
      messages: [
        { from: "engine 1", to: "proxy", text: "started session 1" },
        { from: "proxy", to: "orchestrator", text: "stream started" },
      ],
      engines: [engine(1, "A", 1)],
    },
    {
      happening: "client 1 leaves",
      messages: [
        { from: "client 1", to: "proxy", text: "gone" },
        { from: "proxy", to: "proxy", text: "frees the slot at once" },
        { from: "proxy", to: "engine 1", text: "stop session 1" },
      ],
      engines: [engine(1, "·", 1)],
    },
    {
      happening: "client 2 asks for content 2, and the stop of session 1 is still on its way",
      messages: [
        { from: "client 2", to: "proxy", text: "request content 2" },
        { from: "proxy", to: "engine 1", text: "start content 2 as session 2" },
      ],
      engines: [engine(1, "P", 2)],
    },
  ],
  loopsTo: null,
  replay: {
    aceslotTrace: 1,
    rung: "E1 C1 R2",
    method: "core",
    size: { engines: 1, cap: 1, requests: 2 },
    mutant: "frees-on-send",
    property: "cap",
    choices: [0, 1, 0, 2],
  },
  source: { file: "model/properties/cap.ts", line: 12 },
};

export const VIOLATED: CheckResult = {
  ...HOLDS,
  verdict: "violated",
  mutant: "frees-on-send",
  // The first violation ends the search.
  rungs: [
    rung("E1 C1 R2", { states: 61, edges: 140, depth: 4, acyclic: null, complete: false, seconds: 0.004 }),
  ],
  properties: [
    { ...CAP, status: "violated" },
    property("conservation", { status: "incomplete" }),
    property("no lost wake-up", { kind: "eventually", status: "incomplete" }),
  ],
  limits: [],
  violation: VIOLATION,
  seconds: 0.006,
};

/** Somebody waits for ever: from step 2 on the same thing happens again and again. */
export const CYCLE: CheckResult = {
  ...VIOLATED,
  properties: [property("no lost wake-up", { kind: "eventually", status: "violated" })],
  violation: {
    ...VIOLATION,
    property: "no lost wake-up",
    sentence: "Nobody waits for ever while a slot is free.",
    detail: "client 2 waits although engine 1 is free",
    loopsTo: 2,
  },
};

export const VACUOUS: CheckResult = {
  ...HOLDS,
  verdict: "vacuous",
  properties: [
    CAP,
    property("fencing", {
      status: "vacuous",
      reachedIn: null,
      sentence: "A proxy that lost its lease starts nothing.",
      sometimes: "a lease runs out while its holder is paused",
    }),
  ],
  coverage: { ...HOLDS.coverage, events: { ...HOLDS.coverage.events, "timer: provision": 0 } },
};

export const INCOMPLETE: CheckResult = {
  ...HOLDS,
  verdict: "incomplete",
  rungs: [
    rung("E1 C1 R2"),
    rung("E3 C2 R6", { complete: false, acyclic: null, states: 1_000_000, seconds: 60 }),
  ],
  properties: HOLDS.properties.map((each) => ({ ...each, status: "incomplete" as const })),
  limits: ["E3 C2 R6 was ended by --max-states 1000000."],
};

/** Everything that some format could stumble over. */
export const NASTY =
  "<b>\"a\" & 'b'</b>\n::error::x\u001b[31mred\u001b[0m \u0000 100% #1; `c` | d, e: end ]]> \u202etxt --> ```";

export const withNastyTexts = (result: CheckResult = VIOLATED): CheckResult => ({
  ...result,
  preset: NASTY,
  mutant: NASTY,
  rungs: [rung(NASTY)],
  properties: [property(NASTY, { status: "violated", sentence: NASTY, sometimes: NASTY })],
  coverage: { moves: { [NASTY]: 1 }, events: { [NASTY]: 0 }, effects: { [NASTY]: 2 } },
  assumptions: [NASTY],
  limits: [NASTY],
  violation: {
    ...VIOLATION,
    property: NASTY,
    sentence: NASTY,
    detail: NASTY,
    rung: NASTY,
    trace: [
      {
        happening: NASTY,
        messages: [{ from: NASTY, to: "proxy", text: NASTY }],
        engines: [{ name: NASTY, slots: ["active"], foreign: 3, carries: 2 }],
      },
    ],
    source: { file: "model/a,b:c.ts", line: 3 },
  },
});
