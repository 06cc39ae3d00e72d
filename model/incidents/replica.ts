/** The incident with a selector in the middle: what happens when, and what the engines carry. */
import {
  type Effect,
  InvariantError,
  initialState,
  type SelectorEvent,
  type State,
  type Step,
} from "../../src/slots/index.ts";
import type { Wrong } from "../explore/search.ts";
import { PROPERTIES, propertyOfAssertion } from "../properties/index.ts";
import { timerKey } from "../properties/pool.ts";
import { ALWAYS_REST } from "../properties/rest.ts";
import type { Lane } from "../result.ts";
import { size, type WorldSize } from "../world/size.ts";
import type { Stepper } from "../world/world.ts";
import { Agenda } from "./agenda.ts";
import type { Run } from "./log.ts";
import { Tale } from "./tale.ts";
import { type KnownEngine, listEngines, listStreams, type RealSession } from "./view.ts";

export const CAP = 2;
/** The log's first choices: these engines were there from the beginning, the others came while it went on. */
const ENGINES_AT_FIRST = 10;

/** From a start to its answer where the log tells none: the usual time between selection and start there. */
const START_MS = 350;
/** From the answer to the first media byte: an engine that has begun has buffered some. */
const MEDIA_MS = 500;
/** From a stop to its confirmation: one call on the same host. */
const STOP_MS = 100;
/** After so long an engine ends a session by itself that nobody reads. */
const UNREAD_MS = 60_000;
/** Until a new engine is there: a container starts, and its VPN. */
const PROVISION_MS = 10_000;
/** Until an engine that was set aside, or is new, is asked and answers. */
const PROBE_MS = 1000;
/** Until a list that was asked for is here. */
const LOOK_MS = 50;
/** Steps of the selector; the whole incident takes some 400. */
const STEPS_MAX = 4000;
/** After the last line of the log everybody stays for so long, then leaves. */
const AFTERWARDS_MS = 60_000;

export class Replica {
  readonly size: WorldSize;
  steps = 0;
  /** Clients by their run's number: when they were served. */
  readonly served = new Map<number, number>();
  readonly refused = new Map<number, string>();
  /** The engine that each run was given; none for those that joined a stream. */
  readonly chosen = new Map<number, number>();
  /** Selections at which the list showed exactly as many streams of the log's engine as the log says. */
  seenAsLogged = 0;
  /** Every start by which an engine got more than it may carry. */
  readonly above: { readonly at: number; readonly port: number; readonly load: number }[] = [];
  /** The most that each engine carried. */
  readonly highest = new Map<number, number>();
  /** The first property that did not hold. */
  wrong: Wrong | null = null;
  wrongAt = 0;
  readonly tale = new Tale();
  #state: State = initialState({ cap: CAP, provisioning: true });
  readonly #agenda = new Agenda();
  readonly #sessions: RealSession[] = [];
  readonly #engines: KnownEngine[];
  readonly #coming: KnownEngine[];
  #asked = 0;
  #isBroken = false;

