/**
 * The broker owns the selector's state: one mailbox, one event at a time; it carries the effects out through
 * ports and feeds their outcomes back. It decides nothing about slots. `http/` and the embedding API use it.
 */
import {
  CLOSE_STEP_MS,
  PROVISION_RETRY_MAX_MS,
  PROVISION_RETRY_MS,
  PROVISION_WAIT_MS,
  SLOW_CLAIM_MS,
  UNANSWERED_PATIENCE_MS,
} from "../limits.ts";
import type { Log } from "../log.ts";
import type {
  Clock,
  EnginePort,
  JournalPort,
  LeasePort,
  LeaseView,
  PoolPort,
  ReportPort,
  StreamsEvents,
  StreamsPort,
} from "../ports.ts";
import {
  type ClientId,
  type Comparator,
  type ContentKey,
  createStep,
  type Effect,
  initialState,
  PARTS,
  type RejectCode,
  type SelectorEvent,
  type SessionId,
  type Slot,
  type State,
  type Step,
  type StreamId,
  step,
  type Timer,
} from "../slots/index.ts";
import { pause } from "./clock.ts";
import { Counts } from "./counts/index.ts";
import { EndedStreams, statWords } from "./ended.ts";
import { Journal } from "./journal.ts";
import { type ClaimCounts, Leasing } from "./leasing.ts";
import { Looking } from "./looking.ts";
import { Moments } from "./moments.ts";
import { Probing } from "./probing.ts";
import { heldSessions, Saving } from "./saving.ts";
import type { StateStore } from "./state-file.ts";
import { stopUntilProof } from "./stopping.ts";
import { Timers } from "./timers.ts";
import { Watching } from "./watching.ts";

/** What became of a request: a stream to read, or why not. */
export type Admission =
  | { readonly kind: "serve"; readonly client: ClientId; readonly stream: StreamId }
  | {
      readonly kind: "reject";
      readonly code: RejectCode;
      readonly message: string;
      readonly retryAfterSeconds: number | null;
    };

/** A request that has no answer yet. */
interface Waiting {
  readonly resolve: (admission: Admission) => void;
  /** Monotonic ms at which it last began to wait for a slot; null: it has not had to. */
  sinceMs: number | null;
}

export interface BrokerPorts {
  readonly engine: EnginePort;
  readonly pool: PoolPort;
  readonly reports: ReportPort;
  /** Made with the broker's ears, since the data plane tells it what it sees. */
  readonly streams: (events: StreamsEvents) => StreamsPort;
  readonly journal: JournalPort | null;
  readonly store: StateStore;
  /** Null: the slots are not shared with other proxies. */
  readonly leases?: LeasePort | null;
  readonly clock: Clock;
  readonly log: Log;
}

/** Read at each use and never copied: fields may be getters, so that a reload is felt at once. */
export interface BrokerSettings {
  readonly cap: number;
  readonly queueTimeoutMs: number;
  readonly startTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly lingerMs: number;
  readonly releaseTimeoutMs: number;
  /** The proxy's name in the journal. */
  readonly proxy: string;
  /** Tells this life of the instance from its others; a plain word. */
  readonly life: string;
  /** Which engine comes first; left out: our ranking. Not to be changed later. It must not throw. */
  readonly rank?: Comparator;
}

/** What a broker holds, in numbers. */
export interface BrokerHeld {
  /** Events that wait for their turn. */
  readonly mailbox: number;
  /** Requests that have no answer yet. */
  readonly unanswered: number;
  /** Sessions for which a start or a stop is under way. */
  readonly underWay: number;
  /** Armed, by kind. */
  readonly timers: Readonly<Record<string, number>>;
  /** Released sessions whose start may still be unanswered. */
  readonly doubts: number;
  /** Clients of which it is looked whether they have stopped reading. */
  readonly watched: number;
  /** Engines that are asked whether they are back. */
  readonly probed: number;
  /** Clients that the counts wait for an end of. */
  readonly counted: number;
  /** When things came to be: some are forgotten late. */
  readonly moments: number;
}

