/**
 * Holds journals against the model. A line must follow from all lines before it: numbers without a gap, slots that
 * move as their machine does and from the state that they are in, loads that add up, no grant above the cap. Legal
 * above the cap: what a former life left, streams of others that come later, and slots of a cap that was lowered.
 * Pure: lines in, `told` out; what it keeps are engines, held slots and proxies.
 */
import { Engines, ownActive, type Part, possibleLoad } from "./engines.ts";
import type { HistoryTold } from "./history-told.ts";
import type { JournalReading } from "./journal-line.ts";
import { History } from "./lease-history.ts";
import { type Bench, Life } from "./life.ts";
import { OPEN_STREAMS_MAX, PROXIES_MAX, ReplayLimitError } from "./limits.ts";
import type { MonitorReading } from "./monitor-line.ts";
import {
  capTold,
  type Fault,
  type Judge,
  type Read,
  Tally,
  type Told,
  type Verdict,
  type Where,
} from "./told.ts";

export class JournalJudge implements Judge<JournalReading | MonitorReading>, Bench {
  readonly engines = new Engines();
  /** By file and proxy: two proxies may have been given one name. */
  readonly #lives = new Map<string, Life>();
  /** The life that each file spoke of last. */
  readonly #current: (Life | undefined)[] = [];
  /** By file: a damaged line, of which the next one tells what to make. */
  readonly #damaged: (Where | undefined)[] = [];
  /** Lives whose files are over, by proxy: another file may go on with them. */
  readonly #over = new Map<string, Life>();
  readonly #proxies = new Set<string>();
  readonly #history: History;
  readonly #doubts = new Tally();
  readonly #notes = new Tally();
  readonly #counts: Record<string, number> = {};
  readonly #above: { certainly: Fault | null; possibly: Fault | null } = { certainly: null, possibly: null };
  #illegal: Fault | null = null;
  #unexplained: Fault | null = null;
  #illegalSteps = 0;
  #slots = 0;
  #from: string | null = null;
  #to: string | null = null;
  #cap: number | null = null;

