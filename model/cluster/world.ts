/**
 * Several proxies, their store and their engines as a space of numbered states: a state is a row of small numbers,
 * the selectors' and those of what is really the case. Which proxy is called 1 and which content is which decides
 * nothing, so that of all rows that differ in that alone one stands for all.
 */
import { Records } from "../explore/records.ts";
import type { Space, Wrong } from "../explore/search.ts";
import type { Stepper } from "../world/answers.ts";
import { permutations } from "../world/naming.ts";
import type { WorldSize } from "../world/size.ts";
import { ACTS, actsOf, happeningOf, isFair } from "./acts.ts";
import type { Noted, Tables } from "./conversation.ts";
import { Course } from "./course.ts";
import { copy, type Env, firstEnv, HEAD, pack, unpack } from "./env.ts";
import type { Known } from "./known.ts";
import { noEndlessWaiting, rests, wrongLoad, wrongRest } from "./properties.ts";
import type { Rules } from "./rules.ts";
import { Selectors } from "./selectors.ts";
import { Store } from "./store.ts";

export interface ClusterOptions {
  readonly size: WorldSize;
  readonly step: Stepper;
  readonly rules: Rules;
  /** Proxies and contents are interchangeable. On unless said otherwise. */
  readonly symmetry?: boolean;
}

/** Under which names a state is known: index is the old name, value the new one; contents from 1. */
export interface Naming {
  readonly proxies: readonly number[];
  readonly contents: readonly number[];
}

export interface ClusterWay {
  readonly code: number;
  readonly to: number;
  /** The names that `to` has, of those in the state before. */
  readonly naming: Naming;
  readonly noted: readonly Noted[];
  /** As it is then, in the names of before. */
  readonly env: Env;
  readonly cores: readonly number[];
  readonly wrong: Wrong | null;
}

/** Proxies have one session for each request at most, and those that the other took over. */
const MORE_RUNS = 4;

export class ClusterWorld implements Space {
  readonly size: WorldSize;
  readonly selectors: Selectors;
  readonly tested = new Set<string>();
  /** How often each act was a way on. */
  readonly counts = new Float64Array(ACTS.length);
  readonly #rules: Rules;
  readonly #tables: Tables;
  readonly #states: Records;
  readonly #runs: number;
  readonly #namings: readonly (Naming & { readonly order: number })[];
  readonly #row: Int32Array;
  readonly #best: Int32Array;

