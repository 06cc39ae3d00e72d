/** Those who wait, from their call until their answer: in front of the core first, then in its queue, by groups. */
import type { ClientId, ContentKey, SelectorEvent, State, Stream, StreamId, Timer } from "../slots/index.ts";
import { type Asked, type AskId, Asking } from "./asking.ts";
import type { Clock } from "./clock.ts";
import type { Group, Groups } from "./groups.ts";
import { Lobby, type Turn } from "./lobby.ts";
import { closedError, type Refusals, type Refused } from "./refusals.ts";
import type { Slot } from "./types.ts";

export interface WaitingEars {
  state(): State;
  post(event: SelectorEvent): void;
  arm(timer: Timer): void;
  disarm(timer: Timer): void;
  abandon(ask: AskId, reason: unknown): void;
  /** The group that whoever comes for a content joins; undefined: a new one. */
  joinable(content: ContentKey): Group | undefined;
  /** A group has its slot. */
  serve(client: ClientId, stream: StreamId): void;
  /** Why the core refuses a group whose time is over; undefined: it does not. */
  refusalOf(timer: Timer): Pick<Refused, "code" | "message"> | undefined;
}

const timerOf = (client: ClientId | AskId): Timer => ({ kind: "queue", client });

/** To the core nobody is the same as anybody else: it has no place handed over from one to the other. */
const requestOf = (client: ClientId, content: ContentKey): SelectorEvent => ({
  type: "request",
  client,
  content,
  variant: "",
  who: String(client),
});

export class Waiting<Value> {
  readonly #refusals: Refusals;
  readonly #groups: Groups;
  readonly #ears: WaitingEars;
  readonly #lobby = new Lobby();
  readonly #asking: Asking<Value>;
  /** The group of each that is not in front any more. */
  readonly #groupOf = new Map<AskId, Group>();

  constructor(refusals: Refusals, groups: Groups, clock: Clock, ears: WaitingEars) {
    this.#refusals = refusals;
    this.#groups = groups;
    this.#ears = ears;
    this.#asking = new Asking(clock, (ask, reason) => ears.abandon(ask, reason));
  }

  /** How many have no answer yet. */
  get unanswered(): number {
    return this.#asking.size;
  }

  /** How many wait in front. */
  get inFront(): number {
    return this.#lobby.size;
  }

  /** How many wait for a place. */
  get size(): number {
    const { queue, streams } = this.#ears.state();
    let size = this.#lobby.size;
    for (const id of queue)
      for (const client of streams.get(id)?.clients ?? []) size += this.#groups.get(client)?.asking.size ?? 0;
    return size;
  }

  leftMs(ask: AskId): number {
    return this.#asking.leftMs(ask);
  }

  /** The group that somebody waits in; undefined: it waits in front, or has its answer. */
  groupOf(ask: AskId): Group | undefined {
    return this.#groupOf.get(ask);
  }

  ask(ask: AskId, asked: Asked<Value>): void {
    this.#asking.add(ask, asked);
  }

  /** Waits in front until it is its turn. */
  stand(ask: AskId, content: ContentKey): void {
    this.#lobby.add(ask, content);
  }

