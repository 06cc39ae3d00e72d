import { expect, test } from "bun:test";
import { Engines } from "../../model/replay/engines.ts";

const where = { file: 0, line: 1, at: "2026-01-01T00:00:00.000Z" };

test("engines that come and go are folded into one line beyond the limit, the one that is gone longest first", () => {
  const engines = new Engines(3);
  for (let n = 0; n < 100; n++) {
    const part = engines.addPart(`e${n}`, true);
    part.held = part.active = n === 7 ? 5 : 1;
    engines.note(part.engine, 2, where);
    part.held = part.active = 0;
    engines.removePart(part, 0, where.at);
  }
  expect(engines.size).toBe(3);
  const told = engines.told();
  expect(told.engines.map(({ id }) => id)).toEqual(["e97", "e98", "e99"]);
  expect(told.folded).toEqual({ engines: 97, certain: 5, possible: 5 });
});

test("more engines at once than the limit end the replay with a reason", () => {
  const engines = new Engines(2);
  engines.addPart("a", true);
  engines.addPart("b", true);
  expect(() => engines.addPart("c", true)).toThrow(
    "it names more than 2 engines at once: a replay follows no more; split the file by engine",
  );
});
