/**
 * Holds journals against the model. A line must follow from all lines before it: numbers without a gap, slots that
 * move as their machine does and from the state that they are in, loads that add up, no grant above the cap. Legal
 * above the cap: what a former life left, streams of others that come later, and slots of a cap that was lowered.
 * Pure: lines in, `told` out; what it keeps are engines, held slots and proxies.
 */
import { Engines, ownActive, type Part, possibleLoad } from "./engines.ts";
import type { JournalReading } from "./journal-line.ts";
import { type Bench, Life } from "./life.ts";
import { OPEN_STREAMS_MAX, PROXIES_MAX, ReplayLimitError } from "./limits.ts";
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

export class JournalJudge implements Judge<JournalReading>, Bench {
  readonly engines = new Engines();
  readonly #lives = new Map<string, Life>();
  readonly #doubts = new Tally();
  readonly #notes = new Tally();
  readonly #counts: Record<string, number> = {};
  readonly #above: { certainly: Fault | null; possibly: Fault | null } = { certainly: null, possibly: null };
  #illegal: Fault | null = null;
  #illegalSteps = 0;
  #slots = 0;
  #from: string | null = null;
  #to: string | null = null;
  #cap: number | null = null;

  constructor(readonly cap: number | null) {}

  take(line: JournalReading | "damaged", where: Where): void {
    if (line === "damaged") {
      this.#count("unreadable");
      this.#doubts.add("it is no line of a journal, or damaged", where);
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
    if (life.cap !== null) this.#cap = Math.max(this.#cap ?? 0, life.cap);
  }

  illegal(where: Where, sentence: string): void {
    this.#illegal ??= { where, sentence };
    this.#illegalSteps++;
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
    return { engines: this.engines.size, slots: this.#slots, proxies: this.#lives.size };
  }

  told({ files, lines, cutOff }: Read): Told {
    if (this.#cap === null && this.cap === null)
      this.#doubts.add("no line says what the cap is; give --cap N", {
        file: 0,
        line: 1,
        at: this.#from ?? "",
      });
    for (const where of cutOff)
      this.#notes.add("the last line is cut off: what it says is not looked at", where);
    const doubts = this.#doubts.sentences(files);
    const notes = this.#notes.sentences(files);
    if (this.#lives.size > 1)
      notes.push(
        "The order between proxies is as good as their clocks: lines are merged by the time they tell.",
      );
    return {
      version: 1,
      kind: "journal",
      verdict: this.#verdict(doubts),
      files,
      lines,
      from: this.#from,
      to: this.#to,
      cap: capTold(this.cap, this.#cap),
      counts: this.#counts,
      proxies: [...this.#lives.keys()],
      illegal: this.#illegal,
      illegalSteps: this.#illegalSteps,
      above: this.#above,
      ...this.engines.told(),
      doubts,
      notes,
    };
  }

  #verdict(doubts: readonly string[]): Verdict {
    if (this.#illegal !== null || this.#above.certainly !== null) return "broken";
    return doubts.length > 0 || this.#above.possibly !== null ? "unknown" : "fine";
  }

  /** The life that a line belongs to. Number 1 begins a new one; any other jump means that lines are missing. */
  #lifeOf({ proxy, seq, at }: JournalReading, where: Where): Life {
    const life = this.#lives.get(proxy);
    if (life && seq === life.seq + 1) {
      life.seq = seq;
      return life;
    }
    if (!life || seq === 1) {
      if (seq !== 1)
        this.#doubts.add(`the journal begins with number ${seq}: what went before is missing`, where);
      return this.#begin(proxy, seq, at, life);
    }
    if (seq === life.seq) this.#doubts.add(`number ${seq} comes twice in a row`, where);
    else {
      const missing = `number ${seq} follows ${life.seq}`;
      if (seq > life.seq) this.#doubts.add(`${missing}: ${linesMissing(seq - life.seq - 1)}`, where);
      else this.#doubts.add(`${missing}: the lines are out of order`, where);
      life.loseTrack();
    }
    life.seq = seq;
    return life;
  }

  #begin(proxy: string, seq: number, at: string, former: Life | undefined): Life {
    if (!former && this.#lives.size >= PROXIES_MAX)
      throw new ReplayLimitError(
        `it names more than ${PROXIES_MAX} proxies: a replay follows no more; split the file by proxy`,
      );
    former?.end(at);
    const life = new Life(proxy, this, seq, seq === 1);
    this.#lives.set(proxy, life);
    return life;
  }

  #count(kind: string): void {
    this.#counts[kind] = (this.#counts[kind] ?? 0) + 1;
  }
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
