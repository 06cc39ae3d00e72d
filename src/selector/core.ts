/**
 * The machine room: the core's state and one mailbox, one event at a time. It has each event decided, and what was
 * decided carried out; it decides nothing about slots itself.
 */
import {
  type ClientId,
  type Effect,
  initialState,
  type SelectorEvent,
  type State,
  type Step,
  type StreamId,
} from "../slots/index.ts";
import type { Clock } from "./clock.ts";
import { Effects } from "./effects.ts";
import { Ending } from "./ending.ts";
import { Hearing } from "./hearing.ts";
import { Holders } from "./holders.ts";
import { Lengths } from "./lengths.ts";
import { Mailbox } from "./mailbox.ts";
import { checkOptions } from "./options.ts";
import { Probing } from "./probing.ts";
import { rankedStep } from "./ranked.ts";
import { Refusals } from "./refusals.ts";
import { Resources } from "./resources.ts";
import { type Hooks, Runs, type RunsEars } from "./runs.ts";
import { Timers } from "./timers.ts";
import type { PlainSelectorOptions, Slot } from "./types.ts";
import { Waiting } from "./waiting.ts";

/** What is `protected` here is so for checks alone, which put a known bug in its place. */
export class Core<Value> {
  protected state: State;
  protected readonly runs: Runs<Value>;
  protected readonly clock: Clock;
  protected readonly options: PlainSelectorOptions;
  readonly #step: (state: State, event: SelectorEvent) => Step;
  protected readonly pool: Resources;
  readonly #refusals: Refusals;
  protected readonly timers: Timers;
  protected readonly probing: Probing;
  protected readonly hearing = new Hearing();
  protected readonly mailbox = new Mailbox({
    first: () => this.pool.news(this.state),
    take: (event) => this.take(event),
    more: () => this.#more(),
    rest: () => this.#lookWhetherIdle(),
  });
  protected readonly waiters: Waiting<Value>;
  readonly #holders: Holders<Value>;
  protected readonly ending = new Ending();
  readonly #effects: Effects<Value>;

