/**
 * When things came to be as they are, for people to see: the core knows no clock. Nothing is decided by it. It learns
 * from each step's records and effects, so that a step costs it no more than what the step itself did.
 */
import type { Clock } from "../ports.ts";
import type { ClientId, EngineId, State, Step, StreamId } from "../slots/index.ts";

export interface Moment {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly agoMs: number;
}

/** What is forgotten late rather than at once may be this many more than there are. */
const FORGOTTEN_LATE = 64;

export class Moments {
  readonly #clock: Clock;
  /** Wall and monotonic time, since a clock may jump. */
  readonly #streams = new Map<StreamId, readonly [wallMs: number, monotonicMs: number]>();
  readonly #clients = new Map<ClientId, readonly [wallMs: number, monotonicMs: number]>();
  readonly #lingering = new Map<StreamId, number>();
  readonly #slots = new Map<EngineId, Map<number, number>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes in a step that has been decided, before its effects leave. */
  look(before: State, { state, records, effects }: Step): void {
    const nowMs = this.#clock.monotonicMs();
    for (let id = before.nextStream; id < state.nextStream; id++)
      this.#streams.set(id, [this.#clock.now(), nowMs]);
    for (const record of records) {
      if (!("type" in record)) this.#slotsOf(record.engine).set(record.slot, nowMs);
      else if (record.type === "engine_gone") this.#slots.delete(record.engine);
      else if (record.type === "configure") this.#forgetSlotsBeyond(before);
    }
    for (const effect of effects) {
      if ((effect.type !== "arm" && effect.type !== "disarm") || effect.timer.kind !== "linger") continue;
      if (effect.type === "arm") this.#lingering.set(effect.timer.stream, nowMs);
      else this.#lingering.delete(effect.timer.stream);
    }
    forget(this.#streams, state.streams, before.streams);
    forget(this.#lingering, state.streams);
  }

  /** A client asks, now. */
  came(client: ClientId, clients: State["clients"]): void {
    this.#clients.set(client, [this.#clock.now(), this.#clock.monotonicMs()]);
    // It is not among the state's clients yet.
    if (this.#clients.size > 1) forget(this.#clients, clients, new Map([[client, true]]));
  }

  /** Moments that are kept. */
  get size(): number {
    const slots = [...this.#slots.values()].reduce((sum, each) => sum + each.size, 0);
    return this.#streams.size + this.#clients.size + this.#lingering.size + slots;
  }

  /** When a stream was first asked for; null: not known. */
  stream(id: StreamId): Moment | null {
    return this.#moment(this.#streams.get(id));
  }

  /** When a client asked; null: not known. */
  client(id: ClientId): Moment | null {
    return this.#moment(this.#clients.get(id));
  }

  /** How long a stream has had no clients; null: not known. */
  lingeringMs(stream: StreamId): number | null {
    return this.#agoMs(this.#lingering.get(stream));
  }

  /** How long a slot has been in its state; null: since before it was known. */
  slotMs(engine: EngineId, slot: number): number | null {
    return this.#agoMs(this.#slots.get(engine)?.get(slot));
  }

  #slotsOf(engine: EngineId): Map<number, number> {
    const known = this.#slots.get(engine) ?? new Map<number, number>();
    this.#slots.set(engine, known);
    return known;
  }

  /** What a higher cap brings is new, whatever a lower one once took away under the same number. */
  #forgetSlotsBeyond({ engines }: State): void {
    for (const [id, slots] of this.#slots) {
      const there = engines.get(id)?.slots.length ?? 0;
      for (const slot of slots.keys()) if (slot >= there) slots.delete(slot);
    }
  }

  #moment(moment: readonly [wallMs: number, monotonicMs: number] | undefined): Moment | null {
    if (moment === undefined) return null;
    const [wallMs, monotonicMs] = moment;
    return { at: new Date(wallMs).toISOString(), agoMs: this.#agoMs(monotonicMs) ?? 0 };
  }

  #agoMs(sinceMs: number | undefined): number | null {
    return sinceMs === undefined ? null : Math.max(0, Math.round(this.#clock.monotonicMs() - sinceMs));
  }
}

/** Forgets what is no more, now and then: a look at all of them for each would cost too much. */
function forget<Id>(
  kept: Map<Id, unknown>,
  now: ReadonlyMap<Id, unknown>,
  also?: ReadonlyMap<Id, unknown>,
): void {
  if (kept.size <= 2 * now.size + FORGOTTEN_LATE) return;
  for (const id of kept.keys()) if (!now.has(id) && !also?.has(id)) kept.delete(id);
}
