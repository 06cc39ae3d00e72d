/**
 * Sweeps an acexy log: for each engine the streams that it certainly carried, and those that it may have carried.
 *
 * Certain: a stream from the line that says it started, on the engine that all of its possible selections chose
 * (see `pairing.ts`), to the first line that speaks of its end: `Client stopped` with no client left or with none
 * told, or `Stream done`. Without such a line, or if the same content starts again before it: for its first minute
 * (see `carried.ts`), since an engine keeps so long what nobody reads.
 * Possible: from the selection on to `Stream done`, on each engine of a possible selection; if that line never comes,
 * to the end of the log; if the same content starts again before it, for a minute more. Streams that the proxy saw
 * on an engine and that no line tells of are possible as well.
 * Lines that are missing at the begin show as starts without a selection and as ends without a start: then it cannot
 * be told that nothing is wrong.
 */
import type { AcexyEvent } from "./acexy-line.ts";
import { Carried } from "./carried.ts";
import { byLoad } from "./engines.ts";
import { type Carrier, Episode, type LogStream } from "./episode.ts";
import {
  ENGINES_MAX,
  OPEN_STREAMS_MAX,
  PROXIES_MAX,
  ReplayLimitError,
  TAILS_MAX,
  UNREAD_SESSION_MS,
} from "./limits.ts";
import { Pairing } from "./pairing.ts";
import {
  capTold,
  type EngineTold,
  type Fault,
  type Judge,
  type Peak,
  type Read,
  type StreamTold,
  Tally,
  type Told,
  type Where,
} from "./told.ts";

interface Engine extends Carrier {
  readonly id: string;
  name: string;
  /** Streams that the proxy's last look showed there and no line tells of. */
  unseen: number;
  /** Streams that were started anew without an end: each may still run until then, ms. */
  tails: number[];
  possible: Peak | null;
}

interface Source {
  readonly name: string;
  readonly pairing: Pairing;
  readonly streams: Map<string, LogStream<Engine>>;
  episode: Episode<Engine>;
  /** Selections of each engine whose second line has not come. */
  readonly selected: Map<string, number>;
}

export class AcexyJudge implements Judge<AcexyEvent> {
  readonly #engines = new Map<string, Engine>();
  readonly #sources = new Map<string, Source>();
  readonly #doubts = new Tally();
  readonly #counts: Record<string, number> = {};
  #possibly: Fault | null = null;
  #open = 0;
  #from: string | null = null;
  #to: string | null = null;
  #toldCap: number | null = null;

  constructor(readonly givenCap: number | null) {}

  /** The highest that any line told, so that a change of it makes nothing certain that is not. */
  get cap(): number | null {
    return this.givenCap ?? this.#toldCap;
  }

