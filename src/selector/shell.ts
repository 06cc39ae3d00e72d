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
  type SessionId,
  type State,
  type Step,
  type StreamId,
  type Timer,
} from "../slots/index.ts";
import { Asking } from "./asking.ts";
import { type Clock, runtimeClock } from "./clock.ts";
import { Hearing } from "./hearing.ts";
import { Held, type HeldEars } from "./held.ts";
import { WAITING_MAX } from "./limits.ts";
import { Lobby, requestOf } from "./lobby.ts";
import { Mailbox } from "./mailbox.ts";
import { checkAcquire, checkOptions, checkResource } from "./options.ts";
import { Probing } from "./probing.ts";
import { rankedStep } from "./ranked.ts";
import { closedError, crowdedError, Refusals, type Refused } from "./refusals.ts";
import { Resources } from "./resources.ts";
import { DONE, type Hooks, Runs, type RunsEars } from "./runs.ts";
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
import { causeWords, contentOf, isLateOpen, keyOf, ownWords, sessionIn } from "./words.ts";

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
  readonly #lobby = new Lobby();
  readonly #asking: Asking<Value>;
  readonly #held = new Map<ClientId, Held<Value>>();
  readonly #opens: boolean;
  readonly #onAbort = (): void => void this.close();
  #nextClient: ClientId = 1;
  #draining = false;
  #idle: (() => void)[] = [];
  #closing: Promise<void> | null = null;
  #drained: () => void = () => {};

  constructor(options: PlainSelectorOptions, hooks: Hooks<Value>, clock: Clock = runtimeClock) {
    this.#resources = new Resources(checkOptions(options));
    this.#options = options;
    this.clock = clock;
    this.#opens = "open" in hooks;
    this.#refusals = new Refusals(this.#resources, options.openTimeoutMs);
    const fault = (during: "rank" | "probe", resource: string | null, error: unknown): void =>
      this.#hearing.tell("fault", { during, resource, error });
    this.#step = rankedStep(options.rank, this.#resources, (error) => fault("rank", null, error));
    this.#asking = new Asking(clock, (client, reason) => this.abandon(client, reason));
    this.#timers = new Timers(
      clock,
      (timer) => this.#lengthMs(timer),
      (timer) => {
        if (!this.#endsInLobby(timer)) this.post({ type: "timer", timer });
      },
    );
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
    this.state = initialState({ cap: this.#resources.cap });
    this.#mailbox.run();
    if (options.signal?.aborted) void this.close();
    else options.signal?.addEventListener("abort", this.#onAbort);
  }

  get waiting(): number {
    let waiting = this.#lobby.size;
    for (const id of this.state.queue) waiting += this.state.streams.get(id)?.clients.length ?? 0;
    return waiting;
  }

  acquire(options: AcquireOptions = {}): Promise<Slot<Value>> {
    try {
      checkAcquire(options);
    } catch (error) {
      return Promise.reject(error);
    }
    const { key, signal, timeoutMs = this.#options.timeoutMs ?? Number.POSITIVE_INFINITY } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#draining) return Promise.reject(closedError());
    if (this.#lobby.size >= WAITING_MAX) return Promise.reject(crowdedError());
    return new Promise((resolve, reject) => {
      const client = this.#nextClient++;
      this.#asking.add(client, { resolve, reject, timeoutMs, signal });
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
    this.#draining = true;
    this.#endLingering("drained");
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#mailbox.run();
    });
  }

  close(): Promise<void> {
    if (this.#closing) return this.#closing;
    this.#draining = true;
    this.#closing = new Promise<void>((resolve) => {
      this.#drained = resolve;
    }).then(() => this.#timers.close());
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#probing.close();
    for (const client of this.#asking.clients())
      if (this.#lobby.remove(client)) this.#asking.take(client)?.reject(closedError());
    this.post({ type: "drain" });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Who waits already waits in front. */
  protected request(client: ClientId, content: ContentKey): void {
    const isAlone = this.#lobby.size === 0 && this.state.queue.length === 0;
    if (isAlone && !this.#mailbox.isBusy) return this.post(requestOf(client, content));
    this.#lobby.add(client, content);
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
    switch (effect.type) {
      case "start": {
        const { session, stream, engine, content } = effect;
        return this.runs.begin({ session, stream, resource: engine, key: keyOf(content) });
      }
      case "play":
        // A value that is open is all there is to wait for.
        return this.post({ type: "media", session: effect.session });
      case "stop":
        return this.runs.stop(effect.session, causeWords(this.#endCause(effect.session)));
      case "settled":
        return this.runs.settled(effect.session);
      case "serve":
        return this.serve(effect.client, effect.stream);
      case "reject": {
        const asked = before.clients.get(effect.client)?.stream ?? -1;
        return this.#refuse({ ...effect, before, content: before.streams.get(asked)?.contents[0] ?? "" });
      }
      case "drop": {
        const held = this.#held.get(effect.client);
        this.#held.delete(effect.client);
        return held?.takeBack(this.state.draining ? "closed" : "discarded", causeWords(effect.reason));
      }
      case "close":
        return this.#refusals.forget(effect.stream);
      case "probe":
        return this.#probing.probe(effect.engine, effect.faults);
      case "arm":
        this.#timers.arm(effect.timer);
        if (effect.timer.kind === "release") this.#giveUp(effect.timer.session);
        return;
      case "disarm":
        return this.#timers.disarm(effect.timer);
      case "drained":
        return this.#drained();
      // There is one pool, nobody reports to it or looks at it, and nobody is asked whether they have zapped.
      case "move":
      case "reportStarted":
      case "reportEnded":
      case "refresh":
      case "provision":
      case "watch":
        return;
    }
  }

  protected serve(client: ClientId, stream: StreamId): void {
    const asked = this.#asking.take(client);
    const session = this.state.streams.get(stream)?.place?.session;
    const run = session === undefined ? undefined : this.runs.get(session);
    // Whoever is gone has said so, or is about to.
    if (!asked || !run?.opened) return this.post({ type: "leave", client });
    const held = new Held(run, run.opened.value, { client, session: run.session, stream }, this.#ears);
    this.#held.set(client, held);
    asked.resolve(held);
  }

  /** Somebody who waits does not want to any more. */
  protected abandon(client: ClientId, reason: unknown): void {
    const asked = this.#asking.take(client);
    if (!asked) return;
    if (this.#lobby.remove(client)) this.#timers.disarm({ kind: "queue", client });
    else this.post({ type: "leave", client });
    asked.reject(reason);
  }

  /** Made here so that a check can put its own in their place. */
  protected runsOf(hooks: Hooks<Value>, ears: RunsEars): Runs<Value> {
    return new Runs(hooks, this.clock, ears);
  }

  readonly #ears: HeldEars = {
    release: ({ client, session, stream }) => {
      this.#held.delete(client);
      const [first, second] = this.state.streams.get(stream)?.clients ?? [];
      const isLast = first === client && second === undefined;
      // Nobody holds it then, and it does not linger: that is its end, and one decision less.
      if (isLast && !this.#mailbox.isBusy && this.#lingerMs(stream) === 0)
        this.post({ type: "end", stream, reason: "nobody watches" });
      else this.post({ type: "leave", client });
      return this.#whenFree(session);
    },
    discard: ({ client, session, stream }, reason) => {
      this.#held.delete(client);
      this.post({ type: "end", stream, reason: ownWords(reason) });
      return this.#whenFree(session);
    },
  };

  /** Who waits in front, as far as that is of use; then timers without length, which are over when nothing else moves. */
  #more(): readonly SelectorEvent[] {
    const requests = this.#lobby.next(this.state);
    if (requests.length > 0) {
      // The core says how long it waits there.
      for (const { client } of requests) this.#timers.disarm({ kind: "queue", client });
      return requests;
    }
    for (const client of this.#lobby.takeFresh()) this.#timers.arm({ kind: "queue", client });
    for (let timer = this.#timers.takeDue(); timer; timer = this.#timers.takeDue())
      if (!this.#endsInLobby(timer)) return [{ type: "timer", timer }];
    return [];
  }

  /** Closes what nobody holds, of one resource or of all. */
  #endLingering(reason: string, resource?: string): void {
    for (const { id, lingeringSince, place } of this.state.streams.values())
      if (lingeringSince !== null && (resource === undefined || place?.engine === resource))
        this.post({ type: "end", stream: id, reason });
  }

  #lookWhetherIdle(): void {
    if (this.#idle.length === 0 || this.#lobby.size > 0) return;
    if (this.state.streams.size > 0 || this.state.places.size > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Has one waited long enough that the core knows nothing of? */
  #endsInLobby(timer: Timer): boolean {
    if (timer.kind !== "queue") return false;
    const { client } = timer;
    const content = this.#lobby.contentOf(client);
    if (content === undefined) return false;
    this.#lobby.remove(client);
    this.#refuse({ client, code: "no_capacity", message: "", before: this.state, content });
    return true;
  }

  #refuse(refused: Omit<Refused, "after" | "timeoutMs">): void {
    const asked = this.#asking.take(refused.client);
    const { timeoutMs = 0 } = asked ?? {};
    asked?.reject(this.#refusals.errorOf({ ...refused, after: this.state, timeoutMs }));
  }

  #whenFree(session: SessionId): Promise<void> {
    // Called from within a hook or a listener: what was posted is taken in at the end of this turn.
    if (this.#mailbox.isBusy) return DONE.then(() => this.#whenFree(session));
    return sessionIn(this.state, session)?.state === "released" ? this.runs.whenFree(session) : DONE;
  }

  /** A slot is released: if its value is still being opened, that is of no use any more. */
  #giveUp(session: SessionId): void {
    if (this.runs.get(session)?.opened !== null) return;
    const cause = this.#endCause(session);
    const reason = isLateOpen(cause)
      ? new DOMException(`open did not answer within ${this.#options.openTimeoutMs} ms`, "TimeoutError")
      : new DOMException(`the value is not wanted any more: ${causeWords(cause)}`, "AbortError");
    this.runs.giveUp(session, reason);
  }

  #endCause(session: SessionId): string {
    return sessionIn(this.state, session)?.session?.endCause ?? "";
  }

  /** How long a value is kept that nobody holds. */
  #lingerMs(stream: StreamId): number {
    const { lingerMs = 0 } = this.#options;
    if (lingerMs === 0 || this.#draining) return 0;
    const place = this.state.streams.get(stream)?.place;
    return place && this.#resources.isRemoved(place.engine) ? 0 : lingerMs;
  }

  #lengthMs(timer: Timer): number {
    const { openTimeoutMs, releaseTimeoutMs } = this.#options;
    switch (timer.kind) {
      case "queue":
        return this.#asking.leftMs(timer.client);
      case "linger":
        return this.#lingerMs(timer.stream);
      case "start":
        return (this.#opens ? openTimeoutMs : undefined) ?? Number.POSITIVE_INFINITY;
      case "release":
        return releaseTimeoutMs ?? Number.POSITIVE_INFINITY;
      case "stall":
      case "provision":
        return Number.POSITIVE_INFINITY;
    }
  }

  /** The core has contradicted itself and its state is as it was before the event. Nothing is granted any more. */
  #halt(event: SelectorEvent, error: unknown): void {
    this.#hearing.tell("fault", { during: "step", resource: null, error });
    this.state = { ...this.state, halted: true };
    for (const client of this.#asking.clients()) {
      this.#asking.take(client)?.reject(error);
      if (!this.#lobby.remove(client)) this.post({ type: "leave", client });
    }
    if (event.type === "drain") this.#drained();
  }
}
