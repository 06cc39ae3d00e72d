/**
 * A world as a space of numbered states. The proxy's state and its environment are numbered apart, and what the
 * selector's `step`, and the environment, answer is asked once for each pair of numbers: millions of interleavings
 * are put together from some thousands of answers. Every transition is an answer of the real `step`.
 */
import type { State } from "../../src/slots/index.ts";
import type { Wrong } from "../explore/search.ts";
import { Interned, Ints, Pairs } from "../explore/tables.ts";
import { type Renaming, renamingOf } from "./answers.ts";
import { happenTo } from "./delta.ts";
import {
  type Environment,
  environmentKey,
  firstEnvironment,
  isLoad,
  renameEnvironment,
  tidy,
} from "./environment.ts";
import { Explored, FIRST_KIND_OF_ENVIRONMENT, type WorldOptions } from "./explored.ts";
import {
  allows,
  fromEnvironment,
  type Hearing,
  happen,
  heardFromEnvironment,
  heardFromProxy,
  isFair,
  KINDS,
  snapshot,
} from "./happenings.ts";
import { emptyState, pastName } from "./naming.ts";
import { isDetailed } from "./size.ts";

export { eventName, type Stepper } from "./answers.ts";

/** Events that the environment makes out are numbered above the happenings. */
const EVENT_BASE = KINDS.length * 65536;

export class World extends Explored {
  readonly #detailed: boolean;
  readonly #environments = new Interned<Environment>();
  readonly #hearings = new Interned<Hearing>();
  readonly #states = new Pairs();
  /** By environment. */
  readonly #fromEnvironment: Int32Array[] = [];
  readonly #allowed: Uint8Array[] = [];
  /** Bit n: session n loads its engine. */
  readonly #loads = new Ints();
  readonly #happened = new Pairs();
  readonly #happenedTo = new Ints();
  readonly #heard = new Ints();
  readonly #absorbed = new Pairs();
  readonly #absorbedTo = new Ints();
  readonly #settled = new Pairs();
  readonly #settledTo = new Ints();
  #looked = 0;

  constructor(options: WorldOptions) {
    super(options);
    const { size, step } = options;
    this.#detailed = isDetailed(size);
    const env = firstEnvironment(size);
    const empty = emptyState(size.cap, size.spares);
    const looked = step(
      empty,
      snapshot(env, 0, size)(empty, (port) => port),
    );
    const core = this.answers.core(looked.state);
    this.#arrive(core.number, this.#environment(this.#renamed(env, core.renaming)));
  }

  get count(): number {
    return this.#states.count;
  }

  get figures() {
    const { cores, steps, count } = this.answers;
    return { cores: cores.count, environments: this.#environments.count, steps, answers: count };
  }

  stateOf(number: number): { readonly state: State; readonly env: Environment } {
    return {
      state: this.answers.cores.at(this.#states.first(number)),
      env: this.#environments.at(this.#states.second(number)),
    };
  }

  each(
    number: number,
    visit: (code: number, choice: number, to: number) => void,
    before: (code: number) => void = () => {},
  ): (Wrong & { readonly choice: number }) | null {
    const core = this.#states.first(number);
    const env = this.#states.second(number);
    const allowed = this.#allowed[env] as Uint8Array;
    let choice = 0;
    for (const codes of [
      this.answers.fromProxy[core] as Int32Array,
      this.#fromEnvironment[env] as Int32Array,
    ])
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
          if (this.wrong) return this.takeWrong(choice - 1);
          continue;
        }
        const answer = this.answers.answer(core, heard, this.#hearing);
        const broken = this.answers.brokenBy(answer);
        if (broken) return { ...broken, choice };
        for (let at = this.answers.first(answer); at < this.answers.first(answer + 1); at += 2) {
          const delta = this.answers.outcomes.at(at + 1);
          const to = this.#arrive(this.answers.outcomes.at(at), this.#absorb(after, delta));
          if (this.wrong) return this.takeWrong(choice);
          visit(code, choice++, to);
        }
      }
    return null;
  }

  fairAt(code: number, number: number): boolean {
    const kind = KINDS[code >> 16];
    return kind !== undefined && isFair(kind, this.#environments.at(this.#states.second(number)));
  }

  judge(state: State, env: Environment): { readonly arrives: number; readonly wrong: Wrong | null } {
    const core = this.answers.core(state);
    const arrives = this.#arrive(core.number, this.#environment(this.#renamed(env, core.renaming)));
    const { wrong } = this;
    this.wrong = null;
    return { arrives: wrong ? -1 : arrives, wrong };
  }

  #renamed(env: Environment, renaming: Renaming): Environment {
    return renameEnvironment(env, renaming, this.#detailed);
  }

  /** The number of a pair, once ended names that nothing shows are forgotten and the environment is in its own order. */
  #arrive(core: number, env: number): number {
    const settled = this.#settle(core, env);
    if (!this.rules.past) return this.#number(core, settled);
    const state = this.answers.cores.at(core);
    const linked = this.#environments
      .at(settled)
      .ended.flatMap((session) => (session.past > 0 ? [session.past] : []));
    const used = [...new Set(linked)].sort((a, b) => a - b);
    if (used.length === state.past.length) return this.#number(core, settled);
    const pruned = this.answers.core({ ...state, past: used.map((_, index) => pastName(index + 1)) });
    const places: number[] = [0];
    for (const [index, place] of used.entries()) places[place] = index + 1;
    const renamed = this.#renamed(this.#environments.at(settled), { ...pruned.renaming, past: places });
    return this.#number(pruned.number, this.#settle(pruned.number, this.#environment(renamed)));
  }

  /** The pair's number; a new pair's engines are weighed. */
  #number(core: number, env: number): number {
    const number = this.#states.number(core, env);
    if (number === this.#looked) {
      this.#looked++;
      this.weigh(core, this.#loads.at(env));
    }
    return number;
  }

  /** Of environments that differ only in names which the core does not tell apart, always the same one. */
  #settle(core: number, env: number): number {
    const ways = this.answers.automorphisms[core] ?? [];
    if (ways.length < 2) return env;
    const known = this.#settled.find(env, core);
    if (known >= 0) return this.#settledTo.at(known);
    const past = this.answers.cores.at(core).past.map((_, index) => index + 1);
    let best = "";
    let chosen = env;
    for (const names of ways) {
      const renamed = this.#renamed(this.#environments.at(env), renamingOf(names, [0, ...past]));
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
      const sample = JSON.stringify(hearing(this.answers.cores.at(0), (port) => port));
      this.#heard.push(EVENT_BASE + this.#hearings.number(sample, () => hearing));
    } else this.#heard.push(-1);
    return this.#happened.number(env, code);
  }

  #absorb(env: number, delta: number): number {
    const known = this.#absorbed.find(env, delta);
    if (known >= 0) return this.#absorbedTo.at(known);
    const made = this.#environment(
      happenTo(this.#environments.at(env), this.answers.deltas.at(delta), this.size),
    );
    this.#absorbed.number(env, delta);
    this.#absorbedTo.push(made);
    return made;
  }

  #environment(env: Environment): number {
    return this.#environments.number(environmentKey(env), () => {
      this.inspect(env);
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

  readonly #hearing = (heard: number): Hearing =>
    heard >= EVENT_BASE ? this.#hearings.at(heard - EVENT_BASE) : heardFromProxy(heard, this.size);
}
