/**
 * The history of several proxies that share one cap: from all their journals, and the store's own stream where it is
 * given, how many sessions each engine had at every instant. Pure: lines in, data out; what it keeps are places, open
 * sessions, lives, and a bounded number of names of what is over.
 */
import type { JournalLine } from "../../src/broker/index.ts";
import { Fences } from "./fences.ts";
import type { HistoryTold, ProxyTold } from "./history-told.ts";
import { type Counts, LeaseLife } from "./lease-life.ts";
import { Leases } from "./leases.ts";
import type { Life } from "./life.ts";
import { SKEW_DEFAULT_MS } from "./limits.ts";
import type { MonitorReading, StoredLease } from "./monitor-line.ts";
import { Places } from "./places.ts";
import type { Session, StoreMark } from "./session.ts";
import { StoreStream } from "./store-stream.ts";
import { timeReader } from "./time.ts";
import type { Tally, Where } from "./told.ts";

export interface HistoryOptions {
  /** From `--cap`; null: the journals say it. */
  readonly cap: number | null;
  /** From `--skew`, ms; null: 0 between proxies of one host, and a usual one between hosts. */
  readonly skewMs: number | null;
  illegal(where: Where, sentence: string): void;
  readonly doubts: Tally;
  readonly notes: Tally;
}

interface ProxyCounts extends Counts {
  lives: number;
}

