/** What `aceslot/check` refuses of those who write without types: a slip must not end as "holds". */
import { expect, test } from "bun:test";
import { check, checkSelector, PRESETS, report, size, step } from "../../model/index.ts";

test("a selector that is none, or worlds in which nothing can go wrong", () => {
  const fine = { name: "mine", step, worlds: [size(1, 1, 1)] };
  expect(checkSelector(fine).rungs[0]?.states).toBeGreaterThan(1);
  for (const [change, why] of [
    [{ step: undefined }, "mine: step is undefined, and must be a function; step: createStep("],
    [{ worlds: [] }, "mine: there is no world in which it could fail; worlds: [size(2, 1, 2)]"],
    [{ worlds: [size(0, 1, 1)] }, "mine: engines of a world is 0, and must be a whole number from 1 on"],
    [{ worlds: [size(1, 0, 1)] }, "mine: cap of a world is 0"],
    [{ worlds: [size(1, 1, 1.5)] }, "mine: requests of a world is 1.5"],
    [{ worlds: [size(1, 1, 1), size(1, 1, 1, { contents: 0 })] }, "mine: contents of a world is 0"],
  ] as const)
    expect(() => checkSelector({ ...fine, ...change } as never), why).toThrow(why);
});

test("a preset or a format by a name that there is not", async () => {
  for (const preset of ["ci", undefined, {}])
    await expect(check({ preset } as never)).rejects.toThrow("and must be a Preset; preset: PRESETS.ci");
  const result = await check({ preset: PRESETS.incident });
  for (const format of ["xml", "toString"])
    expect(() => report(format as never, result)).toThrow(
      `there is no format ${format}; there are pretty, json, junit, github, sarif, mermaid, itf`,
    );
});
