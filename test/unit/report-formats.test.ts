/** The reports that other programs read. */
import { describe, expect, test } from "bun:test";
import { DOMParser } from "@xmldom/xmldom";
import { githubSummary, REPORT_FORMATS, type ReportFormat, report } from "../../model/report/index.ts";
import type { CheckResult } from "../../model/result.ts";
import {
  CYCLE,
  HOLDS,
  INCOMPLETE,
  NASTY,
  property,
  rung,
  VACUOUS,
  VIOLATED,
  withNastyTexts,
} from "../support/check-results.ts";

const OPTIONS = { color: false, columns: 100, command: "aceslot check --replay cap.trace.json" };
const as = (format: ReportFormat, result: CheckResult): string => report(format, result, OPTIONS);
const ALL = { HOLDS, VIOLATED, CYCLE, INCOMPLETE, VACUOUS, NASTY: withNastyTexts() };

test("every report of every result ends with one line end, and colours only where a person looks", () => {
  for (const format of REPORT_FORMATS)
    for (const result of Object.values(ALL)) {
      const text = report(format, result, { ...OPTIONS, color: true });
      expect(text).toEndWith("\n");
      expect(text).not.toEndWith("\n\n");
      expect(text.includes("\u001b")).toBe(format === "pretty");
    }
});

describe("json", () => {
  test("is the result itself", () => {
    for (const result of Object.values(ALL)) expect(JSON.parse(as("json", result))).toEqual(result);
  });

  test("has one order of keys, whatever the result's", () => {
    const turned = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(turned)
        : value !== null && typeof value === "object"
          ? Object.fromEntries(
              Object.entries(value)
                .toReversed()
                .map(([key, each]) => [key, turned(each)]),
            )
          : value;
    expect(as("json", turned(VIOLATED) as CheckResult)).toBe(as("json", VIOLATED));
    expect(Object.keys(JSON.parse(as("json", VIOLATED))).slice(0, 4)).toEqual([
      "version",
      "verdict",
      "preset",
      "mutant",
    ]);
  });
});

