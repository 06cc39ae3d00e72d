/**
 * The store as its own stream tells it: which leases it granted and ended, in the only order that counts. Holds what
 * journals say of grants against it. Pure; what is kept are leases that are held, and members.
 */
import type { StoreTold } from "./history-told.ts";
import { GRANTS_EXPECTED_MAX, LEASES_REMEMBERED, SKEW_DEFAULT_MS } from "./limits.ts";
import type { MonitorReading, StoredLease } from "./monitor-line.ts";
import type { Instant } from "./places.ts";
import type { Session, StoreMark } from "./session.ts";
import type { Where } from "./told.ts";

export interface StoreWitness {
  /** The store has the lease from now on. */
  held(place: string, lease: StoredLease, mark: StoreMark, isGrant: boolean): void;
  /** It has it no more. */
  ended(lease: StoredLease, mark: StoreMark): void;
  /** It does not know of it any more, which ends nothing. */
  forgotten(lease: StoredLease): void;
  illegal(where: Where, sentence: string): void;
  note(where: Where, sentence: string): void;
  doubt(where: Where, sentence: string): void;
}

type Asked = MonitorReading & { readonly what: "asked" };

/** The books of one server under one prefix. */
interface Kept {
  readonly places: Map<string, readonly StoredLease[]>;
  readonly members: Set<string>;
  asked: Asked | null;
  fence: number;
  /** Memory was lost, and nothing has been granted since. */
  isNew: boolean;
  isEmptied: boolean;
}

/** A time of which the stream tells, ms. */
interface Span {
  readonly file: number;
  from: number;
  to: number;
}

export class StoreStream {
  readonly #witness: StoreWitness;
  readonly #books = new Map<string, Kept>();
  readonly #spans: Span[] = [];
  readonly #open = new Map<number, Span>();
  /** Granted by journals' lines, and not found in the stream yet. */
  readonly #expected = new Map<Session, Instant>();
  readonly #endedMembers = new Map<string, StoreMark>();
  readonly #counts = { commands: 0, granted: 0, ended: 0, membersEnded: 0, losses: 0 };
  #order = 0;

  constructor(
    witness: StoreWitness,
    /** Given by the user, ms; null: nobody knows how the store's clock stands to the proxies'. */
    readonly givenSkewMs: number | null,
  ) {
    this.#witness = witness;
  }

  get isGiven(): boolean {
    return this.#order > 0;
  }

  get skewMs(): number {
    return this.givenSkewMs ?? SKEW_DEFAULT_MS;
  }

  /** The end of a membership before `ms`, if it has not begun anew since. */
  endOf(member: string, ms: number): Where | null {
    const mark = this.#endedMembers.get(member);
    return mark !== undefined && mark.ms < ms ? mark.where : null;
  }

