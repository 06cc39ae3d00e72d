/** A client of a stream: a cursor in its ring, and how it keeps up. Its sink asks it for bytes. */
import type { ClientId } from "../slots/index.ts";
import type { Fanout } from "./fanout.ts";
import { CHUNK_BYTES } from "./limits.ts";
import { Pace } from "./pace.ts";
import type { ClientSource, OpenSink } from "./sinks/sink.ts";

/** What a client tells of itself. */
export interface ClientEvents {
  /** Its sink takes the first byte of media; the tables before it are no picture yet. */
  firstByte(): void;
  gone(reason: string): void;
}

export class Client implements ClientSource {
  readonly id: ClientId;
  readonly pace: Pace;
  sink: OpenSink | null = null;
  position = 0;
  bytesTaken = 0;
  readonly #patienceMs: () => number;
  readonly #tell: ClientEvents;
  #fanout: Fanout;
  /** What a decoder needs before the next byte. */
  #tables: Uint8Array | null = null;
  /** Media time of its place, kept: the ring forgets the samples before it as the client takes the bytes. */
  #mediaMs: number | null = null;
  #wake: (() => void) | null = null;
  #isLast = false;
  #hasHadMedia = false;
  /** When it last came for bytes. */
  #cameAtMs: number;

  constructor(id: ClientId, fanout: Fanout, patienceMs: () => number, tell: ClientEvents) {
    this.id = id;
    this.#patienceMs = patienceMs;
    this.#fanout = fanout;
    this.#tell = tell;
    this.#cameAtMs = fanout.nowMs;
    this.pace = new Pace(this.#cameAtMs);
    fanout.join(this);
  }

  /** How long it may take nothing. */
  get patienceMs(): number {
    return this.#patienceMs();
  }

  get mediaBytes(): number {
    return this.bytesTaken;
  }

  get isWaiting(): boolean {
    return this.#wake !== null && !this.hasMore;
  }

  get hasMore(): boolean {
    return this.#tables !== null || this.position < this.#fanout.ring.end;
  }

  /** How long it has taken nothing although there was something; the source's silence never counts. */
  idleMs(nowMs: number): number {
    return this.#wake !== null || !this.hasMore ? 0 : nowMs - this.#cameAtMs;
  }

  /** Goes to the stream's very beginning. */
  rewind(): void {
    this.position = this.#fanout.ring.start;
    this.#tables = null;
    this.#mediaMs = this.#fanout.ring.mediaMsAt(this.position);
  }

  /** Goes to the newest keyframe, with the tables that a decoder needs there. */
  enter(): void {
    const { position, tables } = this.#fanout.ring.entry();
    this.position = position;
    this.#tables = tables;
    this.#mediaMs = this.#fanout.ring.mediaMsAt(position);
  }

  moveTo(fanout: Fanout): void {
    this.#fanout.leave(this);
    this.#fanout = fanout;
    fanout.adopt(this);
    this.enter();
    this.deliver();
  }

  get isOver(): boolean {
    return this.#isLast && !this.hasMore;
  }

  /** Nothing more will be written: what is left is taken, and that is all. */
  finish(): void {
    this.#isLast = true;
    this.deliver();
  }

  leave(): void {
    this.#fanout.leave(this);
  }

  take(bytesMax = CHUNK_BYTES, isBrief = false): Uint8Array | null {
    const { nowMs, ring } = this.#fanout;
    this.#cameAtMs = nowMs;
    if (this.position < ring.start) {
      this.enter();
      this.#fanout.skipped();
    }
    if (this.#tables !== null) {
      const tables = this.#tables;
      this.#tables = null;
      this.bytesTaken += tables.length;
      return tables;
    }
    const bytes = ring.read(this.position, bytesMax, isBrief);
    if (bytes.length === 0) return null;
    this.pace.waits(nowMs, false);
    if (!this.#hasHadMedia) {
      this.#hasHadMedia = true;
      this.#tell.firstByte();
    }
    const from = this.position;
    this.position += bytes.length;
    this.bytesTaken += bytes.length;
    const fromMs = this.#mediaMs ?? ring.mediaMsAt(from);
    this.#mediaMs = ring.mediaMsAt(this.position);
    this.pace.took(nowMs, (this.#mediaMs ?? 0) - (fromMs ?? 0));
    this.#fanout.took(bytes.length, from, this.position);
    return bytes;
  }

  whenReady(wake: () => void): void {
    this.#wake = wake;
    if (!this.hasMore) this.pace.waits(this.#fanout.nowMs, true);
    this.deliver();
  }

  /** Lets a waiting sink come for what has been written. */
  deliver(): void {
    if (this.#wake === null || !(this.hasMore || this.#isLast)) return;
    const wake = this.#wake;
    this.#wake = null;
    wake();
  }

  gone(reason: string): void {
    this.#tell.gone(reason);
  }
}
