/**
 * A world as a space of numbered states. The proxy's state and its environment are numbered apart, and what the
 * selector's `step`, and the environment, answer is asked once for each pair of numbers: millions of interleavings
 * are put together from some thousands of answers. Every transition is an answer of the real `step`.
 */
import {
  InvariantError,
  type SelectorEvent,
  SLOT_TABLE,
  type State,
  type Step,
} from "../../src/slots/index.ts";
import type { Space, Wrong } from "../explore/search.ts";
import { Interned, Ints, Pairs } from "../explore/tables.ts";
import { propertyOfAssertion } from "../properties/choosing.ts";
import type {
  EnvironmentProperty,
  LoadProperty,
  Property,
  RestProperty,
  StateProperty,
  StepProperty,
} from "../properties/property.ts";
import { type Delta, deltaOf, happenTo } from "./delta.ts";
import {
  type Environment,
  environmentKey,
  firstEnvironment,
  isLoad,
  renameEnvironment,
  tidy,
} from "./environment.ts";
import {
  allows,
  fromEnvironment,
  fromProxy,
  type Hearing,
  happen,
  heardFromEnvironment,
  heardFromProxy,
  isFair,
  KINDS,
  snapshot,
} from "./happenings.ts";
import {
  canonical,
  emptyState,
  type Names,
  type NamingRules,
  pastName,
  permutations,
  rename,
} from "./naming.ts";
import { isDetailed, mayLook, mayRequeue, type WorldSize } from "./size.ts";

export type Stepper = (state: State, event: SelectorEvent) => Step;

export interface WorldOptions {
  readonly size: WorldSize;
  readonly step: Stepper;
  readonly properties: readonly Property[];
  /** Engines and contents are interchangeable. On unless said otherwise. */
  readonly symmetry?: boolean;
}

/** One answer of the selector: where it leads, and what of it the environment notices. */
interface Outcome {
  readonly core: number;
  readonly delta: number;
}

const FIRST_KIND_OF_ENVIRONMENT = KINDS.indexOf("engine begins");
/** Events that the environment makes out are numbered above the happenings. */
const EVENT_BASE = KINDS.length * 65536;

export class World implements Space {
  readonly size: WorldSize;
  readonly rules: NamingRules;
  /** How often each kind of happening was a way on. */
  readonly counts = new Float64Array(KINDS.length);
  /** Distinct steps of the selector in which each event, effect and slot move occurred. */
  readonly events = new Map<string, number>();
  readonly effects = new Map<string, number>();
  readonly moves = new Map<string, number>();
  /** Properties that were put to the test. */
  readonly tested = new Set<string>();
  /** Distinct answers of the selector that were asked for. */
  steps = 0;

  readonly step: Stepper;
  readonly #ofStep: readonly StepProperty[];
  readonly #ofState: readonly StateProperty[];
  readonly #ofEnvironment: readonly EnvironmentProperty[];
  readonly #ofLoad: readonly LoadProperty[];
  readonly #ofRest: readonly RestProperty[];
  readonly #detailed: boolean;
  readonly #orders: readonly (readonly number[])[];

  readonly #cores = new Interned<State>();
  readonly #environments = new Interned<Environment>();
  readonly #hearings = new Interned<Hearing>();
  readonly #deltas = new Interned<Delta>();
  readonly #states = new Pairs();

  /** By core: what may happen, and the ways of renaming that change nothing. */
  readonly #fromProxy: Int32Array[] = [];
  readonly #automorphisms: (readonly Names[])[] = [];
  /** By environment. */
  readonly #fromEnvironment: Int32Array[] = [];
  readonly #allowed: Uint8Array[] = [];
  /** Bit n: session n loads its engine. */
  readonly #loads = new Ints();
  /** By core: the sessions at each engine, as bits. */
  readonly #sessionsAt: Int32Array[] = [];

