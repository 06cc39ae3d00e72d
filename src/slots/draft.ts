/**
 * A step in the making: reads the old state, writes a new one. What is not written is shared, so a step
 * costs what it changes, and the old state stays as it was.
 */
import type { Effect, Fault, JournalRecord, RejectCode, SelectorEvent, Timer } from "./events.ts";
import type { Comparator } from "./ranking.ts";
import { SLOT_TABLE, type SlotEvent } from "./slot.ts";
import type { Client, Engine, Place, RankedEngine, Session, Slot, State, Stream } from "./state.ts";
import type {
  ClientId,
  ContentKey,
  EngineId,
  FormerSession,
  ListedEngine,
  ListedStream,
  Owner,
  SessionId,
  Started,
  StreamId,
} from "./words.ts";

/** Thrown when the core finds itself inconsistent. It is a bug, never an input's fault. */
export class InvariantError extends Error {
  /** `InvariantError`. */
  override name = "InvariantError";
}

export const FREE_SLOT: Slot = Object.freeze({ state: "free", session: null });

/**
 * The decisions that a step is made of, each replaceable by another that answers the same question: a ranking of
 * one's own, or, in a check, a known bug. The selector's functions ask each other through these and through nothing
 * else where a decision is listed here. `PARTS` are ours.
 */
export interface Parts {
  /** How many streams does an engine carry? */
  readonly loadOf: (engine: RankedEngine) => number;
  /** Has an engine room for one stream more? */
  readonly isOpen: (draft: Draft, engine: Engine) => boolean;
  /** Which of two engines comes first? It must tell any two apart, or the order of a list decides. */
  readonly rank: Comparator;
  /** Does an engine hold a content, or does somebody else play it there? */
  readonly holdsContent: (
    engine: Engine,
    contents: readonly ContentKey[],
    except?: (slot: Slot) => boolean,
  ) => boolean;
  /** Does an engine owe the end of a session? Whatever keeps it from that may keep it from beginning another one. */
  readonly isOwing: (engine: Engine) => boolean;
  /** Would the place of a stream be of use to one that waits? */
  readonly wouldHelp: (draft: Draft, stream: Stream, waiting: Stream) => boolean;
  /** Who gets what is free, oldest first? */
  readonly pump: (draft: Draft) => void;
  /** What is done for those who cannot be served now? */
  readonly makeRoom: (draft: Draft) => void;

  // What becomes of a slot.
  /** `instead`: the session that handed its place over, if one did. */
  readonly reserve: (draft: Draft, stream: Stream, engine: Engine, instead?: SessionId | null) => void;
  /** Answers the session that goes on; null: the answer came for nothing. */
  readonly begin: (draft: Draft, id: SessionId, answer: Started) => Session | null;
  /** A session is over, or is no longer wanted: its slot is released, and held until there is proof. */
  readonly release: (draft: Draft, id: SessionId, cause: string, heir?: StreamId | null) => void;
  /** Answers who was to have the place. */
  readonly settle: (draft: Draft, id: SessionId, proof: string) => StreamId | null;
  /** A session of a former life, or of another proxy that is no more, is counted. */
  readonly adopt: (draft: Draft, engine: Engine, former: Omit<FormerSession, "name" | "address">) => void;

  // What becomes of a stream and of its clients.
  /** Is there a stream of this content that a client can join? */
  readonly findStream: (
    state: State,
    contents: readonly ContentKey[],
    variant: string,
    not?: StreamId,
  ) => Stream | undefined;
  /** A client is gone. */
  readonly leave: (draft: Draft, id: ClientId) => void;
  /** A stream's session has failed: what now? */
  readonly fail: (draft: Draft, stream: Stream, engine: EngineId, fault: Fault, message: string) => void;
  /** A stream is over: its clients are told, its slot is released. */
  readonly end: (
    draft: Draft,
    stream: Stream,
    reason: string,
    refusal?: { readonly code: RejectCode; readonly message: string },
    heir?: StreamId | null,
    clean?: boolean,
  ) => void;
  /** Answers the stream that stays. */
  readonly collapse: (draft: Draft, newer: Stream) => Stream;

