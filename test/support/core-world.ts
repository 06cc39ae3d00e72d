/**
 * A world around the core in which anything may happen next: clients, engines that carry real sessions, an
 * orchestrator whose view lags, timers, faults, crashes. Pure `step` in the middle; no time, no I/O. A caller
 * lists what may happen (`enabled`), picks, and looks at the promises after each step.
 */
import {
  type Address,
  type ClientId,
  type ContentKey,
  type Effect,
  type EngineId,
  type Fault,
  type FormerSession,
  initialState,
  type JournalRecord,
  type ListedEngine,
  type ListedStream,
  step as realStep,
  type SelectorEvent,
  type SessionId,
  type SessionUrls,
  type Started,
  type State,
  type StreamId,
  type Timer,
} from "../../src/slots/index.ts";

/** A promise that was broken, by the name of its property. */
export class Violation extends Error {
  constructor(
    readonly property: string,
    detail: string,
  ) {
    super(`${property}: ${detail}`);
  }
}

export interface WorldSize {
  readonly engines: number;
  readonly cap: number;
  readonly contents: number;
  readonly requests: number;
  /** Engines that can be provisioned; 0: provisioning is impossible. */
  readonly spares: number;
  /** How many misfortunes of all kinds together may happen. */
  readonly troubles: number;
  /** The orchestrator keeps our labels (its older generation) or not. */
  readonly labels: boolean;
}

/** An engine as it really is. Its port is its identity, whatever ids it is listed under. */
export interface RealEngine {
  readonly port: number;
  ids: EngineId[];
  exists: boolean;
  listed: boolean;
  alive: boolean;
  draining: boolean;
  healthy: boolean;
  foreign: { readonly content: ContentKey; readonly playback: string }[];
}

/** A session as it really is. It loads its engine while `sent` or `running`. */
export interface RealSession {
  readonly key: string;
  readonly port: number;
  readonly content: number;
  readonly playback: string;
  /** The numbers under which the present life holds it. */
  holders: Set<SessionId>;
  /** `written`: in the state file, not sent. `never`: the engine did not begin it and will not. */
  phase: "written" | "sent" | "running" | "over" | "never";
  told: "nothing" | "started" | "no" | "unknown";
  toldAt: number;
  reported: boolean;
  label: string;
}

interface ClientRecord {
  readonly id: ClientId;
  readonly who: string;
  status: "asking" | "served" | "rejected" | "dropped" | "left";
}

interface ViewEvent {
  readonly kind: "started" | "ended";
  readonly label: string;
  readonly stream: ListedStream | null;
}

export interface Choice {
  readonly name: string;
  readonly happen: () => void;
}

const HEX = 40;
const addressOf = (port: number): Address => ({ scheme: "http", host: "127.0.0.1", port });
export const timerKey = (timer: Timer): string =>
  timer.kind === "provision"
    ? "provision"
    : `${timer.kind} ${"client" in timer ? timer.client : "stream" in timer ? timer.stream : timer.session}`;
export const contentKey = (kind: "id" | "infohash", content: number): ContentKey =>
  `${kind}:${content.toString(16).padStart(HEX, kind === "id" ? "a" : "b")}`;
const contentOf = (key: ContentKey): number => Number.parseInt(key.slice(-2).replace(/[ab]/g, "0"), 16);
const isLoad = (session: RealSession): boolean => session.phase === "sent" || session.phase === "running";

/** Kinds of happenings that bring a world to its rest: no new wishes, no new troubles. */
const CLOSING = new Set([
  "send",
  "engine begins",
  "engine refuses",
  "answer: started",
  "answer: failed, not opened",
  "answer: failed, unknown",
  "media",
  "stop takes effect",
  "stop confirmed",
  "unread session ends",
  "timer: queue",
  "timer: linger",
  "timer: start",
  "timer: release",
  "timer: stall",
  "timer: provision",
  "snapshot delivered",
  "report delivered",
  "orchestrator notices an end",
  "source ends",
  "provision: never answered",
  "provision: named",
  "provision: unnamed",
  "provision: refused",
  "engine recovers",
  "reading client",
]);

