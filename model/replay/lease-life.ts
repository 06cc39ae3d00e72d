/**
 * One life of one proxy, as far as several proxies need it: which of its slots is which session, and since when that
 * session really counts. A slot that is pending counts from its lease on; in a life without leases at once.
 */
import type { JournalLine, LeaseRecord } from "../../src/broker/index.ts";
import type { Fences } from "./fences.ts";
import { Formers } from "./formers.ts";
import { type Hold, Holds } from "./holds.ts";
import type { Leases } from "./leases.ts";
import type { Grant, Transition } from "./life.ts";
import { FORMER_POSSIBLE_MS } from "./limits.ts";
import type { Instant, Places } from "./places.ts";
import type { Holder, Place, Session } from "./session.ts";
import type { StoreStream } from "./store-stream.ts";
import type { Where } from "./told.ts";

/** What all lives share. */
export interface Desk {
  readonly places: Places;
  readonly leases: Leases;
  readonly fences: Fences;
  readonly store: StoreStream;
  /** How far the clocks of two proxies may differ, ms. */
  skewMs(): number;
  illegal(where: Where, sentence: string): void;
  /** It goes on after somebody else was told that it does not. */
  window(where: Where, sentence: string): void;
  note(where: Where, sentence: string): void;
}

export interface Counts {
  granted: number;
  refused: number;
  adopted: number;
  lost: number;
  released: number;
}

export class LeaseLife implements Holder {
  member: string | null = null;
  cap: number | null = null;
  isAlive = true;
  /** Null: no line has told. */
  isLeased: boolean | null = null;
  /** Time of its last line, ms. */
  lastMs = Number.NEGATIVE_INFINITY;
  readonly #desk: Desk;
  readonly #counts: Counts;
  readonly #engines = new Map<string, Place>();
  readonly #holds = new Holds();
  readonly #formers: Formers;
  /** No line is missing since the life began. */
  #isWhole: boolean;
  #fence = 0;
  #isOver = false;

  constructor(
    readonly proxy: string,
    desk: Desk,
    counts: Counts,
    left: readonly Session[],
    isWhole: boolean,
  ) {
    this.#desk = desk;
    this.#counts = counts;
    this.#formers = new Formers(this.#holds, left);
    this.#isWhole = isWhole;
  }

