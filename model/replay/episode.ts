/**
 * Streams of one proxy that started while selections were open without a pause, and the engines on which each may
 * be. Where several engines are possible there is only counting (see `pairing.ts`), and which streams carry the
 * doubt is a matter of naming: the older ones do. So when one of them ends, the doubt goes to a younger one, since
 * it may have been that one all the time.
 */
import type { Carried } from "./carried.ts";
import type { StreamTold } from "./told.ts";

/** What an episode needs of an engine. */
export interface Carrier {
  readonly carried: Carried;
  /** Streams that may be there. */
  open: number;
}

export interface LogStream<Engine extends Carrier> {
  readonly told: StreamTold;
  readonly episode: Episode<Engine>;
  /** Where it may be. */
  readonly engines: Set<Engine>;
  /** Where it certainly is; null: not known. */
  sole: Engine | null;
  /** A line has spoken of its end; the proxy may not be done with it yet. */
  ending: boolean;
}

export class Episode<Engine extends Carrier> {
  /** Those that are not done, in the order of their starts. */
  readonly #streams: LogStream<Engine>[] = [];
  /** Doubts for which no younger stream is there yet: of places that are certain, and of engines that are possible. */
  #uncertain = 0;
  readonly #possible = new Map<Engine, number>();

  /** What is kept, for the test that it does not grow with the log. */
  get size(): number {
    return this.#streams.length + this.#possible.size;
  }

  start(told: StreamTold, engines: readonly Engine[], ms: number): LogStream<Engine> {
    const [only] = engines;
    const stream: LogStream<Engine> = {
      told,
      episode: this,
      engines: new Set(engines),
      sole: engines.length === 1 && only !== undefined ? only : null,
      ending: false,
    };
    this.#streams.push(stream);
    for (const engine of engines) engine.open++;
    if (stream.sole !== null && this.#uncertain > 0) {
      this.#uncertain--;
      stream.sole = null;
    }
    for (const [engine, times] of this.#possible) {
      if (!join(stream, engine)) continue;
      if (times > 1) this.#possible.set(engine, times - 1);
      else this.#possible.delete(engine);
    }
    stream.sole?.carried.start(told, ms);
    return stream;
  }

  /** A line has spoken of the stream's end: it was there until now, or (`lost`) until nobody knows when. */
  end(stream: LogStream<Engine>, lost: boolean): void {
    if (stream.ending) return;
    stream.ending = true;
    const { sole } = stream;
    if (sole !== null) {
      if (lost) sole.carried.lose(stream.told);
      else sole.carried.end(stream.told);
      return;
    }
    const heir = this.#streams.find((other) => other.sole !== null && !other.ending);
    if (!heir) {
      this.#uncertain++;
      return;
    }
    heir.sole?.carried.lose(heir.told);
    heir.sole = null;
  }

  /** The proxy is done with the stream: it is on none of its engines any more. The engines that others may be on now. */
  remove(stream: LogStream<Engine>): readonly Engine[] {
    this.#streams.splice(this.#streams.indexOf(stream), 1);
    for (const engine of stream.engines) engine.open--;
    if (stream.engines.size < 2) return [];
    return [...stream.engines].filter((engine) => this.#mayBeOn(engine));
  }

  /** Some stream may have been there that was not thought to be. True: one is found. */
  #mayBeOn(engine: Engine): boolean {
    const found = this.#streams.some((heir) => join(heir, engine));
    if (!found) this.#possible.set(engine, (this.#possible.get(engine) ?? 0) + 1);
    return found;
  }
}

/** From here on it may be there. False: it was so already. */
function join<Engine extends Carrier>({ engines }: LogStream<Engine>, engine: Engine): boolean {
  if (engines.has(engine)) return false;
  engines.add(engine);
  engine.open++;
  return true;
}