  constructor(
    readonly cap: number | null,
    skewMs: number | null = null,
  ) {
    const [doubts, notes] = [this.#doubts, this.#notes];
    const illegal = (where: Where, sentence: string): void => this.illegal(where, sentence);
    this.#history = new History({ cap, skewMs, illegal, doubts, notes });
  }

  take(line: JournalReading | MonitorReading | "damaged", where: Where): void {
    if (line === "damaged") {
      this.#count("unreadable");
      this.#judgeDamaged(where.file, false);
      this.#damaged[where.file] = where;
      return;
    }
    this.#judgeDamaged(where.file, "seq" in line && line.seq === 1);
    if ("type" in line && line.type === "store") {
      this.#count("store");
      this.#history.takeStore(line, where);
      return;
    }
    this.#from ??= line.at;
    if (this.#to !== null && line.at < this.#to) this.#notes.add("the clock was set back", where);
    this.#to = line.at;
    const life = this.#lifeOf(line, where);
    if (!("type" in line)) this.#count("transition");
    else if (line.type === "strange") {
      this.#count("strange");
      this.#doubts.add(`this version does not know records of the kind ${JSON.stringify(line.kind)}`, where);
      return;
    } else this.#count(line.type);
    life.take(line, where);
    this.#history.take(life, line, where);
    if (life.cap !== null) this.#cap = Math.max(this.#cap ?? 0, life.cap);
  }

  /** The line that a life was writing when it was killed, and that the next one left as it was, hides nothing more. */
  #judgeDamaged(file: number, isLastOfLife: boolean): void {
    const where = this.#damaged[file];
    if (where === undefined) return;
    this.#damaged[file] = undefined;
    if (isLastOfLife)
      this.#notes.add("the last line of a life is cut off: what it says is not looked at", where);
    else this.#doubts.add("it is no line of a journal, or damaged", where);
  }

  /** What the file says next, before its turn; null: it is over. */
  next(file: number, line: JournalReading | MonitorReading | null): void {
    const life = this.#current[file];
    if (!life || (line !== null && "type" in line && line.type === "store")) return;
    if (line !== null)
      return this.#history.goesOn(life, line.proxy === life.proxy && line.seq === life.seq + 1);
    this.#history.pause(life);
    this.#over.set(life.proxy, life);
  }

  illegal(where: Where, sentence: string): void {
    this.#illegal ??= { where, sentence };
    this.#illegalSteps++;
  }

  /** A load that is higher than what the proxy's own lines come to, in a life that may or may not have leases. */
  unexplained(fault: Fault): void {
    this.#unexplained ??= fault;
  }

  /** Several proxies, or lives of one, may give out one place twice, each rightly as far as it knows. */
  reserved({ engine }: Part, where: Where): void {
    if (this.#above.possibly !== null || (engine.parts.length === 1 && engine.former === 0)) return;
    const ceiling = ceilingOf(engine.parts);
    const load = possibleLoad(engine, where.at);
    if (ceiling !== null && load > ceiling)
      this.#above.possibly = {
        where,
        sentence: `engine ${engine.id} may carry ${load} streams here, more than its cap of ${ceiling}`,
      };
  }

  began({ engine }: Part, where: Where): void {
    if (this.#above.certainly !== null || engine.parts.length === 1) return;
    const ceiling = ceilingOf(engine.parts);
    const load = ownActive(engine);
    if (ceiling !== null && load > ceiling)
      this.#above.certainly = {
        where,
        sentence: `engine ${engine.id} carries ${load} streams of ${engine.parts.length} proxies, more than its cap of ${ceiling}`,
      };
  }

  kept(slots: number): void {
    this.#slots += slots;
    if (this.#slots > OPEN_STREAMS_MAX)
      throw new ReplayLimitError(
        `it holds more than ${OPEN_STREAMS_MAX} slots at once: a replay follows no more; split the file by proxy`,
      );
  }

  /** What is kept now, for the test that it does not grow with the lines. */
  get size(): { readonly engines: number; readonly slots: number; readonly proxies: number } {
    return { engines: this.engines.size, slots: this.#slots, proxies: this.#proxies.size };
  }

  told({ files, lines, cutOff }: Read): Told {
    for (const file of this.#damaged.keys()) this.#judgeDamaged(file, false);
    const shared = this.#history.isGiven ? this.#history.told() : null;
    for (const life of this.#lives.values()) life.tellUnexplained();
    // What one proxy cannot know of its load, others have claimed; where nobody has leases, nobody has.
    if (shared === null && this.#unexplained !== null) this.#putFirst(this.#unexplained);
    const cap = capTold(this.cap, this.#cap);
    if (cap === null)
      this.#doubts.add("no line says what the cap is; give --cap N", {
        file: 0,
        line: 1,
        at: this.#from ?? "",
      });
    for (const where of cutOff)
      this.#notes.add("the last line is cut off: what it says is not looked at", where);
    const doubts = this.#doubts.sentences(files);
    const notes = this.#notes.sentences(files);
    if (this.#proxies.size > 1) notes.push(orderNote(shared));
    if (isAlone(shared)) notes.push(ALONE);
    if (shared !== null) notes.push(ASSUMED);
    const above = shared === null ? this.#above : aboveTold(shared);
    return {
      version: 1,
      kind: "journal",
      verdict: this.#verdict(doubts, above),
      files,
      lines,
      from: this.#from,
      to: this.#to,
      cap,
      counts: this.#counts,
      proxies: [...this.#proxies],
      illegal: this.#illegal,
      illegalSteps: this.#illegalSteps,
      above,
      ...(shared === null
        ? this.engines.told()
        : { engines: this.#history.places.told(), folded: { engines: 0, certain: 0, possible: 0 } }),
      history: shared,
      doubts,
      notes,
    };
  }

  #verdict(doubts: readonly string[], above: Told["above"]): Verdict {
    if (this.#illegal !== null || above.certainly !== null) return "broken";
    return doubts.length > 0 || above.possibly !== null ? "unknown" : "fine";
  }

  #putFirst(fault: Fault): void {
    this.#illegalSteps++;
    const { where } = fault;
    const first = this.#illegal?.where;
    if (!first || (where.file === first.file && where.line < first.line)) this.#illegal = fault;
  }

  /** The life that a line belongs to. Number 1 begins a new one; any other jump means that lines are missing. */
  #lifeOf(line: JournalReading, where: Where): Life {
    const { proxy, seq } = line;
    const current = this.#current[where.file];
    const life = current?.proxy === proxy ? current : this.#knownLife(proxy, seq, where.file);
    this.#current[where.file] = life;
    if (life && seq === life.seq + 1) {
      life.seq = seq;
      return life;
    }
    if (!life || seq === 1) {
      if (seq !== 1)
        this.#doubts.add(`the journal begins with number ${seq}: what went before is missing`, where);
      return this.#begin(line, where.file, life);
    }
    if (seq === life.seq) this.#doubts.add(`number ${seq} comes twice in a row`, where);
    else {
      const missing = `number ${seq} follows ${life.seq}`;
      if (seq > life.seq) this.#doubts.add(`${missing}: ${linesMissing(seq - life.seq - 1)}`, where);
      else this.#doubts.add(`${missing}: the lines are out of order`, where);
      life.loseTrack();
      this.#history.loseTrack(life);
    }
    life.seq = seq;
    return life;
  }

  /** In this file, or in one that is over and ends where this one goes on. */
  #knownLife(proxy: string, seq: number, file: number): Life | undefined {
    const key = `${file} ${proxy}`;
    const known = this.#lives.get(key);
    const before = known ? undefined : this.#over.get(proxy);
    if (!before || (seq !== 1 && seq !== before.seq + 1)) return known;
    this.#over.delete(proxy);
    for (const [other, life] of this.#lives) if (life === before) this.#lives.delete(other);
    this.#lives.set(key, before);
    return before;
  }

  #begin({ proxy, seq, at }: JournalReading, file: number, former: Life | undefined): Life {
    if (!former && this.#lives.size >= PROXIES_MAX)
      throw new ReplayLimitError(
        `it names more than ${PROXIES_MAX} proxies: a replay follows no more; split the file by proxy`,
      );
    former?.end(at);
    const life = new Life(proxy, this, seq, seq === 1);
    this.#history.begin(life, former, seq === 1);
    this.#lives.set(`${file} ${proxy}`, life);
    this.#current[file] = life;
    this.#proxies.add(proxy);
    return life;
  }

  #count(kind: string): void {
    this.#counts[kind] = (this.#counts[kind] ?? 0) + 1;
  }
}

/** Of all that is said with leases: what no journal can show. */
const ASSUMED =
  "A journal does not tell when a start was sent: a proxy that is paused between its last look at its lease and the " +
  "sending, for longer than the lease, its take-over and the release deadline, can exceed the cap unseen";

/** One proxy has leases, and nobody tells of the others that may have them. */
const isAlone = (shared: HistoryTold | null): boolean =>
  shared !== null && shared.proxies.length === 1 && shared.store === null;

const ALONE =
  "This proxy shared its engines, and no other proxy's journal was given: what others had there is not seen; " +
  "give the journals of all, or the output of redis-cli monitor";

const orderNote = (shared: HistoryTold | null): string =>
  shared === null || shared.skewMs === 0
    ? "The order between proxies is as good as their clocks: lines are merged by the time they tell."
    : `The order between proxies is as good as their clocks: what lies within ${shared.skewMs} ms is not certain (--skew).`;

function aboveTold({ exceeded: { certainly, possibly } }: HistoryTold): Told["above"] {
  return {
    certainly: certainly && {
      where: certainly.where,
      sentence: `${certainly.place} carries ${certainly.load} streams of all proxies, more than its cap of ${certainly.cap}`,
    },
    possibly: possibly && {
      where: possibly.where,
      sentence: `${possibly.place} may carry ${possibly.load} streams of all proxies here, more than its cap of ${possibly.cap}`,
    },
  };
}

const linesMissing = (lines: number): string =>
  lines === 1 ? "one line is missing" : `${lines} lines are missing`;

/** The highest cap under which any slot that is held now was reserved; null: not known of one of them. */
function ceilingOf(parts: readonly Part[]): number | null {
  let ceiling = 0;
  for (const { slots } of parts)
    for (const { state, cap } of slots.values()) {
      if (state === "free") continue;
      if (cap === null) return null;
      ceiling = Math.max(ceiling, cap);
    }
  return ceiling;
}