  // What a look at the pool changes.
  /** The pool, as its source shows it, is taken in. */
  readonly takeSnapshot: (draft: Draft, event: SelectorEvent & { readonly type: "snapshot" }) => void;
  /** Answers the id of the record under which a listed engine is kept. */
  readonly takeIn: (
    draft: Draft,
    seen: ListedEngine,
    fallback: boolean,
    idAt: Map<string, EngineId>,
  ) => EngineId;
  /** Whose is a stream that the pool's source lists? */
  readonly ownerOf: (state: State, listed: ListedStream, ourSessions: ReadonlySet<string>) => Owner;
  /** Forgets an engine that is listed no more and holds nothing. */
  readonly dropIfGone: (draft: Draft, id: EngineId) => void;
  /** Engines have come: whoever waited for one is looked at again. */
  readonly welcome: (draft: Draft, arrived: readonly EngineId[]) => void;
  /** Is a new engine still wanted, or has it come? */
  readonly closeProvisioning: (draft: Draft) => void;
}

/** A step in the making: the old state, and what is different in the new one. */
export class Draft {
  /** Single values are written here directly; maps through the methods below. */
  readonly state: { -readonly [Part in keyof State]: State[Part] };
  /** What is to be done, so far. */
  readonly effects: Effect[] = [];
  /** What belongs in the journal, so far. */
  readonly records: JournalRecord[] = [];
  /** Moves that a slot's machine did not accept; must stay empty. */
  readonly illegal: string[] = [];
  /** As it was before the step. */
  readonly old: State;
  readonly #touched = new Set<EngineId>();
  readonly #touchedStreams = new Set<StreamId>();

  /** `state`: as it was before the step. */
  constructor(
    state: State,
    /** The decisions that the step is made of. */
    readonly parts: Parts,
  ) {
    this.old = state;
    this.state = { ...state };
  }

  /** Asks for something to be done. */
  emit(effect: Effect): void {
    this.effects.push(effect);
  }

  /** Writes a line of the journal. */
  record(record: JournalRecord): void {
    this.records.push(record);
  }

  /** Asks for a timer. */
  arm(timer: Timer): void {
    this.emit({ type: "arm", timer });
  }

  /** Takes a timer back. */
  disarm(timer: Timer): void {
    this.emit({ type: "disarm", timer });
  }

  /** An engine, if it is there. */
  engine(id: EngineId): Engine | undefined {
    return this.state.engines.get(id);
  }

  /** An engine that is known to be there; anything else is a bug. */
  engineOf(place: Place): Engine {
    const engine = this.state.engines.get(place.engine);
    if (!engine)
      throw new InvariantError(`engine ${place.engine} of session ${place.session} is not in the pool`);
    return engine;
  }

  /** Writes an engine. */
  putEngine(engine: Engine): void {
    this.#touched.add(engine.id);
    this.#own("engines").set(engine.id, engine);
  }

  /** Forgets an engine. */
  deleteEngine(id: EngineId): void {
    this.#touched.delete(id);
    this.#own("engines").delete(id);
  }

  /** A stream, if it is there. */
  stream(id: StreamId): Stream | undefined {
    return this.state.streams.get(id);
  }

  /** Writes a stream. */
  putStream(stream: Stream): void {
    this.#touchedStreams.add(stream.id);
    this.#own("streams").set(stream.id, stream);
  }