export class History {
  readonly #options: HistoryOptions;
  readonly #lives = new Map<Life, LeaseLife>();
  /** Lives that are over, by proxy: the next one may take over what they left. */
  readonly #over = new Map<string, LeaseLife[]>();
  readonly #proxies = new Map<string, ProxyCounts>();
  readonly #hosts = new Set<string>();
  readonly #caps = new Map<LeaseLife, number>();
  readonly places: Places;
  readonly leases = new Leases();
  readonly fences = new Fences();
  readonly store: StoreStream;
  /** In force now: the highest that a living proxy says. */
  #cap: number | null = null;
  #hasLeases = false;
  #windows = 0;
  #nowMs = Number.NEGATIVE_INFINITY;
  readonly #timeOf = timeReader();

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#cap = options.cap;
    this.places = new Places({
      skewMs: (a, b) => Math.max(this.skewMs(), a === null || b === null ? this.store.skewMs : 0),
      waitMs: () => this.skewMs() + (this.store.isGiven ? this.store.skewMs : 0),
      cap: (by) => options.cap ?? by?.cap ?? this.#cap,
    });
    this.store = new StoreStream(this, options.skewMs);
  }

  /** Some proxy has leases, or the store's stream is given: else there is nothing that several share. */
  get isGiven(): boolean {
    return this.#hasLeases || this.store.isGiven;
  }

  skewMs(): number {
    return this.#options.skewMs ?? (this.#hosts.size > 1 ? SKEW_DEFAULT_MS : 0);
  }

  illegal(where: Where, sentence: string): void {
    this.#options.illegal(where, sentence);
  }

  doubt(where: Where, sentence: string): void {
    this.#options.doubts.add(sentence, where);
  }

  note(where: Where, sentence: string): void {
    this.#options.notes.add(sentence, where);
  }

  window(where: Where, sentence: string): void {
    this.#windows++;
    this.#options.notes.add(sentence, where);
  }

  begin(life: Life, former: Life | undefined, isWhole: boolean): void {
    const { proxy } = life;
    const counts = this.#proxies.get(proxy) ?? {
      lives: 0,
      granted: 0,
      refused: 0,
      adopted: 0,
      lost: 0,
      released: 0,
    };
    counts.lives++;
    this.#proxies.set(proxy, counts);
    this.#hosts.add(hostOf(proxy));
    if (former) this.end(former);
    const left = (this.#over.get(proxy) ?? []).flatMap((over) => over.left());
    this.#over.delete(proxy);
    this.#lives.set(life, new LeaseLife(proxy, this, counts, left, isWhole));
  }

  /** The life is over: no more lines of it will come. */
  end(life: Life): void {
    const ended = this.#lives.get(life);
    if (!ended) return;
    ended.end();
    ended.finish();
    this.#lives.delete(life);
    this.#caps.delete(ended);
    this.#reckonCap();
    this.#over.set(life.proxy, [...(this.#over.get(life.proxy) ?? []), ended]);
  }

  loseTrack(life: Life): void {
    this.#lives.get(life)?.loseTrack();
  }

  /** Its file is over; another may go on with it. */
  pause(life: Life): void {
    const known = this.#lives.get(life);
    if (!known) return;
    known.end();
    this.#caps.delete(known);
    this.#reckonCap();
  }

  /** Does the file go on with this life? What comes next in it is known before it is its turn. */
  goesOn(life: Life, yes: boolean): void {
    const known = this.#lives.get(life);
    if (known) known.isAlive = yes;
  }

  take(life: Life, line: JournalLine, where: Where): void {
    const known = this.#lives.get(life);
    if (!known) return;
    if (!known.isAlive) this.#resume(known);
    const told = this.#timeOf(line.at);
    const ms = Number.isNaN(told) ? this.#nowMs : told;
    this.#pass(ms);
    if ("type" in line) {
      if (line.type === "lease") this.#hasLeases = true;
      else if (line.type === "configure") this.#configure(known, line.cap, where);
    }
    known.take(line, { where, ms });
  }

  takeStore(reading: MonitorReading, where: Where): void {
    if (!Number.isNaN(reading.ms)) this.#pass(reading.ms);
    this.store.take(reading, where);
  }

  held(place: string, lease: StoredLease, mark: StoreMark, isGrant: boolean): void {
    const { id, fence } = lease;
    const known = this.leases.get(id);
    if (known) {
      known.reserved ??= mark;
      // A store that goes on with older data has a lease again that was given back: its end is still to come.
      known.ended = null;
      known.isForgotten = false;
      this.store.found(known);
      // A later life that goes on with a lease does not know its fence, and says 0.
      if (known.fence !== null && known.fence !== 0 && fence !== 0 && known.fence !== fence)
        this.illegal(mark.where, `lease ${id} has fence ${fence}, but its proxy says ${known.fence}`);
      return;
    }
    const session = this.leases.add(id, this.places.get(place), mark, {
      holder: null,
      isSure: false,
      fence,
      reserved: mark,
    });
    this.places.begin(session, mark, null, isGrant);
  }

  ended({ id }: StoredLease, mark: StoreMark): void {
    const session = this.leases.get(id);
    if (!session) return;
    session.ended = mark;
    this.#close(session, mark);
  }

  forgotten({ id }: StoredLease): void {
    const session = this.leases.get(id);
    if (session) session.isForgotten = true;
  }

  told(): HistoryTold {
    for (const life of this.#lives.values()) life.finish();
    this.store.finish();
    this.places.pass(Number.POSITIVE_INFINITY);
    const proxies = [...this.#proxies].map(([proxy, counts]): ProxyTold => ({ proxy, ...counts }));
    return {
      skewMs: this.skewMs(),
      proxies: proxies.sort((a, b) => a.proxy.localeCompare(b.proxy, "en", { numeric: true })),
      store: this.store.told(),
      exceeded: this.places.exceeded,
      windows: this.#windows,
    };
  }

  #close(session: Session, { ms }: StoreMark): void {
    if (!session.isOpen) return;
    this.places.end(session, { ms }, null);
    this.leases.over(session);
  }

  #pass(ms: number): void {
    if (ms <= this.#nowMs) return;
    this.#nowMs = ms;
    this.places.pass(ms);
  }

  /** It was not known to go on, and does. */
  #resume(life: LeaseLife): void {
    life.goOn();
    if (life.cap === null) return;
    this.#caps.set(life, life.cap);
    this.#reckonCap();
  }

  #configure(life: LeaseLife, cap: number, where: Where): void {
    const others = [...this.#caps].filter(([other]) => other !== life);
    life.cap = cap;
    this.#caps.set(life, cap);
    const [other] = others.filter(([, theirs]) => theirs !== cap);
    if (other && this.#options.cap === null)
      this.note(
        where,
        `the cap is ${cap} here, and ${other[1]} at ${other[0].proxy}: each grant is held against its own proxy's`,
      );
    this.#reckonCap();
  }

  #reckonCap(): void {
    if (this.#options.cap !== null || this.#caps.size === 0) return;
    this.#cap = Math.max(...this.#caps.values());
  }
}

/** Of `<host>@<listening address>`; a name that somebody chose is taken for a host of its own. */
const hostOf = (proxy: string): string => proxy.slice(0, proxy.lastIndexOf("@") + 1) || proxy;
