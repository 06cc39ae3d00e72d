/**
 * When are two moments of the shell the same? Exactly when their keys are.
 *
 * Why nothing is missing. After a turn has run out, every continuation of the broker waits at a port or a timer, and
 * what it will do is a function of (a) which wait it is and what that is about, (b) what it kept from before, (c) what
 * it reads when it goes on. (c) is `broker.state` and the answer itself: both are in the key, the answer through the
 * truth outside. (a) is the list of open calls and armed timers, named by their subject. For (b), place by place:
 *
 *   mailbox, busy          empty and false between turns.
 *   answers                the clients that ask: their status is in the key.
 *   under way              one controller for a session that is held, aborted exactly when it is not held any more.
 *   begin, before sending  its session is held and no engine has heard of it. It waits for the first write that
 *                          holds the session, so what is in the write tells for which.
 *   begin, sent            the start's call; aborted or not.
 *   stop until proof       the stop's, the question's or the pause's subject; `delayed`; lengths of pauses are
 *                          nothing that a timer which may fire at any time could show.
 *   saving                 the write under way as far as somebody waits for it, and whether another one is due after
 *                          it (`isFileBehind`, which is compared with what the broker does at every write). What else
 *                          the file holds follows: the held sessions, once nothing is under way or due.
 *   looking                the look under way with the list that was made for it. Only one is under way at a time, so
 *                          numbers of looks only rise and only "none yet" matters. Failures matter to a fallback
 *                          alone, and there is none here.
 *   probing                one question or pause for an engine that rests; engines never leave the list here.
 *   watching               the pair's timer, and whether its client has been seen being served.
 *   doubt                  the timer; when its session is answered or gone, it does nothing for ever, and is left out.
 *   journal, ended, log    are written, never read.
 *   mutants                tell what they keep (`hidden`).
 *
 * Numbers of clients, streams and sessions and names of contents are replaced by the order in which they appear, which
 * keeps every comparison that the core makes (older or newer), and makes requests and contents interchangeable.
 */
import type { ContentKey, Session, SessionId, Slot, Stream, StreamId } from "../../src/slots/index.ts";
import { isListSeen } from "./pool-answers.ts";
import type { RealSession } from "./real.ts";
import { isUnanswered } from "./timer-firing.ts";
import type { ShellWorld } from "./world.ts";

const ranked = (numbers: Iterable<number>): Map<number, number> =>
  new Map([...new Set(numbers)].sort((a, b) => a - b).map((number, index) => [number, index]));

export function keyOf(world: ShellWorld): string {
  return JSON.stringify(new Keys(world).all());
}

class Keys {
  readonly #world: ShellWorld;
  readonly #sessions: ReadonlyMap<SessionId, number>;
  readonly #streams = new Map<StreamId, number>();
  readonly #clients = new Map<number, number>();
  readonly #contents = new Map<string, number>();

