/** Holds every step of a walk against the properties, and counts what occurred. */
import { SLOT_TABLE, type Step } from "../../src/slots/index.ts";
import type { Wrong } from "../explore/search.ts";
import { PROPERTIES, type Property, propertyOfAssertion } from "../properties/index.ts";
import { eventName } from "../world/answers.ts";
import { type Environment, isLoad } from "../world/environment.ts";
import type { Happened, Now } from "../world/lasting.ts";
import type { WorldSize } from "../world/size.ts";
import type { Stepper } from "../world/world.ts";

const of = <Of extends Property["of"]>(what: Of) =>
  PROPERTIES.filter((property): property is Extract<Property, { of: Of }> => property.of === what);

const OF_STEP = of("step");
const OF_STATE = of("state");
const OF_ENVIRONMENT = of("environment");
const OF_LOAD = of("load");
const OF_REST = of("rest");
const OF_GRAPH = of("graph");

/** The move that leads from one state of a slot to another. */
const MOVES = new Map(
  Object.entries(SLOT_TABLE).flatMap(([from, moves]) =>
    Object.entries(moves).map(([move, to]) => [`${from} ${to}`, `${from} --${move}--> ${to}`] as const),
  ),
);

export class Watch {
  /** Properties that were put to the test. */
  readonly tested = new Set<string>();
  readonly events = new Map<string, number>();
  readonly effects = new Map<string, number>();
  readonly moves = new Map<string, number>();

  /** What a happening breaks. */
  look({ told, now, error }: Happened, size: WorldSize, step: Stepper): Wrong | null {
    if (error) return { property: propertyOfAssertion(error.message), detail: error.message };
    const taken = told.taken?.step;
    const wrong = told.taken && taken ? this.#ofStep(told.before, told.taken.event, taken, size, step) : null;
    return wrong ?? this.#outside(now, size);
  }

  /** What is missing where nothing happens any more unless somebody wishes or breaks something. */
  atRest({ state, env }: Now, size: WorldSize): Wrong | null {
    const scene = { state, env: gapless(env), size };
    for (const property of OF_REST) {
      const wrong = this.#note(property, property.check(scene));
      if (wrong) return wrong;
    }
    return null;
  }

  /** What is still owed in a world that does not come to rest. */
  restless({ state, env }: Now, size: WorldSize): Wrong {
    const scene = { state, env: gapless(env), size };
    const property =
      OF_GRAPH.find((one) => one.id !== "rests" && one.owes(scene)) ??
      OF_GRAPH.find((one) => one.id === "rests");
    return {
      property: property?.name ?? "",
      detail: "something always happens, and it does not come to rest",
    };
  }

  #ofStep(
    before: Now["state"],
    event: Parameters<Stepper>[1],
    taken: Step,
    size: WorldSize,
    step: Stepper,
  ): Wrong | null {
    this.#count(event, taken);
    const moment = { before, event, after: taken.state, ...taken, size, step };
    for (const property of OF_STEP) {
      const wrong = this.#note(property, property.check(moment));
      if (wrong) return wrong;
    }
    for (const property of OF_STATE) {
      const wrong = this.#note(property, property.check(taken.state, size));
      if (wrong) return wrong;
    }
    return null;
  }

  #outside({ state, env }: Now, size: WorldSize): Wrong | null {
    for (const property of OF_ENVIRONMENT) {
      const wrong = this.#note(property, property.check(env, size));
      if (wrong) return wrong;
    }
    const load = highestLoad(state, env);
    for (const property of OF_LOAD) {
      const wrong = this.#note(property, property.check(load, size));
      if (wrong) return wrong;
    }
    for (const property of OF_GRAPH)
      if (!this.tested.has(property.name) && property.owes({ state, env, size }))
        this.tested.add(property.name);
    return null;
  }

  #note(property: Property, answer: string | boolean): Wrong | null {
    if (typeof answer === "string") return { property: property.name, detail: answer };
    if (answer) this.tested.add(property.name);
    return null;
  }

  #count(event: Parameters<Stepper>[1], taken: Step): void {
    add(this.events, eventName(event));
    for (const effect of taken.effects) add(this.effects, effect.type);
    for (const record of taken.records)
      if ("from" in record)
        add(this.moves, MOVES.get(`${record.from} ${record.to}`) ?? `${record.from} → ${record.to}`);
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** Properties look at lists without gaps; they ask for no session by its number. */
const gapless = (env: Environment): Environment => ({ ...env, held: env.held.filter(() => true) });

/**
 * What the fullest engine really carries. A session is at its port; where the environment does not write that down
 * (no happening of that world depends on it), at the engine whose slot it holds.
 */
function highestLoad(state: Now["state"], env: Environment): number {
  const loads = new Map<number, number>();
  const count = (port: number): void => void loads.set(port, (loads.get(port) ?? 0) + 1);
  env.held.forEach((session, index) => {
    if (!isLoad(session)) return;
    const place = state.places.get(index + 1);
    count(session.port || (state.engines.get(place?.engine ?? "")?.address.port ?? 0));
  });
  for (const session of env.ended) if (isLoad(session) && session.port > 0) count(session.port);
  return Math.max(0, ...loads.values());
}
