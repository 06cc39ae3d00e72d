/**
 * A plain world as a space of numbered states, packed: where sessions do not say which engine they are at, what
 * becomes of one depends on no other, so that an environment is a row of small numbers, one for each session. What
 * happens to a session is asked once of the readable functions, over an environment that holds that session alone.
 */
import type { State } from "../../src/slots/index.ts";
import { Records } from "../explore/records.ts";
import type { Wrong } from "../explore/search.ts";
import type { Delta } from "./delta.ts";
import { type Environment, firstEnvironment, type RealSession, renameEnvironment } from "./environment.ts";
import { Explored, type WorldOptions } from "./explored.ts";
import {
  allows,
  type Hearing,
  heardFromEnvironment,
  heardFromProxy,
  isFair,
  isFromProxy,
  KINDS,
  snapshot,
  withSubject,
} from "./happenings.ts";
import { emptyState } from "./naming.ts";
import { NONE, Sessions } from "./sessions.ts";
import { isDetailed, type WorldSize } from "./size.ts";

/** What a step of the selector does to the row of sessions that hold slots. */
interface Plan {
  /** By new place: the old one, from 1; 0: a new session. */
  readonly from: Int32Array;
  /** By new place: what is done to the session there. */
  readonly orders: Int32Array;
  /** Sessions that hold no slot any more: their old places, and what is done to them. */
  readonly gone: readonly { readonly from: number; readonly orders: number }[];
}

/** Sessions are numbers below 256, four to a word. */
const PER_WORD = 4;
/** A state's row begins with the core's number and that of the rest of the environment. */
const HEAD = 2;

export class PackedWorld extends Explored {
  readonly #sessions: Sessions;
  readonly #states: Records;
  readonly #plans: Plan[] = [];
  readonly #hearings = new Map<number, Hearing>();
  readonly #heldMax: number;
  readonly #endedMax: number;
  /** The row that is being made. */
  readonly #next: Int32Array;
  /** Its parts. */
  readonly #held: Int32Array;
  readonly #ended: Int32Array;
  readonly #turned: Int32Array;
  readonly #original: Int32Array;
  readonly #record: Int32Array;

  /** Can worlds of this size be packed? */
  static fits(size: WorldSize): boolean {
    return !isDetailed(size) && size.engines * (size.cap + size.recaps) <= 16 && size.requests <= 16;
  }

  constructor(options: WorldOptions) {
    super(options);
    const { size, step } = options;
    this.#sessions = new Sessions(size, (env) => this.inspect(env));
    this.#heldMax = size.engines * (size.cap + size.recaps);
    // Each request begins one stream at most, which is started once more after each failure, or early end.
    this.#endedMax = size.requests + size.refusals + size.losses + size.expiries;
    this.#next = new Int32Array(HEAD + this.#heldMax + this.#endedMax);
    this.#held = this.#next.subarray(HEAD, HEAD + this.#heldMax);
    this.#ended = this.#next.subarray(HEAD + this.#heldMax);
    this.#turned = new Int32Array(this.#heldMax);
    this.#original = new Int32Array(this.#heldMax);
    this.#record = new Int32Array(HEAD + Math.ceil((this.#heldMax + this.#endedMax) / PER_WORD));
    this.#states = new Records(this.#record.length);
    const env = firstEnvironment(size);
    const empty = emptyState(size.cap, size.spares);
    const core = this.answers.core(
      step(
        empty,
        snapshot(env, 0, size)(empty, (port) => port),
      ).state,
    );
    this.#next[0] = core.number;
    this.#next[1] = this.#sessions.rest(renameEnvironment(env, core.renaming, false));
    this.#arrive();
  }

  get count(): number {
    return this.#states.count;
  }

