import { describe, expect, test } from "bun:test";
import { reenact } from "../../model/incident.ts";
import { runsOf } from "../../model/incidents/log.ts";
import { mutantNamed, stepOf } from "../../model/mutants/index.ts";
import { step } from "../../src/slots/index.ts";

const clock = (): number => performance.now();

function withBug(name: string) {
  const mutant = mutantNamed(name);
  if (!mutant) throw new Error(`no mutant ${name}`);
  return reenact({ step: stepOf(mutant), mutant: name, clock });
}

describe("the log of 2025-10-12, read", () => {
  test("each selection pairs with the start that came of it, and with its end", () => {
    const runs = runsOf();
    expect(runs.length).toBe(63);
    expect(new Set(runs.map((run) => run.port)).size).toBe(17);
    expect(runs.every((run) => run.startedMs > run.selectedMs)).toBe(true);
    expect(runs.filter((run) => run.endedBy === "client").length).toBe(23);
    // Engine 19014 was chosen eight times, always seen with nothing on it.
    expect(runs.filter((run) => run.port === 19014).map((run) => run.seen)).toEqual(Array(8).fill(0));
    expect(runs[2]).toEqual({
      number: 3,
      selectedMs: 91438,
      port: 19007,
      seen: 0,
      startedMs: 91697,
      digits: "571ce113",
      endedMs: 127976,
      endedBy: "client",
    });
  });

  test("a stream that is over by itself is over for all of its clients", () => {
    const log = "head\n1,select,1,0,\n2,start,,,aa\n3,select,1,1,\n4,start,,,aa\n5,done,,,aa\n";
    expect(runsOf(log).map((run) => [run.endedMs, run.endedBy])).toEqual([
      [5, "itself"],
      [5, "itself"],
    ]);
  });

  test("a line that fits nothing before it is named", () => {
    expect(() => runsOf("head\n2,start,,,aa\n")).toThrow("2,start,,,aa");
    expect(() => runsOf("head\n2,done,,,aa\n")).toThrow("2,done,,,aa");
  });
});

describe("the incident, with our selector", () => {
  const { result, violation, served, told } = reenact({ step, mutant: null, clock });

  test("no engine carries more than its cap, and everybody is served", () => {
    expect(violation).toBeNull();
    expect(served).toBe(63);
    expect(result).toMatchObject({ method: "incident", complete: true, terminals: 1 });
  });

  test("is told so that a person can read it", () => {
    expect(told).toContain(
      "Engine 19014 was chosen 8 times, each time with 0 streams in view; 6 of them within 12 s, from 282.210 s to 290.050 s.",
    );
    expect(told).toContain("No engine ever carried more than 2 streams.");
  });

  test("goes the same way every time", () => {
    expect(reenact({ step, mutant: null, clock }).told).toEqual(told);
  });
});

describe("the incident, with the selector that looked only at the list", () => {
  const { violation, told } = withBug("orig-race");

  test("the cap breaks at the engine of the log, when it was chosen six times within twelve seconds", () => {
    expect(violation).toMatchObject({
      property: "real load ≤ cap",
      detail: "engine 19014 carries 6 streams at 287.383 s, the cap is 2",
    });
    // The sixth of those choices was for a content that played already, so it took no place.
    const asked = violation?.trace.filter((one) => /^28\d.* asks for /.test(one.happening)) ?? [];
    expect(asked.map((one) => one.happening.slice(0, 9))).toEqual([
      "282.210 s",
      "282.211 s",
      "282.768 s",
      "286.791 s",
      "287.383 s",
    ]);
    expect(violation?.trace.at(-1)?.engines).toMatchObject([{ name: "engine 19014", carries: 6 }]);
  });

  test("nearly all choices are those of the log", () => {
    expect(told.join("\n")).toContain("53 of these on the engine that the log names");
    expect(told.join("\n")).toContain("63 times the list showed there what the log says was seen");
  });
});

test("one place too many is seen, and so is a client that nobody serves, and a world that does not come to rest", () => {
  expect(withBug("off-by-one").violation?.property).toBe("real load ≤ cap");
  const deaf = reenact({
    step: (state, event) => {
      const taken = step(state, event);
      return event.type === "media" ? { ...taken, effects: [] } : taken;
    },
    mutant: null,
    clock,
  });
  expect(deaf.violation?.property).toBe("answered once");
  const leaky = reenact({
    step: (state, event) => {
      const taken = step(state, event);
      return { ...taken, effects: taken.effects.filter((effect) => effect.type !== "stop") };
    },
    mutant: null,
    clock,
  });
  expect(leaky.served).toBeLessThan(63);
  expect(leaky.violation?.detail).toMatch(/^client \d+ is not served: all engines are full$/);
  const restless = reenact({
    step: (state, event) =>
      event.type === "timer" && event.timer.kind === "linger"
        ? { state, effects: [{ type: "arm", timer: event.timer }], records: [], illegal: [] }
        : step(state, event),
    mutant: null,
    clock,
  });
  expect(restless.violation?.property).toBe("rest can always be reached");
});