/** How often a kind is picked, against 1 for the rest: else playing streams would be rare among mishaps. */
const WEIGHTS: Readonly<Record<string, number>> = {
  request: 6,
  leave: 2,
  send: 8,
  "engine begins": 8,
  "answer: started": 8,
  media: 10,
  "stop takes effect": 4,
  "stop confirmed": 4,
  "report delivered": 2,
  "idle client": 6,
  "session dies": 3,
  "source ends": 3,
};

export class CoreWorld {
  state: State;
  before: State;
  event: SelectorEvent | null = null;
  effects: readonly Effect[] = [];
  records: readonly JournalRecord[] = [];
  tick = 0;
  life = 0;
  capMax: number;
  crashes = 0;
  /** Sessions of ours that may run without our knowing: there is none unless a check says so. */
  readonly seen = new Map<string, number>();
  readonly trace: string[] = [];
  readonly engines: RealEngine[] = [];
  readonly sessions: RealSession[] = [];
  readonly clients = new Map<ClientId, ClientRecord>();
  readonly armed = new Map<string, { readonly timer: Timer; readonly at: number }>();
  /** Which session a stream's bytes come from. */
  readonly reading = new Map<StreamId, SessionId>();
  readonly stopping = new Map<SessionId, RealSession>();
  readonly settled = new Map<SessionId, number>();
  readonly begun = new Set<SessionId>();
  readonly probes = new Set<EngineId>();
  readonly watches = new Map<string, { readonly client: ClientId; readonly rival: ClientId }>();
  readonly shown = new Map<number, number>();
  readonly view = new Map<string, ListedStream>();
  outbox: ViewEvent[] = [];
  flying: { readonly event: SelectorEvent & { type: "snapshot" }; readonly shown: Map<number, number> }[] =
    [];
  provisions = 0;
  drained = 0;
  readonly reports = new Map<string, { started: number; ended: number }>();
  #asked = 0;
  #foreign = 0;
  #requests: number;
  #troubles: number;
  #spares: number[];

  constructor(
    readonly size: WorldSize,
    /** The selector under test. */
    readonly step: typeof realStep = realStep,
  ) {
    this.#requests = size.requests;
    this.#troubles = size.troubles;
    this.capMax = size.cap;
    for (let i = 1; i <= size.engines + size.spares; i++)
      this.engines.push({
        port: 19000 + i,
        ids: [`e${i}`],
        exists: i <= size.engines,
        listed: i <= size.engines,
        alive: true,
        draining: false,
        healthy: true,
        foreign: [],
      });
    this.#spares = this.engines.filter((engine) => !engine.exists).map((engine) => engine.port);
    this.state = this.before = this.#fresh();
    this.snapshot();
    this.deliver(0);
  }