  get figures() {
    const { cores, steps, count } = this.answers;
    return { cores: cores.count, environments: this.#sessions.count, steps, answers: count };
  }

  stateOf(number: number): { readonly state: State; readonly env: Environment } {
    const row = this.#unpack(number);
    const sessions = (from: number, to: number): RealSession[] =>
      Array.from(row.subarray(from, to)).flatMap((session) => this.#sessions.at(session) ?? []);
    const rest = this.#sessions.restAt(row[1] as number);
    const held = sessions(HEAD, HEAD + this.#heldMax);
    const ended = sessions(HEAD + this.#heldMax, row.length);
    return { state: this.answers.cores.at(row[0] as number), env: { ...rest, held, ended } };
  }

  each(
    number: number,
    visit: (code: number, choice: number, to: number) => void,
    before: (code: number) => void = () => {},
  ): (Wrong & { readonly choice: number }) | null {
    const row = this.#unpack(number);
    const core = row[0] as number;
    const rest = row[1] as number;
    const allowed = this.#sessions.allowedAt(rest);
    let choice = 0;
    for (const code of this.answers.fromProxy[core] as Int32Array) {
      const allowance = allowed[code >> 16];
      if (allowance === 0 || (allowance === 2 && !allows(this.#sessions.restAt(rest), code))) continue;
      before(code);
      const restAfter = this.#sessions.happen(rest, NONE, code, true).rest;
      const answer = this.answers.answer(core, code, this.#hearing);
      const broken = this.answers.brokenBy(answer);
      if (broken) return { ...broken, choice };
      for (let at = this.answers.first(answer); at < this.answers.first(answer + 1); at += 2) {
        const to = this.#absorb(row, 0, NONE, restAfter, at);
        if (this.wrong) return this.takeWrong(choice);
        visit(code, choice++, to);
      }
    }
    for (let place = HEAD; place < row.length; place++) {
      const session = row[place] as number;
      if (session === NONE) continue;
      const isHeld = place < HEAD + this.#heldMax;
      const subject = isHeld ? place - HEAD + 1 : HEAD + this.#heldMax - place - 1;
      for (const own of this.#sessions.waysOf(rest, session, isHeld)) {
        const code = withSubject(own, subject);
        before(code);
        const made = this.#sessions.happen(rest, session, own, isHeld);
        if (!made.heard) {
          this.#next.set(row);
          this.#next[1] = made.rest;
          this.#next[place] = made.session;
          const to = this.#arrive();
          if (this.wrong) return this.takeWrong(choice);
          visit(code, choice++, to);
          continue;
        }
        const answer = this.answers.answer(core, code, this.#hearing);
        const broken = this.answers.brokenBy(answer);
        if (broken) return { ...broken, choice };
        for (let at = this.answers.first(answer); at < this.answers.first(answer + 1); at += 2) {
          const to = this.#absorb(row, place, made.session, made.rest, at);
          if (this.wrong) return this.takeWrong(choice);
          visit(code, choice++, to);
        }
      }
    }
    return null;
  }

  fairAt(code: number, number: number): boolean {
    const kind = KINDS[code >> 16];
    return kind !== undefined && isFair(kind, this.#sessions.restAt(this.#states.at(number, 1)));
  }

  judge(state: State, env: Environment): { readonly arrives: number; readonly wrong: Wrong | null } {
    const core = this.answers.core(state);
    const next = this.#next.fill(NONE);
    next[0] = core.number;
    next[1] = this.#sessions.rest(renameEnvironment(env, core.renaming, false));
    env.held.forEach((session, index) => {
      const name = core.names.sessions.get(index + 1);
      if (name !== undefined) next[HEAD + name - 1] = this.#sessions.number(session);
    });
    env.ended.forEach((session, index) => {
      next[HEAD + this.#heldMax + index] = this.#sessions.number(session);
    });
    const arrives = this.#arrive();
    const { wrong } = this;
    this.wrong = null;
    return { arrives: wrong ? -1 : arrives, wrong };
  }

  /**
   * The row after the selector's orders have gone out: the session at `place` has become another, and `outcome` is
   * where the answer stands.
   */
  #absorb(row: Int32Array, place: number, session: number, rest: number, outcome: number): number {
    const plan = this.#planOf(this.answers.outcomes.at(outcome + 1));
    const next = this.#next;
    next[0] = this.answers.outcomes.at(outcome);
    next[1] = rest;
    const old = (from: number): number =>
      from === 0 ? NONE : from + HEAD - 1 === place ? session : (row[from + HEAD - 1] as number);
    for (let at = 0; at < this.#heldMax; at++) {
      const from = plan.from[at] as number;
      next[HEAD + at] = from < 0 ? NONE : this.#sessions.order(old(from), plan.orders[at] as number, true);
    }
    const first = HEAD + this.#heldMax;
    for (let at = first; at < next.length; at++) next[at] = row[at] as number;
    for (const { from, orders } of plan.gone) {
      const ended = this.#sessions.order(old(from), orders, false);
      if (ended === NONE) continue;
      let at = first;
      while (at < next.length && next[at] !== NONE) at++;
      if (at === next.length) throw new RangeError("more ended sessions than a packed state has room for");
      next[at] = ended;
    }
    return this.#arrive();
  }

  #planOf(delta: number): Plan {
    const known = this.#plans[delta];
    if (known) return known;
    const plan = this.#plan(this.answers.deltas.at(delta));
    this.#plans[delta] = plan;
    return plan;
  }

  #plan(delta: Delta): Plan {
    const from = new Int32Array(this.#heldMax).fill(-1);
    const orders = new Int32Array(this.#heldMax);
    const gone: { readonly from: number; readonly orders: number }[] = [];
    const heldBefore = delta.sessions.length;
    for (
      let old = 1;
      old < heldBefore || delta.orders.some((o) => "session" in o && o.session >= old);
      old++
    ) {
      const own = delta.orders.filter((order) => "session" in order && order.session === old);
      const id = this.#sessions.orders(own);
      const isNew = own.some((order) => order.to === "start");
      const to = delta.sessions[old] ?? 0;
      if (to > 0) {
        from[to - 1] = isNew ? 0 : old;
        orders[to - 1] = id;
      } else if (own.some((order) => order.to === "settle")) gone.push({ from: isNew ? 0 : old, orders: id });
    }
    return { from, orders, gone };
  }

  /** The number of the row that was made, with its sessions in the one order that stands for all that are alike. */
  #arrive(): number {
    const next = this.#next;
    this.#sessions.sort(this.#ended);
    const core = next[0] as number;
    const ways = this.answers.automorphisms[core];
    if (ways && ways.length > 1) this.#turn(ways);
    const record = this.#record;
    record[0] = core;
    record[1] = next[1] as number;
    for (let at = HEAD, word = HEAD; at < next.length; at += PER_WORD, word++)
      record[word] =
        (next[at] as number) |
        ((next[at + 1] ?? 0) << 8) |
        ((next[at + 2] ?? 0) << 16) |
        ((next[at + 3] ?? 0) << 24);
    const known = this.#states.count;
    const number = this.#states.number(record);
    if (number === known) {
      let loads = 0;
      for (let at = 0; at < this.#heldMax; at++)
        if (this.#sessions.isLoad(next[HEAD + at] as number)) loads |= 2 << at;
      this.weigh(core, loads);
    }
    return number;
  }

  /** Of all orders under which the core is the same, the one whose sessions come first. */
  #turn(ways: (typeof this.answers.automorphisms)[number]): void {
    const held = this.#held;
    const original = this.#original;
    const turned = this.#turned;
    original.set(held);
    for (const { sessions } of ways) {
      turned.fill(NONE);
      for (const [from, to] of sessions) turned[to - 1] = original[from - 1] as number;
      for (let at = 0; at < held.length; at++) {
        const order = this.#sessions.compare(turned[at] as number, held[at] as number);
        if (order > 0) break;
        if (order < 0) {
          held.set(turned);
          break;
        }
      }
    }
  }

  #unpack(number: number): Int32Array {
    const row = new Int32Array(this.#next.length);
    row[0] = this.#states.at(number, 0);
    row[1] = this.#states.at(number, 1);
    for (let at = HEAD, word = HEAD; at < row.length; at += PER_WORD, word++) {
      const four = this.#states.at(number, word);
      row[at] = four & 255;
      if (at + 1 < row.length) row[at + 1] = (four >> 8) & 255;
      if (at + 2 < row.length) row[at + 2] = (four >> 16) & 255;
      if (at + 3 < row.length) row[at + 3] = (four >> 24) & 255;
    }
    return row;
  }

  /** In a plain world what is heard depends on the happening and its subject alone. */
  readonly #hearing = (code: number): Hearing => {
    const known = this.#hearings.get(code);
    if (known) return known;
    const heard = isFromProxy(code)
      ? heardFromProxy(code, this.size)
      : heardFromEnvironment(firstEnvironment(this.size), code, this.size);
    if (!heard) throw new RangeError("nothing is heard of that");
    this.#hearings.set(code, heard);
    return heard;
  };
}
