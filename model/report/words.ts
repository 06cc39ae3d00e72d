/** The sentences that several reports share. */
import type { SlotState } from "../../src/slots/index.ts";
import type { CheckResult, EngineNow, PropertyResult, RungResult, Violation } from "../result.ts";
import { count, duration, list, plural } from "./text.ts";

/** One letter for each state of a slot, and `F` for somebody else's stream. */
export const SLOT_LETTER: Readonly<Record<SlotState, string>> = {
  free: "·",
  pending: "P",
  active: "A",
  released: "R",
};
export const FOREIGN_LETTER = "F";

export const held = (engine: EngineNow): number => engine.slots.filter((slot) => slot !== "free").length;
/** What the proxy counts against the cap: own slots that are not free, and streams of others. */
export const load = (engine: EngineNow): number => held(engine) + engine.foreign;

/** By the proxy's books, or in truth. */
export const isOverCap = (engine: EngineNow): boolean =>
  load(engine) > engine.slots.length || engine.carries > engine.slots.length;

/** `AP·`; streams of others take the free places, and stand behind a `+` where there are none left. */
export function slotLetters(engine: EngineNow): string {
  const own = engine.slots.map((slot) => SLOT_LETTER[slot]).join("");
  const free = engine.slots.length - held(engine);
  const over = Math.max(0, engine.foreign - free);
  let left = engine.foreign - over;
  const filled = [...own].map((letter) =>
    letter === SLOT_LETTER.free && left-- > 0 ? FOREIGN_LETTER : letter,
  );
  return filled.join("") + (over > 0 ? `+${FOREIGN_LETTER.repeat(over)}` : "");
}

export function totals({ rungs }: CheckResult): { states: number; edges: number; seconds: number } {
  const sum = (of: "states" | "edges" | "seconds"): number => rungs.reduce((all, rung) => all + rung[of], 0);
  return { states: sum("states"), edges: sum("edges"), seconds: sum("seconds") };
}

export const withStatus = (
  result: CheckResult,
  status: PropertyResult["status"],
): readonly PropertyResult[] => result.properties.filter((property) => property.status === status);

export const violatedIn = ({ violation }: CheckResult, { name, method }: RungResult): boolean =>
  violation?.rung === name && violation.method === method;

/** The worlds that a limit ended. Where something is violated, that is the end, and no limit. */
export const cutShort = (result: CheckResult): readonly RungResult[] =>
  result.rungs.filter((rung) => !rung.complete && !violatedIn(result, rung));

/** What never occurred in any world, by kind; empty: everything did. */
export function neverOccurred({
  coverage,
}: CheckResult): readonly { kind: string; names: readonly string[] }[] {
  const kinds = [
    ["slot moves", coverage.moves],
    ["events", coverage.events],
    ["effects", coverage.effects],
  ] as const;
  return kinds
    .map(([kind, counts]) => ({ kind, names: Object.keys(counts).filter((name) => counts[name] === 0) }))
    .filter(({ names }) => names.length > 0);
}

const worlds = (n: number): string => plural(n, "world", "worlds");

/** The verdict as one sentence without the word itself. Never says that all is well when it is not known. */
export function verdictSentence(result: CheckResult): string {
  const { rungs, properties } = result;
  switch (result.verdict) {
    case "holds": {
      const { states, edges } = totals(result);
      const seen = `${count(states)} states, ${count(edges)} transitions, ${duration(result.seconds)}`;
      return `${plural(properties.length, "property holds", "properties hold")} in ${worlds(rungs.length)}: ${seen}`;
    }
    case "violated": {
      const names = withStatus(result, "violated").map(({ name }) => name);
      const { violation } = result;
      if (names.length === 0 && violation) names.push(violation.property);
      const where = violation ? ` in ${violation.rung}` : "";
      return `${list(names)} ${names.length === 1 ? "does" : "do"} not hold${where}`;
    }
    case "incomplete": {
      const ended = cutShort(result).length;
      const what = ended > 0 ? `a limit ended ${ended} of ${worlds(rungs.length)}` : "a limit was reached";
      return `${what} before everything was seen; nothing is wrong as far as was seen`;
    }
    case "vacuous": {
      const never = withStatus(result, "vacuous").map(({ name }) => name);
      if (never.length > 0)
        return `${plural(never.length, "property was", "properties were")} never put to the test: ${list(never)}`;
      const missing = neverOccurred(result).flatMap(({ kind, names }) => `${kind} ${list(names)}`);
      return `the check is too weak to tell: ${missing.length > 0 ? `never occurred: ${missing.join("; ")}` : "something was never put to the test"}`;
    }
  }
}

/** Null where there is no cycle. `0` is the beginning. */
export function cycleSentence({ loopsTo }: Violation): string | null {
  if (loopsTo === null) return null;
  const where = loopsTo === 0 ? "at the beginning" : `after step ${loopsTo}`;
  return `Now everything is again as it was ${where}: this can go on for ever.`;
}

/** A violation without pictures: the property, what is wrong, each step, and how to see it again. Lines. */
export function story(violation: Violation, command: string | null): string {
  const lines = [
    violation.sentence,
    violation.detail,
    ...violation.trace.map(({ happening }, n) => `${n + 1}. ${happening}`),
    cycleSentence(violation),
    command === null ? null : `Again: ${command}`,
  ];
  return lines.filter((line) => line !== null).join("\n");
}
