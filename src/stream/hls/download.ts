/** One segment on its way to a player. The ring never changes what it handed out, so it may forget it meanwhile. */
import type { Clock } from "../../ports.ts";
import type { BreakOff, ClientSource, OpenSink } from "../sinks/sink.ts";
import { webSink } from "../sinks/sink-web.ts";

export class Download implements ClientSource {
  /** When its player took something of it last; before it has, when it asked. */
  takenAtMs: number;
  readonly #clock: Clock;
  readonly #parts: Uint8Array[];
  readonly #onTaken: (bytes: number) => void;
  readonly #onEnd: (isWhole: boolean) => void;
  readonly #sink: OpenSink;

  /** `parts`: from the first byte to the last. `onEnd`: told once, however it ends. */
  constructor(
    parts: readonly Uint8Array[],
    clock: Clock,
    onTaken: (bytes: number) => void,
    onEnd: (isWhole: boolean) => void,
    breakOff?: BreakOff,
  ) {
    this.#parts = parts.toReversed();
    this.#clock = clock;
    this.takenAtMs = clock.monotonicMs();
    this.#onTaken = onTaken;
    this.#onEnd = onEnd;
    this.#sink = webSink(this, breakOff);
  }

  get body(): ReadableStream<Uint8Array> {
    return this.#sink.body;
  }

  get isOver(): boolean {
    return this.#parts.length === 0;
  }

  take(): Uint8Array | null {
    const part = this.#parts.pop();
    this.takenAtMs = this.#clock.monotonicMs();
    if (part !== undefined) this.#onTaken(part.length);
    return part ?? null;
  }

  whenReady(): void {}

  gone(): void {
    this.#onEnd(this.isOver);
  }

  break(reason: string): void {
    this.#sink.break(reason);
    // What was broken off is not told to be gone; and a server may not end it before its client has read what came.
    this.#onEnd(false);
  }
}
