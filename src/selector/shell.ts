/**
 * The shell around the core: one mailbox, one event at a time. It carries the core's effects out and feeds back what
 * came of them, and decides nothing about slots.
 */
import {
  byRank,
  type ClientId,
  type ContentKey,
  createStep,
  type Effect,
  initialState,
  type JournalRecord,
  PARTS,
  type SelectorEvent,
  type SessionId,
  type State,
  type Step,
  type StreamId,
  step,
  type Timer,
} from "../slots/index.ts";
import { type Clock, runtimeClock } from "./clock.ts";
import { Hearing } from "./hearing.ts";
import { Held } from "./held.ts";
import { WAITING_MAX } from "./limits.ts";
import { Lobby, requestOf } from "./lobby.ts";
import { checkAcquire, checkOptions, checkResource } from "./options.ts";
import { Probing } from "./probing.ts";
import { closedError, crowdedError, type Refused, refusal } from "./refusals.ts";
import { Resources } from "./resources.ts";
import { DONE, type Hooks, Runs } from "./runs.ts";
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
import { causeWords, contentOf, keyOf } from "./words.ts";

/** An `acquire` that has no answer yet. */
interface Asked<Value> {
  readonly resolve: (slot: Slot<Value>) => void;
  readonly reject: (reason: unknown) => void;
  readonly timeoutMs: number;
  /** On the clock, when it has waited long enough. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onAbort: (() => void) | undefined;
}

/** What is `protected` here is so for checks alone, which put a known bug in its place. */
export class Shell<Value> implements Selector<Value> {
  protected state: State;
  protected readonly runs: Runs<Value>;
  readonly #options: PlainSelectorOptions;
  readonly #clock: Clock;
  readonly #step: (state: State, event: SelectorEvent) => Step;
  readonly #resources: Resources;
  readonly #timers: Timers;
  readonly #probing: Probing;
  readonly #hearing = new Hearing();
  readonly #mailbox: SelectorEvent[] = [];
  readonly #lobby = new Lobby();
  readonly #asked = new Map<ClientId, Asked<Value>>();
  readonly #held = new Map<ClientId, Held<Value>>();
  /** The last failure of `open` for a key that has no slot yet. */
  readonly #failures = new Map<StreamId, { readonly resource: string; readonly error: unknown }>();
  readonly #opens: boolean;
  readonly #endsWith: () => void;
  #busy = false;
  #nextClient: ClientId = 1;
  #draining = false;
  #idle: (() => void)[] = [];
  #closing: Promise<void> | null = null;
  #drained: () => void = () => {};