  /** Streams that were written in this step and are still there. */
  touchedStreams(): Stream[] {
    return [...this.#touchedStreams].flatMap((id) => this.state.streams.get(id) ?? []);
  }

  /** Changes some fields of a stream and gives back the new one. */
  patchStream(stream: Stream, patch: Partial<Stream>): Stream {
    const next = { ...stream, ...patch };
    this.putStream(next);
    return next;
  }

  /** Forgets a stream. */
  deleteStream(id: StreamId): void {
    this.#own("streams").delete(id);
  }

  /** Writes a client. */
  putClient(id: ClientId, client: Client): void {
    this.#own("clients").set(id, client);
  }

  /** Forgets a client. */
  deleteClient(id: ClientId): void {
    this.#own("clients").delete(id);
  }

  /** Writes where a session is. */
  putPlace(place: Place): void {
    this.#own("places").set(place.session, place);
  }

  /** Forgets where a session was. */
  deletePlace(id: SessionId): void {
    this.#own("places").delete(id);
  }

  /** The held session with this number, and where it is. */
  held(id: SessionId): { place: Place; engine: Engine; slot: Slot; session: Session } | undefined {
    const place = this.state.places.get(id);
    if (!place) return undefined;
    const engine = this.engineOf(place);
    const slot = engine.slots[place.slot];
    if (!slot?.session || slot.session.id !== id)
      throw new InvariantError(`slot ${place.slot} of ${place.engine} does not hold session ${id}`);
    return { place, engine, slot, session: slot.session };
  }

  /** Changes what is known of a session, not the state of its slot. */
  patchSession(id: SessionId, patch: Partial<Session>): Session {
    const held = this.held(id);
    if (!held) throw new InvariantError(`session ${id} is not held`);
    const session = { ...held.session, ...patch };
    this.#putSlot(held.engine, held.place.slot, { ...held.slot, session }, held.engine.own);
    return session;
  }

  /**
   * Sends an event to a slot's machine. What the machine does not accept changes nothing and is made visible.
   * A slot that becomes free forgets its session; `reserve` needs the session that it is for.
   */
  move(engineId: EngineId, index: number, event: SlotEvent, cause: string, session?: Session): boolean {
    const engine = this.state.engines.get(engineId);
    const slot = engine?.slots[index];
    if (!engine || !slot) throw new InvariantError(`engine ${engineId} has no slot ${index}`);
    const to = SLOT_TABLE[slot.state][event];
    if (to === undefined) {
      this.illegal.push(`${event} in state ${slot.state} (engine ${engineId}, slot ${index}: ${cause})`);
      return false;
    }
    const holder = session ?? slot.session;
    const next: Slot = to === "free" ? FREE_SLOT : { state: to, session: holder };
    const delta = (to === "free" ? 0 : 1) - (slot.state === "free" ? 0 : 1);
    this.#putSlot(engine, index, next, engine.own + delta);
    this.record({
      engine: engineId,
      slot: index,
      from: slot.state,
      to,
      stream: holder?.of ?? null,
      content: holder?.contents[0] ?? null,
      cause,
    });
    return true;
  }

  /** The new state, after a look at what it touched. */
  finish(): State {
    for (const id of this.#touched) {
      const engine = this.state.engines.get(id);
      if (engine) assertConserved(engine, this.state.cap);
    }
    return this.state;
  }

  #putSlot(engine: Engine, index: number, slot: Slot, own: number): void {
    const slots = engine.slots.slice();
    slots[index] = slot;
    this.putEngine({ ...engine, slots, own });
  }

  #own<K extends "engines" | "streams" | "clients" | "places">(key: K): Map<unknown, unknown> {
    if (this.state[key] === this.old[key])
      Object.assign(this.state, { [key]: new Map<unknown, unknown>(this.old[key]) });
    return this.state[key] as unknown as Map<unknown, unknown>;
  }
}

/** free + pending + active + released = slots, the index agrees, and only held slots have a session. */
export function assertConserved(engine: Engine, cap: number): void {
  let held = 0;
  for (const slot of engine.slots) {
    if ((slot.state === "free") !== (slot.session === null))
      throw new InvariantError(
        `engine ${engine.id}: a ${slot.state} slot ${slot.session ? "has a" : "has no"} session`,
      );
    if (slot.state !== "free") held++;
  }
  if (held !== engine.own)
    throw new InvariantError(`engine ${engine.id}: ${held} slots are held, the index says ${engine.own}`);
  if (engine.slots.length < cap)
    throw new InvariantError(
      `engine ${engine.id} has ${engine.slots.length} slots, fewer than the cap ${cap}`,
    );
}
