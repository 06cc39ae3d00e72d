/** One's part in a slot, as users hold it. */
import type { SessionId, StreamId } from "../slots/index.ts";
import { SelectorError, type SelectorErrorCode } from "./error.ts";
import type { Group } from "./groups.ts";
import type { Slot } from "./types.ts";

/** What it is a part of. */
export interface Part {
  readonly group: Group;
  readonly session: SessionId;
  readonly stream: StreamId;
}

export interface HeldEars<Value> {
  release(held: Held<Value>, part: Part): Promise<void>;
  discard(held: Held<Value>, part: Part, reason: string): Promise<void>;
}

export class Held<Value> implements Slot<Value> {
  readonly resource: string;
  readonly key: string;
  readonly value: Value;
  readonly #part: Part;
  readonly #ears: HeldEars<Value>;
  /** Made when it is asked for: most never are. */
  #controller: AbortController | null = null;
  #takenBack: SelectorError | null = null;
  #released: Promise<void> | null = null;

  constructor(
    run: { readonly resource: string; readonly key: string },
    value: Value,
    part: Part,
    ears: HeldEars<Value>,
  ) {
    this.resource = run.resource;
    this.key = run.key;
    this.value = value;
    this.#part = part;
    this.#ears = ears;
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#takenBack) this.#controller.abort(this.#takenBack);
    }
    return this.#controller.signal;
  }

  release(): Promise<void> {
    this.#released ??= this.#ears.release(this, this.#part);
    return this.#released;
  }

  discard(reason = "discarded"): Promise<void> {
    this.#released ??= this.#ears.discard(this, this.#part, reason);
    return this.#released;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }

  /** The selector took the slot back. */
  takeBack(code: SelectorErrorCode, reason: string): void {
    this.#takenBack = new SelectorError(code, `the slot was taken back: ${reason}`);
    this.#controller?.abort(this.#takenBack);
  }
}