  /** A journal says that the session was granted: the stream must say so, too. */
  expect(session: Session, now: Instant): void {
    this.#expected.set(session, now);
    // Where no stream is given, nothing is found.
    if (this.#expected.size <= GRANTS_EXPECTED_MAX) return;
    const [oldest] = this.#expected.keys();
    if (oldest) this.#expected.delete(oldest);
  }

  take(reading: MonitorReading, where: Where): void {
    this.#order++;
    if (reading.what === "opened") {
      this.#open.delete(where.file);
      return;
    }
    this.#extend(where.file, reading.ms);
    if (reading.what === "emptied" && reading.prefix === "") {
      for (const kept of this.#books.values()) this.#empty(kept);
      return;
    }
    const kept = this.#kept(`${where.file} ${reading.prefix}`);
    switch (reading.what) {
      case "asked":
        this.#counts.commands++;
        kept.asked = reading;
        return;
      case "held":
        return this.#held(kept, reading, where);
      case "member":
        kept.members.add(reading.member);
        this.#endedMembers.delete(reading.member);
        return;
      case "member ended":
        return this.#memberEnded(kept, reading, where);
      case "members forgotten":
        return this.#lose(kept, where);
      case "emptied":
        return this.#empty(kept);
    }
  }

  /** After the last line. */
  finish(): void {
    if (!this.isGiven) return;
    for (const [{ lease }, { where, ms }] of this.#expected) {
      const sentence = `lease ${lease} is granted, but the store's stream knows of no such grant`;
      if (this.#tells(ms)) this.#witness.illegal(where, sentence);
      else if (this.#spans.some(({ from, to }) => from < ms && ms < to))
        this.#witness.doubt(where, `${sentence}: the stream breaks off near it`);
    }
  }

  told(): StoreTold | null {
    return this.isGiven ? { ...this.#counts } : null;
  }

  #kept(key: string): Kept {
    const known = this.#books.get(key);
    if (known) return known;
    const kept: Kept = {
      places: new Map(),
      members: new Set(),
      asked: null,
      fence: 0,
      isNew: true,
      isEmptied: false,
    };
    this.#books.set(key, kept);
    return kept;
  }

  #held(kept: Kept, { place, leases, ms }: MonitorReading & { what: "held" }, where: Where): void {
    const before = kept.places.get(place) ?? [];
    if (leases.length > 0) kept.places.set(place, leases);
    else kept.places.delete(place);
    const { asked } = kept;
    const mark: StoreMark = { where, ms, order: this.#order, by: asked?.member ?? "" };
    for (const lease of before) {
      if (leases.some(({ id }) => id === lease.id)) continue;
      this.#counts.ended++;
      this.#witness.ended(lease, mark);
    }
    for (const lease of leases) {
      if (before.some(({ id }) => id === lease.id)) continue;
      const isGrant = asked?.command === "reserve" && asked.id === lease.id;
      if (isGrant) this.#granted(kept, asked, place, lease, leases.length, where);
      this.#witness.held(place, lease, mark, isGrant);
    }
  }

  #granted(kept: Kept, { cap }: Asked, place: string, lease: StoredLease, load: number, where: Where): void {
    this.#counts.granted++;
    if (cap !== null && load > cap)
      this.#witness.illegal(
        where,
        `the store grants ${lease.id} and has ${load} leases at ${place}, more than the cap of ${cap}`,
      );
    if (lease.fence <= kept.fence) {
      const sentence = `the store grants fence ${lease.fence} after ${kept.fence}`;
      if (kept.isNew) this.#witness.note(where, `${sentence}: it has lost its memory`);
      else this.#witness.illegal(where, `${sentence}: fences only rise`);
    }
    kept.fence = lease.fence;
    kept.isNew = false;
  }

  #memberEnded(kept: Kept, { member, ms }: MonitorReading & { what: "member ended" }, where: Where): void {
    kept.members.delete(member);
    if (kept.asked?.command === "leave" && kept.asked.member === member) return;
    this.#counts.membersEnded++;
    this.#endedMembers.set(member, { where, ms, order: this.#order, by: member });
    const [oldest] = this.#endedMembers.keys();
    if (this.#endedMembers.size > LEASES_REMEMBERED && oldest !== undefined)
      this.#endedMembers.delete(oldest);
  }

  /** What it holds now is not known, and what it has forgotten is not given back by that. */
  #lose(kept: Kept, where: Where): void {
    if (kept.members.size > 0 || kept.isEmptied) {
      this.#counts.losses++;
      this.#witness.note(where, "the store has lost its memory");
    }
    this.#empty(kept);
    kept.members.clear();
    kept.isNew = true;
    kept.isEmptied = false;
  }

  /** The store knows nothing any more; what it had is not given back by that. */
  #empty(kept: Kept): void {
    for (const leases of kept.places.values()) for (const lease of leases) this.#witness.forgotten(lease);
    kept.places.clear();
    kept.isEmptied = true;
  }

  #extend(file: number, ms: number): void {
    const open = this.#open.get(file);
    if (open) {
      open.to = Math.max(open.to, ms);
      return;
    }
    const span = { file, from: ms, to: ms };
    this.#open.set(file, span);
    this.#spans.push(span);
  }

  /** Would the stream tell of what happened then? */
  #tells(ms: number): boolean {
    return this.#spans.some(({ from, to }) => from + this.skewMs <= ms && ms <= to - this.skewMs);
  }

  /** It was found in the stream. */
  found(session: Session): void {
    this.#expected.delete(session);
  }
}