  constructor(world: ShellWorld) {
    this.#world = world;
    const { outside, state } = world;
    const calls = [...outside.starts, ...outside.stops, ...outside.stats].map(
      ({ session }) => session.holder,
    );
    const run = outside.sessions.filter(({ runs }) => runs).map(({ holder }) => holder);
    this.#sessions = ranked([
      ...state.places.keys(),
      ...calls,
      ...run,
      ...[...outside.reading.values()].map(({ holder }) => holder),
    ]);
    for (const stream of state.streams.values()) {
      this.#streams.set(stream.id, this.#streams.size);
      for (const client of stream.clients) this.#clients.set(client, this.#clients.size);
    }
  }

  all(): unknown {
    const { state, outside, requests, faults, timeouts, looks, isFileBehind, broker } = this.#world;
    const lingering = ranked([...state.streams.values()].flatMap((stream) => stream.lingeringSince ?? []));
    return [
      [requests, faults, timeouts, looks],
      [...state.streams.values()].map((stream) => this.#stream(stream, lingering)),
      state.queue.map((id) => this.#streams.get(id)),
      this.#engines(),
      state.provisioning,
      [state.asked > 0, state.draining, state.halted],
      outside.sessions.flatMap((session) => this.#real(session)),
      this.#calls(),
      outside.save && [this.#unsent(outside.save.ids), isFileBehind],
      outside.fileFailed,
      this.#orchestrator(),
      outside.timers.flatMap(({ what }) => this.#timer(what) ?? []).sort(),
      this.#strangers(),
      broker.hidden(),
    ];
  }

  #content(key: ContentKey): number {
    const known = this.#contents.get(key);
    if (known !== undefined) return known;
    this.#contents.set(key, this.#contents.size);
    return this.#contents.size - 1;
  }

  /** Those that wait for the write. */
  #unsent(ids: Iterable<SessionId>): number[] {
    const { state } = this.#world;
    return [...ids].flatMap((id) => {
      const rank = this.#sessions.get(id);
      return rank !== undefined && state.places.has(id) && !this.#world.realOf(id) ? [rank] : [];
    });
  }

  #stream(stream: Stream, lingering: ReadonlyMap<number, number>): unknown {
    const { contents, phase, place, clients, live, lingeringSince, tried } = stream;
    return [
      contents.map((key) => this.#content(key)),
      phase,
      place && this.#sessions.get(place.session),
      clients.map((id) => [this.#world.state.clients.get(id)?.served, this.#world.clients.get(id)?.status]),
      live,
      lingeringSince === null ? null : lingering.get(lingeringSince),
      tried,
      [stream.contentFaults, stream.failovers, stream.lastMessage === ""],
    ];
  }

  #engines(): unknown {
    const engines = [...this.#world.state.engines.values()];
    const turns = ranked([0, ...engines.map(({ turn }) => turn)]);
    return engines.map((engine) => [
      engine.id,
      [engine.listed, engine.draining, engine.resting, engine.faults],
      turns.get(engine.turn),
      engine.foreign.map((key) => this.#content(key)),
      engine.slots.map((slot) => this.#slot(slot)),
    ]);
  }

  #slot({ state, session }: Slot): unknown {
    return [state, session && this.#session(session)];
  }

  #session(session: Session): unknown {
    const { stream, heir } = session;
    return [
      this.#sessions.get(session.id),
      stream === null ? null : this.#streams.get(stream),
      // An heir that is gone inherits nothing.
      heir === null ? null : (this.#streams.get(heir) ?? null),
      session.contents.map((key) => this.#content(key)),
      session.start,
      [session.urls !== null, session.reportedTo !== null, session.formerLabel !== null, session.stopDelayed],
    ];
  }

  /** A session that is over, held by no slot and asked about by nobody, is past: only its reports may be amiss. */
  #real(session: RealSession): unknown[] {
    const rank = this.#sessions.get(session.holder);
    if (rank === undefined) return session.reports.started === session.reports.ended ? [] : ["unfair"];
    const { runs, told, media, stopAsked, delayed, proof, engine, content } = session;
    const reports = [session.reports.started, session.reports.ended];
    const isRead = this.#world.isRead(session);
    const about = [runs, told, media, isRead, stopAsked, delayed, proof];
    return [[rank, engine.id, this.#content(content), about, reports]];
  }

  #calls(): unknown {
    const { outside } = this.#world;
    const ranks = (calls: readonly { readonly session: RealSession }[]): unknown[] =>
      calls.map(({ session }) => this.#sessions.get(session.holder)).sort();
    return [
      outside.starts
        .map(({ session, signal }) => [this.#sessions.get(session.holder), signal.aborted])
        .sort(),
      ranks(outside.stops),
      ranks(outside.stats),
      outside.alives.map(({ engine }) => engine.id).sort(),
      outside.provisions.length,
      outside.engines.filter(({ exists }) => exists).length,
    ];
  }

  /** What it lists and will list; nothing of that matters when nobody looks any more. */
  #orchestrator(): unknown {
    const { outside } = this.#world;
    const { look } = outside;
    const name = (session: RealSession): unknown => [
      this.#sessions.get(session.holder) ?? "past",
      session.engine.id,
      this.#content(session.content),
    ];
    return [
      look && [look.view !== null, look.view?.engines.length, look.shown.map(name)],
      isListSeen(this.#world) && [
        [...outside.view].map(name),
        outside.outbox.map(({ session, what }) => [name(session), what]),
      ],
    ];
  }

  /** Null: it does nothing any more. */
  #timer(what: string): string | null {
    const { outside } = this.#world;
    const [kind = "", first, second] = what.split(" ");
    switch (kind) {
      case "queue":
        return `${kind} ${this.#clients.get(Number(first))}`;
      case "linger":
      case "stall":
        return `${kind} ${this.#streams.get(Number(first))}`;
      case "start":
      case "release":
        return `${kind} ${this.#sessions.get(Number(first))}`;
      case "doubt":
        return isUnanswered(this.#world, Number(first))
          ? `${kind} ${this.#sessions.get(Number(first))}`
          : null;
      case "patience":
      case "again": {
        const holder = outside.sessions[Number(first)]?.holder ?? -1;
        return `${kind} ${this.#sessions.get(holder)}`;
      }
      case "watch": {
        const pair = [first, second].map((id) => this.#clients.get(Number(id)) ?? "gone");
        return `${kind} ${pair.join(" ")} ${outside.watched.get(what)}`;
      }
      default:
        return what;
    }
  }

  /** Clients that wait for an answer and of which the selector does not know: with a mutant only. */
  #strangers(): unknown {
    const { clients, state } = this.#world;
    return [...clients.values()]
      .filter(({ id, status }) => (status === "asking" || status === "served") && !state.clients.has(id))
      .map(({ content, status, outcomes }) => [this.#content(content), status, outcomes])
      .sort();
  }
}