  /** What is kept now, for the test that it does not grow with the log. */
  get size(): { readonly engines: number; readonly streams: number; readonly kept: number } {
    let kept = 0;
    for (const { carried, tails } of this.#engines.values()) kept += carried.size + tails.length;
    for (const { episode } of this.#sources.values()) kept += episode.size;
    return { engines: this.#engines.size, streams: this.#open, kept };
  }

  take(event: AcexyEvent | "damaged", where: Where): void {
    if (event === "damaged") {
      this.#count("unreadable");
      return this.#doubts.add("the line is damaged", where);
    }
    this.#from ??= event.at;
    this.#to = event.at;
    const source = this.#source(event.source);
    source.pairing.expire(event.ms);
    const { type, ms } = event;
    if (type === "select") {
      if (isRepetition(source, event.engine, event.repeated)) return;
      this.#count("selections");
      if (event.cap !== null) this.#toldCap = Math.max(this.#toldCap ?? 0, event.cap);
      this.#select(source, event, where);
      return;
    }
    switch (type) {
      case "start":
        this.#count("starts");
        return this.#start(source, event.content, ms, where);
      case "reuse":
        this.#count("reuses");
        source.pairing.answer();
        return this.#sign(source, event.content, ms);
      case "left":
        this.#count("clients left");
        if (event.clients !== null && event.clients > 0) return this.#sign(source, event.content, ms);
        return this.#ending(source, event.content, where);
      case "done":
        this.#count("ends");
        return this.#done(source, event.content, ms, where);
    }
  }

  told({ files, lines, cutOff }: Read): Told {
    const { cap } = this;
    const engines = [...this.#engines.values()].map((engine) => this.#engineTold(engine)).sort(byLoad);
    const worst = engines.find(({ certain }) => cap !== null && certain !== null && certain.load > cap);
    const certainly = worst?.certain ? aboveTold(worst, worst.certain, cap) : null;
    const doubts = this.#doubts.sentences(files);
    if (cap === null) doubts.push("no line says what the cap is; give --cap N");
    if (engines.length === 0) doubts.push("no line says which engine was chosen");
    return {
      version: 1,
      kind: "acexy",
      verdict: certainly ? "broken" : doubts.length > 0 || this.#possibly ? "unknown" : "fine",
      files,
      lines,
      from: this.#from,
      to: this.#to,
      cap: capTold(this.givenCap, this.#toldCap),
      counts: this.#counts,
      proxies: [...this.#sources.keys()].filter((name) => name !== ""),
      illegal: null,
      illegalSteps: 0,
      above: { certainly, possibly: this.#possibly },
      engines,
      folded: { engines: 0, certain: 0, possible: 0 },
      history: null,
      doubts,
      notes: this.#notes(files, cutOff),
    };
  }

  #notes(files: readonly string[], cutOff: readonly Where[]): string[] {
    const tally = new Tally();
    for (const where of cutOff) tally.add("the last line is cut off", where);
    const notes = tally.sentences(files);
    const unanswered = [...this.#sources.values()].reduce((sum, { pairing }) => sum + pairing.unanswered, 0);
    if (unanswered > 0) notes.push(`Of ${unanswered} selections no start came within a minute.`);
    if (files.length > 1 || this.#sources.size > 1)
      notes.push(
        "The order between proxies is as good as their clocks: lines are merged by the time they tell.",
      );
    return notes;
  }

  #select(source: Source, event: AcexyEvent & { readonly type: "select" }, where: Where): void {
    const engine = this.#engine(event.engine);
    if (event.name !== "") engine.name = event.name;
    engine.tails = engine.tails.filter((until) => until >= event.ms);
    if (event.seen !== null) engine.unseen = Math.max(0, event.seen - engine.open - engine.tails.length);
    const { ms, seen } = event;
    if (!source.pairing.isOpen) source.episode = new Episode();
    source.pairing.select({ engine: engine.id, seen, ms, where });
    for (const id of source.pairing.budgets.keys()) this.#notePossible(this.#engine(id), ms, where);
  }

  #start(source: Source, content: string, ms: number, where: Where): void {
    this.#forget(source, content, ms, "anew", where);
    const { chosen, engines } = source.pairing.answer();
    if (chosen === null)
      this.#doubts.add("a stream starts and no selection is left that it could come from", where);
    const told: StreamTold = {
      content,
      chosen: chosen?.where ?? null,
      seen: chosen?.seen ?? null,
      started: where,
    };
    const may = engines.map((id) => this.#engine(id));
    const stream = source.episode.start(told, may, ms);
    source.streams.set(content, stream);
    if (++this.#open > OPEN_STREAMS_MAX)
      throw new ReplayLimitError(
        `it holds more than ${OPEN_STREAMS_MAX} streams at once: a replay follows no more; check that the log tells their ends`,
      );
    for (const engine of stream.engines) this.#notePossible(engine, ms, where);
  }

  #sign(source: Source, content: string, ms: number): void {
    const stream = source.streams.get(content);
    if (stream && !stream.ending) stream.sole?.carried.sign(stream.told, ms);
  }

  #ending(source: Source, content: string, where: Where): void {
    const stream = source.streams.get(content);
    if (!stream) return this.#doubts.add("a client leaves a stream whose start is missing", where);
    stream.episode.end(stream, false);
  }

  #done(source: Source, content: string, ms: number, where: Where): void {
    if (!source.streams.has(content)) return this.#doubts.add("a stream ends whose start is missing", where);
    this.#forget(source, content, ms, "done", where);
  }

  /** The proxy holds the content no more: it is done with it, or has started it anew and lost the former one. */
  #forget(source: Source, content: string, ms: number, why: "done" | "anew", where: Where): void {
    const stream = source.streams.get(content);
    if (!stream) return;
    source.streams.delete(content);
    this.#open--;
    stream.episode.end(stream, why === "anew");
    if (why === "anew")
      for (const engine of stream.engines)
        engine.tails = [...engine.tails.filter((until) => until >= ms), ms + UNREAD_SESSION_MS].slice(
          -TAILS_MAX,
        );
    for (const engine of stream.episode.remove(stream)) this.#notePossible(engine, ms, where);
  }

  #notePossible(engine: Engine, ms: number, where: Where): void {
    let load = engine.open + engine.unseen + engine.tails.filter((until) => until >= ms).length;
    for (const { pairing } of this.#sources.values()) load += pairing.budgets.get(engine.id) ?? 0;
    if (load <= (engine.possible?.load ?? 0)) return;
    engine.possible = { load, others: engine.unseen, cap: this.cap, where };
    if (this.#possibly === null && this.cap !== null && load > this.cap)
      this.#possibly = {
        where,
        sentence: `engine ${engine.id} may carry ${load} streams here, more than its cap of ${this.cap}`,
      };
  }

  #engineTold({ id, name, carried, possible }: Engine): EngineTold {
    const { cap } = this;
    const moment = carried.highest();
    const certain = moment && { load: moment.load, others: 0, cap, where: moment.where };
    const streams = cap !== null && moment && moment.load > cap ? moment.streams : [];
    return { id, name, certain, possible, streams };
  }

  #engine(id: string): Engine {
    const known = this.#engines.get(id);
    if (known) return known;
    if (this.#engines.size >= ENGINES_MAX)
      throw new ReplayLimitError(
        `it names more than ${ENGINES_MAX} engines: a replay follows no more; split the log by engine`,
      );
    const engine = { id, name: id, carried: new Carried(), open: 0, unseen: 0, tails: [], possible: null };
    this.#engines.set(id, engine);
    return engine;
  }

  #source(name: string): Source {
    const known = this.#sources.get(name);
    if (known) return known;
    if (this.#sources.size >= PROXIES_MAX)
      throw new ReplayLimitError(
        `it names more than ${PROXIES_MAX} proxies: a replay follows no more; split the log by proxy`,
      );
    const source = {
      name,
      pairing: new Pairing(),
      streams: new Map(),
      selected: new Map(),
      episode: new Episode<Engine>(),
    };
    this.#sources.set(name, source);
    return source;
  }

  #count(kind: string): void {
    this.#counts[kind] = (this.#counts[kind] ?? 0) + 1;
  }
}

/** Each selection is told by two lines in some versions and by one in others. */
function isRepetition({ selected }: Source, engine: string, repeated: boolean): boolean {
  const lines = selected.get(engine) ?? 0;
  if (!repeated) selected.set(engine, lines + 1);
  else if (lines > 0) selected.set(engine, lines - 1);
  return repeated && lines > 0;
}

function aboveTold({ id, streams }: EngineTold, { load, where }: Peak, cap: number | null): Fault {
  const chosen = streams.flatMap((stream) => stream.chosen ?? []);
  const seen = new Set(streams.map((stream) => stream.seen));
  const [one] = seen;
  const blind = seen.size === 1 && one !== null && one !== undefined && chosen.length > 1;
  const story = blind ? `; all of them were chosen with ${one} in view` : "";
  return { where, sentence: `engine ${id} carries ${load} streams, more than its cap of ${cap}${story}` };
}
