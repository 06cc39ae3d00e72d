/**
 * Members of one store of leases in virtual time: each has a clock that can stand still (a process that is stopped)
 * and a door to the store that can be slow, lose commands or answers, freeze and break.
 */
import { type Answer, type Books, type Change, type Command, NO_BOOKS } from "../../src/leases/books.ts";
import { type HolderOptions, LeaseHolder } from "../../src/leases/holder.ts";
import { keep } from "../../src/leases/keeping.ts";
import type { StoreEvents, StorePort } from "../../src/leases/store.ts";
import type { Log } from "../../src/log.ts";
import type { ClaimOrder, ClaimOutcome, Clock } from "../../src/ports.ts";
import type { Claimed, FormerSession } from "../../src/slots/index.ts";

/** The term of all members, ms. */
export const TTL = 10_000;

export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

interface Due {
  readonly at: number;
  readonly number: number;
  readonly whose: Actor;
  readonly run: () => void;
}

/** Whose timers and messages wait while it is stopped. */
export interface Actor {
  stopped: boolean;
}

/** Lets everything go on that waits for nothing. Bounded: what runs in circles does not keep a test from saying so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await null;
}

export class VirtualTime {
  now = 0;
  /** Called after each thing that happened. */
  onStep: () => void = () => {};
  #number = 0;
  #due: Due[] = [];

  after(delayMs: number, whose: Actor, run: () => void): () => void {
    const due = { at: this.now + delayMs, number: ++this.#number, whose, run };
    this.#due.push(due);
    return () => {
      this.#due = this.#due.filter((other) => other !== due);
    };
  }

  clock(whose: Actor): Clock {
    return {
      now: () => this.now,
      monotonicMs: () => this.now,
      after: (delayMs, fire) => this.after(delayMs, whose, fire),
    };
  }

  /** Lets `ms` pass, and happen what is due. */
  async pass(ms: number): Promise<void> {
    await settle();
    const end = this.now + ms;
    for (;;) {
      const next = this.#next(end);
      if (!next) break;
      this.now = Math.max(this.now, next.at);
      this.#due.splice(this.#due.indexOf(next), 1);
      next.run();
      await settle();
      this.onStep();
    }
    this.now = end;
    this.onStep();
  }

  /** Passes time until it holds; throws if it does not within `ms`. */
  async until(holds: () => boolean, ms = 20 * TTL): Promise<void> {
    const end = this.now + ms;
    await settle();
    while (!holds()) {
      if (this.now >= end) throw new Error(`not within ${ms} ms of virtual time`);
      await this.pass(5);
    }
  }

  #next(end: number): Due | undefined {
    let first: Due | undefined;
    for (const due of this.#due)
      if (
        !due.whose.stopped &&
        due.at <= end &&
        (!first || due.at < first.at || (due.at === first.at && due.number < first.number))
      )
        first = due;
    return first;
  }
}

/** The store's server. */
export class Server {
  readonly actor: Actor = { stopped: false };
  books: Books = { ...NO_BOOKS, run: "one" };
  run = "one";
  /** How far its clock is from everybody else's, ms. */
  aheadMs = 0;
  readonly listeners = new Set<(change: Change) => void>();

  constructor(readonly time: VirtualTime) {}

  take(command: Command): Answer {
    const { books, answer, changes } = keep(this.books, command, {
      run: this.run,
      time: this.time.now + this.aheadMs,
    });
    this.books = books;
    for (const change of changes) for (const tell of this.listeners) tell(change);
    return answer;
  }

  /** Another process, with what is left of the data. */
  restart(run: string, books: Books = NO_BOOKS): void {
    this.run = run;
    this.books = books;
  }

  leasesAt(place: string): readonly string[] {
    return (this.books.engines.get(place) ?? []).map(({ id }) => id);
  }

  ownerOf(lease: string): string | undefined {
    for (const held of this.books.engines.values())
      for (const { id, owner } of held) if (id === lease) return owner;
    return undefined;
  }
}

interface UnderWay {
  readonly reject: (error: Error) => void;
}

/** One member's way to the store. Commands and answers keep their order; changes take a way of their own. */
export class Door implements StorePort {
  /** One way there, one way back, ms. */
  thereMs = () => 0;
  backMs = () => 0;
  changeMs = () => 0;
  /** Not taken by the store / not answered, as long as it is so. */
  losesCommands = false;
  losesAnswers = false;
  /** What is under way when the connection breaks reaches the store all the same, so late, ms; null: it does not. */
  lateMs: number | null = null;
  refuses: string | null = null;
  /** Everything that was asked, in order. */
  readonly asked: Command[] = [];
  looks = 0;
  #events: StoreEvents | null = null;
  #connected = false;
  #underWay = new Set<UnderWay>();
  #thereAt = 0;
  #backAt = 0;
  #changeAt = 0;
  /** A connection's number: nothing of an older one arrives here. */
  #connection = 0;

  constructor(
    readonly time: VirtualTime,
    readonly server: Server,
    readonly whose: Actor,
  ) {}

