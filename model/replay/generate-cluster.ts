/**
 * What several proxies that share one cap could have written, and their store with them: small proxies that keep the
 * protocol, over the store's own books. For measuring, and for tests that nothing right is ever called wrong. Chance
 * decides everything: who does what, how long an answer takes, who dies and who is silent for longer than its lease.
 */
import type { LeaseRecord } from "../../src/broker/index.ts";
import { type Answer, type Books, type Command, NO_BOOKS, type PlacedLease } from "../../src/leases/books.ts";
import { keep } from "../../src/leases/keeping.ts";
import type { JournalRecord } from "../../src/slots/index.ts";

export interface ClusterPlan {
  readonly proxies: number;
  readonly engines: number;
  readonly cap: number;
  readonly steps: number;
  /** A number from 0 to `below` - 1. */
  readonly chance: (below: number) => number;
  /** How far the clocks of two proxies differ at most, ms. */
  readonly skewMs?: number;
  /** No crashes and no pauses. */
  readonly calm?: boolean;
  /** From this step on the first "full" that can be told is taken for a grant. */
  readonly plantAt?: number | undefined;
}

export interface Generated {
  /** One text per life, in the order of their beginnings. */
  readonly journals: readonly { readonly name: string; readonly text: string }[];
  readonly monitor: string;
  /** The planted grant: where it is told, and the lines that began what was there. */
  readonly planted: { readonly line: Line; readonly others: readonly Line[] } | null;
}

export interface Line {
  readonly name: string;
  readonly line: number;
}

const TTL_MS = 1_000;
const BEGIN_MS = 1_760_000_000_000;

interface Slot {
  readonly engine: number;
  readonly index: number;
  readonly session: number;
  readonly lease: string;
  state: "asked" | "granted" | "active" | "released";
  /** Null: it does not count yet. */
  granted: Line | null;
}

interface Proxy {
  readonly index: number;
  readonly name: string;
  readonly offsetMs: number;
  life: number;
  isDown: boolean;
  silentUntil: number;
  lines: string[];
  file: string;
  slots: Slot[];
  next: number;
  /** Answers that are under way. */
  waiting: { readonly slot: Slot; readonly answer: Answer }[];
  /** Freed, and not told to the store yet. */
  givingBack: Slot[];
  seen: number;
  beatAt: number;
}

export function generateCluster(plan: ClusterPlan): Generated {
  return new Cluster(plan).run();
}

class Cluster {
  readonly #plan: ClusterPlan;
  readonly #proxies: Proxy[];
  readonly #journals: { name: string; lines: string[] }[] = [];
  readonly #monitor = ["OK"];
  /** Leases whose sessions are over, whoever found out. */
  readonly #over = new Set<string>();
  #books: Books = NO_BOOKS;
  #ms = BEGIN_MS;
  #planted: Generated["planted"] = null;