  constructor(options: PlainSelectorOptions, hooks: Hooks<Value>, clock: Clock) {
    this.pool = new Resources(checkOptions(options));
    this.options = options;
    this.clock = clock;
    this.#refusals = new Refusals(this.pool, options.openTimeoutMs);
    const fault = (during: "rank" | "probe", resource: string | null, error: unknown): void =>
      this.hearing.tell("fault", { during, resource, error });
    this.#step = rankedStep(options.rank, this.pool, (error) => fault("rank", null, error));
    const lengths = new Lengths(options, "open" in hooks, {
      leftMs: (client) => this.waiters.leftMs(client),
      isOver: (stream) => this.ending.isShut || this.#isRemoved(stream),
    });
    this.timers = new Timers(
      clock,
      (timer) => lengths.of(timer),
      (timer) => {
        if (!this.waiters.endsInFront(timer)) this.post({ type: "timer", timer });
      },
    );
    this.waiters = new Waiting(this.#refusals, clock, {
      state: () => this.state,
      post: (event) => this.post(event),
      arm: (timer) => this.timers.arm(timer),
      disarm: (timer) => this.timers.disarm(timer),
      abandon: (client, reason) => this.abandon(client, reason),
    });
    this.#holders = new Holders({
      state: () => this.state,
      post: (event) => this.post(event),
      isBusy: () => this.mailbox.isBusy,
      lingerMs: (stream) => lengths.lingerMs(stream),
      whenFree: (session) => this.runs.whenFree(session),
    });
    this.probing = new Probing(options.probe, clock, {
      alive: (resource) => {
        this.hearing.tell("recovered", { resource });
        this.post({ type: "recovered", engine: resource });
      },
      fault: (resource, error) => fault("probe", resource, error),
    });
    this.runs = this.runsOf(hooks, {
      post: (event) => this.post(event),
      fault: (what) => this.hearing.tell("fault", what),
      openFailed: ({ stream, resource }, error) => {
        if (this.state.streams.has(stream)) this.#refusals.note(stream, { resource, error });
        this.hearing.tell("fault", { during: "open", resource, error });
      },
    });
    this.#effects = new Effects({
      runs: this.runs,
      waiting: this.waiters,
      holders: this.#holders,
      ending: this.ending,
      refusals: this.#refusals,
      probing: this.probing,
      timers: this.timers,
      openTimeoutMs: options.openTimeoutMs,
      state: () => this.state,
      post: (event) => this.post(event),
      serve: (client, stream) => this.serve(client, stream),
    });
    this.state = initialState({ cap: this.pool.cap });
    this.mailbox.run();
  }

  protected post(event: SelectorEvent): void {
    this.mailbox.post(event);
  }

  /** Looks, decides and takes, in one turn: there is nothing to wait for in here. */
  protected take(event: SelectorEvent): void {
    let taken: Step;
    try {
      taken = this.decide(event);
    } catch (error) {
      return this.#halt(event, error);
    }
    this.commit(taken);
  }

  protected decide(event: SelectorEvent): Step {
    return this.#step(this.state, event);
  }

  /** What was decided becomes the state, and its effects leave. */
  protected commit(taken: Step): void {
    const before = this.state;
    this.state = taken.state;
    for (const move of taken.illegal)
      this.hearing.tell("fault", { during: "step", resource: null, error: new Error(move) });
    this.hearing.tellMoves(taken.records);
    for (const effect of taken.effects) this.carryOut(effect, before);
    if (before.engines !== taken.state.engines) this.probing.keepOnly((id) => taken.state.engines.has(id));
  }

  protected carryOut(effect: Effect, before: State): void {
    this.#effects.carryOut(effect, before);
  }

  protected serve(client: ClientId, stream: StreamId): void {
    const slotOf = (): Slot<Value> | undefined => {
      const session = this.state.streams.get(stream)?.place?.session;
      const run = session === undefined ? undefined : this.runs.get(session);
      return run?.opened ? this.#holders.give(client, run, run.opened.value) : undefined;
    };
    // Whoever is gone has said so, or is about to.
    if (!this.waiters.serve(client, slotOf)) this.post({ type: "leave", client });
  }

  /** Somebody who waits does not want to any more. */
  protected abandon(client: ClientId, reason: unknown): void {
    this.waiters.abandon(client, reason);
  }

  /** Made here so that a check can put its own in their place. */
  protected runsOf(hooks: Hooks<Value>, ears: RunsEars): Runs<Value> {
    return new Runs(hooks, this.clock, ears);
  }

  /** Who waits in front, as far as that is of use; then timers without length, which are over when nothing else moves. */
  #more(): readonly SelectorEvent[] {
    const requests = this.waiters.next();
    if (requests.length > 0) return requests;
    for (let timer = this.timers.takeDue(); timer; timer = this.timers.takeDue())
      if (!this.waiters.endsInFront(timer)) return [{ type: "timer", timer }];
    return [];
  }

  #lookWhetherIdle(): void {
    if (!this.ending.hasWaiting || this.waiters.inFront > 0) return;
    if (this.state.streams.size === 0 && this.state.places.size === 0) this.ending.idle();
  }

  /** Is the resource removed that a key is open on? */
  #isRemoved(stream: StreamId): boolean {
    const place = this.state.streams.get(stream)?.place;
    return place != null && this.pool.isRemoved(place.engine);
  }

  /** The core has contradicted itself and its state is as it was before the event. Nothing is granted any more. */
  #halt(event: SelectorEvent, error: unknown): void {
    this.hearing.tell("fault", { during: "step", resource: null, error });
    this.state = { ...this.state, halted: true };
    this.waiters.refuseAll(error);
    if (event.type === "drain") this.ending.drained();
  }
}
