/** One life of one proxy, from number 1 on: what its slots really are, and whether the next line may follow. Pure. */
import type { JournalLine } from "../../src/broker/index.ts";
import { SLOT_STATES, SLOT_TABLE, type SlotState } from "../../src/slots/index.ts";
import type { Engines, HeldSlot, Part } from "./engines.ts";
import { hasKnownStates } from "./journal-line.ts";
import type { Fault, Where } from "./told.ts";

/** From the machine's own table: `from` → the states that may follow. */
const MAY_FOLLOW = new Map<string, readonly string[]>(
  SLOT_STATES.map((state) => [state, Object.values(SLOT_TABLE[state])]),
);

type Of<T extends JournalLine, K> = Extract<T, { readonly type: K }>;
export type Transition = Exclude<JournalLine, { readonly type: string }>;
export type Grant = Of<JournalLine, "grant">;
export type Snapshot = Of<JournalLine, "snapshot">;

interface SlotPlace {
  readonly engine: string;
  readonly slot: number;
}

/** What a life is told against: the engines that all proxies share, and what is wrong. */
export interface Bench {
  readonly engines: Engines;
  /** From `--cap`; null: the files say it. */
  readonly cap: number | null;
  illegal(where: Where, sentence: string): void;
  /** A grant tells a higher load than the life's own lines: wrong, unless other proxies claim the rest. */
  unexplained(fault: Fault): void;
  /** A step of this proxy may have put, or has put, more on an engine than its cap. */
  reserved(part: Part, where: Where): void;
  began(part: Part, where: Where): void;
  /** Called when slots are taken (1) and given back (-1): what is kept of them is bounded. */
  kept(slots: number): void;
}

export class Life {
  /** Number of the last line. */
  seq: number;
  /** The cap that the proxy says it has; null: no line has told it yet. */
  ownCap: number | null = null;
  readonly parts = new Map<string, Part>();
  /** No line is missing since the life began: what no line tells is not so. */
  #whole: boolean;
  #foreignKnown: boolean;
  #lastSession = 0;
  /** The reservation whose grant must be the next line. */
  #reserved: SlotPlace | null = null;
  /** Lines tell of its leases: others' claims, which no line tells, are load as well. */
  #isLeased = false;
  #unexplained: Fault | null = null;
  /** One whose grant has been missed already: told once. */
  #late: SlotPlace | null = null;

  constructor(
    readonly proxy: string,
    readonly bench: Bench,
    seq: number,
    whole: boolean,
  ) {
    this.seq = seq;
    this.#whole = whole;
    this.#foreignKnown = whole;
  }

  get cap(): number | null {
    return this.bench.cap ?? this.ownCap;
  }

  /** Lines are missing: what is held now may be held no more, and what was free may be held. */
  loseTrack(): void {
    this.#whole = false;
    this.#foreignKnown = false;
    this.#reserved = null;
    for (const part of this.parts.values()) {
      part.hidden += part.held;
      this.bench.kept(-part.slots.size);
      part.slots.clear();
      part.held = part.active = part.foreign = 0;
      part.whole = false;
    }
  }

  /** The life is over; what it held and did not give back may still run. */
  end(at: string): void {
    this.tellUnexplained();
    for (const part of this.parts.values()) {
      this.bench.kept(-part.slots.size);
      this.bench.engines.removePart(part, part.held + part.hidden, at);
    }
    this.parts.clear();
  }