  open(events: StoreEvents): void {
    this.#events = events;
    this.server.listeners.add(this.#hear);
    this.up();
  }

  ask(command: Command): Promise<Answer> {
    this.asked.push(command);
    return this.#send(() => this.server.take(command), command.type);
  }

  view() {
    this.looks++;
    return this.#send(() => this.server.books, "view");
  }

  describe = () => "scripted";

  async close(): Promise<void> {
    this.server.listeners.delete(this.#hear);
    this.#connected = false;
  }

  up(): void {
    this.#connected = true;
    this.#connection++;
    this.#events?.up();
  }

  down(why = "the connection broke"): void {
    this.#connected = false;
    const under = this.#underWay;
    this.#underWay = new Set();
    for (const { reject } of under) reject(new Error(why));
    this.#events?.down(why);
  }

  /** Commands of a kind that were asked so far. */
  count(type: Command["type"]): number {
    return this.asked.filter((command) => command.type === type).length;
  }

  #hear = (change: Change): void => {
    if (!this.#connected) return;
    const connection = this.#connection;
    this.#changeAt = Math.max(this.#changeAt, this.time.now + this.changeMs());
    this.time.after(this.#changeAt - this.time.now, this.whose, () => {
      if (connection === this.#connection && this.#connected) this.#events?.change(change);
    });
  };

  #send<T>(take: () => T, what: string): Promise<T> {
    if (!this.#connected) return Promise.reject(new Error(`${what}: not connected`));
    if (this.refuses !== null) return Promise.reject(new Error(this.refuses));
    const { time } = this;
    const connection = this.#connection;
    return new Promise<T>((resolve, reject) => {
      const under = { reject };
      this.#underWay.add(under);
      if (this.losesCommands) return;
      this.#thereAt = Math.max(this.#thereAt, time.now + this.thereMs());
      time.after(this.#thereAt - time.now, this.server.actor, () => {
        if (connection !== this.#connection || !this.#connected) {
          if (this.lateMs !== null) time.after(this.lateMs, this.server.actor, take);
          return;
        }
        const answer = take();
        if (this.losesAnswers) return;
        this.#backAt = Math.max(this.#backAt, time.now + this.backMs());
        time.after(this.#backAt - time.now, this.whose, () => {
          if (this.#underWay.delete(under)) resolve(answer);
        });
      });
    });
  }
}

export interface Member {
  readonly name: string;
  /** Its timers. */
  readonly actor: Actor;
  /** What comes from the store. */
  readonly wire: Actor;
  /** Stops and continues the process: neither its timers run, nor does it read what has come. */
  stop(isStopped: boolean): void;
  readonly door: Door;
  readonly holder: LeaseHolder;
  /** What the holder told, newest last. */
  readonly troubles: (string | null)[];
  readonly lost: string[];
  readonly orphans: FormerSession[];
  /** What others claim, as it was told, by place. */
  readonly claims: Map<string, Claimed>;
  claim(lease: number | string, place?: string, more?: Partial<ClaimOrder>): Promise<ClaimOutcome>;
  id(lease: number): string;
  isBlocked(place: string): boolean;
}

export const PLACE = "e:1";

export function sessionOf(lease: string, place = PLACE, isAnswered = true): FormerSession {
  const [host = "", port = "0"] = place.split(":");
  const url = `http://${place}/${lease}`;
  return {
    engine: place,
    name: place,
    address: { scheme: "http", host, port: Number(port) },
    contents: [`id:${lease}`],
    urls: isAnswered ? { playback: url, stat: url, command: url } : null,
    playbackSession: null,
    reportedAs: null,
    lease,
  };
}

export class World {
  readonly time = new VirtualTime();
  readonly server = new Server(this.time);
  readonly members: Member[] = [];

  /** Joins the store: `name` is `<instance>/<life>`. */
  member(
    name: string,
    options: Partial<HolderOptions> & { readonly former?: Parameters<LeaseHolder["start"]>[1] } = {},
    prepare: (door: Door) => void = () => {},
  ): Member {
    const actor: Actor = { stopped: false };
    const wire: Actor = { stopped: false };
    const door = new Door(this.time, this.server, wire);
    prepare(door);
    const holder = new LeaseHolder({
      store: door,
      member: name,
      info: () => ({ name }),
      ttlMs: TTL,
      whenDown: "refuse",
      clock: this.time.clock(actor),
      log: SILENT,
      ...options,
    });
    const id = (lease: number): string => `${name}/${lease}`;
    const member: Member = {
      name,
      actor,
      wire,
      stop: (isStopped) => {
        actor.stopped = wire.stopped = isStopped;
      },
      door,
      holder,
      troubles: [],
      lost: [],
      orphans: [],
      claims: new Map(),
      id,
      claim: (lease, place = PLACE, more = {}) => {
        const label = typeof lease === "number" ? id(lease) : lease;
        return holder.claim({
          lease: label,
          place,
          contents: [`id:${label}`],
          session: sessionOf(label, place),
          cap: 2,
          more: false,
          instead: null,
          ...more,
        });
      },
      isBlocked: (place) => member.claims.get(place)?.blocked ?? false,
    };
    this.members.push(member);
    holder.start(
      {
        trouble: (why) => member.troubles.push(why),
        claims: (whole, places) => {
          if (whole) member.claims.clear();
          for (const place of places) member.claims.set(place.place, place);
        },
        lost: (leases) => member.lost.push(...leases),
        orphans: (sessions) => member.orphans.push(...sessions),
      },
      options.former ?? [],
    );
    return member;
  }

  pass(ms: number): Promise<void> {
    return this.time.pass(ms);
  }

  /** What a claim answers, however long that takes. */
  async answered<T>(promise: Promise<T>): Promise<T> {
    let outcome: { value: T } | null = null;
    void promise.then((value) => {
      outcome = { value };
    });
    await this.time.until(() => outcome !== null);
    return (outcome as unknown as { value: T }).value;
  }
}
