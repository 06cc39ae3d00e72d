/**
 * Larger worlds of the shell at random. A list of numbers is everything: each picks one of what is enabled, modulo
 * their number, so a generator, its shrinking and the replay of what it finds are all the same list.
 */

import type { Violation } from "../result.ts";
import type { Settle } from "./drain.ts";
import { choose, happenings } from "./happenings.ts";
import { SHELL_PROPERTIES } from "./properties.ts";
import { beginWorld } from "./search.ts";
import type { ShellSize } from "./size.ts";
import { brokenIn, subjectOf, tell } from "./trace.ts";
import type { ShellWorld } from "./world.ts";

export interface Walk {
  readonly size: ShellSize;
  readonly mutant: string | null;
  readonly choices: readonly number[];
  /** Told of every turn. */
  onTurn?(world: ShellWorld): void;
}

/** Turns that a world may take to come to its rest. */
const REST_TURNS_MAX = 3_000;

/** Goes where the choices lead, then on until nothing more can happen. Null: nothing was broken. */
export async function walk(order: Walk, settle: Settle): Promise<Violation | null> {
  const { size, mutant, choices } = order;
  const world = await beginWorld(size, subjectOf(mutant), settle);
  const taken: number[] = [];
  let turned = 7;
  for (let turn = 0; turn < choices.length + REST_TURNS_MAX; turn++) {
    const open = happenings(world).length;
    if (open === 0) return null;
    // After the list: in an order that is all over the place and always the same.
    turned = (turned * 48_271) % 2_147_483_647;
    const choice = (choices[turn] ?? turned) % open;
    choose(world, choice);
    const wait = settle();
    if (wait) await wait;
    world.endTurn();
    taken.push(choice);
    order.onTurn?.(world);
    if (brokenIn(world, SHELL_PROPERTIES))
      return tell({ size, mutant, choices: taken, properties: SHELL_PROPERTIES, method: "random" }, settle);
  }
  throw new Error(`a world of the shell was still busy after ${REST_TURNS_MAX} turns of rest`);
}