  /** No line has told whether it has leases. */
  tellUnexplained(): void {
    if (this.#unexplained) this.bench.unexplained(this.#unexplained);
    this.#unexplained = null;
  }

  take(line: JournalLine, where: Where): void {
    if (this.#reserved !== null && !isGrantOf(line, this.#reserved)) {
      const late = this.#reserved;
      this.#illegal(where, "the line before it takes a slot, and this is not its grant");
      this.#late = late;
    }
    if (!("type" in line)) return this.#move(line, where);
    switch (line.type) {
      case "engine_seen": {
        const part = this.#part(line.engine);
        // A name may be an engine's second one; the address is the place that there is only once.
        part.engine.name = line.name || line.address;
        return;
      }
      case "engine_gone":
        return this.#gone(line.engine, where);
      case "snapshot":
        return this.#snapshot(line, where);
      case "grant":
        return this.#grant(line, where);
      case "configure":
        this.ownCap = line.cap;
        return;
      case "reject":
      case "provision":
        return;
      case "lease":
        this.#isLeased = true;
        this.#unexplained = null;
        return;
    }
  }

  #move(line: Transition, where: Where): void {
    const { slot: index, from, to, engine, cause } = line;
    const part = this.#known(engine, where, "moves a slot of");
    const slot = part.slots.get(index);
    const was = slot?.state ?? (part.whole ? "free" : null);
    const place = `slot ${index} of engine ${engine}`;
    if (!hasKnownStates(line)) {
      const strange = MAY_FOLLOW.has(from) ? to : from;
      this.#illegal(where, `${place} moves from ${from} to ${to}: ${strange} is no state of a slot`);
      return;
    }
    if (!MAY_FOLLOW.get(from)?.includes(to))
      this.#illegal(where, `${place} moves from ${from} to ${to}: from ${from} it may only ${mayGo(from)}`);
    else if (was !== null && was !== from)
      this.#illegal(where, `${place} moves from ${from} to ${to}, but it is ${was}`);
    else if (slot && slot.state !== "free" && slot.stream !== line.stream)
      this.#illegal(where, `${place} holds ${streamName(slot.stream)}, not ${streamName(line.stream)}`);
    if (was === null && from !== "free") part.hidden = Math.max(0, part.hidden - 1);
    this.#put(part, index, slot, {
      state: to,
      stream: line.stream,
      cap: from === "free" ? this.cap : (slot?.cap ?? this.cap),
    });
    if (from === "free") this.#taken(part, index, cause, where);
    else if (to === "active") this.#begins(part, where);
    this.bench.engines.note(part.engine, this.cap, where);
  }

  #begins(part: Part, where: Where): void {
    // With leases, one would have been granted by now.
    if (this.#unexplained) this.#illegal(this.#unexplained.where, this.#unexplained.sentence);
    this.#unexplained = null;
    this.bench.began(part, where);
  }

  #put(part: Part, index: number, slot: HeldSlot | undefined, next: HeldSlot): void {
    part.held += count(next.state !== "free") - count(slot !== undefined && slot.state !== "free");
    part.active += count(next.state === "active") - count(slot?.state === "active");
    if (!slot) this.bench.kept(1);
    part.slots.set(index, next);
  }

  /** A slot is not free any more: for a request there must be room, and what a former life left just is there. */
  #taken(part: Part, index: number, cause: string, where: Where): void {
    if (cause === "former life") {
      part.engine.former = Math.max(0, part.engine.former - 1);
      return;
    }
    const { ownCap, cap } = this;
    const id = part.engine.id;
    const load = part.held + part.foreign;
    if (ownCap !== null && index >= ownCap)
      this.#illegal(where, `slot ${index} of engine ${id} is taken, and it has only ${ownCap}`);
    if (cap !== null && load > cap)
      this.#illegal(where, `engine ${id} gets a stream and carries ${load}, more than its cap of ${cap}`);
    else this.bench.reserved(part, where);
    this.#reserved = { engine: id, slot: index };
  }

  #grant(line: Grant, where: Where): void {
    const part = this.#known(line.engine, where, "gives a place on");
    const { slot: index, session, load, engine } = line;
    const slot = part.slots.get(index);
    const { cap } = this;
    const known = part.held + part.foreign;
    const isLate = this.#late !== null && isGrantOf(line, this.#late);
    if (this.#reserved === null && !isLate && (part.whole || slot !== undefined))
      this.#illegal(
        where,
        `slot ${index} of engine ${engine} is given, but the line before does not take it`,
      );
    else if (slot && slot.stream !== line.stream)
      this.#illegal(
        where,
        `slot ${index} of engine ${engine} holds ${streamName(slot.stream)}, not ${streamName(line.stream)}`,
      );
    else if (session <= this.#lastSession)
      this.#illegal(where, `session ${session} is given after ${this.#lastSession}: their numbers only rise`);
    else if (this.#foreignKnown && (load < known || (part.whole && load > known && !this.#isLeased)))
      this.#misfit(
        load < known,
        where,
        `the load of engine ${engine} is told as ${load}, but it is ${known}`,
      );
    else if (cap !== null && load > cap && known <= cap)
      this.#illegal(where, `engine ${engine} gets a stream and carries ${load}, more than its cap of ${cap}`);
    this.#reserved = null;
    this.#late = null;
    this.#lastSession = Math.max(session, this.#lastSession);
    if (part.whole || !this.#foreignKnown) return;
    // The proxy itself tells how much of the load no line has told.
    part.hidden = Math.max(0, load - known);
    part.whole = part.hidden === 0;
    this.bench.engines.note(part.engine, cap, where);
  }

  /** A load that is too high is wrong only if no other proxy can have claimed the rest. */
  #misfit(isTooLow: boolean, where: Where, sentence: string): void {
    if (isTooLow) this.#illegal(where, sentence);
    else this.#unexplained ??= { where, sentence };
  }

  #snapshot(line: Snapshot, where: Where): void {
    for (const [id, part] of this.parts) {
      const foreign = line.foreign[id] ?? 0;
      if (foreign === part.foreign) continue;
      part.foreign = foreign;
      this.bench.engines.note(part.engine, this.cap, where);
    }
    for (const [id, streams] of Object.entries(line.foreign)) {
      if (this.parts.has(id)) continue;
      const part = this.#known(id, where, "counts streams on");
      part.foreign = streams;
      this.bench.engines.note(part.engine, this.cap, where);
    }
    this.#foreignKnown = true;
  }

  #gone(id: string, where: Where): void {
    const part = this.#known(id, where, "ends");
    if (part.held > 0)
      this.#illegal(where, `engine ${id} is forgotten while ${part.held} of its slots are held`);
    this.bench.kept(-part.slots.size);
    this.parts.delete(id);
    this.bench.engines.removePart(part, part.held, where.at);
  }

  /** An engine of which earlier lines must have told. */
  #known(id: string, where: Where, does: string): Part {
    const part = this.parts.get(id);
    if (part) return part;
    if (this.#whole) this.#illegal(where, `it ${does} engine ${id}, which no line has named yet`);
    return this.#part(id);
  }

  #part(id: string): Part {
    const known = this.parts.get(id);
    if (known) return known;
    const part = this.bench.engines.addPart(id, this.#whole);
    this.parts.set(id, part);
    return part;
  }

  #illegal(where: Where, sentence: string): void {
    // What follows from one illegal step is not told as another one.
    this.#reserved = null;
    this.bench.illegal(where, sentence);
  }
}

const count = (is: boolean): number => (is ? 1 : 0);

const isGrantOf = (line: JournalLine, { engine, slot }: SlotPlace): boolean =>
  "type" in line && line.type === "grant" && line.engine === engine && line.slot === slot;

const streamName = (stream: number | null): string =>
  stream === null ? "a session of a former life" : `stream ${stream}`;

function mayGo(from: SlotState): string {
  const next = MAY_FOLLOW.get(from) ?? [];
  return `become ${next.join(" or ")}`;
}
