/** The border between a client's cursor and the runtime that carries its bytes away. */

/** A client as its sink sees it. */
export interface ClientSource {
  /** Nothing more will come, and everything was taken: the body may end cleanly. */
  readonly isOver?: boolean;
  /** False: there is nothing to take now, and there is no need to ask. */
  readonly hasMore?: boolean;
  /**
   * The next bytes, which count as taken from here on and must not be changed; null: none now. `bytesMax` is
   * `CHUNK_BYTES` where it is not given. `isBrief`: they are used up before the caller returns to the event loop, so
   * their memory may serve again.
   */
  take(bytesMax?: number, isBrief?: boolean): Uint8Array | null;
  /** Calls `wake` once as soon as there may be bytes again. Ask only when there is nothing to take. */
  whenReady(wake: () => void): void;
  /** The client is gone; told once. */
  gone(reason: string): void;
}

export interface OpenSink {
  readonly body: ReadableStream<Uint8Array>;
  /** Breaks the connection: the body errs and never ends cleanly. */
  break(reason: string): void;
}

/** Ends a connection at once and never cleanly, whatever waits to be sent over it. */
export type BreakOff = () => void;

/**
 * One per runtime. It takes bytes only when the connection can carry them, and holds no more than one chunk.
 * `breakOff`: how to break the connection where a body that errs is not enough; left out: it is.
 */
export type ClientSink = (source: ClientSource, breakOff?: BreakOff) => OpenSink;