describe("junit", () => {
  const parsed = (result: CheckResult) => {
    const complain = (level: string, message: string): never => {
      throw new Error(`${level}: ${message}`);
    };
    return new DOMParser({ onError: complain }).parseFromString(as("junit", result), "text/xml");
  };
  const cases = (result: CheckResult) =>
    [...parsed(result).getElementsByTagName("testcase")].map((each) => {
      const [outcome] = [...each.childNodes];
      return `${each.getAttribute("classname")}: ${each.getAttribute("name")}: ${outcome?.nodeName ?? "passed"}`;
    });

  test("has a case for each property and world, and cases for the whole run", () => {
    expect(
      cases({ ...HOLDS, rungs: HOLDS.rungs.slice(0, 2), properties: HOLDS.properties.slice(0, 2) }),
    ).toEqual([
      "E1 C1 R2 (core): cap: passed",
      "E1 C1 R2 (core): conservation: passed",
      "E2 C2 R4 (core): cap: passed",
      "E2 C2 R4 (core): conservation: passed",
      "whole run: cap was put to the test: passed",
      "whole run: conservation was put to the test: passed",
      "whole run: every world was explored to its end: passed",
      "whole run: the verdict: passed",
    ]);
  });

  test("has none for a property in a world that was explored by another method", () => {
    const properties = [
      property("cap", { methods: ["core", "random"] }),
      property("one outcome", { methods: ["shell"] }),
    ];
    expect(cases({ ...HOLDS, rungs: HOLDS.rungs.slice(1), properties }).slice(0, 3)).toEqual([
      "E2 C2 R4 (core): cap: passed",
      "R3 (shell): one outcome: passed",
      "whole run: cap was put to the test: passed",
    ]);
  });

  test("a violation fails in its own world only, and nothing is said of others", () => {
    expect(
      cases({
        ...VIOLATED,
        rungs: [rung("before"), ...VIOLATED.rungs],
        properties: VIOLATED.properties.slice(0, 2),
      }),
    ).toEqual([
      "before (core): cap: skipped",
      "before (core): conservation: passed",
      "E1 C1 R2 (core): cap: failure",
      "E1 C1 R2 (core): conservation: skipped",
      "whole run: cap was put to the test: passed",
      "whole run: conservation was put to the test: passed",
      "whole run: every world was explored to its end: passed",
      "whole run: the verdict: failure",
    ]);
  });

  test("an incomplete or vacuous run does not pass", () => {
    expect(cases({ ...INCOMPLETE, properties: INCOMPLETE.properties.slice(0, 1) })).toEqual([
      "E1 C1 R2 (core): cap: passed",
      "E3 C2 R6 (core): cap: skipped",
      "whole run: cap was put to the test: passed",
      "whole run: every world was explored to its end: error",
      "whole run: the verdict: error",
    ]);
    expect(cases(VACUOUS).slice(-6)).toEqual([
      "R3 (shell): cap: passed",
      "R3 (shell): fencing: skipped",
      "whole run: cap was put to the test: passed",
      "whole run: fencing was put to the test: failure",
      "whole run: every world was explored to its end: passed",
      "whole run: the verdict: error",
    ]);
  });

  test("the failure tells the story, and counts add up", () => {
    const document = parsed(VIOLATED);
    const [failure] = [...document.getElementsByTagName("failure")];
    expect(failure?.getAttribute("message")).toBe(VIOLATED.violation?.detail ?? "");
    expect(failure?.textContent).toBe(`No engine ever carries more streams than its cap.
engine 1 carries 2 streams, its cap is 1: session 1 was never confirmed to be gone
1. client 1 asks for content 1
2. engine 1 starts session 1
3. client 1 leaves
4. client 2 asks for content 2, and the stop of session 1 is still on its way
Again: aceslot check --replay cap.trace.json`);
    for (const result of Object.values(ALL)) {
      const root = parsed(result).documentElement;
      for (const [attribute, tag] of [
        ["tests", "testcase"],
        ["failures", "failure"],
        ["errors", "error"],
        ["skipped", "skipped"],
      ] as const)
        expect(root?.getAttribute(attribute)).toBe(String(root?.getElementsByTagName(tag).length));
    }
  });

  test("leaves nothing to a lenient reader", () => {
    const text = as("junit", withNastyTexts());
    expect(text).not.toMatch(/&(?!amp;|lt;|gt;|quot;)/u);
    expect(text.replace(/<[/?]?[a-z]+( [a-z]+="[^"<>]*")*[/?]?>/gu, "")).not.toMatch(/[<>]/u);
  });

  test("texts come back as they were, what XML cannot hold as signs", () => {
    const [testcase] = [...parsed(withNastyTexts()).getElementsByTagName("testcase")];
    expect(testcase?.getAttribute("name")).toBe(
      "<b>\"a\" & 'b'</b> ::error::x␛[31mred␛[0m ␀ 100% #1; `c` | d, e: end ]]> ␚txt --> ```",
    );
  });
});

describe("github", () => {
  test("names the place of the property that is violated, in one line", () => {
    expect(as("github", VIOLATED)).toBe(
      "::error file=model/properties/cap.ts,line=12,title=cap is violated in E1 C1 R2::" +
        "No engine ever carries more streams than its cap.%0A" +
        "engine 1 carries 2 streams, its cap is 1: session 1 was never confirmed to be gone%0A" +
        "1. client 1 asks for content 1%0A2. engine 1 starts session 1%0A3. client 1 leaves%0A" +
        "4. client 2 asks for content 2, and the stop of session 1 is still on its way%0A" +
        "Again: aceslot check --replay cap.trace.json\n",
    );
  });

  test("says what holds, and what was not explored", () => {
    expect(as("github", HOLDS)).toBe(
      "::notice title=aceslot check%3A holds::4 properties hold in 3 worlds: 61,559 states, 314,542 transitions, 3.81 s\n" +
        "::notice title=not explored::At most 4 requests, 2 engines and 1 fault per world.\n",
    );
  });

  test("an incomplete or vacuous check is an error", () => {
    expect(as("github", INCOMPLETE)).toStartWith(
      "::error title=aceslot check%3A incomplete::a limit ended 1 of 2 worlds",
    );
    expect(as("github", VACUOUS)).toStartWith(
      "::error title=never put to the test::fencing: a lease runs out while its holder is paused\n",
    );
    expect(as("github", VACUOUS)).toContain("::warning title=never occurred::events: timer: provision\n");
  });

  test("no text begins a command of its own or leaves its property", () => {
    const lines = as("github", withNastyTexts()).trimEnd().split("\n");
    for (const line of lines) expect(line).toMatch(/^::(error|warning|notice) [a-z]+=[^:\n]*::[^\n]*$/u);
    expect(lines[0]).toStartWith("::error file=model/a%2Cb%3Ac.ts,line=3,title=");
    expect(lines[0]).toContain("100%25 #1;");
  });

  test("the job summary draws the trace and names the command", () => {
    const text = githubSummary(VIOLATED, OPTIONS);
    expect(text).toStartWith("## ❌ aceslot check ci: violated\n");
    expect(text).toContain("```mermaid\nsequenceDiagram\n");
    expect(text).toContain("Again: `aceslot check --replay cap.trace.json`");
    expect(text).toContain("| E1 C1 R2 | core | 61 | 140 | 4 | 6 | – | **no** | <0.01 |".replace("<", "\\<"));
    expect(githubSummary(HOLDS, OPTIONS)).toContain("```mermaid\nstateDiagram-v2\n");
  });

  test("the job summary keeps texts as texts", () => {
    const text = githubSummary(withNastyTexts(), OPTIONS);
    expect(text).toContain("\\<b\\>\"a\" \\& 'b'\\</b\\>");
    expect(text.split("\n").filter((line) => line.startsWith("```"))).toEqual(["```mermaid", "```"]);
    for (const row of text.split("\n").filter((line) => line.startsWith("| ")))
      expect([4, 10]).toContain(row.match(/(?<!\\)\|/gu)?.length ?? 0);
  });
});

describe("sarif", () => {
  test("has what 2.1.0 and code scanning ask for", () => {
    for (const result of Object.values(ALL)) {
      const log = JSON.parse(as("sarif", result));
      expect(log.version).toBe("2.1.0");
      expect(log.$schema).toEndWith("/sarif-schema-2.1.0.json");
      const [run] = log.runs;
      const { name, rules } = run.tool.driver;
      expect(name).toBe("aceslot check");
      expect(new Set(rules.map(({ id }: { id: string }) => id)).size).toBe(rules.length);
      for (const each of rules) expect(each.shortDescription.text).not.toBe("");
      expect(run.invocations[0].executionSuccessful).toBeTrue();
      for (const found of run.results) {
        expect(rules[found.ruleIndex].id).toBe(found.ruleId);
        expect(["error", "warning", "note", "none"]).toContain(found.level);
        expect(found.message.text).not.toBe("");
        for (const { physicalLocation: place } of found.locations ?? []) {
          expect(place.artifactLocation.uri).not.toMatch(/^\/|\\|[\s]/u);
          expect(place.region.startLine).toBeGreaterThanOrEqual(1);
        }
      }
    }
  });

  test("a violation is an error at its property, with the trace as a code flow", () => {
    const [found, ...others] = JSON.parse(as("sarif", VIOLATED)).runs[0].results;
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      ruleId: "cap",
      level: "error",
      partialFingerprints: { "trace/v1": "cap/E1 C1 R2/0,1,0,2" },
    });
    expect(found.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: "model/properties/cap.ts", uriBaseId: "%SRCROOT%" },
      region: { startLine: 12 },
    });
    const steps: { location: { message: { text: string } } }[] = found.codeFlows[0].threadFlows[0].locations;
    expect(steps.map(({ location }) => location.message.text)).toEqual(
      VIOLATED.violation?.trace.map(({ happening }) => happening) ?? [],
    );
  });

  test("vacuous properties and limits are told, held properties are no findings", () => {
    const exit = (result: CheckResult) => JSON.parse(as("sarif", result)).runs[0];
    expect(exit(HOLDS).results).toEqual([]);
    expect(exit(VACUOUS).results).toMatchObject([{ ruleId: "fencing", level: "warning" }]);
    expect(exit(INCOMPLETE).invocations[0]).toMatchObject({
      exitCode: 2,
      toolExecutionNotifications: [
        { level: "warning", message: { text: "A limit ended the exploration of E3 C2 R6." } },
        { level: "note" },
      ],
    });
  });

  test("a violation without a place has none", () => {
    const { violation } = VIOLATED;
    if (violation === null) throw new Error("the fixture has one");
    const [found] = JSON.parse(as("sarif", { ...VIOLATED, violation: { ...violation, source: null } }))
      .runs[0].results;
    expect(found.locations).toBeUndefined();
    expect(found.codeFlows[0].threadFlows[0].locations[0].location.physicalLocation).toBeUndefined();
  });
});