  /** What it has, or has had from lives before it, and what may be taken over: what counts comes first. */
  left(): Session[] {
    const own = this.#holds.all().flatMap((hold) => hold.of ?? this.#unanswered(hold) ?? []);
    return [...own, ...this.#formers.left].sort((a, b) => Number(b.isOpen) - Number(a.isOpen));
  }

  /** Its file is over, or it has begun anew. What it held without a lease may run on for a while. */
  end(): void {
    this.isAlive = false;
    this.#isOver = true;
    for (const { of } of this.#holds.all())
      if (of && of.lease === null) of.untilMs = Math.min(of.untilMs, this.lastMs + FORMER_POSSIBLE_MS);
  }

  /** Another line of it comes after all. */
  goOn(): void {
    this.isAlive = true;
    if (!this.#isOver) return;
    this.#isOver = false;
    for (const { of } of this.#holds.all()) if (of) of.untilMs = Number.POSITIVE_INFINITY;
  }

  /** Lines are missing: what is held now may be held no more. */
  loseTrack(): void {
    this.#isWhole = false;
    for (const { of } of this.#holds.all()) if (of && of.holder === this) of.isSure = false;
  }

  take(line: JournalLine, now: Instant): void {
    this.lastMs = now.ms;
    if (this.#formers.isUnnamed && !mayName(line)) this.#guess(now);
    if (!("type" in line)) return this.#move(line, now);
    switch (line.type) {
      case "engine_seen": {
        const place = this.#desk.places.get(placeName(line.address));
        place.engine = line.name || line.address;
        this.#engines.set(line.engine, place);
        return;
      }
      case "engine_gone":
        this.#engines.delete(line.engine);
        this.#holds.forget(line.engine);
        return;
      case "grant":
        return this.#grant(line, now);
      case "lease":
        return this.#lease(line, now);
      default:
        return;
    }
  }

  /** After its last line. */
  finish(): void {
    for (const { of, isGuess } of this.#holds.all())
      if (of && !isGuess) this.#sayEarly(of, { where: of.ended?.where ?? of.began, ms: this.lastMs }, true);
  }

  #place(engine: string): Place {
    const known = this.#engines.get(engine);
    if (known) return known;
    const place = this.#desk.places.get(engine);
    this.#engines.set(engine, place);
    return place;
  }

  #move({ engine, slot, from, to, content, cause }: Transition, now: Instant): void {
    const hold = this.#holds.get(engine, slot);
    if (from === "free") {
      // Its end was in a line that is missing.
      if (hold) this.#free(hold, now);
      const taken = this.#holds.add(engine, slot, content, cause === "former life");
      if (taken.isFormer) this.#formers.taken(taken);
      else if (this.isLeased === false) this.#count(taken, now);
    } else if (!hold) return;
    else if (to === "active") this.#begins(hold, now);
    else if (to === "released" && hold.of) hold.of.isStopping = true;
    else if (to === "free") this.#free(hold, now);
  }

  #grant({ engine, slot, session }: Grant, { ms }: Instant): void {
    const hold = this.#holds.get(engine, slot);
    if (!hold) return;
    this.#holds.name(hold, session);
    hold.fenceBefore = this.#desk.fences.toldBefore(ms - this.#desk.skewMs());
  }

  /** It plays: in a life with leases one was granted before; in one without, what is pending counts. */
  #begins(hold: Hold, now: Instant): void {
    if (this.isLeased === null) {
      this.isLeased = false;
      for (const other of this.#holds.all()) if (!other.isFormer && !other.of) this.#count(other, now);
      return;
    }
    const { of } = hold;
    if (of !== null) return this.isLeased ? this.#goesOn(of, now) : undefined;
    if (this.#isWhole)
      this.#desk.illegal(
        now.where,
        `slot ${hold.slot} of engine ${hold.engine} plays, but no line says that its lease was granted`,
      );
    this.#count(hold, now);
  }

  /** Has the store, or whoever took it over, given it up meanwhile? */
  #goesOn(of: Session, now: Instant): void {
    const { store, places } = this.#desk;
    const isOut = this.member !== null && store.endOf(this.member, now.ms - store.skewMs) !== null;
    if (isOut)
      this.#desk.window(
        now.where,
        `${nameOf(of)} begins to play after the store ended its proxy's membership`,
      );
    const skewMs = of.over?.by === null ? store.skewMs : this.#desk.skewMs();
    if (of.isOpen || of.over === null || now.ms - of.over.ms <= skewMs) return;
    if (!isOut) this.#desk.window(now.where, `${nameOf(of)} begins to play after its slot was given back`);
    of.holder = this;
    of.began = now.where;
    places.begin(of, now, this, true);
  }

  #lease(record: LeaseRecord, now: Instant): void {
    this.isLeased = true;
    this.#counts[record.outcome]++;
    if (record.outcome === "granted" || record.outcome === "refused")
      this.member ??= record.lease.slice(0, record.lease.lastIndexOf("/"));
    if (record.outcome === "granted") this.#granted(record, now);
    else if (record.outcome === "adopted") this.#adopted(record, now);
    else if (record.outcome === "released") this.#released(record, now);
  }

  #granted(record: LeaseRecord, now: Instant): void {
    const { lease, fence, session: number, slot } = record;
    const desk = this.#desk;
    const { places, leases } = desk;
    const known = leases.get(lease);
    if (known?.holder) {
      // A proxy that stood still hears of its grant when another one has taken it over; nothing may be sent for it then.
      const isHeardLate = known.holder !== this && lease.slice(0, lease.lastIndexOf("/")) === this.member;
      if (!isHeardLate) desk.illegal(now.where, `lease ${lease} is granted, and was before`);
      return;
    }
    const hold = this.#holds.ofSession(number);
    if (!hold) {
      // A grant that comes when the slot has been given up long ago is given back, and nothing is sent for it.
      if (this.#isWhole && slot !== null)
        desk.illegal(now.where, `lease ${lease} is granted, but no slot of this proxy is pending for it`);
      return;
    }
    const session = known ?? leases.add(lease, places.get(record.place), now, { holder: this });
    session.holder = this;
    session.began = now.where;
    session.isSure = true;
    session.content = hold.content;
    hold.of = session;
    if (fence === null || fence === 0) desk.note(now.where, "a slot is granted without the store");
    else this.#fenced(fence, session, hold, now);
    if (!known) places.begin(session, now, this, true);
    else if (known.isOpen) places.look(session, now, this, true);
  }

  #fenced(fence: number, session: Session, hold: Hold, now: Instant): void {
    const desk = this.#desk;
    const { fences, store } = desk;
    if (session.fence !== null && session.fence !== fence)
      desk.illegal(
        now.where,
        `${nameOf(session)} has fence ${fence}, but ${session.fence} in the store's stream`,
      );
    session.fence = fence;
    const wrong = fences.grant(fence, session.place.name, now.ms, Math.max(this.#fence, hold.fenceBefore));
    if (wrong !== null) desk.illegal(now.where, wrong);
    this.#fence = Math.max(this.#fence, fence);
    if (session.reserved === null) store.expect(session, now);
  }

  #adopted({ lease, engine, slot, place }: LeaseRecord, now: Instant): void {
    const { places, leases } = this.#desk;
    const hold = slot === null ? undefined : this.#holds.get(engine, slot);
    const known = leases.get(lease);
    const content = hold?.content ?? null;
    const session =
      known ??
      leases.add(lease, place === "" ? this.#place(engine) : places.get(place), now, {
        holder: this,
        content,
      });
    session.holder = this;
    session.isSure = true;
    this.#formers.name(hold, session);
    if (!known) places.begin(session, now, this, true);
    else if (session.isOpen) places.look(session, now, this, false);
  }

