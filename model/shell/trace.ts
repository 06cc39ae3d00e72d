/** A broken promise as a story: the same choices again, each turn written down. */

import type { TraceFile, TraceStep, Violation } from "../result.ts";
import { sourceOf } from "../where.ts";
import type { Settle } from "./drain.ts";
import { choose, happenings } from "./happenings.ts";
import { SHELL_MUTANTS } from "./mutants/index.ts";
import { SHELL_PROPERTIES, type ShellProperty } from "./properties.ts";
import { beginWorld } from "./search.ts";
import { nameOf, type ShellSize, sizeFrom } from "./size.ts";
import { Subject, type SubjectClass } from "./subject.ts";
import type { ShellWorld } from "./world.ts";

export interface Tale {
  readonly size: ShellSize;
  readonly mutant: string | null;
  readonly choices: readonly number[];
  /** What is watched. */
  readonly properties: readonly ShellProperty[];
  readonly method: "shell" | "random";
}

export function subjectOf(mutant: string | null): SubjectClass {
  if (mutant === null) return Subject;
  const found = SHELL_MUTANTS.find(({ name }) => name === mutant);
  if (!found) throw new RangeError(`there is no mutant ${mutant} of the shell`);
  return found.subject;
}

/** What is wrong in a world after a turn, among the properties that are watched. */
export function brokenIn(
  world: ShellWorld,
  properties: readonly ShellProperty[],
): { readonly property: ShellProperty; readonly detail: string } | null {
  for (const property of properties) {
    if (property.kind === "atRest" && happenings(world).length > 0) continue;
    const detail = property.check(world);
    if (detail !== null) return { property, detail };
  }
  return null;
}

/** Plays the choices again; null if nothing is broken by them. A RangeError names a choice that is not enabled. */
export async function tell(tale: Tale, settle: Settle): Promise<Violation | null> {
  const { size, mutant, choices, properties, method } = tale;
  const world = await beginWorld(size, subjectOf(mutant), settle);
  const trace: TraceStep[] = [];
  let broken = brokenIn(world, properties);
  for (const choice of choices) {
    if (broken) break;
    const { text } = choose(world, choice);
    const wait = settle();
    if (wait) await wait;
    world.endTurn();
    trace.push({ happening: text, messages: [...world.messages()], engines: world.enginesNow() });
    broken = brokenIn(world, properties);
  }
  if (!broken) return null;
  const { name, sentence } = broken.property;
  const replay: TraceFile = {
    aceslotTrace: 1,
    rung: nameOf(size),
    method,
    size: { ...size },
    mutant,
    property: name,
    choices: choices.slice(0, trace.length),
  };
  const { detail } = broken;
  return {
    property: name,
    sentence,
    detail,
    rung: nameOf(size),
    method,
    trace,
    loopsTo: null,
    replay,
    source: sourceOf(name),
  };
}

/** A trace file of the shell, played again; null if its property holds in all of it. */
export async function tellFile(file: TraceFile, settle: Settle): Promise<Violation | null> {
  const watched = SHELL_PROPERTIES.filter(({ name }) => name === file.property);
  if (watched.length === 0) throw new RangeError(`the shell has no property ${file.property}`);
  const size = sizeFrom(file.size);
  const method = file.method === "random" ? "random" : "shell";
  return tell({ size, mutant: file.mutant, choices: file.choices, properties: watched, method }, settle);
}
