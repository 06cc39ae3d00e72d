/**
 * The feed of `/api/v1/events`: each of the journal's lines as it is written, and all figures about once a second,
 * made once for all listeners. While nobody listens there is no timer and no work.
 */
import type { z } from "zod";
import type { Broker, JournalLine } from "../../broker/index.ts";
import { bestSink } from "../../stream/sinks/best-sink.ts";
import type { BreakOff, OpenSink } from "../../stream/sinks/sink.ts";
import { VERSION } from "../../version.ts";
import { COMMENT_MS, FIGURES_MS, LISTENER_SILENCE_MS, LISTENERS_MAX, RETRY_MS } from "./limits.ts";
import { Listener } from "./listener.ts";
import type { FiguresEvent, HelloEvent, ResetEvent } from "./schemas.ts";

export interface FeedOptions {
  readonly broker: Pick<Broker, "journal" | "name" | "life">;
  /** All that there is, now. */
  figures(): z.infer<typeof FiguresEvent>;
  /** Aborted when the proxy ends: so do all listeners' answers. */
  readonly ending: AbortSignal;
  /** What is asked of listeners now. When it changes all answers end: whoever knows the new one may come again. */
  token(): string | null;
  /** Default: those of limits.ts. */
  readonly times?: { readonly figuresMs: number; readonly commentMs: number; readonly silenceMs: number };
}

const TIMES = { figuresMs: FIGURES_MS, commentMs: COMMENT_MS, silenceMs: LISTENER_SILENCE_MS };

export class Feed {
  readonly #options: FeedOptions;
  readonly #times: typeof TIMES;
  readonly #listeners = new Map<Listener, OpenSink>();
  /** What those that listen were let in with. */
  #token: string | null = null;
  #stop: (() => void) | null = null;
  #figures: { readonly bytes: Uint8Array; readonly atMs: number } | null = null;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#times = options.times ?? TIMES;
    options.ending.addEventListener("abort", () => this.#end());
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** The bytes for a new listener, beginning behind the line that `lastId` names; null: there are too many. `breakOff`: see `ClientSink`. */
  listen(lastId: string | null, breakOff?: BreakOff): ReadableStream<Uint8Array> | null {
    this.#endOthers();
    if (this.#listeners.size >= LISTENERS_MAX) return null;
    const listener = new Listener(() => this.#forget(listener));
    const sink = bestSink(listener, breakOff);
    listener.begin(encoded(`retry: ${RETRY_MS}\n\n${this.#greeting(lastId)}`));
    // No line can come between those and its place among the listeners.
    this.#listeners.set(listener, sink);
    this.#stop ??= this.#begin();
    listener.begin(this.#freshFigures());
    if (this.#options.ending.aborted) this.#end();
    return sink.body;
  }

  /**
   * Hello, and what one has missed that had all until the line of this id. Hello has the id of the line before those
   * that follow, so that one who is cut off before the next line misses none either.
   */
  #greeting(lastId: string | null): string {
    const { name, life, journal } = this.#options.broker;
    const kept = journal.since(0);
    const oldest = kept[0]?.seq ?? 1;
    const last = kept.at(-1)?.seq ?? 0;
    const had = lastId === null ? last : seqOf(lastId, life);
    const isKnown = had !== null && had <= last;
    const goesOn = isKnown && had >= oldest - 1;
    const from = goesOn ? had : oldest - 1;
    const hello: z.infer<typeof HelloEvent> = { version: VERSION, name, life };
    const reset: z.infer<typeof ResetEvent> = {
      reason: isKnown ? "too old" : "not of this life",
      from: oldest,
    };
    return [
      event("hello", hello, `${life}-${from}`),
      ...(goesOn ? [] : [event("reset", reset)]),
      ...kept.filter(({ seq }) => seq > from).map((line) => this.#line(line)),
    ].join("");
  }

  #line(line: JournalLine): string {
    return event("type" in line ? line.type : "transition", line, `${this.#options.broker.life}-${line.seq}`);
  }

  #freshFigures(): Uint8Array {
    const nowMs = performance.now();
    if (this.#figures === null || nowMs - this.#figures.atMs >= this.#times.figuresMs)
      this.#figures = { bytes: encoded(event("figures", this.#options.figures())), atMs: nowMs };
    return this.#figures.bytes;
  }

  /** What goes on while somebody listens; gives what ends it. */
  #begin(): () => void {
    const deaf = this.#options.broker.journal.listen((line) => this.#tell(encoded(this.#line(line))));
    const figures = setInterval(() => this.#show(), this.#times.figuresMs);
    const comments = setInterval(() => this.#tell(COMMENT), this.#times.commentMs);
    return () => {
      deaf();
      clearInterval(figures);
      clearInterval(comments);
      this.#figures = null;
    };
  }

  /** Ends the answers of those that were let in with another token, before they are told any more. */
  #endOthers(): void {
    const token = this.#options.token();
    if (token === this.#token) return;
    this.#token = token;
    this.#end();
  }

  #tell(bytes: Uint8Array): void {
    this.#endOthers();
    for (const [listener, sink] of this.#listeners)
      if (!listener.tell(bytes)) this.#drop(listener, sink, "too much waits for the listener");
  }

  #show(): void {
    this.#endOthers();
    const nowMs = performance.now();
    for (const [listener, sink] of this.#listeners)
      if (listener.owedMs(nowMs) > this.#times.silenceMs)
        this.#drop(listener, sink, "the listener takes nothing");
    if (this.#listeners.size === 0) return;
    this.#figures = null;
    const bytes = this.#freshFigures();
    for (const listener of this.#listeners.keys()) listener.show(bytes);
  }

  #drop(listener: Listener, sink: OpenSink, why: string): void {
    sink.break(why);
    this.#forget(listener);
  }

  #forget(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#stop?.();
    this.#stop = null;
  }

  #end(): void {
    for (const [listener, sink] of [...this.#listeners]) {
      this.#forget(listener);
      listener.end();
      // One that takes nothing never comes to its end.
      const timer = setTimeout(() => sink.break("the listener takes nothing"), this.#times.silenceMs);
      timer.unref?.();
      listener.whenOver(() => clearTimeout(timer));
    }
  }
}

const encoder = new TextEncoder();
const encoded = (text: string): Uint8Array => encoder.encode(text);
const COMMENT = encoded(":\n\n");

/** JSON has no line breaks, so that one line of data will do. */
function event(name: string, data: object, id?: string): string {
  const head = id === undefined ? "" : `id: ${id}\n`;
  return `${head}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** The number of the line that an id names; null: it is no line's of this life. */
function seqOf(id: string, life: string): number | null {
  const [, of, seq] = /^(.*)-(\d{1,15})$/.exec(id) ?? [];
  return of === life ? Number(seq) : null;
}