  readonly #answers = new Pairs();
  readonly #outcomes: (readonly Outcome[] | Wrong)[] = [];
  readonly #happened = new Pairs();
  readonly #happenedTo = new Ints();
  readonly #heard = new Ints();
  readonly #absorbed = new Pairs();
  readonly #absorbedTo = new Ints();
  readonly #settled = new Pairs();
  readonly #settledTo = new Ints();
  #wrong: Wrong | null = null;
  /** The highest load seen: a state with a lower one need not be looked at. */
  #highest = 0;
  #looked = 0;

  constructor(options: WorldOptions) {
    const { size, step, properties } = options;
    this.size = size;
    this.step = step;
    const symmetry = options.symmetry ?? true;
    this.#detailed = isDetailed(size);
    this.rules = {
      engines: symmetry && size.spares === 0,
      contents: symmetry,
      age: mayRequeue(size),
      hashes: size.hashes,
      past: mayLook(size),
      ports: size.engines + size.spares,
    };
    this.#ofStep = properties.filter((property) => property.of === "step");
    this.#ofState = properties.filter((property) => property.of === "state");
    this.#ofEnvironment = properties.filter((property) => property.of === "environment");
    this.#ofLoad = properties.filter((property) => property.of === "load");
    this.#ofRest = properties.filter((property) => property.of === "rest");
    const ports = Array.from({ length: size.engines }, (_, index) => index + 1);
    this.#orders = this.rules.engines ? permutations(ports).map((order) => [0, ...order]) : [[0, ...ports]];
    const env = firstEnvironment(size);
    const looked = step(
      emptyState(size.cap, size.spares),
      snapshot(env, 0, size)(emptyState(size.cap, size.spares), (port) => port),
    );
    const core = this.#core(looked.state);
    this.#states.number(
      core.number,
      this.#settle(core.number, this.#environment(renameEnvironment(env, core.renaming, this.#detailed))),
    );
  }

  get count(): number {
    return this.#states.count;
  }

  get figures() {
    return {
      cores: this.#cores.count,
      environments: this.#environments.count,
      steps: this.steps,
      answers: this.#answers.count,
    };
  }

  stateOf(number: number): { readonly state: State; readonly env: Environment } {
    return {
      state: this.#cores.at(this.#states.first(number)),
      env: this.#environments.at(this.#states.second(number)),
    };
  }

  expand(
    number: number,
    visit: (to: number, choice: number) => void,
  ): (Wrong & { readonly choice: number | null }) | null {
    let rests = true;
    const wrong = this.each(number, (code, choice, to) => {
      this.counts[code >> 16] = (this.counts[code >> 16] as number) + 1;
      if (rests && to !== number && this.#isFair(code, number)) rests = false;
      visit(to, choice);
    });
    if (wrong || !rests) return wrong;
    const scene = { ...this.stateOf(number), size: this.size };
    for (const property of this.#ofRest) {
      const answer = property.check(scene);
      if (typeof answer === "string") return { property: property.name, detail: answer, choice: null };
      if (answer) this.tested.add(property.name);
    }
    return null;
  }

  /** Every way on from a state: the happening's number, its place in the order, and where it leads. */
  each(
    number: number,
    visit: (code: number, choice: number, to: number) => void,
    before: (code: number) => void = () => {},
  ): (Wrong & { readonly choice: number }) | null {
    const core = this.#states.first(number);
    const env = this.#states.second(number);
    const allowed = this.#allowed[env] as Uint8Array;
    let choice = 0;
    for (const codes of [this.#fromProxy[core] as Int32Array, this.#fromEnvironment[env] as Int32Array])
      for (const code of codes) {
        const kind = code >> 16;
        if (kind < FIRST_KIND_OF_ENVIRONMENT) {
          if (allowed[kind] === 0 || (allowed[kind] === 2 && !allows(this.#environments.at(env), code)))
            continue;
        }
        before(code);
        const act = this.#happen(env, code);
        const after = this.#happenedTo.at(act);
        const heard = kind < FIRST_KIND_OF_ENVIRONMENT ? code : this.#heard.at(act);
        if (heard < 0) {
          visit(code, choice++, this.#arrive(core, after));
          if (this.#wrong) return this.#takeWrong(choice - 1);
          continue;
        }
        const outcomes = this.#answer(core, heard);
        if ("property" in outcomes) return { ...outcomes, choice };
        for (const outcome of outcomes) {
          const to = this.#arrive(outcome.core, this.#absorb(after, outcome.delta));
          if (this.#wrong) return this.#takeWrong(choice);
          visit(code, choice++, to);
        }
      }
    return null;
  }

  #takeWrong(choice: number): Wrong & { readonly choice: number } {
    const wrong = this.#wrong ?? { property: "", detail: "" };
    this.#wrong = null;
    return { ...wrong, choice };
  }

  #isFair(code: number, number: number): boolean {
    const kind = KINDS[code >> 16];
    return kind !== undefined && isFair(kind, this.#environments.at(this.#states.second(number)));
  }

  fairAt(code: number, number: number): boolean {
    return this.#isFair(code, number);
  }

  /** The number of a pair, once ended names that nothing shows are forgotten and the environment is in its own order. */
  #arrive(core: number, env: number): number {
    const settled = this.#settle(core, env);
    if (!this.rules.past) return this.#number(core, settled);
    const state = this.#cores.at(core);
    const linked = this.#environments
      .at(settled)
      .ended.flatMap((session) => (session.past > 0 ? [session.past] : []));
    const used = [...new Set(linked)].sort((a, b) => a - b);
    if (used.length === state.past.length) return this.#number(core, settled);
    const pruned = this.#core({ ...state, past: used.map((_, index) => pastName(index + 1)) });
    const places: number[] = [0];
    for (const [index, place] of used.entries()) places[place] = index + 1;
    const renamed = renameEnvironment(
      this.#environments.at(settled),
      { ...pruned.renaming, past: places },
      this.#detailed,
    );
    return this.#number(pruned.number, this.#settle(pruned.number, this.#environment(renamed)));
  }

  /** The pair's number; a new pair's engines are counted. */
  #number(core: number, env: number): number {
    const number = this.#states.number(core, env);
    if (number < this.#looked) return number;
    this.#looked = number + 1;
    const loads = this.#loads.at(env);
    for (const sessions of this.#sessionsAt[core] as Int32Array) {
      const load = bitCount(sessions & loads);
      if (load <= this.#highest) continue;
      this.#highest = load;
      for (const property of this.#ofLoad) {
        const answer = property.check(load, this.size);
        if (typeof answer === "string") this.#wrong ??= { property: property.name, detail: answer };
        else if (answer) this.tested.add(property.name);
      }
    }
    return number;
  }

  /** Of environments that differ only in names which the core does not tell apart, always the same one. */
  #settle(core: number, env: number): number {
    const ways = this.#automorphisms[core] ?? [];
    if (ways.length < 2) return env;
    const known = this.#settled.find(env, core);
    if (known >= 0) return this.#settledTo.at(known);
    const past = this.#cores.at(core).past.map((_, index) => index + 1);
    let best = "";
    let chosen = env;
    for (const names of ways) {
      const renamed = renameEnvironment(
        this.#environments.at(env),
        renamingOf(names, [0, ...past]),
        this.#detailed,
      );
      const key = environmentKey(renamed);
      if (best !== "" && key >= best) continue;
      best = key;
      chosen = this.#environment(renamed);
    }
    this.#settled.number(env, core);
    this.#settledTo.push(chosen);
    return chosen;
  }

  #happen(env: number, code: number): number {
    const known = this.#happened.find(env, code);
    if (known >= 0) return known;
    const before = this.#environments.at(env);
    const isOutside = code >> 16 >= FIRST_KIND_OF_ENVIRONMENT;
    const hearing = isOutside ? heardFromEnvironment(before, code, this.size) : null;
    this.#happenedTo.push(this.#environment(tidy(happen(before, code, this.size))));
    if (hearing) {
      const sample = JSON.stringify(hearing(this.#cores.at(0), (port) => port));
      this.#heard.push(EVENT_BASE + this.#hearings.number(sample, () => hearing));
    } else this.#heard.push(-1);
    return this.#happened.number(env, code);
  }

  #absorb(env: number, delta: number): number {
    const known = this.#absorbed.find(env, delta);
    if (known >= 0) return this.#absorbedTo.at(known);
    const made = this.#environment(happenTo(this.#environments.at(env), this.#deltas.at(delta), this.size));
    this.#absorbed.number(env, delta);
    this.#absorbedTo.push(made);
    return made;
  }

  #environment(env: Environment): number {
    return this.#environments.number(environmentKey(env), () => {
      for (const property of this.#ofEnvironment) {
        const answer = property.check(env, this.size);
        if (typeof answer === "string") this.#wrong ??= { property: property.name, detail: answer };
        else if (answer) this.tested.add(property.name);
      }
      this.#loads.push(env.held.reduce((sum, session, index) => sum | (isLoad(session) ? 2 << index : 0), 0));
      this.#fromEnvironment.push(Int32Array.from(fromEnvironment(env, this.size)));
      this.#allowed.push(
        Uint8Array.from(KINDS, (kind, index) => {
          if (index >= FIRST_KIND_OF_ENVIRONMENT) return 1;
          return kind === "engine answers again" ? 2 : Number(allows(env, index * 65536 + 129 * 256));
        }),
      );
      return env;
    });
  }

  #core(state: State): { readonly number: number; readonly names: Names; readonly renaming: Renaming } {
    const { key, ways } = canonical(state, this.rules);
    const [names] = ways;
    if (!names) throw new Error("a state without a name");
    const number = this.#cores.number(key, () => {
      const renamed = rename(state, names, this.rules);
      this.#sessionsAt.push(
        Int32Array.from(renamed.engines.values(), (engine) =>
          engine.slots.reduce((sum, { session }) => sum | (session ? 1 << session.id : 0), 0),
        ),
      );
      this.#fromProxy.push(Int32Array.from(fromProxy(renamed, this.size, this.rules.contents)));
      this.#automorphisms.push(ways.length < 2 ? [] : canonical(renamed, this.rules).ways);
      return renamed;
    });
    return { number, names, renaming: renamingOf(names, [0, ...state.past.map((_, index) => index + 1)]) };
  }

  #hearing(heard: number): Hearing {
    return heard >= EVENT_BASE ? this.#hearings.at(heard - EVENT_BASE) : heardFromProxy(heard, this.size);
  }

  /** What the selector answers, under every order of the engines that it might tell apart only by their ids. */
  #answer(core: number, heard: number): readonly Outcome[] | Wrong {
    const known = this.#answers.find(core, heard);
    if (known >= 0) return this.#outcomes[known] as readonly Outcome[] | Wrong;
    const state = this.#cores.at(core);
    const hearing = this.#hearing(heard);
    let answer: Outcome[] | Wrong = [];
    for (const order of mayTie(state) ? this.#orders : this.#orders.slice(0, 1)) {
      const isPlain = order === this.#orders[0];
      const before = isPlain ? state : rename(state, identityOf(state, this.rules.ports), this.rules, order);
      const idOf = (port: number): number => order[port] ?? port;
      const outcome = this.#ask(this.#beforeOf(before, hearing), hearing(before, idOf), isPlain);
      if ("property" in outcome) {
        answer = outcome;
        break;
      }
      if (!answer.some((other) => other.core === outcome.core && other.delta === outcome.delta))
        answer.push(outcome);
    }
    this.#answers.number(core, heard);
    this.#outcomes.push(answer);
    return answer;
  }

  /** A crash leaves nothing of the proxy's state. */
  #beforeOf(state: State, hearing: Hearing): State {
    return hearing(state, (port) => port).type === "recover"
      ? emptyState(state.cap, this.size.spares)
      : state;
  }

  #ask(before: State, event: SelectorEvent, isCounted: boolean): Outcome | Wrong {
    this.steps++;
    let taken: Step;
    try {
      taken = this.step(before, event);
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      return this.assertion(error);
    }
    const wrong = this.check(before, event, taken);
    if (wrong) return wrong;
    if (isCounted) this.#count(event, taken);
    const core = this.#core(taken.state);
    const delta = deltaOf(before, event, taken, core.names);
    const outcome = { core: core.number, delta: this.#deltas.number(JSON.stringify(delta), () => delta) };
    return outcome;
  }

  /** The core has found itself inconsistent. */
  assertion(error: InvariantError): Wrong {
    return { property: propertyOfAssertion(error.message), detail: error.message };
  }

  /** The number under which a state with whatever names is known, or what is wrong with it. */
  judge(state: State, env: Environment): { readonly arrives: number; readonly wrong: Wrong | null } {
    const core = this.#core(state);
    const renamed = renameEnvironment(env, core.renaming, this.#detailed);
    const arrives = this.#arrive(core.number, this.#environment(renamed));
    const wrong = this.#wrong;
    this.#wrong = null;
    return { arrives: wrong ? -1 : arrives, wrong };
  }

  /** Where a choice leads, and what goes wrong there. */
  wayOf(
    number: number,
    choice: number,
  ): { readonly code: number; readonly to: number; readonly wrong: Wrong | null } | null {
    let way: { code: number; to: number; wrong: Wrong | null } | null = null;
    let last = -1;
    const wrong = this.each(
      number,
      (code, at, to) => {
        if (at === choice) way = { code, to, wrong: null };
      },
      (code) => {
        last = code;
      },
    );
    if (wrong?.choice === choice) return { code: last, to: -1, wrong };
    return way;
  }

  /** What a step breaks. */
  check(before: State, event: SelectorEvent, taken: Step): Wrong | null {
    const moment = { before, event, after: taken.state, ...taken, size: this.size, step: this.step };
    for (const property of this.#ofStep) {
      const answer = property.check(moment);
      if (typeof answer === "string") return { property: property.name, detail: answer };
      if (answer) this.tested.add(property.name);
    }
    for (const property of this.#ofState) {
      const answer = property.check(taken.state, this.size);
      if (typeof answer === "string") return { property: property.name, detail: answer };
      if (answer) this.tested.add(property.name);
    }
    return null;
  }

  #count(event: SelectorEvent, taken: Step): void {
    const add = (map: Map<string, number>, name: string): void => {
      map.set(name, (map.get(name) ?? 0) + 1);
    };
    add(this.events, eventName(event));
    for (const effect of taken.effects) add(this.effects, effect.type);
    for (const record of taken.records)
      if ("from" in record) {
        const [move] = Object.entries(SLOT_TABLE[record.from]).find(([, to]) => to === record.to) ?? [];
        add(this.moves, `${record.from} --${move}--> ${record.to}`);
      }
  }
}