  /** What the core is to hear now that it has nothing else to do; undefined: nothing. */
  next(): SelectorEvent | undefined {
    for (;;) {
      const turn = this.#lobby.next(this.#ears.state());
      if (!turn) break;
      // The core says how long they wait there.
      for (const ask of turn.asks) this.#ears.disarm(timerOf(ask));
      const request = this.enter(turn);
      if (request) return request;
    }
    for (const ask of this.#lobby.takeFresh()) this.#ears.arm(timerOf(ask));
    return undefined;
  }

  /**
   * Those whose turn it is join the group that is there for their key; if there is none, they are one of their own, and the
   * core is to hear what this answers. Nothing else may be under way.
   */
  enter({ content, asks }: Turn): SelectorEvent | undefined {
    const joined = this.#ears.joinable(content);
    const [client = 0] = asks;
    const group = joined ?? this.#groups.add(client, content);
    for (const ask of asks) {
      group.asking.add(ask);
      this.#groupOf.set(ask, group);
    }
    if (!joined) return requestOf(client, content);
    const { served = false, stream = -1 } = this.#ears.state().clients.get(group.client) ?? {};
    if (served) this.#ears.serve(group.client, stream);
    else if (this.#streamOf(group)?.phase === "waiting") for (const ask of asks) this.#ears.arm(timerOf(ask));
    return undefined;
  }

  /** A group waits for a place in the core's queue from now on. */
  arm(client: ClientId): void {
    for (const ask of this.#groups.get(client)?.asking ?? []) this.#ears.arm(timerOf(ask));
  }

  /** A group waits for a place no more. */
  disarm(client: ClientId): void {
    for (const ask of this.#groups.get(client)?.asking ?? []) this.#ears.disarm(timerOf(ask));
  }

  /** Everybody in a group who has no answer yet is given a part in its slot. */
  serve(group: Group, give: () => Slot<Value>): void {
    for (const ask of group.asking) this.#take(ask)?.resolve(give());
  }

  /** The core refuses a group. */
  refuse(refused: Omit<Refused, "after" | "timeoutMs">): void {
    const group = this.#groups.get(refused.client);
    if (!group) return;
    this.#groups.delete(group);
    for (const ask of group.asking) this.#refuse(ask, refused);
  }

  /** Somebody does not want to wait any more. */
  abandon(ask: AskId, reason: unknown): void {
    const group = this.#groupOf.get(ask);
    const asked = this.#take(ask);
    if (!asked) return;
    this.#ears.disarm(timerOf(ask));
    if (!this.#lobby.remove(ask) && group && this.#groups.leave(group))
      this.#ears.post({ type: "leave", client: group.client });
    asked.reject(reason);
  }

  /**
   * A timer is over. Answers the one that the core is to hear of; undefined: it was somebody's wait, and ends nobody
   * else's.
   */
  timeOver(timer: Timer): Timer | undefined {
    if (timer.kind !== "queue") return timer;
    // The core's are of groups; those that are armed are of each in them.
    const ask: AskId = timer.client;
    const before = this.#ears.state();
    const inFront = this.#lobby.contentOf(ask);
    if (inFront !== undefined) {
      this.#lobby.remove(ask);
      this.#refuse(ask, { client: ask, code: "no_capacity", message: "", before, content: inFront });
      return undefined;
    }
    const group = this.#groupOf.get(ask);
    if (!group) return undefined;
    const ofGroup = timerOf(group.client);
    if (group.asking.size === 1) return ofGroup;
    const refusal = this.#ears.refusalOf(ofGroup);
    if (refusal) this.#refuse(ask, { ...refusal, client: group.client, before, content: group.content });
    return undefined;
  }

  /** Refuses those in front: the selector is being closed. */
  closeFront(): void {
    for (const ask of this.#asking.all()) if (this.#lobby.has(ask)) this.abandon(ask, closedError());
  }

  /** Refuses all: nothing is granted any more. */
  refuseAll(reason: unknown): void {
    for (const ask of this.#asking.all()) this.abandon(ask, reason);
  }

  /** It has its answer now. */
  #take(ask: AskId): Asked<Value> | undefined {
    this.#groupOf.get(ask)?.asking.delete(ask);
    this.#groupOf.delete(ask);
    return this.#asking.take(ask);
  }

  #refuse(ask: AskId, refused: Omit<Refused, "after" | "timeoutMs">): void {
    const asked = this.#take(ask);
    const { timeoutMs = 0 } = asked ?? {};
    asked?.reject(this.#refusals.errorOf({ ...refused, after: this.#ears.state(), timeoutMs }));
  }

  #streamOf({ client }: Group): Stream | undefined {
    const { clients, streams } = this.#ears.state();
    return streams.get(clients.get(client)?.stream ?? -1);
  }
}
