/** The selector as its users call it. What comes of a call is the machine room's business. */
import type { ContentKey, Stream } from "../slots/index.ts";
import type { AskId } from "./asking.ts";
import { type Clock, runtimeClock } from "./clock.ts";
import { Core } from "./core.ts";
import { WAITING_MAX } from "./limits.ts";
import { checkAcquire, checkResource } from "./options.ts";
import { closedError, crowdedError } from "./refusals.ts";
import type { Hooks } from "./runs.ts";
import type {
  AcquireOptions,
  PlainSelectorOptions,
  Resource,
  ResourceView,
  Selector,
  SelectorEvents,
  Slot,
} from "./types.ts";
import { contentOf } from "./words.ts";

export class Shell<Value> extends Core<Value> implements Selector<Value> {
  #nextAsk: AskId = 1;
  readonly #onAbort = (): void => void this.close();

  constructor(options: PlainSelectorOptions, hooks: Hooks<Value>, clock: Clock = runtimeClock) {
    super(options, hooks, clock);
    if (options.signal?.aborted) void this.close();
    else options.signal?.addEventListener("abort", this.#onAbort);
  }

  get waiting(): number {
    return this.waiters.size;
  }

  acquire(options: AcquireOptions = {}): Promise<Slot<Value>> {
    try {
      checkAcquire(options);
    } catch (error) {
      return Promise.reject(error);
    }
    const { key, signal, timeoutMs = this.options.timeoutMs ?? Number.POSITIVE_INFINITY } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.ending.isShut) return Promise.reject(closedError());
    if (this.waiters.unanswered >= WAITING_MAX) return Promise.reject(crowdedError());
    return new Promise((resolve, reject) => {
      const ask = this.#nextAsk++;
      this.waiters.ask(ask, { resolve, reject, timeoutMs, signal });
      this.request(ask, contentOf(key, ask));
    });
  }

  resources(): ResourceView[] {
    return this.pool.views(this.state);
  }

  set(resource: Resource): void {
    const checked = checkResource(resource);
    this.pool.set(checked);
    this.#endExcess(checked.id);
    this.mailbox.run();
  }

  remove(id: string): void {
    this.pool.remove(id);
    this.#endExcess(id);
    this.mailbox.run();
  }

  on<Type extends keyof SelectorEvents>(
    type: Type,
    listener: (event: SelectorEvents[Type]) => void,
    options: { readonly signal?: AbortSignal } = {},
  ): () => void {
    return this.hearing.on(type, listener, options.signal);
  }

  drain(): Promise<void> {
    this.ending.shut();
    this.#endLingering([...this.state.streams.values()]);
    const idle = this.ending.whenIdle();
    this.mailbox.run();
    return idle;
  }

  close(): Promise<void> {
    const begin = (): void => {
      this.options.signal?.removeEventListener("abort", this.#onAbort);
      this.probing.close();
      this.waiters.closeFront();
      this.post({ type: "drain" });
    };
    return this.ending.close(begin, () => this.timers.close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Who waits already waits in front. */
  protected request(ask: AskId, content: ContentKey): void {
    const isAlone = this.waiters.inFront === 0 && this.state.queue.length === 0;
    if (!isAlone || this.mailbox.isBusy) this.waiters.stand(ask, content);
    else {
      const request = this.waiters.enter({ content, asks: [ask] });
      if (request) return this.post(request);
    }
    this.mailbox.run();
  }

  /** Closes what nobody holds of a resource, while more of it is used than there is room; the longest kept goes first. */
  #endExcess(resource: string): void {
    const lingering = [...this.state.streams.values()]
      .filter(({ lingeringSince, place }) => lingeringSince !== null && place?.engine === resource)
      .sort((a, b) => (a.lingeringSince ?? 0) - (b.lingeringSince ?? 0));
    this.#endLingering(lingering.slice(0, this.pool.excess(this.state, resource)));
  }

  /** As if the time were over that they are kept: one that somebody holds by then goes on. */
  #endLingering(streams: readonly Stream[]): void {
    for (const { id, lingeringSince } of streams)
      if (lingeringSince !== null) this.post({ type: "timer", timer: { kind: "linger", stream: id } });
  }
}
