/** What proxies do and what becomes of them, one thing at a time. The store's part is `keep` itself. */
import type { Answer, Command, PlacedLease } from "../../../src/leases/books.ts";
import { keep } from "../../../src/leases/keeping.ts";
import {
  leaseFor,
  leaseOf,
  loads,
  memberOf,
  placeOf,
  proxyOf,
  SERVER,
  type State,
  settled,
  TTL_MS,
} from "./state.ts";
import { isForgotten, isNamed, isStray, renews, sessionsOf } from "./steps.ts";
import { type LeaseWorld, PROTOCOLS } from "./variants.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };
type Without<T> = T extends Command ? Omit<T, "member" | "ttl" | "seen"> : never;

const NO_CAP = Number.MAX_SAFE_INTEGER;

/** A state that is being changed. */
export class Doing {
  readonly #world: LeaseWorld;
  readonly now: Writable<State>;

  constructor(world: LeaseWorld, state: State) {
    this.#world = world;
    this.now = {
      ...state,
      stages: [...state.stages],
      engines: [...state.engines],
      reals: [...state.reals],
      modes: [...state.modes],
      lapsed: [...state.lapsed],
      broken: [...state.broken],
      gone: [...state.gone],
      adopted: [...state.adopted],
    };
  }

  /** Without what can matter no more. */
  tidied(): State {
    this.now.books = settled(this.now.books);
    const { stages, reals, engines, adopted, gone } = this.now;
    for (const [session, stage] of stages.entries()) {
      if (stage !== "done" || loads(reals[session]) || leaseFor(this.#world, this.now, session)) continue;
      reals[session] = "nowhere";
      engines[session] = 0;
      gone[session] = false;
      for (const proxy of adopted.keys()) this.tell(proxy, session, false);
    }
    return this.now;
  }

  #ask(proxy: number, command: Without<Command>): Answer {
    const asked = { ...command, member: memberOf(proxy), ttl: TTL_MS, seen: 0 } as Command;
    const { books, answer } = keep(this.now.books, asked, SERVER);
    this.now.books = books;
    return answer;
  }

  #at(session: number): { place: string; id: string } {
    return { place: placeOf(this.now.engines[session] ?? 0), id: leaseOf(this.#world, session) };
  }

  isFull(session: number): boolean {
    const { place } = this.#at(session);
    return (this.now.books.engines.get(place)?.length ?? 0) >= this.#world.cap;
  }

  claim(session: number): void {
    const proxy = proxyOf(this.#world, session);
    const { place, id } = this.#at(session);
    const cap = PROTOCOLS[this.#world.protocol].atomic ? this.#world.cap : NO_CAP;
    const answer = this.#ask(proxy, {
      type: "reserve",
      place,
      id,
      contents: [id],
      detail: "",
      cap,
      more: false,
    });
    const isHeard = answer.type === "granted" && this.now.modes[proxy] !== "crashed";
    this.now.stages[session] = isHeard ? "answered" : "done";
  }

  /** For it there is proof, as far as that proxy knows. */
  release(proxy: number, session: number): void {
    this.#ask(proxy, { type: "release", ...this.#at(session) });
    if (PROTOCOLS[this.#world.protocol].anybodyFrees)
      this.#ask(proxyOf(this.#world, session), { type: "release", ...this.#at(session) });
  }

  tell(proxy: number, session: number, yes: boolean): void {
    this.now.adopted = this.now.adopted.map((told, other) =>
      other === proxy ? told.with(session, yes) : told,
    );
  }

  /** The lease is not valid any more: what was not sent never will be, what plays is stopped. */
  giveUp(session: number): void {
    const { stages } = this.now;
    if (stages[session] === "granted") stages[session] = "proved";
    if (stages[session] === "playing") stages[session] = "stopping";
  }

  renew(proxy: number, isUnseen: boolean): void {
    const { books, broken, lapsed, stages, gone } = this.now;
    const { stops, joinFrees, namesAll } = PROTOCOLS[this.#world.protocol];
    if (books.members.has(memberOf(proxy)) && !broken[proxy])
      this.#ask(proxy, { type: "beat", waiting: false, adopts: false });
    else {
      const held = this.#held(proxy);
      if (joinFrees)
        for (const session of stages.keys())
          if (proxyOf(this.#world, session) !== proxy && isStray(this.#world, this.now, proxy, session))
            this.release(proxy, session);
      if (isUnseen) this.#raise(proxy);
      const answer = this.#ask(proxy, { type: "join", info: "", held, witnessed: [] });
      const lost = new Set(answer.type === "joined" ? answer.lost : []);
      for (const session of sessionsOf(this.#world, proxy)) {
        if (!stops || !lost.has(leaseOf(this.#world, session))) continue;
        this.giveUp(session);
        gone[session] = !namesAll;
      }
    }
    lapsed[proxy] = false;
    broken[proxy] = false;
  }

  /** A claim that was taken in too late is given back; what it was handed it settles. */
  look(proxy: number): void {
    for (const session of this.now.stages.keys()) {
      if (!isStray(this.#world, this.now, proxy, session)) continue;
      if (proxyOf(this.#world, session) === proxy) this.release(proxy, session);
      else this.tell(proxy, session, true);
    }
  }

  /** What it names: its own that it has not given back, and what it has taken over. */
  #held(proxy: number): PlacedLease[] {
    return [...this.now.stages.keys()]
      .filter((session) => isNamed(this.#world, this.now, proxy, session))
      .map((session) => {
        const id = leaseOf(this.#world, session);
        return { ...this.#at(session), owner: memberOf(proxy), fence: 1, contents: [id], detail: "" };
      });
  }

  /** Its claims get fences that are higher than what it has seen, which is 0; else nothing is told of fences here. */
  #raise(proxy: number): void {
    const { books, stages } = this.now;
    const claims = [...stages.keys()].filter((session) => isForgotten(this.#world, this.now, proxy, session));
    const ids = new Set(claims.map((session) => leaseOf(this.#world, session)));
    const engines = [...books.engines].map(
      ([place, leases]) =>
        [place, leases.map((lease) => (ids.has(lease.id) ? { ...lease, fence: 1 } : lease))] as const,
    );
    this.now.books = { ...books, fence: 1, engines: new Map(engines) };
  }

  /** A term passes in which everybody else renews. */
  end(proxy: number): void {
    const { books, modes } = this.now;
    const witness = [...modes.keys()].find(
      (other) => other !== proxy && renews(this.#world, this.now, other),
    );
    if (witness === undefined) throw new Error("nobody is there to end it");
    const members = new Map(books.members).set(memberOf(proxy), { end: books.clock, info: "" });
    this.now.books = { ...books, members };
    this.#ask(witness, { type: "beat", waiting: false, adopts: false });
    if (PROTOCOLS[this.#world.protocol].expiry !== "frees") return;
    for (const session of this.adopt(witness)) this.release(witness, session);
  }

  /** Answers which sessions it is to settle. */
  adopt(proxy: number): number[] {
    const answer = this.#ask(proxy, { type: "beat", waiting: false, adopts: true });
    const ids = new Set(answer.type === "beaten" ? answer.orphans.map(({ id }) => id) : []);
    return [...this.now.stages.keys()].filter((session) => ids.has(leaseOf(this.#world, session)));
  }

  /** Whatever was under way is as good as not asked for: it is given back when there is a connection again. */
  breakLine(proxy: number): void {
    const { stages, broken, left } = this.now;
    const { overtaken } = PROTOCOLS[this.#world.protocol];
    broken[proxy] = true;
    this.now.left = { ...left, breaks: left.breaks - 1 };
    for (const session of sessionsOf(this.#world, proxy)) {
      const stage = stages[session];
      if (stage === "asked") stages[session] = overtaken ? "lost" : "proved";
      if (stage === "room" || stage === "answered") stages[session] = "proved";
    }
  }

  /** What it sent goes on its way without it. */
  crash(proxy: number): void {
    const { stages, modes, lapsed, broken, left } = this.now;
    modes[proxy] = "crashed";
    lapsed[proxy] = PROTOCOLS[this.#world.protocol].expiry !== "never";
    broken[proxy] = false;
    this.now.left = { ...left, crashes: left.crashes - 1 };
    for (const session of stages.keys()) this.tell(proxy, session, false);
    for (const session of sessionsOf(this.#world, proxy)) {
      const stage = stages[session];
      if (stage === "lost") stages[session] = "stray";
      else if (stage !== "idle" && stage !== "asked" && stage !== "stray") stages[session] = "done";
    }
  }
}