describe("itf", () => {
  const trace = (result: CheckResult) => JSON.parse(as("itf", result));

  test("has a state after each step, numbers as big ones", () => {
    const { vars, states, loop, ...rest } = trace(VIOLATED);
    expect(rest["#meta"]).toMatchObject({ format: "ITF", status: "violation", property: "cap" });
    expect(states).toHaveLength(4);
    expect(loop).toBeUndefined();
    expect(states[1]).toEqual({
      "#meta": { index: 1 },
      step: { "#bigint": "2" },
      happening: "engine 1 starts session 1",
      messages: [
        { from: "engine 1", to: "proxy", text: "started session 1" },
        { from: "proxy", to: "orchestrator", text: "stream started" },
      ],
      engines: [
        { name: "engine 1", slots: ["active"], foreign: { "#bigint": "0" }, carries: { "#bigint": "1" } },
      ],
    });
    for (const [index, state] of states.entries()) {
      expect(Object.keys(state)).toEqual(["#meta", ...vars]);
      expect(state["#meta"].index).toBe(index);
    }
  });

  test("numbers outside of #meta are never plain", () => {
    const plainNumbers = (value: unknown): number =>
      typeof value === "number"
        ? 1
        : value !== null && typeof value === "object"
          ? Object.entries(value).reduce(
              (sum, [key, each]) => sum + (key === "#meta" ? 0 : plainNumbers(each)),
              0,
            )
          : 0;
    expect(plainNumbers(trace(VIOLATED).states)).toBe(0);
  });

  test("a cycle names the state to which the last one returns", () => {
    const { loop, states } = trace(CYCLE);
    expect(loop).toBe(1);
    expect(states[loop].step).toEqual({ "#bigint": "2" });
  });

  test("without a violation there is one state, and it says why", () => {
    const { vars, states, ...rest } = trace(HOLDS);
    expect(rest["#meta"]).toMatchObject({
      status: "ok",
      description: "Nothing is violated, so there is no trace.",
    });
    expect(states).toHaveLength(1);
    expect(Object.keys(states[0])).toEqual(["#meta", ...vars]);
  });
});

