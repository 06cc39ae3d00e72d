/**
 * The shell around the core: one mailbox, one event at a time. It carries the core's effects out and feeds back what
 * came of them, and decides nothing about slots.
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
} from "../slots/index.ts";
import { type Clock, runtimeClock } from "./clock.ts";
import { Effects } from "./effects.ts";
import { Ending } from "./ending.ts";
import { Hearing } from "./hearing.ts";
import { Holders } from "./holders.ts";
import { Lengths } from "./lengths.ts";
import { WAITING_MAX } from "./limits.ts";
import { requestOf } from "./lobby.ts";
import { Mailbox } from "./mailbox.ts";
import { checkAcquire, checkOptions, checkResource } from "./options.ts";
import { Probing } from "./probing.ts";
import { rankedStep } from "./ranked.ts";
import { closedError, crowdedError, Refusals } from "./refusals.ts";
import { Resources } from "./resources.ts";
import { type Hooks, Runs, type RunsEars } from "./runs.ts";
import { Timers } from "./timers.ts";
import type {
  AcquireOptions,
  PlainSelectorOptions,
  Resource,
  ResourceView,
  Selector,
  SelectorEvents,
  Slot,
} from "./types.ts";
import { Waiting } from "./waiting.ts";
import { contentOf } from "./words.ts";

/** What is `protected` here is so for checks alone, which put a known bug in its place. */
export class Shell<Value> implements Selector<Value> {
  protected state: State;
  protected readonly runs: Runs<Value>;
  protected readonly clock: Clock;
  readonly #options: PlainSelectorOptions;
  readonly #step: (state: State, event: SelectorEvent) => Step;
  readonly #resources: Resources;
  readonly #refusals: Refusals;
  readonly #timers: Timers;
  readonly #probing: Probing;
  readonly #hearing = new Hearing();
  readonly #mailbox = new Mailbox({
    first: () => this.#resources.news(this.state),
    take: (event) => this.take(event),
    more: () => this.#more(),
    rest: () => this.#lookWhetherIdle(),
  });
  readonly #waiting: Waiting<Value>;
  readonly #holders: Holders<Value>;
  readonly #ending = new Ending();
  readonly #effects: Effects<Value>;
  readonly #onAbort = (): void => void this.close();
  #nextClient: ClientId = 1;

  constructor(options: PlainSelectorOptions, hooks: Hooks<Value>, clock: Clock = runtimeClock) {
    this.#resources = new Resources(checkOptions(options));
    this.#options = options;
    this.clock = clock;
    this.#refusals = new Refusals(this.#resources, options.openTimeoutMs);
    const fault = (during: "rank" | "probe", resource: string | null, error: unknown): void =>
      this.#hearing.tell("fault", { during, resource, error });
    this.#step = rankedStep(options.rank, this.#resources, (error) => fault("rank", null, error));
    const lengths = new Lengths(options, "open" in hooks, {
      leftMs: (client) => this.#waiting.leftMs(client),
      isOver: (stream) => this.#ending.isShut || this.#isRemoved(stream),
    });
    this.#timers = new Timers(
      clock,
      (timer) => lengths.of(timer),
      (timer) => {
        if (!this.#waiting.endsInFront(timer)) this.post({ type: "timer", timer });
      },
    );
    this.#waiting = new Waiting(this.#refusals, clock, {
      state: () => this.state,
      post: (event) => this.post(event),
      arm: (timer) => this.#timers.arm(timer),
      disarm: (timer) => this.#timers.disarm(timer),
      abandon: (client, reason) => this.abandon(client, reason),
    });
    this.#holders = new Holders({
      state: () => this.state,
      post: (event) => this.post(event),
      isBusy: () => this.#mailbox.isBusy,
      lingerMs: (stream) => lengths.lingerMs(stream),
      whenFree: (session) => this.runs.whenFree(session),
    });
    this.#probing = new Probing(options.probe, clock, {
      alive: (resource) => {
        this.#hearing.tell("recovered", { resource });
        this.post({ type: "recovered", engine: resource });
      },
      fault: (resource, error) => fault("probe", resource, error),
    });
    this.runs = this.runsOf(hooks, {
      post: (event) => this.post(event),
      fault: (what) => this.#hearing.tell("fault", what),
      openFailed: ({ stream, resource }, error) => {
        if (this.state.streams.has(stream)) this.#refusals.note(stream, { resource, error });
        this.#hearing.tell("fault", { during: "open", resource, error });
      },
    });
    this.#effects = new Effects({
      runs: this.runs,
      waiting: this.#waiting,
      holders: this.#holders,
      ending: this.#ending,
      refusals: this.#refusals,
      probing: this.#probing,
      timers: this.#timers,
      openTimeoutMs: options.openTimeoutMs,
      state: () => this.state,
      post: (event) => this.post(event),
      serve: (client, stream) => this.serve(client, stream),
    });
    this.state = initialState({ cap: this.#resources.cap });
    this.#mailbox.run();
    if (options.signal?.aborted) void this.close();
    else options.signal?.addEventListener("abort", this.#onAbort);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  acquire(options: AcquireOptions = {}): Promise<Slot<Value>> {
    try {
      checkAcquire(options);
    } catch (error) {
      return Promise.reject(error);
    }
    const { key, signal, timeoutMs = this.#options.timeoutMs ?? Number.POSITIVE_INFINITY } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#ending.isShut) return Promise.reject(closedError());
    if (this.#waiting.inFront >= WAITING_MAX) return Promise.reject(crowdedError());
    return new Promise((resolve, reject) => {
      const client = this.#nextClient++;
      this.#waiting.ask(client, { resolve, reject, timeoutMs, signal });
      this.request(client, contentOf(key, client));
    });
  }

  resources(): ResourceView[] {
    return this.#resources.views(this.state);
  }

  set(resource: Resource): void {
    this.#resources.set(checkResource(resource));
    this.#mailbox.run();
  }

  remove(id: string): void {
    this.#resources.remove(id);
    this.#endLingering("removed", id);
    this.#mailbox.run();
  }

  on<Type extends keyof SelectorEvents>(
    type: Type,
    listener: (event: SelectorEvents[Type]) => void,
    options: { readonly signal?: AbortSignal } = {},
  ): () => void {
    return this.#hearing.on(type, listener, options.signal);
  }

  drain(): Promise<void> {
    this.#ending.shut();
    this.#endLingering("drained");
    const idle = this.#ending.whenIdle();
    this.#mailbox.run();
    return idle;
  }

  close(): Promise<void> {
    const begin = (): void => {
      this.#options.signal?.removeEventListener("abort", this.#onAbort);
      this.#probing.close();
      this.#waiting.closeFront();
      this.post({ type: "drain" });
    };
    return this.#ending.close(begin, () => this.#timers.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Who waits already waits in front. */
  protected request(client: ClientId, content: ContentKey): void {
    const isAlone = this.#waiting.inFront === 0 && this.state.queue.length === 0;
    if (isAlone && !this.#mailbox.isBusy) return this.post(requestOf(client, content));
    this.#waiting.stand(client, content);
    this.#mailbox.run();
  }

  protected post(event: SelectorEvent): void {
    this.#mailbox.post(event);
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
      this.#hearing.tell("fault", { during: "step", resource: null, error: new Error(move) });
    this.#hearing.tellMoves(taken.records);
    for (const effect of taken.effects) this.carryOut(effect, before);
    if (before.engines !== taken.state.engines) this.#probing.keepOnly((id) => taken.state.engines.has(id));
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
    if (!this.#waiting.serve(client, slotOf)) this.post({ type: "leave", client });
  }

  /** Somebody who waits does not want to any more. */
  protected abandon(client: ClientId, reason: unknown): void {
    this.#waiting.abandon(client, reason);
  }

  /** Made here so that a check can put its own in their place. */
  protected runsOf(hooks: Hooks<Value>, ears: RunsEars): Runs<Value> {
    return new Runs(hooks, this.clock, ears);
  }

  /** Who waits in front, as far as that is of use; then timers without length, which are over when nothing else moves. */
  #more(): readonly SelectorEvent[] {
    const requests = this.#waiting.next();
    if (requests.length > 0) return requests;
    for (let timer = this.#timers.takeDue(); timer; timer = this.#timers.takeDue())
      if (!this.#waiting.endsInFront(timer)) return [{ type: "timer", timer }];
    return [];
  }

  /** Closes what nobody holds, of one resource or of all. */
  #endLingering(reason: string, resource?: string): void {
    for (const { id, lingeringSince, place } of this.state.streams.values())
      if (lingeringSince !== null && (resource === undefined || place?.engine === resource))
        this.post({ type: "end", stream: id, reason });
  }

  #lookWhetherIdle(): void {
    if (!this.#ending.hasWaiting || this.#waiting.inFront > 0) return;
    if (this.state.streams.size === 0 && this.state.places.size === 0) this.#ending.idle();
  }

  /** Is the resource removed that a key is open on? */
  #isRemoved(stream: StreamId): boolean {
    const place = this.state.streams.get(stream)?.place;
    return place != null && this.#resources.isRemoved(place.engine);
  }

  /** The core has contradicted itself and its state is as it was before the event. Nothing is granted any more. */
  #halt(event: SelectorEvent, error: unknown): void {
    this.#hearing.tell("fault", { during: "step", resource: null, error });
    this.state = { ...this.state, halted: true };
    this.#waiting.refuseAll(error);
    if (event.type === "drain") this.#ending.drained();
  }
}