  constructor(options: PlainSelectorOptions, hooks: Hooks<Value>, clock: Clock = runtimeClock) {
    const resources = checkOptions(options);
    this.#options = options;
    this.#clock = clock;
    this.#opens = "open" in hooks;
    this.#resources = new Resources(resources);
    this.#step = this.#stepOf(options.rank);
    this.#timers = new Timers(
      clock,
      (timer) => this.#lengthMs(timer),
      (timer) => {
        if (!this.#isOver(timer)) this.post({ type: "timer", timer });
      },
    );
    this.#probing = new Probing(options.probe, clock, {
      alive: (resource) => {
        this.#hearing.tell("recovered", { resource });
        this.post({ type: "recovered", engine: resource });
      },
      fault: (resource, error) => this.#hearing.tell("fault", { during: "probe", resource, error }),
    });
    this.runs = this.runsOf(hooks, clock);
    this.state = initialState({ cap: this.#resources.cap });
    this.#postAll(this.#resources.events());
    const close = (): void => void this.close();
    this.#endsWith = () => options.signal?.removeEventListener("abort", close);
    if (options.signal?.aborted) close();
    else options.signal?.addEventListener("abort", close);
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
      const onAbort = signal && (() => this.abandon(client, signal.reason));
      if (onAbort) signal.addEventListener("abort", onAbort);
      const isTimed = timeoutMs > 0 && timeoutMs < Number.POSITIVE_INFINITY;
      const deadlineMs = isTimed ? this.#clock.nowMs() + timeoutMs : timeoutMs;
      this.#asked.set(client, { resolve, reject, timeoutMs, deadlineMs, signal, onAbort });
      this.request(client, contentOf(key, client));
    });
  }

  resources(): ResourceView[] {
    return this.#resources.views(this.state);
  }

  set(resource: Resource): void {
    this.#postAll(this.#resources.set(checkResource(resource)));
  }

  remove(id: string): void {
    this.#postAll(this.#resources.remove(id));
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
    for (const stream of this.state.streams.values())
      if (stream.lingeringSince !== null) this.post({ type: "end", stream: stream.id, reason: "drained" });
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      if (!this.#busy) this.#lookWhetherIdle();
    });
  }

  close(): Promise<void> {
    if (this.#closing) return this.#closing;
    this.#draining = true;
    this.#closing = new Promise<void>((resolve) => {
      this.#drained = resolve;
    }).then(() => this.#timers.close());
    this.#endsWith();
    this.#probing.close();
    for (const client of this.#asked.keys())
      if (this.#lobby.remove(client)) this.#answered(client)?.reject(closedError());
    this.post({ type: "drain" });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Who waits already waits in front. */
  protected request(client: ClientId, content: ContentKey): void {
    const isFirst = this.#lobby.size === 0 && this.state.queue.length === 0;
    if (isFirst && !this.#busy) return this.post(requestOf(client, content));
    this.#lobby.add(client, content);
    this.#run();
  }

  /** The mailbox: an event that comes while another is being taken in waits its turn. */
  protected post(event: SelectorEvent): void {
    this.#mailbox.push(event);
    this.#run();
  }

  #run(): void {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#next(); next; next = this.#next()) this.take(next);
    } finally {
      this.#busy = false;
    }
    this.#lookWhetherIdle();
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
    if (this.#hearing.isHeard("transition")) for (const record of taken.records) this.#tellMove(record);
    for (const effect of taken.effects) this.carryOut(effect, before);
    if (before.engines !== taken.state.engines) this.#probing.keepOnly((id) => taken.state.engines.has(id));
  }

  protected carryOut(effect: Effect, before: State): void {
    switch (effect.type) {
      case "start":
        return this.runs.begin({
          session: effect.session,
          stream: effect.stream,
          resource: effect.engine,
          key: keyOf(effect.content),
        });
      case "play":
        // A value that is open is all there is to wait for.
        return this.post({ type: "media", session: effect.session });
      case "stop":
        return this.runs.stop(effect.session, causeWords(this.#endCause(effect.session)));
      case "settled":
        return this.runs.settled(effect.session);
      case "serve":
        return this.serve(effect.client, effect.stream);
      case "reject":
        return this.#refuse(effect, before, contentIn(before, effect.client));
      case "drop": {
        const held = this.#held.get(effect.client);
        this.#held.delete(effect.client);
        const { draining } = this.state;
        return held?.takeBack(draining ? "closed" : "discarded", causeWords(effect.reason));
      }
      case "close":
        this.#failures.delete(effect.stream);
        return;
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
    const asked = this.#answered(client);
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
    const asked = this.#answered(client);
    if (!asked) return;
    if (this.#lobby.remove(client)) this.#timers.disarm({ kind: "queue", client });
    else this.post({ type: "leave", client });
    asked.reject(reason);
  }

  /** Made here so that a check can put its own in their place. */
  protected runsOf(hooks: Hooks<Value>, clock: Clock): Runs<Value> {
    return new Runs(hooks, clock, {
      post: (event) => this.post(event),
      fault: (fault) => this.#hearing.tell("fault", fault),
      openFailed: ({ stream, resource }, error) => {
        if (this.state.streams.has(stream)) this.#failures.set(stream, { resource, error });
        this.#hearing.tell("fault", { during: "open", resource, error });
      },
    });
  }

  readonly #ears = {
    release: ({
      client,
      session,
    }: {
      readonly client: ClientId;
      readonly session: SessionId;
    }): Promise<void> => {
      this.#held.delete(client);
      this.post({ type: "leave", client });
      return this.#whenFree(session);
    },
    discard: (
      ids: { readonly client: ClientId; readonly session: SessionId; readonly stream: StreamId },
      reason: string,
    ): Promise<void> => {
      this.#held.delete(ids.client);
      this.post({ type: "end", stream: ids.stream, reason });
      return this.#whenFree(ids.session);
    },
  };

  #postAll(events: readonly SelectorEvent[]): void {
    this.#mailbox.push(...events.slice(0, -1));
    const last = events.at(-1);
    if (last) this.post(last);
  }

  /** What happens next by itself; timers without length are over when nothing else does. */
  #next(): SelectorEvent | undefined {
    const event = this.#mailbox.shift();
    if (event) return event;
    const [first, ...others] = this.#lobby.next(this.state);
    if (first) {
      this.#mailbox.push(...others);
      return first;
    }
    for (const client of this.#lobby.takeFresh()) this.#timers.arm({ kind: "queue", client });
    for (let timer = this.#timers.takeDue(); timer; timer = this.#timers.takeDue())
      if (!this.#isOver(timer)) return { type: "timer", timer };
    return undefined;
  }

  /** One that the core knows nothing of has waited long enough. */
  #isOver(timer: Timer): boolean {
    if (timer.kind !== "queue") return false;
    const { client } = timer;
    const content = this.#lobby.contentOf(client);
    if (content === undefined) return false;
    this.#lobby.remove(client);
    this.#refuse({ client, code: "no_capacity", message: "" }, this.state, content);
    return true;
  }

  #answered(client: ClientId): Asked<Value> | undefined {
    const asked = this.#asked.get(client);
    if (!asked) return undefined;
    this.#asked.delete(client);
    if (asked.onAbort) asked.signal?.removeEventListener("abort", asked.onAbort);
    return asked;
  }

  #refuse(effect: Refused["effect"], before: State, content: ContentKey): void {
    const asked = this.#answered(effect.client);
    if (!asked) return;
    const stream = before.clients.get(effect.client)?.stream;
    asked.reject(
      refusal({
        effect,
        before,
        after: this.state,
        content,
        resources: this.#resources,
        timeoutMs: asked.timeoutMs,
        openTimeoutMs: this.#options.openTimeoutMs ?? Number.POSITIVE_INFINITY,
        failure: stream === undefined ? undefined : this.#failures.get(stream),
      }),
    );
  }

  #whenFree(session: SessionId): Promise<void> {
    // Called from within a hook or a listener: what was posted is taken in at the end of this turn.
    if (this.#busy) return DONE.then(() => this.#whenFree(session));
    const place = this.state.places.get(session);
    const slot = place && this.state.engines.get(place.engine)?.slots[place.slot];
    return slot?.state === "released" ? this.runs.whenFree(session) : DONE;
  }

  /** A slot is released: if its value is still being opened, that is of no use any more. */
  #giveUp(session: SessionId): void {
    // Nearly always it is open by then, and making an error takes longer than all else in a release.
    if (!this.runs.isOpening(session)) return;
    const cause = this.#endCause(session);
    const isLate = cause === "the engine did not answer the start in time";
    this.runs.giveUp(
      session,
      isLate
        ? new DOMException(`open did not answer within ${this.#options.openTimeoutMs} ms`, "TimeoutError")
        : new DOMException(`the value is not wanted any more: ${causeWords(cause)}`, "AbortError"),
    );
  }

  #endCause(session: SessionId): string {
    const place = this.state.places.get(session);
    const slot = place && this.state.engines.get(place.engine)?.slots[place.slot];
    return slot?.session?.endCause ?? "";
  }

  #lookWhetherIdle(): void {
    if (this.#idle.length === 0 || this.#lobby.size > 0) return;
    if (this.state.streams.size > 0 || this.state.places.size > 0) return;
    for (const resolve of this.#idle) resolve();
    this.#idle = [];
  }

  #tellMove(record: JournalRecord): void {
    if ("type" in record) return;
    const { engine, slot, from, to, content, cause } = record;
    this.#hearing.tell("transition", {
      resource: engine,
      slot,
      from,
      to,
      key: keyOf(content),
      cause: causeWords(cause),
    });
  }

  #lengthMs(timer: Timer): number {
    const { lingerMs = 0, openTimeoutMs, releaseTimeoutMs } = this.#options;
    switch (timer.kind) {
      case "queue": {
        const deadlineMs = this.#asked.get(timer.client)?.deadlineMs ?? Number.POSITIVE_INFINITY;
        if (deadlineMs === 0 || deadlineMs === Number.POSITIVE_INFINITY) return deadlineMs;
        return Math.max(0, deadlineMs - this.#clock.nowMs());
      }
      case "linger":
        return this.#draining ? 0 : lingerMs;
      case "start":
        return (this.#opens ? openTimeoutMs : undefined) ?? Number.POSITIVE_INFINITY;
      case "release":
        return releaseTimeoutMs ?? Number.POSITIVE_INFINITY;
      case "stall":
      case "provision":
        return Number.POSITIVE_INFINITY;
    }
  }

  #stepOf(rank: PlainSelectorOptions["rank"]): (state: State, event: SelectorEvent) => Step {
    if (!rank) return step;
    return createStep({
      ...PARTS,
      rank: (a, b) => {
        try {
          return rank(this.#resources.view(a), this.#resources.view(b)) || byRank(a, b);
        } catch (error) {
          this.#hearing.tell("fault", { during: "rank", resource: null, error });
          return byRank(a, b);
        }
      },
    });
  }

  /** The core has contradicted itself and its state is as it was before the event. Nothing is granted any more. */
  #halt(event: SelectorEvent, error: unknown): void {
    this.#hearing.tell("fault", { during: "step", resource: null, error });
    this.state = { ...this.state, halted: true };
    for (const client of [...this.#asked.keys()]) {
      this.#answered(client)?.reject(error);
      this.#lobby.remove(client);
      if (this.state.clients.has(client)) this.#mailbox.push({ type: "leave", client });
    }
    if (event.type === "drain") this.#drained();
  }
}

/** What a client asked for. */
function contentIn(state: State, client: ClientId): ContentKey {
  const asked = state.clients.get(client);
  return (asked && state.streams.get(asked.stream)?.contents[0]) ?? "";
}
