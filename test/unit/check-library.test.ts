/** `aceslot/check`: models of somebody's own, explored, told, walked through and run again. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type CheckResult,
  checkModel,
  EXIT_CODE,
  exploreApp,
  REPORT_FORMATS,
  replayModel,
  report,
  several,
  stableKey,
  type View,
  walkModel,
} from "../../model/index.ts";
import { type Count, type Counters, counters, graph, never, paid } from "../support/tiny-models.ts";

const told = ({ violation }: CheckResult): string[] =>
  violation ? violation.trace.map(({ happening }) => happening) : [];

describe("a key", () => {
  test("is equal where data is equal, whatever the order of fields and members", () => {
    const one = {
      a: new Map([
        ["x", 1],
        ["y", 2],
      ]),
      b: new Set([[1], [2]]),
    };
    const other = {
      b: new Set([[2], [1]]),
      a: new Map([
        ["y", 2],
        ["x", 1],
      ]),
    };
    expect(stableKey(one)).toBe(stableKey(other));
  });
  test("tells apart what other writers write alike", () => {
    const all = [
      ["a", "b"],
      ["a,b"],
      ['a","b'],
      ["a','b"],
      "a",
      { a: "b" },
      { a: undefined },
      {},
      [],
      [[]],
      [undefined],
      [null],
      0,
      -0,
      "0",
      0n,
      "0n",
      Number.NaN,
      "NaN",
      null,
      "null",
      undefined,
      true,
      "true",
      new Map(),
      new Set(),
      new Map([[1, 2]]),
      new Map([["1", 2]]),
      { 1: 2 },
      new Set([1]),
      new Set(["1"]),
      [1],
      new Int8Array([1]),
      new Uint8Array([1]),
      new BigInt64Array([1n]),
      { "a:1,b": 2 },
      { a: 1, b: 2 },
      "\ud800",
      "\udc00",
    ];
    expect(new Set(all.map(stableKey)).size).toBe(all.length);
  });
  test("of whatever JSON can hold is JSON's own, but for the order of fields", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (data) => {
        expect(JSON.parse(stableKey(data))).toEqual(data);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
  test("is refused to what is no plain data", () => {
    const loop: unknown[] = [];
    loop.push(loop);
    for (const [data, why] of [
      [() => 1, "a function is no plain data"],
      [{ a: Symbol("a") }, "a symbol is no plain data"],
      [[new Date(0)], "an instance of Date is no plain data"],
      [loop, "contains itself"],
    ] as const)
      expect(() => stableKey(data)).toThrow(why);
  });
});

describe("exploring", () => {
  test("counts states, transitions, depth and ends, and says how often each thing happened", () => {
    const result = checkModel(counters(2, 2));
    expect(result.rungs[0]).toMatchObject({ states: 9, edges: 12, depth: 4, terminals: 1, acyclic: true });
    expect([result.verdict, result.coverage.events]).toEqual(["holds", { up: 12 }]);
  });
  test("finds a shortest trace, not the first one", () => {
    const model = graph({ a: "far b, near c", b: "on d", c: "jump bad", d: "on bad", bad: "" }, [
      never("bad"),
    ]);
    expect(told(checkModel(model))).toEqual(["near", "jump"]);
  });
  test("looks at the beginning too", () => {
    const { violation } = checkModel(graph({ a: "go b" }, [never("a")]));
    expect([violation?.trace, violation?.replay.choices]).toEqual([[], []]);
  });
  test("looks at every step, also at one into a state that is known", () => {
    const noReturn = {
      kind: "step",
      name: "no return",
      sentence: "Nothing leads back.",
      sometimes: "a step",
      check: ({ after }: { after: string }) => (after === "a" ? "back to a" : true),
    } as const;
    const result = checkModel(graph({ a: "go b", b: "back a" }, [noReturn]));
    expect([told(result), result.violation?.detail]).toEqual([["go", "back"], "back to a"]);
  });
  test("takes what next throws for a violation, of the property that the model names", () => {
    const broken = {
      next: (state: string) => {
        if (state === "a") return "b";
        throw new RangeError("there is nothing after b");
      },
    };
    const model = graph({ a: "go b", b: "go c" }, [], broken);
    const { violation } = checkModel(model);
    expect(violation).toMatchObject({ property: "no step breaks off", detail: "there is nothing after b" });
    expect(violation?.trace.map(({ happening }) => happening)).toEqual(["go", "go: breaks off"]);
    const assertion = { name: "asserted", sentence: "No assertion fails." };
    expect(checkModel({ ...model, assertion }).violation).toMatchObject({
      property: "asserted",
      ...{ sentence: assertion.sentence },
    });
  });
  test("tries all successors and all beginnings", () => {
    const next = (state: string) => (state === "a" ? several(["b", "bad"]) : several<string>([]));
    const one = checkModel(graph({ a: "go b", b: "go b" }, [never("bad")], { next }));
    expect([told(one), one.violation?.replay.choices]).toEqual([["go"], [1]]);
    const begun = checkModel(graph({ a: "", b: "go bad" }, [never("bad")], { begin: several(["a", "b"]) }));
    expect(told(begun)).toEqual(["it begins", "go"]);
    const fine = checkModel(graph({ a: "", b: "go c" }, [never()], { begin: several(["a", "b"]) }));
    expect(fine.rungs[0]).toMatchObject({ states: 3, edges: 1, depth: 1 });
    expect(() => checkModel(graph({ a: "" }, [], { begin: several<string>([]) }))).toThrow(
      "no state to begin in",
    );
  });
  test("stops at its limits, and calls that incomplete", () => {
    let now = 0;
    for (const limits of [{ maxStates: 10 }, { maxMs: 50, clock: () => now++ }]) {
      const result = checkModel(counters(3, 9), limits);
      expect([result.verdict, result.properties[0]?.status]).toEqual(["incomplete", "incomplete"]);
      expect(result.limits.at(-1)).toMatch(/^Stopped after \d+ states/);
    }
  });
  test("tells a model that changes its states", () => {
    const list: Parameters<typeof checkModel>[0] = {
      name: "list",
      begin: [0],
      happenings: () => ["push"],
      next: (state) => {
        (state as number[]).push(1);
        return state;
      },
      properties: [],
    };
    expect(() => checkModel(list, { maxStates: 9 })).toThrow("next() must return new states");
  });
  test("asks for different names", () => {
    expect(() => checkModel(graph({ a: "" }, [never(), never()]))).toThrow("two properties are called never");
  });
  test("finds the same every time", () => {
    const model = graph({ a: "x b?, y c?", "b?": "must c?", "c?": "must b?" }, [paid]);
    const [one, other] = [checkModel(model), checkModel(model)].map((result) => ({
      ...result,
      seconds: 0,
      memoryBytes: 0,
      rungs: result.rungs.map((rung) => ({ ...rung, seconds: 0 })),
    }));
    expect(one).toEqual(other as NonNullable<typeof other>);
  });
});

describe("a model that is none", () => {
  const fine = {
    name: "switch",
    begin: "off",
    happenings: () => ["press"],
    next: () => "on",
    properties: [
      { kind: "sometimes", name: "light", sentence: "It is on.", check: (state: string) => state === "on" },
    ],
  };
  const with1 = (change: object) => ({ ...fine, properties: [{ ...fine.properties[0], ...change }] });
  test("is refused, with the value, the rule and the fix", () => {
    expect(checkModel(fine as never).verdict).toBe("holds");
    for (const [model, why] of [
      [undefined, "the model's name is undefined, and must be a text"],
      [{ ...fine, happenings: ["press"] }, "switch: happenings is an object, and must be a function"],
      [{ ...fine, next: undefined }, "switch: next is undefined, and must be a function"],
      [{ ...fine, properties: undefined }, "switch: properties is undefined, and must be a list"],
      [{ ...fine, properties: [{}] }, "switch: a property's name is undefined"],
      [
        with1({ kind: "allways" }),
        'switch: the kind of "light" is "allways", and must be one of always, step',
      ],
      [with1({ check: true }), 'switch: the check of "light" is true, and must be a function'],
      [{ ...fine, happenings: () => null }, "switch: what happenings() answered is null, and must be a list"],
      [{ ...fine, happenings: () => "press" }, 'switch: what happenings() answered is "press"'],
      [
        { ...fine, happenings: () => [{ kind: "press" }] },
        "switch: a happening is an object, and must be a word",
      ],
    ] as const)
      expect(() => checkModel(model as never), why).toThrow(why);
  });
  test("may be an instance of a class", () => {
    class Switch {
      readonly name = "switch";
      readonly begin = "off";
      readonly properties = [];
      happenings = () => new Set([new Press()]);
      next(): string {
        return "on";
      }
    }
    class Press {
      get type(): string {
        return "press";
      }
    }
    expect(checkModel(new Switch()).verdict).toBe("holds");
  });
  test("so is a check that answers neither a text nor a boolean, which would pass for a yes", () => {
    for (const kind of ["always", "step", "eventually", "sometimes"])
      for (const answer of [undefined, null, new Error("it is on")])
        expect(() =>
          checkModel(with1({ kind, sometimes: "it is on", check: () => answer }) as never),
        ).toThrow('what the check of "light" answered is');
  });
});

describe("what is never put to the test", () => {
  test("makes the result vacuous", () => {
    const idle = { ...never("bad"), check: () => false } as ReturnType<typeof never>;
    const reach = {
      kind: "sometimes",
      name: "c",
      sentence: "It gets to c.",
      check: (state: string) => state === "c",
    } as const;
    for (const property of [idle, reach, paid])
      expect(checkModel(graph({ a: "go b" }, [property])).verdict).toBe("vacuous");
    expect(checkModel(graph({ a: "go c" }, [reach])).verdict).toBe("holds");
  });
  test("so does a happening that never occurs", () => {
    const result = checkModel(graph({ a: "go b" }, [never()], { names: ["go", "gone"] }));
    expect([result.verdict, result.coverage.events]).toEqual(["vacuous", { go: 1, gone: 0 }]);
  });
  test("a world in which nothing happens tests no step", () => {
    expect(checkModel(graph({ a: "" }, [never()])).verdict).toBe("vacuous");
  });
});

describe("what is owed", () => {
  test("must be paid where nothing more need happen", () => {
    const result = checkModel(graph({ a: "go b?", "b?": "may a" }, [paid]));
    expect([told(result), result.violation?.detail, result.violation?.loopsTo]).toEqual([
      ["go"],
      "b? is owed",
      null,
    ]);
  });
  test("is not paid by what changes nothing", () => {
    expect(checkModel(graph({ "a?": "must a?" }, [paid])).violation?.detail).toBe("a? is owed");
  });
  test("is paid by what must happen", () => {
    expect(checkModel(graph({ a: "go b?", "b?": "must a" }, [paid])).verdict).toBe("holds");
  });
  test("may not be owed for ever, also where payment is possible now and then", () => {
    const result = checkModel(graph({ a: "go b?", "b?": "must1 c?, must2 a", "c?": "must3 b?" }, [paid]));
    expect([told(result), result.violation?.loopsTo]).toEqual([["go", "must1", "must3"], 1]);
    expect(result.violation?.detail).toBe("it can go on for ever: b? is owed");
  });
  test("is paid if payment stays possible all the time", () => {
    const result = checkModel(graph({ a: "go b?", "b?": "may c?, must a", "c?": "may b?, must a" }, [paid]));
    expect([result.verdict, result.rungs[0]?.acyclic]).toEqual(["holds", false]);
  });
  test("is told by a round that is fair itself", () => {
    // b and c alone neglect `must`; the way by d takes it.
    const ways = { "b?": "may c?, must d?", "c?": "may b?, must d?", "d?": "mustback b?" };
    const result = checkModel(graph(ways, [paid]));
    expect([told(result), result.violation?.loopsTo]).toEqual([["must", "mustback"], 0]);
    const always = checkModel(graph({ ...ways, "d?": "must b?" }, [paid]));
    expect([told(always), always.violation?.loopsTo]).toEqual([["must", "must"], 0]);
  });
  test("is looked at for each client by itself, unless clients change their names", () => {
    // Client 0 counts round and round; client 1 could count all the time, and must some day.
    const round = counters(2, 1, {
      happenings: ({ of }) =>
        of.flatMap((at, who): Count[] => (who === 0 || at === 0 ? [{ type: "up", who }] : [])),
      next: ({ of }, { who }) => ({ of: of.with(who, 1 - (of[who] ?? 0)) }),
      properties: [
        {
          kind: "eventually",
          name: "its turn",
          sentence: "Client 1 gets its turn.",
          sometimes: "it had none",
          check: ({ of }) => (of[1] === 0 ? "client 1 waits" : false),
        },
      ],
    });
    const verdicts = [round, { ...round, canonical: (state: Counters) => state }].map(
      (model) => checkModel(model).verdict,
    );
    expect(verdicts).toEqual(["holds", "violated"]);
  });
});

const sorted = { canonical: ({ of }: { of: readonly number[] }) => ({ of: of.toSorted((a, b) => a - b) }) };
const below = (top: number) =>
  ({
    kind: "always",
    name: "below",
    sentence: "No counter is too high.",
    sometimes: "one counts",
    check: ({ of }: { of: readonly number[] }) => {
      const who = of.findIndex((count) => count >= top);
      return who >= 0 ? `counter ${who} is at ${of[who]}` : true;
    },
  }) as const;

describe("symmetry", () => {
  test("takes states for one that differ in names only", () => {
    const [all, few] = [checkModel(counters(4, 3)), checkModel(counters(4, 3, sorted))];
    expect([all.rungs[0]?.states, few.rungs[0]?.states]).toEqual([256, 35]);
    expect(few.verdict).toBe("holds");
  });
  test("a trace keeps its names all the same", () => {
    const result = checkModel(counters(3, 3, { ...sorted, properties: [below(3)] }));
    expect(told(result)).toEqual(["up who 0", "up who 0", "up who 0"]);
    expect(result.violation?.detail).toBe("counter 0 is at 3");
  });
  test("also where one walks, and a choice means the same however one came there", () => {
    const model = counters(2, 2, { ...sorted, show: ({ of }) => [`${of}`] });
    const after = (walker: ReturnType<typeof walkModel>, path: number[]) => {
      const { steps, sections } = walker.view(path);
      return [...steps.map(({ happening }) => happening), ...(sections[0]?.lines ?? [])];
    };
    // Sorted, the counter that is behind comes first: choice 1 is the one that leads.
    expect(after(walkModel(model), [0, 1])).toEqual(["up who 0", "up who 0", "2,0"]);
    expect(after(walkModel(model), [1, 1])).toEqual(["up who 1", "up who 1", "0,2"]);
    expect(after(walkModel(model), [0, 0])).toEqual(["up who 0", "up who 1", "1,1"]);
    const again = walkModel(model);
    again.view([1]);
    expect(after(again, [0, 1])).toEqual(["up who 0", "up who 0", "2,0"]);
  });
  test("of steps that are alike, the one that is wrong is told", () => {
    const { violation } = checkModel<string, { readonly type: string; readonly who: number }>({
      name: "left and right",
      begin: "",
      happenings: (state) =>
        (({ "": [0], left: [1, 2], right: [2, 1] })[state] ?? []).map((who) => ({ type: "go", who })),
      next: (state) => (state === "" ? "right" : "over"),
      canonical: (state) => (state === "right" ? "left" : state),
      properties: [
        {
          kind: "step",
          name: "not 2",
          sentence: "2 never goes.",
          sometimes: "somebody goes",
          check: ({ happening: { who } }) => (who === 2 ? "2 goes" : true),
        },
      ],
    });
    expect(violation?.replay.choices).toEqual([0, 1]);
    expect(violation?.trace.map(({ happening }) => happening)).toEqual(["go who 0", "go who 2"]);
  });
  test("what is no symmetry is told as it was explored", () => {
    const canonical = (state: string): string => (state === "c" ? "b" : state);
    const walker = walkModel(graph({ a: "x b, y c", b: "go d", c: "", d: "" }, [], { canonical }));
    walker.view([0]);
    expect(walker.view([1, 0]).steps.map(({ happening }) => happening)).toEqual(["y", "go"]);
  });
});

describe("running a trace again", () => {
  const bad = graph({ a: "x b, y c", b: "", c: "z bad", bad: "" }, [never("bad")]);
  test("shows the same violation, and none once it is mended", () => {
    const { violation } = checkModel(bad);
    const choices = violation?.replay.choices ?? [];
    expect(replayModel(bad, choices)).toEqual(violation);
    expect(replayModel({ ...bad, properties: [never()] }, choices)).toBeNull();
  });
  test("shows what is owed at its end, or for ever", () => {
    for (const ways of [
      { a: "go b?", "b?": "may a" },
      { a: "go b?", "b?": "must1 c?, must2 a", "c?": "must3 b?" },
    ]) {
      const model = graph(ways, [paid]);
      const { violation } = checkModel(model);
      expect(replayModel(model, violation?.replay.choices ?? [])).toEqual(violation);
    }
    const fair = graph({ a: "go b?", "b?": "may c?, must a", "c?": "may b?, must a" }, [paid]);
    expect(replayModel(fair, [0, 0, 0])).toBeNull();
    expect(replayModel(graph({ a: "go b?", "b?": "must a" }, [paid]), [0, 0, 0])).toBeNull();
  });
  test("shows a step that breaks off, and a wrong beginning", () => {
    const model = graph({ a: "go b" }, [], {
      next: () => {
        throw new Error("no");
      },
    });
    expect(replayModel(model, [0])?.detail).toBe("no");
    expect(replayModel(graph({ a: "go b" }, [never("a")]), [])?.trace).toEqual([]);
  });
  test("names the choice that is not possible any more", () => {
    expect(() => replayModel(bad, [1, 7])).toThrow("choice 2 of 2 (7) is not possible there");
  });
});

describe("walking by hand", () => {
  const model = graph({ a: "go b?", "b?": "must a, may bad", bad: "" }, [never("bad"), paid]);
  test("says where one is, what may happen, and what holds here", () => {
    const view = walkModel(model).view([0]);
    expect(view.steps.map(({ happening }) => happening)).toEqual(["go"]);
    expect(view.sections).toEqual([{ title: "State", lines: ['"b?"'] }]);
    expect(view.enabled).toEqual([
      { happening: "must", fair: true, returns: true },
      { happening: "may", fair: false, returns: false },
    ]);
    const statuses = (path: number[]): string[] =>
      walkModel(model)
        .view(path)
        .properties.map(({ status }) => status);
    expect(statuses([])).toEqual(["holds", "idle", "idle"]);
    expect(statuses([0])).toEqual(["holds", "idle", "holds"]);
    expect(statuses([0, 1])).toEqual(["violated", "idle", "holds"]);
    expect(() => walkModel(model).view([0, 2])).toThrow("choice 2 of 2 (2) is not possible there");
  });
  test("goes no further than a step that breaks off", () => {
    const walker = walkModel({
      ...model,
      next: () => {
        throw new Error("no");
      },
    });
    expect(walker.view([0]).enabled).toEqual([]);
    expect(walker.view([0]).properties.at(-1)).toMatchObject({ status: "violated", detail: "no" });
    expect(() => walker.view([0, 0])).toThrow("choice 2 of 2");
  });
  test("is what the page asks", async () => {
    const answer = await exploreApp(walkModel(model)).fetch(new Request("http://localhost/api/view?path=0"));
    expect(((await answer.json()) as View).enabled).toHaveLength(2);
  });
  test("begins where the model may begin", () => {
    const walker = walkModel({ ...model, begin: several(["a", "b?"]) });
    expect(walker.view([]).enabled.map(({ happening }) => happening)).toEqual(["it begins", "it begins"]);
    expect(walker.view([1]).sections[0]?.lines).toEqual(['"b?"']);
  });
});

describe("reports", () => {
  const results = {
    holds: checkModel(graph({ a: "go b" }, [never()])),
    violated: checkModel(
      graph({ a: "go bad" }, [{ ...never("bad"), source: { file: "my/model.ts", line: 7 } }]),
    ),
    incomplete: checkModel(counters(3, 9), { maxStates: 5 }),
    vacuous: checkModel(graph({ a: "go b" }, [paid])),
  };
  test("exist in every format, for every verdict", () => {
    for (const [verdict, result] of Object.entries(results)) {
      expect(result.verdict as string).toBe(verdict);
      for (const format of REPORT_FORMATS)
        expect(report(format, result, { color: false, columns: 100, command: null })).toEndWith("\n");
    }
    expect(Object.values(results).map(({ verdict }) => EXIT_CODE[verdict])).toEqual([0, 1, 2, 3]);
  });
  const text = (format: "pretty" | "github" | "mermaid", result: CheckResult): string =>
    report(format, result, { color: false, columns: 100, command: null });
  test("say nothing of slots where there are none", () => {
    expect(text("pretty", results.violated)).not.toContain("released, still held");
    expect(text("mermaid", results.holds)).toBe('pie showData title graph\n  "go" : 1\n');
  });
  test("name the place that a property gives for itself", () => {
    expect(text("github", results.violated)).toStartWith("::error file=my/model.ts,line=7,");
  });
  test("list what is sometimes so", () => {
    const reach = {
      kind: "sometimes",
      name: "gets to b",
      sentence: "It gets to b.",
      check: (state: string) => state === "b",
    } as const;
    expect(text("pretty", checkModel(graph({ a: "go b" }, [reach])))).toContain(
      "✔ sometimes       gets to b",
    );
  });
});