  constructor(
    readonly runs: readonly Run[],
    readonly step: Stepper,
  ) {
    // The log does not tell the engines' ids, by which ties are broken: they are as in the order of the first choices.
    const ports = [...new Set(runs.map((run) => run.port))];
    const known = ports.map((port, index) => ({ id: `${String(index + 1).padStart(2, "0")}-${port}`, port }));
    this.#engines = known.slice(0, ENGINES_AT_FIRST);
    this.#coming = known.slice(ENGINES_AT_FIRST);
    const more = { spares: this.#coming.length, labels: false };
    this.size = size(this.#engines.length, CAP, runs.length, more);
  }

  play(): void {
    for (const run of this.runs) {
      this.#agenda.at(run.selectedMs, () => this.#select(run));
      if (run.endedMs !== null) this.#agenda.at(run.endedMs, () => this.#end(run));
    }
    const last = Math.max(...this.runs.map((run) => Math.max(run.startedMs, run.endedMs ?? 0)));
    this.#agenda.at(last + AFTERWARDS_MS, () => {
      for (const client of this.#state.clients.keys()) this.#leave(client);
    });
    this.#agenda.run(() => this.#isBroken || this.steps >= STEPS_MAX);
    if (this.steps >= STEPS_MAX)
      this.#note({
        property: ALWAYS_REST.name,
        detail: "something always happens, and it does not come to rest",
      });
  }

  #select(run: Run): void {
    const isNew = this.#coming.findIndex((engine) => engine.port === run.port);
    if (isNew >= 0) this.#engines.push(...this.#coming.splice(isNew, 1));
    this.#look(run);
    const event = {
      client: run.number,
      content: `id:${run.digits}`,
      variant: "",
      who: `player ${run.number}`,
    };
    this.#take({ type: "request", ...event }, `client ${run.number}`, `asks for ${run.digits}`);
  }

  #look(told: Run | null): void {
    const { now } = this.#agenda;
    const engines = listEngines(this.#engines, this.#sessions, now);
    const streams = listStreams(this.#engines, this.#sessions, now, told);
    const id = this.#engines.find((engine) => engine.port === told?.port)?.id;
    if (told && streams.filter((stream) => stream.engine === id).length === told.seen) this.seenAsLogged++;
    this.#take(
      { type: "snapshot", asked: ++this.#asked, engines, streams },
      "orchestrator",
      "lists engines and streams",
    );
  }

  #end(run: Run): void {
    const client = this.#state.clients.get(run.number);
    const session = client && this.#state.streams.get(client.stream)?.place?.session;
    if (run.endedBy === "client") return this.#leave(run.number);
    if (session === undefined) return;
    this.#over(session);
    const event = { type: "sourceEnded", session, fault: "over", message: "over" } as const;
    this.#take(event, this.#laneOf(session), `${run.digits} is over`);
  }

  #leave(client: number): void {
    const known = this.#state.clients.get(client);
    if (!known) return;
    const place = this.#state.streams.get(known.stream)?.place;
    this.#take({ type: "leave", client }, `client ${client}`, "leaves", this.#portOf(place?.session));
  }

  #portOf(session: number | undefined): number {
    return this.#sessions.find((one) => one.id === session)?.port ?? 0;
  }

  #laneOf(session: number): Lane {
    return `engine ${this.#portOf(session)}`;
  }

  #over(session: number): void {
    const real = this.#sessions.find((one) => one.id === session);
    if (real) real.endedMs ??= this.#agenda.now;
  }

  #loadAt(port: number): number {
    return this.#sessions.filter((one) => one.port === port && one.endedMs === null).length;
  }

  #take(
    event: SelectorEvent,
    from: Lane,
    words: string,
    port = Number(/^engine (\d+)$/.exec(from)?.[1] ?? 0),
  ): void {
    const before = this.#state;
    this.steps++;
    let taken: Step;
    try {
      taken = this.step(before, event);
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      this.#note({ property: propertyOfAssertion(error.message), detail: error.message });
      this.#isBroken = true;
      return;
    }
    const wrong = this.wrong ?? this.#check(before, event, taken);
    if (wrong) this.#note(wrong);
    this.#state = taken.state;
    for (const effect of taken.effects) this.#carryOut(effect);
    if (event.type === "snapshot") return;
    const loads = (at: number): number => this.#loadAt(at);
    this.tale.add({
      at: this.#agenda.now,
      from,
      words,
      port,
      state: taken.state,
      effects: taken.effects,
      loads,
    });
  }

  #note(wrong: Wrong): void {
    if (!this.wrong) this.wrongAt = this.#agenda.now;
    this.wrong ??= wrong;
  }

  #check(before: State, event: SelectorEvent, taken: Step): Wrong | null {
    const moment = { before, event, after: taken.state, ...taken, size: this.size, step: this.step };
    for (const property of PROPERTIES) {
      const answer =
        property.of === "step"
          ? property.check(moment)
          : property.of === "state"
            ? property.check(taken.state, this.size)
            : true;
      if (typeof answer === "string") return { property: property.name, detail: answer };
    }
    return null;
  }

  #carryOut(effect: Effect): void {
    const agenda = this.#agenda;
    switch (effect.type) {
      case "start":
        return this.#start(effect);
      case "stop":
        return agenda.in(STOP_MS, () => {
          const { session } = effect;
          this.#over(session);
          const proved = { type: "stopConfirmed", session, proof: "stop confirmed" } as const;
          this.#take(proved, this.#laneOf(session), `session ${session} is stopped`);
        });
      case "serve":
        this.served.set(effect.client, agenda.now);
        return;
      case "reject":
        this.refused.set(effect.client, effect.message);
        return;
      case "provision":
        return agenda.in(PROVISION_MS, () => this.#provisioned());
      case "refresh":
        return agenda.in(LOOK_MS, () => this.#look(null));
      case "probe":
        return agenda.in(PROBE_MS, () =>
          this.#take(
            { type: "recovered", engine: effect.engine },
            `engine ${effect.address.port}`,
            "is ready",
          ),
        );
      case "arm": {
        const { timer } = effect;
        if (timer.kind === "release") agenda.in(UNREAD_MS, () => this.#over(timer.session));
        return agenda.arm(timer, () => {
          const port = timer.kind === "release" || timer.kind === "start" ? this.#portOf(timer.session) : 0;
          this.#take({ type: "timer", timer }, "proxy", `time-out: ${timerKey(timer)}`, port);
        });
      }
      case "disarm":
        return agenda.disarm(effect.timer);
      default:
        return;
    }
  }

  /** The engine answers when the log has the start, if that is still to come. */
  #start({ session, stream, address, content }: Effect & { type: "start" }): void {
    const { now } = this.#agenda;
    const { port } = address;
    const [client = 0] = this.#state.streams.get(stream)?.clients ?? [];
    const run = this.runs[client - 1];
    const name = `${session}@${port}`;
    const real: RealSession = {
      id: session,
      port,
      name,
      digits: content.slice(3),
      startedMs: null,
      endedMs: null,
    };
    this.#sessions.push(real);
    if (run && !this.chosen.has(run.number)) this.chosen.set(run.number, port);
    const load = this.#loadAt(port);
    this.highest.set(port, Math.max(load, this.highest.get(port) ?? 0));
    if (load > CAP) this.above.push({ at: now, port, load });
    const isLogged = run !== undefined && run.startedMs > now;
    this.#agenda.at(isLogged ? run.startedMs : now + START_MS, () => {
      real.startedMs = this.#agenda.now;
      const urls = { playback: name, stat: `${name}/stat`, command: `${name}/cmd` };
      const answer = { urls, infohash: null, playbackSession: name, isLive: true };
      this.#take({ type: "started", session, answer }, `engine ${port}`, `session ${session} has started`);
      this.#agenda.in(MEDIA_MS, () =>
        this.#take({ type: "media", session }, `engine ${port}`, `session ${session} plays`),
      );
    });
  }

  #provisioned(): void {
    const engine = this.#coming.shift();
    const blocked = { code: "max_replicas", message: "no more engines", retryAfterSeconds: null };
    if (!engine) return this.#take({ type: "provisionFailed", blocked }, "orchestrator", "no more engines");
    this.#engines.push(engine);
    this.#take({ type: "provisioned", engine: engine.id }, "orchestrator", `engine ${engine.port} is there`);
  }
}
