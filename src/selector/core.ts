/**
 * The machine room: the core's state and one mailbox, one event at a time. It has each event decided, and what was
 * decided carried out; it decides nothing about slots itself.
 */
import {
  type ClientId,
  type ContentKey,
  type Effect,
  initialState,
  type SelectorEvent,
  type State,
  type Step,
  type StreamId,
  type Timer,
} from "../slots/index.ts";
import type { AskId } from "./asking.ts";
import type { Clock } from "./clock.ts";
import { Effects } from "./effects.ts";
import { Ending } from "./ending.ts";
import { type Group, Groups } from "./groups.ts";
import { Hearing } from "./hearing.ts";
import { Holders } from "./holders.ts";
import { Lengths } from "./lengths.ts";
import { Mailbox } from "./mailbox.ts";
import { checkOptions } from "./options.ts";
import { Probing } from "./probing.ts";
import { rankedStep } from "./ranked.ts";
import { Refusals, type Refused } from "./refusals.ts";
import { Resources } from "./resources.ts";
import { type Hooks, Runs, type RunsEars } from "./runs.ts";
import { Timers } from "./timers.ts";
import type { PlainSelectorOptions } from "./types.ts";
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
  protected readonly groups = new Groups();
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
      leftMs: (ask) => this.waiters.leftMs(ask),
      isOver: (stream) => this.ending.isShut || this.#isExcess(stream),
    });
    this.timers = new Timers(
      clock,
      (timer) => lengths.of(timer),
      (timer) => {
        const told = this.timeOver(timer);
        if (told) this.post({ type: "timer", timer: told });
      },
    );
    this.waiters = new Waiting(this.#refusals, this.groups, clock, {
      state: () => this.state,
      post: (event) => this.post(event),
      arm: (timer) => this.timers.arm(timer),
      disarm: (timer) => this.timers.disarm(timer),
      abandon: (ask, reason) => this.abandon(ask, reason),
      joinable: (content) => this.joinable(content),
      serve: (client, stream) => this.serve(client, stream),
      refusalOf: (timer) => this.#refusalOf(timer),
    });
    this.#holders = new Holders(this.groups, {
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
    const group = this.groups.get(client);
    const session = this.state.streams.get(stream)?.place?.session;
    const run = session === undefined ? undefined : this.runs.get(session);
    const value = run?.opened;
    // Whoever is gone has said so, or is about to.
    if (!group || !run || !value) return this.post({ type: "leave", client });
    this.waiters.serve(group, () => this.#holders.give(group, run, value.value));
  }

  /** Somebody who waits does not want to any more. */
  protected abandon(ask: AskId, reason: unknown): void {
    this.waiters.abandon(ask, reason);
  }

  /** A timer is over. Answers the one that the core is to hear of; undefined: it is none of its business. */
  protected timeOver(timer: Timer): Timer | undefined {
    return this.waiters.timeOver(timer);
  }

  /** The group that whoever comes for a content joins; undefined: a new one. */
  protected joinable(content: ContentKey): Group | undefined {
    const group = this.groups.find(content);
    return group && !this.state.halted && this.state.clients.has(group.client) ? group : undefined;
  }

  /** Made here so that a check can put its own in their place. */
  protected runsOf(hooks: Hooks<Value>, ears: RunsEars): Runs<Value> {
    return new Runs(hooks, this.clock, ears);
  }

  /** Who waits in front, as far as that is of use; then timers without length, which are over when nothing else moves. */
  #more(): readonly SelectorEvent[] {
    const request = this.waiters.next();
    if (request) return [request];
    for (let timer = this.timers.takeDue(); timer; timer = this.timers.takeDue()) {
      const told = this.timeOver(timer);
      if (told) return [{ type: "timer", timer: told }];
    }
    return [];
  }

  #lookWhetherIdle(): void {
    if (!this.ending.hasWaiting || this.waiters.inFront > 0) return;
    if (this.state.streams.size === 0 && this.state.places.size === 0) this.ending.idle();
  }

  /** What the core would say of a group whose time is over: it is asked, and nothing comes of it. */
  #refusalOf(timer: Timer): Pick<Refused, "code" | "message"> | undefined {
    const event: SelectorEvent = { type: "timer", timer };
    try {
      return this.#step(this.state, event).effects.find((effect) => effect.type === "reject");
    } catch (error) {
      this.#halt(event, error);
      return undefined;
    }
  }

  /** Is a key open on a resource that is removed, or has less room than is used of it? */
  #isExcess(stream: StreamId): boolean {
    const place = this.state.streams.get(stream)?.place;
    return place != null && this.pool.excess(this.state, place.engine) > 0;
  }

  /** The core has contradicted itself and its state is as it was before the event. Nothing is granted any more. */
  #halt(event: SelectorEvent, error: unknown): void {
    this.hearing.tell("fault", { during: "step", resource: null, error });
    this.state = { ...this.state, halted: true };
    this.waiters.refuseAll(error);
    if (event.type === "drain") this.ending.drained();
  }
}
