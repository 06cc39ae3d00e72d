/**
 * Places and how many sessions each has at every instant. A step that takes a place beyond what was known is kept as
 * a moment until the clocks can no longer turn it round: an end by another proxy in the same millisecond came first,
 * and one within the skew may have. Pure; what is kept are places, open sessions and moments within the skew.
 */

import { byLoad } from "./engines.ts";
import type { Excess, SessionTold } from "./history-told.ts";
import { ENGINES_MAX, ReplayLimitError } from "./limits.ts";
import type { Holder, Moment, Place, Session } from "./session.ts";
import type { EngineTold, Peak, Where } from "./told.ts";

export interface PlacesOptions {
  /** How far the clocks of two proxies may differ, or of a proxy and the store (null), ms. */
  skewMs(a: Holder | null, b: Holder | null): number;
  /** How long a moment waits to be decided, ms. */
  waitMs(): number;
  /** By which this one grants; null: the highest that is in force. Null in return: not told. */
  cap(by: Holder | null): number | null;
}

/** An instant: the line, and its time in ms since 1970. */
export interface Instant {
  readonly where: Where;
  readonly ms: number;
}

export class Places {
  readonly #options: PlacesOptions;
  readonly #places = new Map<string, Place>();
  /** In the order of their times. */
  #moments: Moment[] = [];
  #decided = 0;
  readonly exceeded: { certainly: Excess | null; possibly: Excess | null } = {
    certainly: null,
    possibly: null,
  };

  constructor(options: PlacesOptions) {
    this.#options = options;
  }

  get(name: string): Place {
    const known = this.#places.get(name);
    if (known) return known;
    if (this.#places.size >= ENGINES_MAX)
      throw new ReplayLimitError(`it names more than ${ENGINES_MAX} engines: a replay follows no more`);
    const place: Place = {
      name,
      engine: name,
      open: new Set(),
      certain: null,
      possible: null,
      moments: [],
    };
    this.#places.set(name, place);
    return place;
  }

  /** The session is there from now on. `isStep`: whoever let it begin must have kept to the cap. */
  begin(session: Session, instant: Instant, by: Holder | null, isStep: boolean): void {
    session.isOpen = true;
    session.over = null;
    session.since = { ms: instant.ms, by };
    session.place.open.add(session);
    this.look(session, instant, by, isStep);
  }

  /** How many are there now? Called when one begins, or is known better. */
  look(session: Session, { where, ms }: Instant, by: Holder | null, isStep: boolean): void {
    const { place } = session;
    let possible = 0;
    let certain = 0;
    for (const open of place.open) {
      if (open.untilMs < ms) {
        open.isOpen = false;
        place.open.delete(open);
        continue;
      }
      possible++;
      if (isCertain(open, by)) certain++;
    }
    const cap = this.#options.cap(isStep ? by : null);
    const isAbove =
      isStep &&
      cap !== null &&
      ((certain > cap && this.exceeded.certainly === null) ||
        (possible > cap && this.exceeded.possibly === null));
    if (!isAbove && certain <= (place.certain?.load ?? 0) && possible <= (place.possible?.load ?? 0)) return;
    const all = [...place.open];
    const moment: Moment = {
      place,
      where,
      ms: Math.floor(ms),
      by,
      session,
      cap,
      isStep,
      certain: all.filter((open) => isCertain(open, by)),
      possible: all,
    };
    place.moments.push(moment);
    this.#moments.push(moment);
  }

  /** The session is over, and there is proof. */
  end(session: Session, { ms }: Pick<Instant, "ms">, by: Holder | null): void {
    if (!session.isOpen) return;
    session.isOpen = false;
    session.over = { ms, by };
    session.place.open.delete(session);
    for (const moment of session.place.moments) {
      const began = moment.possible.filter((other) => other !== session).map(({ since }) => since);
      began.push({ ms: moment.ms, by: moment.by });
      for (const since of began) {
        if (since.by === by) continue;
        const after = Math.floor(ms) - Math.floor(since.ms);
        if (after <= this.#options.skewMs(since.by, by)) moment.certain = without(moment.certain, session);
        if (after <= 0) moment.possible = without(moment.possible, session);
      }
    }
  }

  /** Time has come to `ms`: moments that are old enough are decided. */
  pass(ms: number): void {
    const moments = this.#moments;
    while (this.#decided < moments.length) {
      const moment = moments[this.#decided];
      if (!moment || moment.ms + this.#options.waitMs() >= ms) break;
      this.#decided++;
      this.#decide(moment);
    }
    if (this.#decided > 1_000 && this.#decided * 2 > moments.length) {
      this.#moments = moments.slice(this.#decided);
      this.#decided = 0;
    }
  }

  told(): EngineTold[] {
    const told = [...this.#places.values()].map(
      ({ name, engine, certain, possible }): EngineTold => ({
        id: name,
        name: engine,
        certain,
        possible,
        streams: [],
      }),
    );
    return told.sort(byLoad);
  }

  #decide(moment: Moment): void {
    const { place, where, cap, session, isStep } = moment;
    place.moments.splice(place.moments.indexOf(moment), 1);
    // The store's own order, where it is told, is better than any clock.
    const { reserved } = session;
    if (reserved !== null) {
      const isThere = ({ ended }: Session): boolean => ended === null || ended.order > reserved.order;
      moment.certain = moment.certain.filter(isThere);
      moment.possible = moment.possible.filter(isThere);
    }
    const certain = moment.certain.length;
    const possible = moment.possible.length;
    if (certain > (place.certain?.load ?? 0)) place.certain = peak(certain, cap, where);
    if (possible > (place.possible?.load ?? 0)) place.possible = peak(possible, cap, where);
    if (!isStep || cap === null) return;
    if (certain > cap) this.exceeded.certainly ??= excess(moment, certain, cap);
    if (possible > cap) this.exceeded.possibly ??= excess(moment, possible, cap);
  }
}

/**
 * It is there for sure: its life is known to go on, or it is the one whose line is looked at. What its proxy had asked
 * the engine to end before a store without memory of it granted the slot anew may be over; only its proof is missing.
 */
const isCertain = ({ isSure, isStopping, isForgotten, holder }: Session, by: Holder | null): boolean =>
  isSure && !(isStopping && isForgotten) && holder !== null && (holder === by || holder.isAlive);

const without = (sessions: readonly Session[], session: Session): Session[] =>
  sessions.filter((other) => other !== session);

const peak = (load: number, cap: number | null, where: Where): Peak => ({ load, others: 0, cap, where });

function excess({ place, where, certain, possible }: Moment, load: number, cap: number): Excess {
  const sessions = possible.map(
    (session): SessionTold => ({
      lease: session.lease,
      proxy: session.holder?.proxy ?? null,
      content: session.content,
      fence: session.fence,
      certain: certain.includes(session),
      began: session.began,
    }),
  );
  return { place: place.name, where, load, cap, sessions };
}