/** What is `protected` here is so for checks alone, which watch it or put a known bug in its place. */
export class Broker {
  readonly journal: Journal;
  readonly ended: EndedStreams;
  readonly counts: Counts;
  readonly looking: Looking;
  /** When things came to be as they are. */
  readonly moments: Moments;
  /** The data plane that this broker leads. */
  readonly streams: StreamsPort;
  readonly #ports: BrokerPorts;
  readonly #settings: BrokerSettings;
  readonly #step: typeof step;
  readonly #timers: Timers;
  readonly #watching: Watching;
  readonly #mailbox: SelectorEvent[] = [];
  /** Each takes back a look at a session whose start may still be unanswered. */
  readonly #doubts = new Set<() => void>();
  readonly #answers = new Map<ClientId, Waiting>();
  readonly #leasing: Leasing | null;
  /** What is under way for a held session: aborted when it is settled. */
  readonly #underWay = new Map<SessionId, AbortController>();
  readonly #probing: Probing;
  readonly #saving: Saving;
  #state: State;
  #busy = false;
  #nextClient: ClientId = 1;
  #drained: () => void = () => {};
  #trouble: string | null = null;
  #illegal = 0;
  #decisions = 0;

  constructor(ports: BrokerPorts, settings: BrokerSettings) {
    this.#ports = ports;
    this.#settings = settings;
    this.#step = settings.rank ? createStep({ ...PARTS, rank: settings.rank }) : step;
    this.#state = initialState({
      cap: settings.cap,
      instance: ports.store.instance,
      life: settings.life,
      provisioning: ports.pool.provision !== null,
    });
    this.journal = new Journal(settings.proxy, ports.clock, ports.journal);
    this.ended = new EndedStreams(ports.clock);
    this.moments = new Moments(ports.clock);
    this.counts = new Counts(ports.clock);
    this.#timers = new Timers(
      ports.clock,
      {
        queue: (timer) => this.#queueWaitMs(timer),
        linger: () => settings.lingerMs,
        start: () => settings.startTimeoutMs,
        release: () => settings.releaseTimeoutMs,
        stall: () => settings.stallTimeoutMs,
        provision: () => this.#provisionWaitMs(),
      },
      (timer) => this.post({ type: "timer", timer }),
    );
    this.streams = ports.streams({
      media: (session) => this.post({ type: "media", session }),
      progress: (session) => this.post({ type: "progress", session }),
      steady: (session) => this.post({ type: "steady", session }),
      ended: (session, fault, message) => this.post({ type: "sourceEnded", session, fault, message }),
      firstByte: (client) => this.counts.requests.tookFirstByte(client),
      left: (client, reason) => this.leave(client, reason),
    });
    this.#leasing = ports.leases
      ? new Leasing({
          port: ports.leases,
          journal: this.journal,
          post: (event) => this.post(event),
          stateOf: () => this.#state,
          labelOf: (session) => this.labelOf(session),
        })
      : null;
    this.#probing = new Probing(ports.engine, ports.clock, (engine) =>
      this.post({ type: "recovered", engine }),
    );
    this.#saving = new Saving(ports.store, ports.log, () =>
      heldSessions(this.#state, (session) => this.labelOf(session)),
    );
    this.#watching = new Watching(
      ports.clock,
      this.streams,
      (rival) => this.#answers.has(rival),
      (client, rival) => this.post({ type: "idle", client, rival }),
    );
    this.looking = new Looking({
      pool: ports.pool,
      clock: ports.clock,
      log: ports.log,
      onView: (asked, view) =>
        this.post({ type: "snapshot", asked, engines: view.engines, streams: view.streams }),
      onDown: () => {
        if (ports.pool.fallback.length > 0) this.post({ type: "fallback", engines: ports.pool.fallback });
      },
      isSomebodyWaiting: () => this.#state.queue.length > 0,
    });
  }

  get state(): State {
    return this.#state;
  }

  /** The proxy's name in its journal. */
  get name(): string {
    return this.#settings.proxy;
  }

  /** Tells this life of the instance from its others. */
  get life(): string {
    return this.#settings.life;
  }

  /** How long a client has waited for a slot; null: it has not had to, or has its answer. */
  waitedMs(client: ClientId): number | null {
    const sinceMs = this.#answers.get(client)?.sinceMs ?? null;
    return sinceMs === null ? null : Math.round(this.#ports.clock.monotonicMs() - sinceMs);
  }

  /** The instance's label for a session: how the orchestrator's list names it. */
  labelOf(session: SessionId): string {
    return `${this.#state.life}${session}`;
  }

  /** The books contradict themselves, so nothing is granted any more; null: they do not. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** Why a crash now would forget open sessions; null: it would not. */
  get saveTrouble(): string | null {
    return this.#saving.trouble;
  }

  get counters(): {
    readonly illegalMoves: number;
    readonly decisions: number;
    readonly looks: number;
    /** Null: the slots are not shared. */
    readonly claims: ClaimCounts | null;
  } {
    return {
      illegalMoves: this.#illegal,
      decisions: this.#decisions,
      looks: this.looking.looks,
      claims: this.#leasing?.counts ?? null,
    };
  }

  /** What is held now, by kind; nothing of it may outlive what it is for. */
  get held(): BrokerHeld {
    return {
      mailbox: this.#mailbox.length,
      unanswered: this.#answers.size,
      underWay: this.#underWay.size,
      timers: this.#timers.byKind,
      doubts: this.#doubts.size,
      watched: this.#watching.size,
      probed: this.#probing.size,
      counted: this.counts.requests.open,
      moments: this.moments.size,
    };
  }

  /** Reports to the pool's source that it has not acknowledged yet. */
  get reportsPending(): number {
    return this.#ports.reports.pending;
  }

  /** Who holds what in the shared store; null: the slots are not shared. */
  get leases(): LeaseView | null {
    return this.#ports.leases?.view ?? null;
  }

  /** Begins: sessions of a former life first, then the first look at the pool. Resolves after that look. */
  async start(): Promise<void> {
    const { store, log } = this.#ports;
    this.journal.write({ type: "configure", cap: this.#settings.cap });
    if (store.former.length > 0) {
      log.warn("sessions of a former life are being stopped; they count until there is proof", {
        sessions: store.former.length,
      });
      this.post({ type: "recover", sessions: store.former });
    }
    this.#leasing?.start(store.former);
    await this.looking.look();
  }

  /**
   * Asks for a content. Resolves with a stream to read or with the reason why not; a client that goes away
   * before must be told of by `leave`.
   */
  request(ask: { readonly content: ContentKey; readonly variant: string; readonly who: string }): {
    readonly client: ClientId;
    readonly admission: Promise<Admission>;
  } {
    const client = this.#nextClient++;
    this.moments.came(client, this.#state.clients);
    this.counts.requests.asked(client);
    const admission = new Promise<Admission>((resolve) =>
      this.#answers.set(client, { resolve, sinceMs: null }),
    );
    if (this.#trouble !== null)
      this.answer(client, {
        kind: "reject",
        code: "no_capacity",
        message: this.#trouble,
        retryAfterSeconds: null,
      });
    else this.post({ type: "request", client, ...ask });
    return { client, admission };
  }

  /** A client is gone, whenever that is; `reason` where it was being served. Telling it twice does no harm. */
  leave(client: ClientId, reason?: string): void {
    this.counts.requests.left(client, reason);
    this.#answers.delete(client);
    if (this.#state.clients.has(client) || this.#busy) this.post({ type: "leave", client });
  }

  /** Ends a stream by hand; false if there is none with this number. */
  end(stream: StreamId, reason: string): boolean {
    if (!this.#state.streams.has(stream)) return false;
    this.post({ type: "end", stream, reason });
    return true;
  }

  /** Ends one client by hand, whether it waits or is being served; false if there is none with this number. */
  endClient(client: ClientId, reason: string): boolean {
    const asked = this.#state.clients.get(client);
    if (!asked) return false;
    if (this.#answers.has(client)) {
      // To the core it merely leaves.
      const content = this.#state.streams.get(asked.stream)?.contents[0] ?? "";
      this.journal.write({ type: "reject", client, content, code: "ended", message: reason });
      this.answer(client, { kind: "reject", code: "ended", message: reason, retryAfterSeconds: null });
    } else {
      this.counts.requests.ended(client, "by_hand");
      this.streams.drop(client, reason);
    }
    this.leave(client);
    return true;
  }

  /** Another cap. A lower one ends nothing: engines above it get no new streams until they are below. */
  configure(cap: number): void {
    this.post({ type: "configure", cap, provisioning: this.#ports.pool.provision !== null });
  }

  /**
   * No new streams; everything that runs is stopped. Resolves when the engines have confirmed and the reports
   * are out, or when their time is over; what is not proved gone by then stays in the state file.
   */
  async drain(stopsMs: number, reportsMs: number): Promise<void> {
    const { clock, log, reports, leases } = this.#ports;
    leases?.drain();
    const deadline = new AbortController();
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    this.post({ type: "drain" });
    await Promise.race([drained, pause(clock, stopsMs, deadline.signal, "drain")]);
    deadline.abort();
    if (this.#state.places.size > 0)
      log.warn("engines have not confirmed all stops; the next life goes on with them", {
        sessions: this.#state.places.size,
      });
    await reports.flush(reportsMs);
  }

  /** Ends all that this broker does on its own. Call `drain` first to leave nothing behind. */
  async close(): Promise<void> {
    this.looking.close();
    this.#timers.close();
    this.#watching.close();
    this.#probing.close();
    for (const forget of this.#doubts) forget();
    for (const work of this.#underWay.values()) work.abort();
    this.#saving.save();
    // What is not proved gone is for the others to stop.
    await this.#inTime(this.#saving.done, this.#ports.leases?.close());
    await this.#inTime(this.journal.flush(), this.#ports.store.close());
  }

  /** Disks and stores that hang must not keep the process. */
  async #inTime(...work: readonly (Promise<void> | undefined)[]): Promise<void> {
    const over = new AbortController();
    await Promise.race([Promise.all(work), pause(this.#ports.clock, CLOSE_STEP_MS, over.signal, "close")]);
    over.abort();
  }

  /** The mailbox: an event that comes while another is being taken in waits its turn. */
  protected post(event: SelectorEvent): void {
    this.#mailbox.push(event);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#mailbox.shift(); next; next = this.#mailbox.shift()) this.take(next);
    } finally {
      this.#busy = false;
    }
  }

  /** Looks, decides and takes, in one turn: there is nothing to wait for in here. */
  protected take(event: SelectorEvent): void {
    let taken: Step;
    try {
      taken = this.decide(this.#state, event);
    } catch (error) {
      this.#halt(event, error);
      return;
    }
    this.commit(event, taken);
  }

  protected decide(state: State, event: SelectorEvent): Step {
    return this.#step(state, event);
  }

  /** What was decided becomes the state, and its effects leave. */
  protected commit(event: SelectorEvent, taken: Step): void {
    const { log } = this.#ports;
    const before = this.#state;
    this.#state = taken.state;
    this.#decisions++;
    this.counts.took(event, before, taken);
    this.moments.look(before, taken);
    for (const record of taken.records) this.journal.write(record);
    for (const move of taken.illegal) {
      this.#illegal++;
      log.error("a slot refused an illegal move", { move, event: event.type });
    }
    if (before.places !== taken.state.places || before.engines !== taken.state.engines)
      this.#noteSessions(taken.effects);
    for (const effect of taken.effects) {
      try {
        this.#carryOut(effect, before);
      } catch (error) {
        log.error("an effect failed", { effect: effect.type, error: String(error) });
      }
    }
    if (before.engines !== taken.state.engines) this.#probing.keepOnly((id) => taken.state.engines.has(id));
    if (before.queue.length === 0 && taken.state.queue.length > 0) this.looking.plan();
    this.#leasing?.look(taken.state);
  }

  /**
   * The core has contradicted itself and its state is as it was before the event. Streams that play go on; nothing
   * is granted any more, and whoever waits is told so, since what would have answered it may be lost.
   */
  #halt(event: SelectorEvent, error: unknown): void {
    const message = "the slot books contradict themselves; no new streams until a restart";
    this.#trouble = message;
    this.#ports.log.error(message, {
      event: event.type,
      error: error instanceof Error ? error.message : String(error),
    });
    this.#state = { ...this.#state, halted: true };
    if (event.type === "started") void this.#ports.engine.stop(event.answer.urls);
    for (const client of [...this.#answers.keys()]) {
      this.answer(client, { kind: "reject", code: "no_capacity", message, retryAfterSeconds: null });
      if (this.#state.clients.has(client)) this.#mailbox.push({ type: "leave", client });
    }
  }

  #carryOut(effect: Effect, before: State): void {
    const { pool, reports, log } = this.#ports;
    switch (effect.type) {
      case "start":
        void this.begin(effect);
        return;
      case "play":
        this.streams.play(effect);
        return;
      case "stop":
        void this.stop(effect);
        return;
      case "settled":
        this.#leasing?.settled(effect, before);
        this.#underWay.get(effect.session)?.abort();
        this.#underWay.delete(effect.session);
        return;
      case "serve":
        this.answer(effect.client, { kind: "serve", client: effect.client, stream: effect.stream });
        return;
      case "move":
        this.streams.move(effect.client, effect.stream);
        return;
      case "reject": {
        const message = this.#explained(effect, before);
        log.info("request refused", { client: effect.client, code: effect.code, reason: message });
        this.answer(effect.client, {
          kind: "reject",
          code: effect.code,
          message,
          retryAfterSeconds: effect.retryAfterSeconds,
        });
        return;
      }
      case "drop":
        this.streams.drop(effect.client, effect.reason);
        return;
      case "close": {
        const stream = before.streams.get(effect.stream);
        if (stream)
          this.ended.note(stream, effect.reason, this.streams.figures(effect.stream), {
            startedAt: this.moments.stream(effect.stream)?.at ?? null,
            nameOf: (engine) => before.engines.get(engine)?.name ?? null,
          });
        log.info("stream ended", {
          stream: effect.stream,
          content: stream?.contents[0],
          reason: effect.reason,
        });
        this.streams.close(effect.stream, effect.reason, effect.clean);
        return;
      }
      case "reportStarted":
        reports.started({ ...effect, label: this.labelOf(effect.session) });
        return;
      case "reportEnded":
        reports.ended({
          label: effect.label ?? this.labelOf(effect.session),
          engine: effect.engine,
          content: effect.content,
          reason: effect.reason,
          former: effect.label !== null,
        });
        return;
      case "refresh":
        void this.looking.look();
        return;
      case "provision":
        log.info("all engines are full: a new one is asked for");
        void this.#provision(pool);
        return;
      case "probe":
        log.warn("engine set aside until it answers", { engine: effect.engine, faults: effect.faults });
        this.#probing.probe(effect);
        return;
      case "watch":
        this.#watching.watch(effect.client, effect.rival);
        return;
      case "arm":
        this.#timers.arm(effect.timer);
        if (effect.timer.kind === "release") this.#doubt(effect.timer.session);
        return;
      case "disarm":
        this.#timers.disarm(effect.timer);
        return;
      case "drained":
        this.#drained();
        return;
    }
  }

  /** A start that took too long: whether peers or bytes were missing is what people want to know. */
  #explained(refusal: Effect & { type: "reject" }, before: State): string {
    const stream = before.clients.get(refusal.client)?.stream;
    if (refusal.code !== "engine_timeout" || stream === undefined) return refusal.message;
    const words = statWords(this.streams.figures(stream));
    return words === null ? refusal.message : `${refusal.message} (its statistics: ${words})`;
  }

  /** A released session whose start is still unanswered after a while: nobody should count on its slot soon. */
  #doubt(session: SessionId): void {
    const look = (): void => {
      this.#doubts.delete(forget);
      if (this.#slotOf(session)?.session?.start === "sent") this.post({ type: "stopDelayed", session });
    };
    const forget = this.#ports.clock.after(UNANSWERED_PATIENCE_MS, look, `doubt ${session}`);
    this.#doubts.add(forget);
  }

  protected answer(client: ClientId, admission: Admission): void {
    const waiting = this.#answers.get(client);
    this.#answers.delete(client);
    if (waiting) {
      if (admission.kind === "serve") this.counts.requests.served(client);
      else this.counts.requests.refused(client, admission.code);
      waiting.resolve(admission);
    } else if (admission.kind === "serve") this.post({ type: "leave", client });
  }

  /** Resolves when the sessions held now are on disk, or cannot be. */
  protected written(): Promise<void> {
    return this.#saving.done;
  }

  /** The session is on disk before the engine hears of it. */
  protected async begin(order: Effect & { type: "start" }): Promise<void> {
    const { engine, clock } = this.#ports;
    const { session } = order;
    const work = new AbortController();
    this.#underWay.set(session, work);
    if (this.#leasing && !(await this.#claim(order))) return;
    await this.written();
    if (this.#slotOf(session)?.state !== "pending") {
      // Released before anything was sent: nothing can be running.
      this.post({ type: "startFailed", session, fault: "content", opened: "no", message: "not sent" });
      return;
    }
    if (this.#leasing?.mayStart(session) === false) return;
    this.#ports.log.info("stream starts", {
      stream: order.stream,
      content: order.content,
      engine: order.engine,
    });
    const began = clock.monotonicMs();
    // The answer is wanted as long as the slot is held: `settled` aborts this.
    const outcome = await engine.start(order, work.signal);
    this.#ports.log.debug("start answered", {
      session,
      kind: outcome.kind,
      ms: Math.round(clock.monotonicMs() - began),
      ...(outcome.kind === "started" ? {} : { why: outcome.message }),
    });
    if (outcome.kind === "started") {
      if (this.#state.places.has(session)) {
        this.post({ type: "started", session, answer: outcome.answer });
        this.#leasing?.started(session);
      }
      // Nobody holds a slot for it any more: it is stopped all the same.
      else void engine.stop(outcome.answer.urls);
      return;
    }
    this.post({ type: "startFailed", session, ...outcome });
  }

  /** The slot in the shared store, before anything leaves. A store that takes its time takes it from nobody's start. */
  async #claim(order: Effect & { type: "start" }): Promise<boolean> {
    const { clock } = this.#ports;
    const askedMs = clock.monotonicMs();
    // Nor is an engine set aside that has not been asked yet.
    const timer = { kind: "start", session: order.session } as const;
    const patience = clock.after(SLOW_CLAIM_MS, () => this.#timers.disarm(timer), `claim ${order.session}`);
    const granted = (await this.#leasing?.claim(order)) ?? true;
    patience();
    if (granted && clock.monotonicMs() - askedMs >= SLOW_CLAIM_MS)
      this.post({ type: "progress", session: order.session });
    return granted;
  }

  protected async stop(order: Effect & { type: "stop" }): Promise<void> {
    const { engine, clock, log } = this.#ports;
    const { session, urls } = order;
    const work = this.#underWay.get(session) ?? new AbortController();
    this.#underWay.set(session, work);
    const proof = await stopUntilProof({
      engine,
      clock,
      urls,
      signal: work.signal,
      onDelayed: (message) => {
        log.warn("an engine delays a stop; its slot is held until there is proof", {
          engine: order.engine,
          message,
        });
        this.post({ type: "stopDelayed", session });
      },
    });
    if (proof) this.post({ type: "stopConfirmed", session, proof });
  }

  async #provision(pool: PoolPort): Promise<void> {
    if (!pool.provision) return;
    const blocked = (await this.#leasing?.mayProvision()) ?? null;
    if (blocked !== null) return this.post({ type: "provisionFailed", blocked });
    const outcome = await pool.provision();
    if (outcome.kind === "provisioned") this.post({ type: "provisioned", engine: outcome.engine });
    else {
      this.#ports.log.warn("no new engine", { code: outcome.blocked.code, reason: outcome.blocked.message });
      this.post({ type: "provisionFailed", blocked: outcome.blocked });
    }
  }

  /** A wait that goes on is as long as what was left of it. */
  #queueWaitMs(timer: Timer & { kind: "queue" }): number {
    const now = this.#ports.clock.monotonicMs();
    const waiting = this.#answers.get(timer.client);
    if (!waiting) return this.#settings.queueTimeoutMs;
    if (timer.resumed && waiting.sinceMs !== null)
      return Math.max(0, waiting.sinceMs + this.#settings.queueTimeoutMs - now);
    waiting.sinceMs = now;
    return this.#settings.queueTimeoutMs;
  }

  #provisionWaitMs(): number {
    const { provisioning } = this.#state;
    if (provisioning.phase !== "blocked") return PROVISION_WAIT_MS;
    const seconds = provisioning.blocked.retryAfterSeconds;
    return Math.min(
      seconds === null ? PROVISION_RETRY_MS : Math.max(1, seconds) * 1000,
      PROVISION_RETRY_MAX_MS,
    );
  }

  #slotOf(session: SessionId): Slot | undefined {
    const place = this.#state.places.get(session);
    return place && this.#state.engines.get(place.engine)?.slots[place.slot];
  }

  /** Writes the held sessions down when that matters: a start, an answer, an end. */
  #noteSessions(effects: readonly Effect[]): void {
    const matters = effects.some(
      ({ type }) => type === "start" || type === "reportStarted" || type === "settled",
    );
    if (matters) this.#saving.save();
  }
}