describe("mermaid", () => {
  test("draws the trace, each engine where it changes, and the cycle", () => {
    expect(as("mermaid", CYCLE)).toBe(`sequenceDiagram
  participant l0 as client 1
  participant l1 as client 2
  participant l2 as proxy
  participant l3 as engine 1
  participant l4 as orchestrator
  Note over l0,l4: 1. client 1 asks for content 1
  l0->>l2: request content 1
  l2->>l3: start content 1 as session 1
  Note over l3: [P] 1 of 1
  Note over l0,l4: 2. engine 1 starts session 1
  l3->>l2: started session 1
  l2->>l4: stream started
  Note over l3: [A] 1 of 1
  loop for ever
  Note over l0,l4: 3. client 1 leaves
  l0->>l2: gone
  l2->>l2: frees the slot at once
  l2->>l3: stop session 1
  Note over l3: [·] 0 of 1
  Note over l0,l4: 4. client 2 asks for content 2, and the stop of session 1 is still on its way
  l1->>l2: request content 2
  l2->>l3: start content 2 as session 2
  Note over l3: [P] 1 of 1, carries 2
  end
  Note over l0,l4: no lost wake-up is violated: client 2 waits although engine 1 is free
`);
  });

  test("draws the slot's moves where nothing is violated, those that never occurred as well", () => {
    const moves = { ...HOLDS.coverage.moves, "pending --release--> released": 0, "a move of no kind": 3 };
    expect(as("mermaid", { ...HOLDS, coverage: { ...HOLDS.coverage, moves } })).toBe(`stateDiagram-v2
  [*] --> free
  free --> pending: reserve, 41,234 times
  pending --> active: started, 20,117 times
  pending --> released: release, never
  active --> released: release, 18,000 times
  released --> free: stopConfirmed, 26,000 times
  %% a move of no kind: 3 times
`);
  });

  /** The grammar of what is written here, each line one statement; tried against Mermaid's own parser by hand. */
  const TEXT = /(?:[^#;<>&"'`\\%{}|$\p{Cc}]|#\d+;)+/u.source;
  const STATEMENTS = [
    "sequenceDiagram",
    `  participant l\\d+ as ${TEXT}`,
    `  Note over l\\d+(,l\\d+)?: ${TEXT}`,
    `  l\\d+->>l\\d+: ${TEXT}`,
    "  loop for ever",
    "  end",
  ].map((source) => new RegExp(`^${source}$`, "u"));

  test("no text can be read as anything else", () => {
    for (const result of [VIOLATED, CYCLE, withNastyTexts()])
      for (const line of as("mermaid", result).trimEnd().split("\n"))
        expect([line, STATEMENTS.some((statement) => statement.test(line))]).toEqual([line, true]);
    expect(NASTY).toContain("-->");
  });

  test("a violation without a trace is a diagram as well", () => {
    const { violation } = VIOLATED;
    if (violation === null) throw new Error("the fixture has one");
    const text = as("mermaid", { ...VIOLATED, violation: { ...violation, trace: [] } });
    expect(text).toStartWith("sequenceDiagram\n  participant l0 as proxy\n  Note over l0: cap is violated: ");
  });
});

test("a property that is violated besides the first is told in every format that tells findings", () => {
  const both = {
    ...VIOLATED,
    properties: [...VIOLATED.properties, property("fifo", { status: "violated" })],
  };
  for (const format of ["pretty", "json", "junit", "github", "sarif"] as const)
    expect(as(format, both)).toContain("fifo");
});
