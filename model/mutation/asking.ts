/** Puts the tape's questions to a mutant: where it answers otherwise, what that breaks, and where it leads elsewhere. */
import type { Step } from "../../src/slots/index.ts";
import type { Property } from "../properties/property.ts";
import { deltaOf } from "../world/delta.ts";
import { canonical } from "../world/naming.ts";
import type { Stepper } from "../world/world.ts";
import { SWITCHES } from "./switches.ts";
import { digest, type Question, type Rung, type Tape } from "./tape.ts";

export interface Heard {
  /** Where it answers otherwise: each world with the first event that shows it. */
  readonly differs: readonly string[];
  /** A property that an answer breaks, or what was thrown. */
  readonly wrong: { readonly what: string | Error; readonly rung: string } | null;
  /** Worlds that do not go the same way with it, so that only a search can tell. */
  readonly elsewhere: readonly Rung[];
}

export function ask(
  { questions, rungs }: Tape,
  which: Iterable<number>,
  step: Stepper,
  properties: readonly Property[],
): Heard {
  const differs = new Map<number, string>();
  const elsewhere = new Set<Rung>();
  for (const index of which) {
    const question = questions[index];
    const rung = question && rungs[question.rung];
    if (!rung) continue;
    let taken: Step;
    try {
      taken = step(question.state, question.event);
      if (digest(taken) === question.answer) continue;
      differs.set(question.rung, `${rung.name}: ${question.event.type}`);
      const broken = breaks(question, taken, rung, step, properties);
      if (broken !== null)
        return { differs: [...differs.values()], wrong: { what: broken, rung: rung.name }, elsewhere: [] };
      if (!elsewhere.has(rung) && !goesTheSameWay(question, taken, rung, step)) elsewhere.add(rung);
    } catch (error) {
      differs.set(question.rung, `${rung.name}: ${question.event.type}`);
      const what = error instanceof Error ? error : new Error(String(error));
      return { differs: [...differs.values()], wrong: { what, rung: rung.name }, elsewhere: [] };
    }
  }
  return { differs: [...differs.values()], wrong: null, elsewhere: [...elsewhere] };
}

/** The first property of steps or of states that an answer breaks. */
function breaks(
  { state: before, event }: Question,
  taken: Step,
  { size }: Rung,
  step: Stepper,
  properties: readonly Property[],
): string | null {
  const moment = { before, event, after: taken.state, ...taken, size, step };
  for (const property of properties) {
    const answer =
      property.of === "step"
        ? property.check(moment)
        : property.of === "state"
          ? property.check(taken.state, size)
          : false;
    if (typeof answer === "string") return property.name;
  }
  return null;
}

/** Do the world and the explorer take no notice of the difference, as of a text for people? */
function goesTheSameWay({ state, event }: Question, taken: Step, rung: Rung, step: Stepper): boolean {
  const mutant = SWITCHES.activeMutant;
  SWITCHES.activeMutant = undefined;
  const usual = step(state, event);
  SWITCHES.activeMutant = mutant;
  const noticed = (answer: Step): string => {
    const { key, ways } = canonical(answer.state, rung.rules);
    const [names] = ways;
    return names ? key + JSON.stringify(deltaOf(state, event, answer, names)) : key;
  };
  return noticed(taken) === noticed(usual);
}