  constructor(plan: ClusterPlan) {
    this.#plan = plan;
    const { skewMs = 0, chance } = plan;
    this.#proxies = Array.from({ length: plan.proxies }, (_, index) => ({
      index,
      name: `${skewMs > 0 ? `host-${index}` : "box"}@:${7_000 + index}`,
      offsetMs: skewMs > 0 ? chance(skewMs + 1) : 0,
      life: 0,
      isDown: true,
      silentUntil: 0,
      lines: [],
      file: "",
      slots: [],
      next: 1,
      waiting: [],
      givingBack: [],
      seen: 0,
      beatAt: 0,
    }));
  }

  run(): Generated {
    const { chance, steps, calm } = this.#plan;
    for (const proxy of this.#proxies) this.#start(proxy);
    for (let step = 0; step < steps; step++) {
      this.#ms += chance(12);
      const proxy = this.#proxies[chance(this.#proxies.length)];
      if (!proxy) break;
      for (const each of this.#proxies) if (this.#isAwake(each) && each.beatAt <= this.#ms) this.#beat(each);
      if (proxy.isDown) {
        if (chance(20) === 0) this.#start(proxy);
        continue;
      }
      const fate = calm ? 99 : chance(100);
      if (fate === 0) proxy.isDown = true;
      else if (fate === 1) proxy.silentUntil = this.#ms + chance(3 * TTL_MS);
      else if (this.#isAwake(proxy)) this.#act(proxy, step);
    }
    return {
      journals: this.#journals.map(({ name, lines }) => ({ name, text: `${lines.join("\n")}\n` })),
      monitor: `${this.#monitor.join("\n")}\n`,
      planted: this.#planted,
    };
  }

  #isAwake = (proxy: Proxy): boolean => !proxy.isDown && proxy.silentUntil <= this.#ms;

  #start(proxy: Proxy): void {
    const former = proxy.slots;
    Object.assign(proxy, {
      life: proxy.life + 1,
      isDown: false,
      lines: [],
      slots: [],
      waiting: [],
      givingBack: [],
    });
    proxy.file = `proxy-${proxy.index}-${proxy.life}.ndjson`;
    this.#journals.push({ name: proxy.file, lines: proxy.lines });
    this.#write(proxy, { type: "configure", cap: this.#plan.cap });
    for (let engine = 0; engine < this.#plan.engines; engine++)
      this.#write(proxy, { type: "engine_seen", engine: `e${engine}`, name: "", address: placeOf(engine) });
    for (const slot of former) this.#takeOver(proxy, slot.lease, slot.engine);
    this.#join(proxy);
  }

  #act(proxy: Proxy, step: number): void {
    const { chance } = this.#plan;
    const [waiting] = proxy.waiting;
    if (waiting && chance(2) === 0) {
      proxy.waiting.shift();
      return this.#answered(proxy, waiting.slot, waiting.answer, step);
    }
    const [back] = proxy.givingBack;
    if (back && chance(2) === 0) {
      proxy.givingBack.shift();
      this.#ask(proxy, { type: "release", place: placeOf(back.engine), id: back.lease });
      return;
    }
    const slot = proxy.slots[chance(proxy.slots.length + 2)];
    if (!slot) return this.#request(proxy);
    if (slot.state === "granted") {
      this.#move(proxy, slot, "pending", "active", "started");
      slot.state = "active";
    } else if (slot.state === "active") this.#release(proxy, slot, "nobody watches");
    else if (slot.state === "released") this.#free(proxy, slot, "stop confirmed");
  }

  #request(proxy: Proxy): void {
    const { engines, cap, chance } = this.#plan;
    const engine = chance(engines);
    const own = proxy.slots.filter((slot) => slot.engine === engine);
    if (own.length >= cap) return;
    const index = lowestFree(own);
    if (index >= cap) return;
    // What others claim is known late, or not at all.
    const claimed = (this.#books.engines.get(placeOf(engine)) ?? []).filter(
      ({ id }) => !own.some(({ lease }) => lease === id),
    ).length;
    const load = own.length + 1 + (chance(2) === 0 ? Math.min(claimed, cap - own.length - 1) : 0);
    const slot = this.#slot(proxy, engine, index, null);
    this.#move(proxy, slot, "free", "pending", "request");
    const { session } = slot;
    this.#write(proxy, {
      type: "grant",
      engine: `e${engine}`,
      slot: index,
      session,
      stream: session,
      content: contentOf(proxy, session),
      load,
    });
    const command = {
      type: "reserve",
      place: placeOf(engine),
      id: slot.lease,
      cap,
      more: chance(2) === 0,
    } as const;
    const answer = this.#ask(proxy, { ...command, contents: [contentOf(proxy, session)], detail: "{}" });
    proxy.waiting.push({ slot, answer });
  }

  #answered(proxy: Proxy, slot: Slot, answer: Answer, step: number): void {
    const others = this.#there(slot.engine);
    const { plantAt, cap } = this.#plan;
    const isPlanted =
      answer.type === "refused" &&
      plantAt !== undefined &&
      step >= plantAt &&
      this.#planted === null &&
      others.length >= cap;
    const held = answer.type === "granted" ? answer.held.find(({ id }) => id === slot.lease) : undefined;
    if (!held && !isPlanted) {
      this.#lease(proxy, "refused", slot, null);
      this.#move(proxy, slot, "pending", "released", "refused");
      return this.#free(proxy, slot, "never opened");
    }
    slot.granted = this.#lease(proxy, "granted", slot, held?.fence ?? this.#books.fence + 1_000_000);
    slot.state = "granted";
    if (!isPlanted) return;
    this.#planted = { line: slot.granted, others };
    // Nobody gives anything back in the same moment, and everybody goes on.
    this.#ms += 500;
    for (const each of this.#proxies)
      if (!each.isDown) this.#write(each, { type: "configure", cap: this.#plan.cap });
    this.#ms += 500;
  }

  /** Sessions that count there. */
  #there(engine: number): Line[] {
    return this.#proxies.flatMap((proxy) =>
      proxy.slots.flatMap((slot) =>
        slot.engine === engine && slot.granted && !proxy.isDown && !this.#over.has(slot.lease)
          ? slot.granted
          : [],
      ),
    );
  }

  #release(proxy: Proxy, slot: Slot, cause: string): void {
    const from = slot.state === "active" ? "active" : "pending";
    this.#move(proxy, slot, from, "released", cause);
    slot.state = "released";
  }

  #free(proxy: Proxy, slot: Slot, cause: string): void {
    this.#move(proxy, slot, "released", "free", cause);
    proxy.slots = proxy.slots.filter((other) => other !== slot);
    this.#lease(proxy, "released", slot, null);
    this.#over.add(slot.lease);
    proxy.givingBack.push(slot);
  }

  #beat(proxy: Proxy): void {
    proxy.beatAt = this.#ms + TTL_MS / 5;
    const answer = this.#ask(proxy, { type: "beat", waiting: false, adopts: true });
    if (!answer.isMember) this.#join(proxy);
    else if (answer.type === "beaten") {
      for (const { place, id } of answer.orphans) {
        const slot = this.#takeOver(proxy, id, Number(place.slice(1, place.indexOf(":"))));
        this.#lease(proxy, "adopted", slot, null);
      }
    }
  }

  #join(proxy: Proxy): void {
    const held = proxy.slots
      .filter(({ state }) => state !== "asked")
      .map((slot): PlacedLease => {
        const contents = [contentOf(proxy, slot.session)];
        return {
          id: slot.lease,
          owner: memberOf(proxy),
          place: placeOf(slot.engine),
          fence: 1,
          contents,
          detail: "{}",
        };
      });
    const answer = this.#ask(proxy, { type: "join", info: "{}", held, witnessed: [] });
    if (answer.type !== "joined") return;
    for (const lease of answer.lost) {
      const slot = proxy.slots.find((other) => other.lease === lease);
      if (!slot) continue;
      this.#lease(proxy, "lost", slot, null);
      if (slot.state !== "released") this.#release(proxy, slot, "the lease is lost");
    }
    // What was granted before the silence is not used any more.
    proxy.waiting = proxy.waiting.map(({ slot, answer: late }) => ({
      slot,
      answer: { ...late, type: "refused", why: "not a member", waitMs: 0, held: [] },
    }));
  }

  #takeOver(proxy: Proxy, lease: string, engine: number): Slot {
    const own = proxy.slots.filter((slot) => slot.engine === engine);
    const slot = this.#slot(proxy, engine, lowestFree(own), lease);
    this.#move(proxy, slot, "free", "pending", "former life");
    this.#move(proxy, slot, "pending", "released", "former life");
    slot.state = "released";
    return slot;
  }

  #slot(proxy: Proxy, engine: number, index: number, lease: string | null): Slot {
    const session = proxy.next++;
    const name = lease ?? `${memberOf(proxy)}/${session}`;
    const slot: Slot = { engine, index, session, lease: name, state: "asked", granted: null };
    proxy.slots.push(slot);
    return slot;
  }

  #move(
    proxy: Proxy,
    { engine, index, session, lease }: Slot,
    from: string,
    to: string,
    cause: string,
  ): void {
    const isOwn = lease.startsWith(`${memberOf(proxy)}/`);
    const [stream, content] = isOwn ? [session, contentOf(proxy, session)] : [null, null];
    const move = { engine: `e${engine}`, slot: index, from, to, stream, content, cause };
    this.#write(proxy, move as JournalRecord);
  }

  #lease(proxy: Proxy, outcome: LeaseRecord["outcome"], slot: Slot, fence: number | null): Line {
    const { engine, index, session, lease } = slot;
    return this.#write(proxy, {
      type: "lease",
      outcome,
      lease,
      place: placeOf(engine),
      engine: `e${engine}`,
      slot: index,
      session,
      fence,
      message: "",
    });
  }

  #write(proxy: Proxy, record: JournalRecord | LeaseRecord): Line {
    const at = new Date(this.#ms + proxy.offsetMs).toISOString();
    const seq = proxy.lines.length + 1;
    proxy.lines.push(JSON.stringify({ seq, at, proxy: proxy.name, ...record }));
    return { name: proxy.file, line: seq };
  }

  /** One command, as the store takes it, and as its monitor shows it. */
  #ask(proxy: Proxy, asked: Without<Command>): Answer {
    const command = { ...asked, member: memberOf(proxy), ttl: TTL_MS, seen: proxy.seen } as Command;
    const before = this.#books;
    const { books, answer, changes } = keep(before, command, { run: "a", time: this.#ms });
    this.#books = books;
    proxy.seen = Math.max(proxy.seen, answer.fence);
    const keys = ["store", "engines", "members", "queue", "freed"].map((name) => `{aceslot}:${name}`);
    this.#show(
      "127.0.0.1:5000",
      "evalsha",
      "f00d",
      "5",
      ...keys,
      "{aceslot}:changes",
      JSON.stringify(command),
    );
    if (before.run !== books.run) this.#show("lua", "DEL", ...keys.slice(2));
    for (const member of books.members.keys())
      if (before.members.get(member) !== books.members.get(member))
        this.#show("lua", "HSET", "{aceslot}:members", member, "1 {}");
    for (const member of before.members.keys())
      if (!books.members.has(member)) this.#show("lua", "HDEL", "{aceslot}:members", member);
    for (const { place, held } of changes)
      if (held.length > 0) this.#show("lua", "HSET", "{aceslot}:engines", place, JSON.stringify(held));
      else this.#show("lua", "HDEL", "{aceslot}:engines", place);
    return answer;
  }

  #show(by: string, ...args: readonly string[]): void {
    const at = `${Math.floor(this.#ms / 1_000)}.${String(this.#ms % 1_000).padStart(3, "0")}500`;
    this.#monitor.push(`${at} [0 ${by}] ${args.map((arg) => JSON.stringify(arg)).join(" ")}`);
  }
}

type Without<T> = T extends Command ? Omit<T, "member" | "ttl" | "seen"> : never;

const memberOf = ({ index, life }: Proxy): string => `aceslot-${index}/${life}`;
const placeOf = (engine: number): string => `e${engine}:6878`;
const contentOf = ({ index, life }: Proxy, session: number): string =>
  `id:${`${index}${life}${session}`.padStart(40, "c")}`;

function lowestFree(slots: readonly Slot[]): number {
  for (let index = 0; ; index++) if (!slots.some((slot) => slot.index === index)) return index;
}