  constructor({ size, step, rules, symmetry = true }: ClusterOptions) {
    this.size = size;
    this.#rules = rules;
    const named = <T>(all: T[]): T[] => (symmetry ? all : all.slice(0, 1));
    const orders = named(permutations(upTo(size.contents, 1)).map((order) => [0, ...order]));
    const proxies = named(permutations(upTo(size.proxies, 0)));
    this.#namings = orders.flatMap((contents, order) =>
      proxies.map((names) => ({ contents, order, proxies: names })),
    );
    this.selectors = new Selectors(size, step, orders);
    const store = new Store(rules, size.cap);
    this.#tables = { selectors: this.selectors, store, rules };
    this.#runs = size.requests + MORE_RUNS;
    const width = size.proxies + HEAD + this.#runs;
    this.#row = new Int32Array(width);
    this.#best = new Int32Array(width);
    this.#states = new Records(width);
    const first = upTo(size.proxies, 0).map(() => this.selectors.first);
    this.#arrive(first, firstEnv(size.proxies, size.requests, size.faults, size.lags));
  }

  get count(): number {
    return this.#states.count;
  }

  stateOf(number: number): { readonly cores: readonly number[]; readonly env: Env } {
    const { proxies } = this.size;
    const row = this.#row;
    for (let at = 0; at < row.length; at++) row[at] = this.#states.at(number, at);
    return { cores: Array.from(row.subarray(0, proxies)), env: unpack(row, proxies, this.#runs, proxies) };
  }

  expand(
    number: number,
    visit: (to: number, choice: number) => void,
  ): (Wrong & { readonly choice: number | null }) | null {
    const { cores, env } = this.stateOf(number);
    const knowns = cores.map((core) => this.selectors.at(core));
    let isResting = true;
    let wrong: (Wrong & { readonly choice: number | null }) | null = null;
    let choice = 0;
    actsOf(env, knowns, this.size, this.#rules, (code) => {
      if (wrong) return;
      const way = new Course(this.#tables, cores, copy(env), this.tested, null);
      way.take(happeningOf(code));
      const broken = way.wrong ?? wrongLoad(way.env, this.size, this.tested);
      if (broken) {
        wrong = { ...broken, choice };
        return;
      }
      const to = this.#arrive(way.cores, way.env);
      this.counts[code >> 16] = (this.counts[code >> 16] as number) + 1;
      if (isFair(code) && to !== number) isResting = false;
      visit(to, choice++);
    });
    if (wrong) return wrong;
    if (isResting) {
      const broken = wrongRest(env, knowns, this.size, this.tested);
      return broken && { ...broken, choice: null };
    }
    this.tested.add(rests.name);
    if (knowns.some(({ waiting }) => waiting.length > 0)) this.tested.add(noEndlessWaiting.name);
    return null;
  }

  /** Every way on: what happens, where it leads, and whether it must happen some day. */
  ways(number: number, visit: (kind: number, to: number, fair: boolean) => void): void {
    const { cores, env } = this.stateOf(number);
    const knowns = this.#knowns(cores);
    actsOf(env, knowns, this.size, this.#rules, (code) => {
      const way = new Course(this.#tables, cores, copy(env), this.tested, null);
      way.take(happeningOf(code));
      visit(code >> 16, this.#arrive(way.cores, way.env), isFair(code));
    });
  }

  isAtRest(number: number): boolean {
    let isResting = true;
    this.ways(number, (_, to, fair) => {
      if (fair && to !== number) isResting = false;
    });
    return isResting;
  }

  isWaiting(number: number): boolean {
    return this.#knowns(this.stateOf(number).cores).some(({ waiting }) => waiting.length > 0);
  }

  /** Where a choice leads, with all that is worth telling; null: there is no such choice. */
  wayOf(number: number, choice: number): ClusterWay | null {
    const { cores, env } = this.stateOf(number);
    const codes: number[] = [];
    actsOf(env, this.#knowns(cores), this.size, this.#rules, (code) => codes.push(code));
    const code = codes[choice];
    if (code === undefined) return null;
    const noted: Noted[] = [];
    const way = new Course(this.#tables, cores, copy(env), this.tested, noted);
    way.take(happeningOf(code));
    const wrong = way.wrong ?? wrongLoad(way.env, this.size, this.tested);
    const to = wrong ? -1 : this.#arrive(way.cores, way.env);
    return { code, to, naming: this.#named, noted, env: way.env, cores: way.cores, wrong };
  }

  #knowns(cores: readonly number[]): Known[] {
    return cores.map((core) => this.selectors.at(core));
  }

  /** The names that the last row to arrive was given. */
  #named: Naming = { proxies: [], contents: [] };

  #arrive(cores: readonly number[], env: Env): number {
    const row = this.#row;
    const best = this.#best;
    const { proxies } = this.size;
    let isFirst = true;
    for (const naming of this.#namings) {
      let order = 0;
      for (let proxy = 0; proxy < proxies; proxy++)
        row[naming.proxies[proxy] as number] = this.selectors.reordered(cores[proxy] as number, naming.order);
      if (!isFirst) {
        order = this.#compare(row, best);
        if (order > 0) continue;
      }
      pack(env, row, proxies, this.#runs, naming.contents, naming.proxies);
      if (!isFirst && order === 0 && compare(row, best, proxies, row.length) >= 0) continue;
      isFirst = false;
      best.set(row);
      this.#named = naming;
    }
    return this.#states.number(best);
  }

  /** By what the selectors' states are, not by their numbers: those depend on the way on which they were found. */
  #compare(a: Int32Array, b: Int32Array): number {
    for (let proxy = 0; proxy < this.size.proxies; proxy++) {
      const [one, other] = [a[proxy] as number, b[proxy] as number];
      if (one !== other) return this.selectors.at(one).text < this.selectors.at(other).text ? -1 : 1;
    }
    return 0;
  }
}

const upTo = (count: number, first: number): number[] =>
  Array.from({ length: count }, (_, index) => index + first);

function compare(a: Int32Array, b: Int32Array, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const order = (a[at] as number) - (b[at] as number);
    if (order !== 0) return order;
  }
  return 0;
}