export function eventName(event: SelectorEvent): string {
  switch (event.type) {
    case "timer":
      return `timer: ${event.timer.kind}`;
    case "startFailed":
      return `startFailed: ${event.opened === "no" ? "not opened" : "unknown"}`;
    case "sourceEnded":
      return `sourceEnded: ${event.fault}`;
    default:
      return event.type;
  }
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Are there engines that only their ids, or their order, tell apart? */
function mayTie(state: State): boolean {
  const turns = new Set<number>();
  let releasing = 0;
  for (const engine of state.engines.values()) {
    if (turns.has(engine.turn)) return true;
    turns.add(engine.turn);
    if (engine.slots.some((slot) => slot.state === "released")) releasing++;
  }
  return state.engines.size < 2 ? false : releasing > 1;
}

type Renaming = Parameters<typeof renameEnvironment>[1];

function renamingOf(names: Names, past: readonly number[]): Renaming {
  const list = (map: ReadonlyMap<number, number>): number[] => {
    const out: number[] = [];
    for (const [from, to] of map) out[from] = to;
    return out;
  };
  return {
    engines: names.engines,
    sessions: list(names.sessions),
    streams: list(names.streams),
    contents: names.contents,
    past,
  };
}

function identityOf(state: State, ports: number): Names {
  const same = (keys: Iterable<number>): Map<number, number> => new Map([...keys].map((key) => [key, key]));
  return {
    engines: Array.from({ length: ports + 1 }, (_, port) => port),
    sessions: same(state.places.keys()),
    streams: same(state.streams.keys()),
    contents: [],
  };
}
