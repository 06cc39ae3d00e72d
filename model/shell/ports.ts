/**
 * Ports that answer when a scheduler says so: a call is noted with what it is about and stays open. What is true
 * outside (which session runs on which engine, what is in the file, what the orchestrator lists) is kept here too.
 */
import type { BrokerPorts, StateStore } from "../../src/broker/index.ts";
import type { Log } from "../../src/log.ts";
import type {
  Clock,
  EnginePort,
  PoolPort,
  PoolView,
  ProvisionOutcome,
  ReportPort,
  SourceEvents,
  StatOutcome,
  StopOutcome,
  StreamsPort,
} from "../../src/ports.ts";
import type {
  Address,
  ClientId,
  ContentKey,
  FormerSession,
  ListedEngine,
  ListedStream,
  SessionId,
  SessionUrls,
  StreamId,
} from "../../src/slots/index.ts";
import type { Message } from "../result.ts";
import {
  type AliveCall,
  type LookCall,
  nameOfContent,
  nameOfEngine,
  type RealEngine,
  type RealSession,
  type SaveCall,
  type SessionCall,
  type StartCall,
  type TimerTask,
} from "./real.ts";
import type { ShellSize } from "./size.ts";

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

const addressOf = (index: number): Address => ({ scheme: "http", host: "engine", port: index });

export class Outside {
  readonly engines: RealEngine[] = [];
  readonly sessions: RealSession[] = [];
  readonly starts: StartCall[] = [];
  readonly stops: SessionCall<StopOutcome>[] = [];
  readonly stats: SessionCall<StatOutcome>[] = [];
  readonly alives: AliveCall[] = [];
  readonly provisions: ((outcome: ProvisionOutcome) => void)[] = [];
  readonly timers: TimerTask[] = [];
  save: SaveCall | null = null;
  look: LookCall | null = null;
  /** Saved as a whole: the held sessions at the last write that went well. */
  file: ReadonlySet<SessionId> = new Set();
  fileFailed = false;
  readonly reading = new Map<StreamId, RealSession>();
  readonly view = new Set<RealSession>();
  readonly outbox: { readonly session: RealSession; readonly what: "started" | "ended" }[] = [];
  /** Sessions that an engine heard of before the file had them. */
  readonly unwritten: RealSession[] = [];
  /** Clients whose connections the broker broke off. */
  readonly dropped: ClientId[] = [];
  /** Streams that ended cleanly: whoever was served has all there was. */
  readonly finished: StreamId[] = [];
  /** For each pair that is watched: has its client been seen being served? */
  readonly watched = new Map<string, boolean>();
  messages: Message[] = [];
  events: SourceEvents | null = null;
  readonly former: FormerSession[] = [];
  #lastTaken = false;

  constructor(
    readonly size: ShellSize,
    /** The broker's held sessions now. */
    readonly held: () => Iterable<SessionId>,
    readonly isServed: (client: ClientId) => boolean,
  ) {
    for (let index = 1; index <= size.engines + size.spares; index++)
      this.engines.push({ id: `e${index}`, address: addressOf(index), exists: index <= size.engines });
    for (let holder = 1; holder <= size.former; holder++) this.#leaveFormer(holder);
  }

  /** What the orchestrator would list now. */
  list(): { readonly view: PoolView; readonly shown: readonly RealSession[] } {
    const engines = this.engines.filter(({ exists }) => exists).map(listed);
    const shown = [...this.view];
    return {
      view: { engines, streams: shown.map((session) => this.#listedStream(session)), skipped: [] },
      shown,
    };
  }

  tell(from: string, to: string, text: string): void {
    this.messages.push({ from, to, text });
  }

  /** The ports, all of which wait. */
  get ports(): BrokerPorts {
    return {
      engine: this.#enginePort(),
      pool: this.#poolPort(),
      reports: this.#reportPort(),
      streams: (events) => {
        this.events = events;
        return this.#streamsPort();
      },
      journal: null,
      store: this.#store(),
      clock: this.#clock(),
      log: SILENT,
    };
  }

  #enginePort(): EnginePort {
    return {
      start: (order, signal) => {
        const engine = this.#engineAt(order.address);
        const session = this.#newSession(sessionOf(order), engine, order.content);
        if (!this.file.has(session.holder) && !this.fileFailed) this.unwritten.push(session);
        this.tell("proxy", nameOfEngine(engine), `start ${nameOfContent(order.content)}`);
        return new Promise((resolve) => this.starts.push({ session, signal, resolve }));
      },
      stop: (urls) => {
        const session = this.#sessionAt(urls);
        session.stopAsked = true;
        this.tell("proxy", nameOfEngine(session.engine), `stop ${nameOfContent(session.content)}`);
        return new Promise((resolve) => this.stops.push({ session, resolve }));
      },
      stat: (urls) => {
        const session = this.#sessionAt(urls);
        this.tell("proxy", nameOfEngine(session.engine), `stat ${nameOfContent(session.content)}`);
        return new Promise((resolve) => this.stats.push({ session, resolve }));
      },
      alive: (address) => {
        const engine = this.#engineAt(address);
        this.tell("proxy", nameOfEngine(engine), "are you there?");
        return new Promise((resolve) => this.alives.push({ engine, resolve }));
      },
    };
  }

  #poolPort(): PoolPort {
    return {
      look: () =>
        new Promise((resolve, reject) => {
          this.tell("proxy", "orchestrator", "list");
          this.look = { view: null, shown: [], resolve, reject };
        }),
      provision:
        this.size.spares === 0
          ? null
          : () => {
              this.tell("proxy", "orchestrator", "provision an engine");
              return new Promise((resolve) => this.provisions.push(resolve));
            },
      fallback: [],
      describe: () => "a simulated orchestrator",
    };
  }

