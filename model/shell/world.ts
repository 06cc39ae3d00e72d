/**
 * The real broker between ports that wait. What may happen next is a list; whoever explores picks from it, lets
 * the turn run out, and looks at the properties. A world is used up by that: going back means to begin again.
 */
import type { Admission } from "../../src/broker/index.ts";
import type { ClientId, ContentKey, SelectorEvent, SessionId, State, Step } from "../../src/slots/index.ts";
import type { EngineNow, Message } from "../result.ts";
import { Outside } from "./ports.ts";
import type { RealSession } from "./real.ts";
import type { ShellSize } from "./size.ts";
import { type Observer, Subject, type SubjectClass } from "./subject.ts";

export interface ShellClient {
  readonly id: ClientId;
  readonly content: ContentKey;
  status: "asking" | "served" | "rejected" | "over" | "left";
  outcomes: number;
}

/** A slot that was let go of in the last turn. */
export interface Freed {
  readonly session: SessionId;
  readonly event: SelectorEvent;
  /** Undefined: no engine ever heard of it. */
  readonly real: RealSession | undefined;
}

const SETTINGS = {
  cap: 1,
  queueTimeoutMs: 20_000,
  startTimeoutMs: 60_000,
  stallTimeoutMs: 20_000,
  lingerMs: 5_000,
  releaseTimeoutMs: 90_000,
  proxy: "check",
  life: "now",
};

export class ShellWorld implements Observer {
  readonly outside: Outside;
  readonly broker: Subject;
  readonly clients = new Map<ClientId, ShellClient>();
  requests: number;
  faults: number;
  timeouts: number;
  looks: number;
  /** Of the last turn. */
  freed: Freed[] = [];
  decisions: SelectorEvent[] = [];
  /** A write that is under way does not hold what has changed since it began. */
  isFileBehind = false;

  constructor(
    readonly size: ShellSize,
    subject: SubjectClass = Subject,
  ) {
    this.requests = size.requests;
    this.faults = size.faults;
    this.timeouts = size.timeouts;
    this.looks = size.looks;
    this.outside = new Outside(
      size,
      () => this.broker.state.places.keys(),
      (client) => this.clients.get(client)?.status === "served",
    );
    this.broker = new subject(this.outside.ports, { ...SETTINGS, cap: size.cap }, this);
    void this.broker.start();
  }

  get state(): State {
    return this.broker.state;
  }

  /** The first look, before anything else. Call it after the first turn has run out. */
  begin(): void {
    if (this.size.cold) return;
    const { view } = this.outside.list();
    const { look } = this.outside;
    this.outside.look = null;
    look?.resolve(view);
  }

  /** Begins a turn: what the last one brought is forgotten. */
  beginTurn(): void {
    this.freed = [];
    this.decisions = [];
    this.outside.messages = [];
  }

  /** After a turn: the data plane's clients hear what has become of them. */
  endTurn(): void {
    const { dropped, finished } = this.outside;
    for (const id of dropped.splice(0)) this.#set(id, "over");
    if (finished.splice(0).length > 0)
      for (const client of this.clients.values())
        if (client.status === "served" && !this.state.clients.has(client.id)) client.status = "over";
    if (this.isFileBehind && !this.outside.save)
      throw new Error("the model of the state file is out of step");
  }

  request(content: ContentKey): void {
    this.requests--;
    const number = this.clients.size + 1;
    const who = this.size.zapping ? "player" : `player ${number}`;
    this.outside.tell(`client ${number}`, "proxy", `GET content ${content.slice(3)}`);
    // The broker numbers its clients from 1, as this world does; it may answer before it returns.
    this.clients.set(number, { id: number, content, status: "asking", outcomes: 0 });
    const { admission } = this.broker.request({ content, variant: "", who });
    void admission.then((answer) => this.#hear(number, answer));
  }

  leave(client: ShellClient): void {
    client.status = "left";
    this.outside.tell(`client ${client.id}`, "proxy", "gone");
    this.broker.leave(client.id);
  }

  #hear(id: ClientId, { kind }: Admission): void {
    this.#set(id, kind === "serve" ? "served" : "rejected");
  }

  #set(id: ClientId, status: ShellClient["status"]): void {
    const client = this.clients.get(id);
    if (client && client.status !== "left") client.status = status;
  }

  // --- what the broker tells -------------------------------------------------------------------------------

  decided(event: SelectorEvent, before: State, taken: Step): void {
    this.decisions.push(event);
    for (const session of before.places.keys())
      if (!taken.state.places.has(session)) this.freed.push({ session, event, real: this.realOf(session) });
    const isNoted = taken.effects.some(
      ({ type }) => type === "start" || type === "reportStarted" || type === "settled",
    );
    const hasChanged = before.places !== taken.state.places || before.engines !== taken.state.engines;
    if (isNoted && hasChanged && this.outside.save) this.isFileBehind = true;
  }

  answered(id: ClientId, admission: Admission): void {
    const client = this.clients.get(id);
    if (client) client.outcomes++;
    const text = admission.kind === "serve" ? "200" : admission.code;
    this.outside.tell("proxy", `client ${id}`, text);
  }

  // --- what is the case ------------------------------------------------------------------------------------

  realOf(session: SessionId): RealSession | undefined {
    return this.outside.sessions.findLast((real) => real.holder === session);
  }

  isRead(session: RealSession): boolean {
    for (const read of this.outside.reading.values()) if (read === session) return true;
    return false;
  }

  enginesNow(): EngineNow[] {
    return this.outside.engines.map(({ id, address }) => {
      const known = this.state.engines.get(id);
      return {
        name: `engine ${address.port}`,
        slots: known ? known.slots.map(({ state }) => state) : [],
        foreign: known?.foreign.length ?? 0,
        carries: this.outside.sessions.filter((session) => session.runs && session.engine.id === id).length,
      };
    });
  }

  messages(): readonly Message[] {
    return this.outside.messages;
  }
}
