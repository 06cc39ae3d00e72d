/**
 * What goes to and fro between several proxies, their store and their engines: what a selector hears, what goes out
 * because of its answer, and who hears of it. Only what all happenings have in common.
 */
import { isUp, runOf } from "./acts.ts";
import { type Env, member, NOBODY, Phase, type ProxyNow, type Run } from "./env.ts";
import { claimBit, type Hears } from "./hearing.ts";
import type { Known, Seat } from "./known.ts";
import { heldWhenSent, type Wrongs } from "./properties.ts";
import type { Rules } from "./rules.ts";
import type { Selectors } from "./selectors.ts";
import type { Store } from "./store.ts";

/** Something worth telling: what a selector heard, or what went to and fro. */
export type Noted =
  | {
      readonly kind: "hears";
      readonly proxy: number;
      readonly from: number;
      readonly hears: Hears;
      readonly about: number;
    }
  | { readonly kind: "store"; readonly proxy: number; readonly text: string; readonly answer: string | null }
  | { readonly kind: "sent"; readonly proxy: number; readonly place: number; readonly content: number };

export interface Tables {
  readonly selectors: Selectors;
  readonly store: Store;
  readonly rules: Rules;
}

export abstract class Conversation {
  readonly cores: number[];
  readonly env: Env;
  readonly tested: Set<string>;
  /** Filled for tales only. */
  readonly noted: Noted[] | null;
  wrong: Wrongs | null = null;
  protected readonly tables: Tables;

  constructor(
    tables: Tables,
    cores: readonly number[],
    env: Env,
    tested: Set<string>,
    noted: Noted[] | null,
  ) {
    this.tables = tables;
    this.cores = [...cores];
    this.env = env;
    this.tested = tested;
    this.noted = noted;
  }

  protected known(proxy: number): Known {
    return this.tables.selectors.at(this.cores[proxy] as number);
  }

  protected proxy(proxy: number): ProxyNow {
    return this.env.proxies[proxy] as ProxyNow;
  }

  protected own(proxy: number): number {
    return member(proxy, this.proxy(proxy).life);
  }

  protected seatOf(proxy: number, run: Run): Seat | undefined {
    return this.known(proxy).seats.find(
      (seat) =>
        seat.place === run.place && seat.content === run.content && runOf(this.env, proxy, seat) === run,
    );
  }

  protected hear(proxy: number, hears: Hears, about: number): void {
    const { selectors, rules } = this.tables;
    const from = this.cores[proxy] as number;
    this.noted?.push({ kind: "hears", proxy, from, hears, about });
    const answer = selectors.answer(from, hears, about);
    this.wrong ??= answer.wrong;
    this.cores[proxy] = answer.to;
    if (!rules.holdsUntilProof)
      for (const seat of answer.released) this.release(proxy, runOf(this.env, proxy, seat));
    for (const seat of answer.settled) this.settle(proxy, runOf(this.env, proxy, seat));
    for (const { place, content } of answer.begun) this.ask(proxy, place, content);
  }

  /** The slot is claimed; the claim is on its way. */
  protected ask(proxy: number, place: number, content: number): void {
    this.env.runs.push({
      place,
      content,
      phase: Phase.Asked,
      asker: this.own(proxy),
      origin: this.own(proxy),
      held: 1 << proxy,
      owner: NOBODY,
      noted: false,
      slow: false,
    });
    this.say(proxy, `claims engine ${place} for content {${content}}`, null);
  }

  /** No slot is held for it any more: its lease is given back, by whoever can reach the store. */
  protected settle(proxy: number, run: Run): void {
    run.held &= ~(1 << proxy);
    if (run.asker === this.own(proxy) && run.phase !== Phase.Asked) run.asker = NOBODY;
    this.release(proxy, run);
  }

  protected release(proxy: number, run: Run): void {
    if (!isUp(this.proxy(proxy)) || run.owner === NOBODY) return;
    this.say(proxy, `releases content {${run.content}} at engine ${run.place}`, null);
    this.tables.store.release(this.env, run, proxy);
  }

  protected send(proxy: number, run: Run): void {
    run.phase = Phase.Unanswered;
    this.tested.add(heldWhenSent.name);
    this.noted?.push({ kind: "sent", proxy, place: run.place, content: run.content });
  }

  protected lose(proxy: number, seats: readonly Seat[]): void {
    if (seats.length === 0) return;
    this.hear(
      proxy,
      "lost",
      seats.reduce((sum, { session }) => sum | (1 << session), 0),
    );
  }

  protected trouble(proxy: number, is: boolean): void {
    if (this.known(proxy).trouble !== is) this.hear(proxy, "trouble", Number(is));
  }

  /** News of the store reaches everybody at once who can hear it and is not behind. */
  protected tell(): void {
    for (let proxy = 0; proxy < this.cores.length; proxy++)
      if (!this.proxy(proxy).behind) this.tellOne(proxy);
  }

  protected tellOne(proxy: number): void {
    const { env } = this;
    if (!isUp(this.proxy(proxy)) || env.store !== "knows") return;
    let claims = 0;
    for (const run of env.runs)
      if (run.owner !== NOBODY && (run.held & (1 << proxy)) === 0) claims |= claimBit(run.place, run.content);
    const { claims: before } = this.known(proxy);
    if (!this.tables.rules.tellsOfFreeSlots && (claims & before) === claims) return;
    if (claims !== before) this.hear(proxy, "claims", claims);
  }

  protected say(proxy: number, text: string, answer: string | null): void {
    this.noted?.push({ kind: "store", proxy, text, answer });
  }

  /** What is over, held by nobody and known to nobody, is forgotten. */
  protected tidy(): void {
    const { runs } = this.env;
    for (let index = runs.length - 1; index >= 0; index--) {
      const { phase, held, owner } = runs[index] as Run;
      if (phase === Phase.Over && held === 0 && owner === NOBODY) runs.splice(index, 1);
    }
  }
}