  #reportPort(): ReportPort {
    const note = (session: RealSession | undefined, what: "started" | "ended"): void => {
      if (!session) return;
      session.reports[what]++;
      this.outbox.push({ session, what });
    };
    return {
      started: ({ label, answer }) => {
        const session = this.sessions[Number(answer.playbackSession)];
        if (session) session.label = label;
        note(session, "started");
      },
      ended: ({ label }) =>
        note(
          this.sessions.findLast((session) => session.label === label),
          "ended",
        ),
      flush: async () => {},
      pending: 0,
    };
  }

  #streamsPort(): StreamsPort {
    return {
      play: ({ stream, urls }) => void this.reading.set(stream, this.#sessionAt(urls)),
      move() {},
      drop: (client) => void this.dropped.push(client),
      close: (stream, _reason, clean) => {
        this.reading.delete(stream);
        if (clean) this.finished.push(stream);
      },
      taken: (client) => {
        this.#lastTaken = this.isServed(client);
        return this.#lastTaken ? { bytes: 1, moreWaiting: this.size.zapping } : null;
      },
      figures: () => null,
    };
  }

  #store(): StateStore {
    return {
      instance: "aceslot",
      former: this.former,
      trouble: null,
      save: () =>
        new Promise((resolve, reject) => {
          if (this.save) throw new Error("the state file is written twice at once");
          this.save = { ids: new Set(this.held()), resolve, reject };
        }),
      close: async () => {},
    };
  }

  #clock(): Clock {
    return {
      now: () => 0,
      monotonicMs: () => 0,
      after: (_delayMs, fire, what = "?") => {
        const timer = { what, fire };
        this.timers.push(timer);
        if (what.startsWith("watch ")) this.watched.set(what, this.watched.get(what) || this.#lastTaken);
        return () => this.#takeBack(timer);
      },
    };
  }

  /** Takes a timer off, and calls what it was set for. */
  fire(timer: TimerTask): void {
    this.#takeBack(timer);
    timer.fire();
    // A pair that is not watched any more is watched from the beginning when it is so again.
    if (!this.timers.some(({ what }) => what === timer.what)) this.watched.delete(timer.what);
  }

  #takeBack(timer: TimerTask): void {
    const index = this.timers.indexOf(timer);
    if (index >= 0) this.timers.splice(index, 1);
  }

  urlsOf(session: RealSession): SessionUrls {
    const name = `${session.key}`;
    return { playback: name, stat: name, command: name };
  }

  #sessionAt(urls: SessionUrls): RealSession {
    const session = this.sessions[Number(urls.command)];
    if (!session) throw new Error(`no engine knows ${urls.command}`);
    return session;
  }

  #engineAt(address: Address): RealEngine {
    const engine = this.engines[address.port - 1];
    if (!engine) throw new Error(`there is no engine ${address.port}`);
    return engine;
  }

  #newSession(holder: SessionId, engine: RealEngine, content: ContentKey): RealSession {
    const session: RealSession = {
      key: this.sessions.length,
      holder,
      engine,
      content,
      runs: true,
      told: "nothing",
      media: false,
      stopAsked: false,
      delayed: false,
      proof: null,
      label: null,
      reports: { started: 0, ended: 0 },
    };
    this.sessions.push(session);
    return session;
  }

  #leaveFormer(holder: SessionId): void {
    const engine = this.#engineAt(addressOf(((holder - 1) % this.size.engines) + 1));
    const session = this.#newSession(holder, engine, `id:${holder}`);
    session.told = "started";
    session.reports.started = 1;
    session.label = `aceslot/before/${holder}`;
    this.view.add(session);
    this.former.push({
      engine: engine.id,
      name: engine.id,
      address: engine.address,
      contents: [session.content],
      urls: this.urlsOf(session),
      playbackSession: `${session.key}`,
      reportedAs: session.label,
    });
  }

  #listedStream(session: RealSession): ListedStream {
    // The newer orchestrator keeps no labels: only the session's own name tells whose it is.
    return {
      engine: session.engine.id,
      contents: [session.content],
      playbackSession: `${session.key}`,
      label: null,
      urls: this.urlsOf(session),
    };
  }
}

function listed({ id, address }: RealEngine): ListedEngine {
  return {
    id,
    name: id,
    address,
    health: "healthy",
    draining: false,
    forwarded: false,
    usedAtMs: null,
  };
}

/** The broker hands the whole effect over, of which the port wants a part. */
function sessionOf(order: object): SessionId {
  if ("session" in order && typeof order.session === "number") return order.session;
  throw new Error("a start without a session");
}