  #fresh(): State {
    return initialState({
      cap: this.state?.cap ?? this.size.cap,
      life: `${this.life}`,
      provisioning: this.size.spares > 0,
    });
  }

  note(situation: string): void {
    this.seen.set(situation, (this.seen.get(situation) ?? 0) + 1);
  }

  real(port: number): RealEngine {
    const engine = this.engines.find((candidate) => candidate.port === port);
    if (!engine) throw new Violation("world", `no engine at port ${port}`);
    return engine;
  }

  /** The session that the present life calls so. */
  realOf(id: SessionId): RealSession | undefined {
    return this.sessions.findLast((session) => session.holders.has(id));
  }

  loadAt(port: number): RealSession[] {
    return this.sessions.filter((session) => session.port === port && isLoad(session));
  }

  /** One event through the core, and what the shell does about it. */
  send(event: SelectorEvent): void {
    this.tick++;
    freeze(this.state);
    const result = this.step(this.state, event);
    this.before = this.state;
    this.state = result.state;
    this.event = event;
    this.effects = result.effects;
    this.records = result.records;
    if (result.illegal.length > 0) throw new Violation("no illegal move", result.illegal.join("; "));
    if (event.type === "recover") {
      // The core numbers what it takes over in the order in which it is told.
      let id = this.before.nextSession;
      for (const former of event.sessions) {
        const real = this.sessions.find((session) => session.key === former.contents.at(-1));
        real?.holders.add(id++);
      }
    }
    for (const effect of result.effects) this.#carryOut(effect);
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case "start": {
        const { port } = effect.address;
        if (this.begun.has(effect.session)) throw new Violation("fresh sessions", `${effect.session} again`);
        this.begun.add(effect.session);
        const key = `${this.life}/${effect.session}`;
        this.sessions.push({
          key,
          port,
          content: contentOf(effect.content),
          playback: `p${key}`,
          holders: new Set([effect.session]),
          phase: "written",
          told: "nothing",
          toldAt: 0,
          reported: false,
          label: `${this.state.life}${effect.session}`,
        });
        const own = this.sessions.filter((s) => s.port === port && (isLoad(s) || s.phase === "written"));
        const load = own.length + (this.shown.get(port) ?? 0);
        if (load > this.state.cap)
          throw new Violation("load ≤ cap at every grant", `${load} at ${port}, cap ${this.state.cap}`);
        return;
      }
      case "play":
        this.reading.set(effect.stream, effect.session);
        return;
      case "stop": {
        const real = this.sessions.find((session) => session.playback === effect.urls.playback);
        if (!real) throw new Violation("stops are for sessions", effect.urls.playback);
        real.holders.add(effect.session);
        this.stopping.set(effect.session, real);
        return;
      }
      case "settled":
        this.settled.set(effect.session, (this.settled.get(effect.session) ?? 0) + 1);
        this.stopping.delete(effect.session);
        return;
      case "serve":
        return this.#answer(effect.client, "served", ["asking"]);
      case "reject":
        return this.#answer(effect.client, "rejected", ["asking"]);
      case "drop":
        return this.#answer(effect.client, "dropped", ["served"]);
      case "move":
        return this.#answer(effect.client, "served", ["served"]);
      case "close":
        this.reading.delete(effect.stream);
        // The content is over: whoever was served has all that there was.
        if (effect.clean)
          for (const [id, client] of this.clients)
            if (client.status === "served" && !this.state.clients.has(id)) client.status = "left";
        return;
      case "reportStarted": {
        const real = this.realOf(effect.session);
        if (real?.told !== "started")
          throw new Violation("fair accounting", `session ${effect.session} reported before it began`);
        real.reported = true;
        this.#count(real.label, "started");
        this.outbox.push({
          kind: "started",
          label: real.label,
          stream: {
            engine: effect.engine,
            contents: [effect.content],
            playbackSession: effect.answer.playbackSession,
            label: this.size.labels ? real.label : null,
            urls: effect.answer.urls,
          },
        });
        return;
      }
      case "reportEnded": {
        const label = effect.label ?? `${this.state.life}${effect.session}`;
        this.#count(label, "ended");
        this.outbox.push({ kind: "ended", label, stream: null });
        return;
      }
      case "provision":
        this.provisions++;
        this.note("provisioning asked");
        return;
      case "probe":
        this.probes.add(effect.engine);
        return;
      case "watch": {
        const key = `${effect.client} ${effect.rival}`;
        this.watches.set(key, effect);
        return;
      }
      case "arm":
        this.armed.set(timerKey(effect.timer), { timer: effect.timer, at: this.tick });
        return;
      case "disarm":
        this.armed.delete(timerKey(effect.timer));
        return;
      case "drained":
        this.drained++;
        return;
      case "refresh":
        return;
    }
  }

  #answer(id: ClientId, status: "served" | "rejected" | "dropped", from: readonly string[]): void {
    const client = this.clients.get(id);
    if (!client || !from.includes(client.status))
      throw new Violation("each client is answered once", `client ${id}: ${client?.status} → ${status}`);
    client.status = status;
  }

  #count(label: string, what: "started" | "ended"): void {
    const counts = this.reports.get(label) ?? { started: 0, ended: 0 };
    counts[what]++;
    this.reports.set(label, counts);
    if (counts.started > 1 || counts.ended > counts.started)
      throw new Violation("fair accounting", `${label}: ${counts.started} starts, ${counts.ended} ends`);
  }

  urlsOf(session: RealSession): SessionUrls {
    const base = `http://127.0.0.1:${session.port}/ace`;
    return {
      playback: session.playback,
      stat: `${base}/stat/${session.key}`,
      command: `${base}/cmd/${session.key}`,
    };
  }

  answerOf(session: RealSession, hashTold = true): Started {
    return {
      urls: this.urlsOf(session),
      infohash: hashTold ? contentKey("infohash", session.content).slice("infohash:".length) : null,
      playbackSession: session.playback,
      isLive: true,
    };
  }

  // --- what may happen -------------------------------------------------------------------------------------

  request(key: ContentKey, who: string, variant = ""): ClientId {
    const id = this.clients.size + 1;
    this.clients.set(id, { id, who, status: "asking" });
    this.send({ type: "request", client: id, content: key, variant, who });
    return id;
  }

  leave(id: ClientId): void {
    const client = this.clients.get(id);
    if (client) client.status = "left";
    this.send({ type: "leave", client: id });
  }

  begin(session: RealSession): void {
    // An engine gives a content to the newer player.
    for (const other of this.loadAt(session.port))
      if (other.phase === "running" && other.content === session.content) {
        other.phase = "over";
        this.note("content taken over on an engine");
      }
    session.phase = "running";
  }

  tellStarted(session: RealSession, hashTold = true): void {
    const id = this.#idOf(session);
    const held = this.state.places.has(id) && slotOf(this.state, id)?.state === "released";
    if (held) this.note("answer after the release");
    session.told = "started";
    session.toldAt = this.tick;
    this.send({ type: "started", session: id, answer: this.answerOf(session, hashTold) });
  }

  tellFailed(session: RealSession, opened: "no" | "unknown", fault: Fault): void {
    session.told = opened;
    session.toldAt = this.tick;
    if (opened === "unknown" && isLoad(session)) this.note("failed start with an unknown outcome that runs");
    this.send({ type: "startFailed", session: this.#idOf(session), fault, opened, message: "no" });
  }

  /** The number that the life which started it gave it. */
  #idOf(session: RealSession): SessionId {
    return Number(session.key.split("/")[1]);
  }

  sourceEnds(stream: StreamId, fault: Fault): void {
    const session = this.reading.get(stream);
    if (session === undefined) return;
    this.reading.delete(stream);
    this.send({ type: "sourceEnded", session, fault, message: fault });
  }

  fire(timer: Timer): void {
    this.armed.delete(timerKey(timer));
    if (timer.kind === "provision") this.provisions = 0;
    this.send({ type: "timer", timer });
  }

  /** The orchestrator is asked: what it shows now arrives some time later. */
  snapshot(): void {
    const engines: ListedEngine[] = [];
    const streams: ListedStream[] = [];
    const shown = new Map<number, number>();
    for (const engine of this.engines) {
      if (!engine.listed) continue;
      for (const id of engine.ids)
        engines.push({
          id,
          name: id,
          address: addressOf(engine.port),
          health: engine.healthy ? "healthy" : "unhealthy",
          draining: engine.draining,
          forwarded: engine.port % 2 === 0,
          usedAtMs: null,
        });
      shown.set(engine.port, engine.foreign.length);
      for (const foreign of engine.foreign)
        streams.push({
          engine: engine.ids.at(-1) ?? "",
          contents: [foreign.content],
          playbackSession: foreign.playback,
          label: null,
          urls: null,
        });
    }
    streams.push(...this.view.values());
    if (this.tick % 2 === 1) engines.reverse();
    const event = { type: "snapshot", asked: ++this.#asked, engines, streams } as const;
    this.flying.push({ event, shown });
  }

  deliver(index: number): void {
    const [taken] = this.flying.splice(index, 1);
    if (!taken) return;
    if (taken.event.asked > this.state.asked) {
      this.shown.clear();
      for (const [port, count] of taken.shown) this.shown.set(port, count);
    } else this.note("overtaken snapshot");
    for (const listed of taken.event.streams)
      if (this.sessions.some((s) => s.playback === listed.playbackSession && !isLoad(s)))
        this.note("ended session of ours still listed");
    this.send(taken.event);
  }

  /** The process dies; what is in the state file is all that the next life knows. */
  crash(fileIsFresh: boolean): void {
    this.note("crash");
    this.crashes++;
    const sessions: FormerSession[] = [];
    for (const place of this.state.places.values()) {
      const engine = this.state.engines.get(place.engine);
      const session = engine?.slots[place.slot]?.session;
      if (!engine || !session) continue;
      const real = this.realOf(session.id);
      if (!real) continue;
      sessions.push({
        engine: engine.id,
        name: engine.name,
        address: engine.address,
        // The world's own key, last, so that it knows the session again.
        contents: [...session.contents.filter((key) => key.includes(":")), real.key],
        urls: fileIsFresh ? session.urls : null,
        playbackSession: fileIsFresh ? session.playbackSession : null,
        reportedAs: fileIsFresh && session.reportedTo !== null ? (session.formerLabel ?? real.label) : null,
      });
    }
    for (const client of this.clients.values())
      if (client.status === "asking" || client.status === "served") client.status = "left";
    for (const session of this.sessions) {
      session.holders = new Set();
      if (session.phase === "written") session.phase = "never";
    }
    for (const gone of [this.armed, this.reading, this.stopping, this.settled, this.probes, this.watches])
      gone.clear();
    this.begun.clear();
    this.shown.clear();
    // Reports that were not delivered are lost; the next life may have to report an end again.
    this.outbox = [];
    for (const counts of this.reports.values()) counts.ended = 0;
    this.flying = [];
    this.provisions = 0;
    this.drained = 0;
    this.#asked = 0;
    this.life++;
    const cap = this.state.cap;
    this.state = initialState({ cap, life: `${this.life}`, provisioning: this.size.spares > 0 });
    if (sessions.length > 0) this.note("former sessions adopted");
    this.send({ type: "recover", sessions });
  }

  /** May a release deadline end now? Its assumption: an unread session ends before; printed with every result. */
  mayRelease(id: SessionId, armedAt: number): boolean {
    return this.sessions
      .filter((session) => session.holders.has(id))
      .every(
        (session) =>
          (!isLoad(session) && session.phase !== "written") ||
          (session.toldAt > armedAt && session.told !== "nothing"),
      );
  }

  isRead(session: RealSession): boolean {
    return [...this.reading.values()].some((id) => session.holders.has(id));
  }

  /** All that may happen next, by kind. */
  enabled(): Map<string, Choice["happen"][]> {
    const kinds = new Map<string, Choice["happen"][]>();
    const may = (kind: string, happen: Choice["happen"]): void => {
      const list = kinds.get(kind);
      if (list) list.push(happen);
      else kinds.set(kind, [happen]);
    };
    const trouble = (kind: string, happen: () => void): void => {
      if (this.#troubles > 0)
        may(kind, () => {
          this.#troubles--;
          happen();
        });
    };
    if (this.#requests > 0)
      for (let content = 1; content <= this.size.contents; content++)
        for (const kind of ["id", "infohash"] as const)
          for (const who of ["tv", "phone"])
            for (const variant of content === 1 && who === "tv" ? ["", "transcode_audio=1"] : [""])
              may("request", () => {
                this.#requests--;
                this.request(contentKey(kind, content), who, variant);
              });
    for (const client of this.clients.values())
      if (client.status === "asking" || client.status === "served") may("leave", () => this.leave(client.id));
    for (const session of this.sessions) this.#sessionMay(session, may, trouble);
    for (const [id, session] of this.stopping) {
      if (session.phase === "running")
        may("stop takes effect", () => {
          session.phase = "over";
        });
      else if (!isLoad(session)) {
        may("stop confirmed", () =>
          this.send({ type: "stopConfirmed", session: id, proof: "stop confirmed" }),
        );
        may("stop confirmed", () =>
          this.send({ type: "stopConfirmed", session: id, proof: "unknown session" }),
        );
      }
      trouble("stop delayed", () => this.send({ type: "stopDelayed", session: id }));
    }
    for (const [stream, id] of this.reading) this.#sourceMay(stream, id, may, trouble);
    for (const { timer, at } of this.armed.values())
      if (timer.kind !== "release" || this.mayRelease(timer.session, at))
        may(`timer: ${timer.kind}`, () => this.fire(timer));
    if (this.flying.length < 3) may("snapshot taken", () => this.snapshot());
    for (let i = 0; i < this.flying.length; i++) may("snapshot delivered", () => this.deliver(i));
    if (this.outbox.length > 0) may("report delivered", () => this.#report());
    for (const [label, stream] of this.view)
      if (!this.sessions.some((s) => s.playback === stream.playbackSession && isLoad(s)))
        may("orchestrator notices an end", () => {
          this.view.delete(label);
        });
    for (const engine of this.engines) this.#engineMay(engine, may, trouble);
    if (this.provisions > 0) this.#provisionMay(may);
    for (const id of this.probes)
      may("engine recovers", () => {
        this.probes.delete(id);
        this.send({ type: "recovered", engine: id });
      });
    for (const [key, watch] of this.watches) {
      may("idle client", () => {
        this.watches.delete(key);
        this.send({ type: "idle", client: watch.client, rival: watch.rival });
      });
      may("reading client", () => {
        this.watches.delete(key);
      });
    }
    for (const cap of [this.state.cap - 1, this.state.cap + 1])
      if (cap >= 1 && cap <= 4)
        trouble("cap changed", () => {
          this.capMax = Math.max(this.capMax, cap);
          this.send({ type: "configure", cap, provisioning: this.size.spares > 0 });
        });
    if (this.#troubles > 0 && this.#requests < 3) {
      trouble("drain", () => this.send({ type: "drain" }));
    }
    trouble("crash", () => this.crash(true));
    trouble("crash", () => this.crash(false));
    for (const stream of this.state.streams.keys())
      trouble("ended by hand", () => this.send({ type: "end", stream, reason: "by hand" }));
    trouble("source of the pool down", () =>
      this.send({
        type: "fallback",
        engines: [this.engines[0]].flatMap((engine) =>
          engine
            ? [
                {
                  id: `127.0.0.1:${engine.port}`,
                  name: "fallback",
                  address: addressOf(engine.port),
                  health: "unknown" as const,
                  draining: false,
                  forwarded: false,
                  usedAtMs: null,
                },
              ]
            : [],
        ),
      }),
    );
    return kinds;
  }

  #sessionMay(session: RealSession, may: May, trouble: May): void {
    const isOurs = session.key.startsWith(`${this.life}/`);
    const alive = this.real(session.port).alive;
    if (session.phase === "written" && isOurs)
      may("send", () => {
        session.phase = "sent";
      });
    if (session.phase === "sent") {
      if (alive) may("engine begins", () => this.begin(session));
      may("engine refuses", () => {
        session.phase = "never";
      });
    }
    if (session.phase === "running" && !this.isRead(session))
      may("unread session ends", () => {
        session.phase = "over";
        this.note("unread session ended by the engine");
      });
    if (session.phase === "running" && this.isRead(session))
      trouble("session dies", () => {
        session.phase = "over";
      });
    if (!isOurs) return;
    const id = this.#idOf(session);
    if (session.told === "nothing" && session.phase !== "written" && session.holders.size > 0) {
      if (session.phase === "running" || session.phase === "over") {
        may("answer: started", () => this.tellStarted(session));
        if (session.content === 2) may("answer: started", () => this.tellStarted(session, false));
      }
      if (session.phase === "never")
        for (const fault of ["engine", "content"] as const)
          may("answer: failed, not opened", () => this.tellFailed(session, "no", fault));
      for (const fault of ["engine", "timeout"] as const)
        may("answer: failed, unknown", () => this.tellFailed(session, "unknown", fault));
    }
    // What comes late for a session that is over, or twice, must change nothing.
    if (session.told === "started" && !this.isRead(session) && slotOf(this.state, id)?.state !== "active") {
      trouble("late source end", () =>
        this.send({ type: "sourceEnded", session: id, fault: "engine", message: "late" }),
      );
      trouble("late media", () => this.send({ type: "media", session: id }));
      trouble("answer twice", () =>
        this.send({ type: "started", session: id, answer: this.answerOf(session) }),
      );
      if (this.settled.has(id))
        trouble("confirmed twice", () =>
          this.send({ type: "stopConfirmed", session: id, proof: "stop confirmed" }),
        );
    }
  }

  #sourceMay(stream: StreamId, id: SessionId, may: May, trouble: May): void {
    const real = this.realOf(id);
    if (real?.phase === "running") {
      const isAwaited = this.state.streams.get(stream)?.phase === "starting";
      may(isAwaited ? "media" : "media again", () => this.send({ type: "media", session: id }));
      may("progress", () => this.send({ type: "progress", session: id }));
      may("steady", () => this.send({ type: "steady", session: id }));
      for (const fault of ["engine", "content"] as const)
        trouble("source ends", () => this.sourceEnds(stream, fault));
    } else if (real)
      for (const fault of ["over", "engine", "timeout"] as const)
        may("source ends", () => this.sourceEnds(stream, fault));
  }

  #report(): void {
    const event = this.outbox.shift();
    if (!event) return;
    if (event.stream) this.view.set(event.label, event.stream);
    else this.view.delete(event.label);
  }

  #engineMay(engine: RealEngine, may: May, trouble: May): void {
    if (!engine.exists) return;
    if (!engine.listed) may("engine listed", () => this.#put(engine, { listed: true }));
    else trouble("engine vanishes", () => this.#put(engine, { listed: false }));
    if (engine.alive)
      trouble("engine dies", () => {
        engine.alive = false;
        for (const session of this.loadAt(engine.port))
          session.phase = session.phase === "running" ? "over" : "never";
      });
    else may("engine comes back", () => this.#put(engine, { alive: true }));
    if (engine.draining) may("engine drains no more", () => this.#put(engine, { draining: false }));
    else trouble("engine drains", () => this.#put(engine, { draining: true }));
    trouble("engine health changes", () => this.#put(engine, { healthy: !engine.healthy }));
    trouble("engine listed twice", () =>
      this.#put(engine, { ids: [...new Set([...engine.ids, `${engine.port}b`])] }),
    );
    trouble("engine renamed", () => this.#put(engine, { ids: [`${engine.port}b`] }));
    if (engine.foreign.length > 0)
      may("foreign stream ends", () => {
        engine.foreign = engine.foreign.slice(1);
      });
    trouble("foreign stream begins", () => {
      const content = contentKey("infohash", (this.#foreign % this.size.contents) + 1);
      engine.foreign = [...engine.foreign, { content, playback: `foreign${++this.#foreign}` }];
    });
  }

  #put(engine: RealEngine, change: Partial<RealEngine>): void {
    Object.assign(engine, change);
  }

  #provisionMay(may: May): void {
    const answer = (event: SelectorEvent): void => {
      this.provisions--;
      this.send(event);
    };
    const port = this.#spares[0];
    const spare = port === undefined ? undefined : this.real(port);
    if (spare && !spare.exists)
      may("provision: engine begins", () => {
        spare.exists = true;
      });
    if (spare?.exists)
      for (const named of [true, false])
        may(named ? "provision: named" : "provision: unnamed", () => {
          this.#spares.shift();
          answer({ type: "provisioned", engine: named ? (spare.ids[0] ?? null) : null });
        });
    may("provision: refused", () =>
      answer({
        type: "provisionFailed",
        blocked: { code: "vpn_disconnected", message: "no VPN", retryAfterSeconds: 30 },
      }),
    );
    may("provision: never answered", () => {
      this.provisions = 0;
    });
  }

  /** Notes which interesting situations the last step brought. */
  count(kind: string): void {
    this.note(`: ${kind}`);
    const { state } = this;
    for (const effect of this.effects) {
      if (effect.type === "close") {
        if (effect.reason.startsWith("yielded")) this.note("a lingering stream yields");
        if (effect.reason.startsWith("handed over")) this.note("a place is handed over");
        if (effect.reason === "same content") {
          const played = this.effects.some((e) => e.type === "play");
          this.note(`two streams collapse on ${played ? "one engine" : "two engines"}`);
        }
      }
      if (effect.type === "probe" && effect.faults > 0) this.note("engine set aside");
      if (effect.type === "drained") this.note("drained");
      if (effect.type === "reject" && this.event?.type === "timer" && this.event.timer.kind === "queue")
        this.note("time-out in the queue");
      if (effect.type === "start" && this.before.streams.get(effect.stream)?.live)
        this.note("fail-over of a playing stream");
      if (effect.type === "start" && this.event?.type === "stopConfirmed")
        if (slotOf(this.before, this.event.session)?.session?.heir === effect.stream)
          this.note("a place goes to its heir");
    }
    if (state.provisioning.phase === "blocked") this.note("provisioning blocked");
    if (this.before.provisioning.phase === "asked" && state.provisioning.phase === "idle")
      this.note("provisioned engine is ready");
    if (this.event?.type === "timer" && this.event.timer.kind === "release") this.note("release deadline");
    for (const engine of state.engines.values()) {
      if (engine.own > state.cap) this.note("load above a lowered cap");
      if (!engine.listed && engine.own > 0) this.note("engine gone while it holds a slot");
      if (engine.aliases.length > 0) this.note("one engine under two ids");
      if (engine.foreign.length > 0) this.note("foreign load");
    }
    for (const stream of state.streams.values())
      if (stream.clients.length > 1) this.note("client shared a stream");
  }

  everybodyIsAnswered(): void {
    for (const client of this.clients.values())
      if (client.status === "asking")
        throw new Violation("everybody is answered", `client ${client.id} still waits`);
  }

  /** A number picks a kind of happening, then one of its kind; false: nothing can happen. */
  choose(choice: number): boolean {
    const kinds = this.enabled();
    const wheel = [...kinds.keys()].flatMap((kind) => Array<string>(WEIGHTS[kind] ?? 1).fill(kind));
    const kind = wheel[choice % wheel.length];
    const list = kind === undefined ? undefined : kinds.get(kind);
    const happen = list?.[Math.floor(choice / wheel.length) % list.length];
    if (kind === undefined || !happen) return false;
    this.trace.push(kind);
    this.happen(happen);
    this.count(kind);
    return true;
  }

  /** One happening; it may or may not be one that the core hears of. */
  happen(what: Choice["happen"]): void {
    this.before = this.state;
    this.event = null;
    this.effects = [];
    what();
  }

  /** What is left happens, in an order made of `seed`, until nothing more can. */
  rest(seed: number, check: () => void, alsoLeave: boolean): void {
    let random = seed % 2147483647;
    this.#troubles = 0;
    this.#requests = 0;
    for (let left = 4000; left > 0; left--) {
      const open: Choice[] = [];
      for (const [kind, list] of this.enabled())
        if (CLOSING.has(kind) || (alsoLeave && kind === "leave"))
          for (const happen of list) open.push({ name: kind, happen });
      if (open.length === 0) return;
      random = (random * 48271 + 11) % 2147483647;
      const chosen = open[random % open.length];
      this.trace.push(`(rest) ${chosen?.name}`);
      if (chosen) this.happen(chosen.happen);
      check();
    }
    throw new Violation("everything comes to rest", "still busy after 4000 happenings");
  }
}

type May = (kind: string, happen: () => void) => void;

export function slotOf(state: State, id: SessionId) {
  const place = state.places.get(id);
  return place && state.engines.get(place.engine)?.slots[place.slot];
}

const frozen = new WeakSet<object>();

const refuse = (): never => {
  throw new Violation("the old state stays as it was", "a map of the old state was written to");
};

/** Makes a value unchangeable, maps included. */
export function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null || frozen.has(value)) return;
  frozen.add(value);
  if (value instanceof Map) {
    for (const inner of value.values()) freeze(inner);
    Object.assign(value, { set: refuse, delete: refuse, clear: refuse });
    return;
  }
  for (const inner of Object.values(value)) freeze(inner);
  Object.freeze(value);
}
