/**
 * What runs in the slots: values are opened and closed by the user's hooks, and the core hears what came of it. A hook
 * may answer at once, late or never, throw, reject, or call the selector.
 */
import type { SelectorEvent, SessionId, Started, StreamId } from "../slots/index.ts";
import type { Clock } from "./clock.ts";
import { CLOSE_PATIENCE_MS, CLOSE_PAUSE_MAX_MS, CLOSE_PAUSE_MS } from "./limits.ts";
import { isPromiseLike } from "./promise-like.ts";
import type { Closing, Opening, SelectorFault } from "./types.ts";
import { ownWords, textOf } from "./words.ts";

export type Hooks<Value> =
  /** There is nothing to open or close: the value is there. */
  | { readonly value: Value }
  | {
      readonly open: (opening: Opening) => Value | PromiseLike<Value>;
      readonly close: ((value: Value, closing: Closing) => void | PromiseLike<void>) | undefined;
    };

export interface RunsEars {
  post(event: SelectorEvent): void;
  fault(fault: SelectorFault): void;
  /** `open` failed by itself, not because it was aborted. */
  openFailed(run: { readonly stream: StreamId; readonly resource: string }, error: unknown): void;
}

/** One value in one slot, from before it is opened until its place is free. */
export interface Run<Value> {
  readonly session: SessionId;
  readonly stream: StreamId;
  readonly resource: string;
  readonly key: string;
  opened: { readonly value: Value } | null;
  /** Aborts `open`. */
  readonly opening: AbortController | null;
  /** Takes back the timer that `close` waits for. */
  cancel: () => void;
  /** `close` was late or failed: the core has been told that nobody should count on the place. */
  delayed: boolean;
  /** Nobody waits longer than for the first try. */
  tried: boolean;
  readonly waiting: (() => void)[];
}

/** The engine's answer that the core knows of: it needs one, and there is nothing in it. */
const OPENED: Started = {
  urls: { playback: "", stat: "", command: "" },
  infohash: null,
  playbackSession: "",
  isLive: true,
};

const nothing = (): void => {};

export const DONE: Promise<void> = Promise.resolve();

export class Runs<Value> {
  protected readonly ears: RunsEars;
  readonly #hooks: Hooks<Value>;
  readonly #clock: Clock;
  readonly #runs = new Map<SessionId, Run<Value>>();

  constructor(hooks: Hooks<Value>, clock: Clock, ears: RunsEars) {
    this.#hooks = hooks;
    this.#clock = clock;
    this.ears = ears;
  }

  get(session: SessionId): Run<Value> | undefined {
    return this.#runs.get(session);
  }

  /** Opens a value for a slot that is pending. */
  begin(order: Pick<Run<Value>, "session" | "stream" | "resource" | "key">): void {
    const { session, stream, resource, key } = order;
    const hooks = this.#hooks;
    const run: Run<Value> = {
      session,
      stream,
      resource,
      key,
      opened: "value" in hooks ? hooks : null,
      opening: "value" in hooks ? null : new AbortController(),
      cancel: nothing,
      delayed: false,
      tried: false,
      waiting: [],
    };
    this.#runs.set(session, run);
    if ("value" in hooks || run.opening === null)
      return this.ears.post({ type: "started", session, answer: OPENED });
    try {
      const answer = hooks.open({ resource, key, signal: run.opening.signal });
      if (isPromiseLike(answer))
        Promise.resolve(answer).then(
          (value) => this.opened(run, value),
          (error: unknown) => this.failed(run, error),
        );
      else this.opened(run, answer);
    } catch (error) {
      this.failed(run, error);
    }
  }

  /** The value is not wanted any more, or comes too late: `open` is told. Its answer is awaited all the same. */
  giveUp(session: SessionId, reason: DOMException): void {
    const run = this.#runs.get(session);
    if (run && run.opened === null) run.opening?.abort(reason);
  }

  /** Closes a value whose slot is released, again and again until it is closed; `settled` ends it. */
  stop(session: SessionId, reason: string): void {
    const run = this.#runs.get(session);
    if (run) this.close(run, reason, CLOSE_PAUSE_MS);
  }

  /** The place is free: nothing of this run is waited for. */
  settled(session: SessionId): void {
    const run = this.#runs.get(session);
    if (!run) return;
    this.#runs.delete(session);
    run.cancel();
    for (const resolve of run.waiting) resolve();
  }

  /** Resolves when the place is free, or when `close` has failed once. */
  whenFree(session: SessionId): Promise<void> {
    const run = this.#runs.get(session);
    if (!run || run.tried) return DONE;
    return new Promise((resolve) => run.waiting.push(resolve));
  }

  protected opened(run: Run<Value>, value: Value): void {
    run.opened = { value };
    if (this.#runs.has(run.session))
      this.ears.post({ type: "started", session: run.session, answer: OPENED });
    else this.#closeStray(run);
  }

  protected failed(run: Run<Value>, error: unknown): void {
    if (!this.#runs.has(run.session)) return;
    const aborted = run.opening?.signal.aborted ?? false;
    if (!aborted) this.ears.openFailed(run, error);
    this.ears.post({
      type: "startFailed",
      session: run.session,
      // One that was told to stop is not at fault.
      fault: aborted ? "content" : "engine",
      opened: "no",
      message: ownWords(textOf(error)),
    });
  }

  protected close(run: Run<Value>, reason: string, pauseMs: number): void {
    const answer = this.#callClose(run, reason);
    if (answer === "closed") return this.#closed(run);
    if (!("then" in answer)) return this.#closeAgain(run, reason, pauseMs, answer.error);
    run.cancel = this.#clock.after(CLOSE_PATIENCE_MS, () => this.#delay(run), "patience");
    answer.then(
      () => {
        run.cancel();
        this.#closed(run);
      },
      (error: unknown) => {
        run.cancel();
        this.#closeAgain(run, reason, pauseMs, error);
      },
    );
  }

  #closed(run: Run<Value>): void {
    if (this.#runs.has(run.session))
      this.ears.post({ type: "stopConfirmed", session: run.session, proof: "stop confirmed" });
  }

  #closeAgain(run: Run<Value>, reason: string, pauseMs: number, error: unknown): void {
    this.ears.fault({ during: "close", resource: run.resource, error });
    if (!this.#runs.has(run.session)) return;
    this.#delay(run);
    run.tried = true;
    for (const resolve of run.waiting.splice(0)) resolve();
    const next = Math.min(pauseMs * 2, CLOSE_PAUSE_MAX_MS);
    run.cancel = this.#clock.after(pauseMs, () => this.close(run, reason, next), "again");
  }

  #delay(run: Run<Value>): void {
    if (run.delayed) return;
    run.delayed = true;
    this.ears.post({ type: "stopDelayed", session: run.session });
  }

  /** Its place was given up by the release deadline before `open` answered: nobody waits for this. */
  #closeStray(run: Run<Value>): void {
    const told = (error: unknown): void =>
      this.ears.fault({ during: "close", resource: run.resource, error });
    const answer = this.#callClose(run, "opened after releaseTimeoutMs was over");
    if (answer === "closed") return;
    if ("then" in answer) answer.then(nothing, told);
    else told(answer.error);
  }

  #callClose(run: Run<Value>, reason: string): "closed" | Promise<void> | { readonly error: unknown } {
    const hooks = this.#hooks;
    if ("value" in hooks || !hooks.close || run.opened === null) return "closed";
    try {
      const answer = hooks.close(run.opened.value, { resource: run.resource, key: run.key, reason });
      return isPromiseLike(answer) ? Promise.resolve(answer) : "closed";
    } catch (error) {
      return { error };
    }
  }
}