  #released(record: LeaseRecord, now: Instant): void {
    const { lease } = record;
    const session = this.#desk.leases.get(lease);
    const wasGuess = this.#formers.released(record, session);
    if (!session?.isOpen) return;
    const held = wasGuess
      ? undefined
      : this.#holds.all().find(({ of, isGuess }) => of === session && !isGuess);
    if (held && this.#isWhole)
      this.#desk.illegal(
        now.where,
        `lease ${lease} is given back, but slot ${held.slot} of engine ${held.engine} is still held`,
      );
    if (session.holder === this || !session.holder?.isAlive) this.#close(session, now);
  }

  #free(hold: Hold, now: Instant): void {
    this.#holds.remove(hold);
    this.#formers.freed(hold);
    if (!hold.of) return;
    if (!hold.isGuess) this.#sayEarly(hold.of, now, false);
    this.#close(hold.of, now);
  }

  #close(session: Session, now: Instant): void {
    if (!session.isOpen) return;
    this.#desk.places.end(session, now, this);
    this.#desk.leases.over(session);
  }

  /** Was the store told too early that the slot is free? */
  #sayEarly({ ended, over, lease }: Session, { where, ms }: Instant, isHeld: boolean): void {
    if (ended === null || ended.by !== this.member) return;
    // It had been free before: what is held since is only a store that had not heard of that when it named it again.
    if (over?.by === this) return;
    // Journals cut their times off at the millisecond.
    const early = ms - ended.ms;
    if (early <= this.#desk.store.skewMs + 1) return;
    const rest = isHeld ? ", if it ever was" : "";
    this.#desk.illegal(
      where,
      `lease ${lease} ended in the store ${Math.round(early)} ms before its slot was free${rest}`,
    );
  }

  #guess(now: Instant): void {
    const { leases, places } = this.#desk;
    this.#formers.guess(
      (engine) => this.#place(engine),
      (hold, session) => {
        if (session?.isOpen) {
          session.holder = this;
          session.untilMs = Number.POSITIVE_INFINITY;
        }
        if (session) return session;
        const known = { holder: this, isSure: false, content: hold.content };
        const unknown = leases.add(null, this.#place(hold.engine), now, known);
        places.begin(unknown, now, this, false);
        return unknown;
      },
    );
  }

  /** It counts without a lease. */
  #count(hold: Hold, now: Instant): void {
    const known = { holder: this, content: hold.content };
    hold.of = this.#desk.leases.add(null, this.#place(hold.engine), now, known);
    this.#desk.places.begin(hold.of, now, this, true);
  }

  /** Of a slot whose lease was asked for, and nobody heard the answer: it does not count, but may be taken over. */
  #unanswered({ engine, session, isFormer }: Hold): Session | null {
    if (isFormer || this.isLeased === false) return null;
    const lease = this.member === null || session === null ? null : `${this.member}/${session}`;
    const known = lease === null ? undefined : this.#desk.leases.get(lease);
    const untold = { holder: this, isSure: false };
    return known ?? this.#desk.leases.add(lease, this.#place(engine), NOWHERE, untold);
  }
}

const NOWHERE = { where: { file: 0, line: 0, at: "" } };

/** Lines that come between a former session's slot and its name. */
const mayName = (line: JournalLine): boolean =>
  "type" in line
    ? line.type === "engine_seen" || (line.type === "lease" && line.outcome === "adopted")
    : line.cause === "former life";

const nameOf = ({ lease, place }: Session): string =>
  lease === null ? `a session at ${place.name}` : `lease ${lease}`;

/** As the store and all proxies name it. */
const placeName = (address: string): string => address.replace(/^(localhost|\[::1\]):/, "127.0.0.1:");
