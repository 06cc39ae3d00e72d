/** What users of the selector see: its options, itself, a slot, what it tells. */
import type { SlotState } from "../slots/index.ts";

/** Something that only so many may use at once: a GPU, a licence, a browser. */
export interface Resource {
  /** Its name, by which `open` knows it; not empty. */
  readonly id: string;
  /** The most slots that may be held of it at once, whole, 0 to 1000; 0 takes it out of use. Default 1. */
  readonly cap?: number;
  /** How many of its places others hold, of whom the selector knows nothing else. Default 0. */
  readonly taken?: number;
}

/** A resource as it stands. */
export interface ResourceView {
  /** Its name. */
  readonly id: string;
  /** The most slots that may be held of it at once, others' included. */
  readonly cap: number;
  /** Places that others hold. */
  readonly taken: number;
  /** Slots of this selector that are not free: pending, active or released. */
  readonly held: number;
  /** It failed and gets nothing new until it answers again. */
  readonly resting: boolean;
  /** `remove`d: it gets nothing new, and is forgotten when its last slot is free. */
  readonly removed: boolean;
  /** The places that are the selector's to give, `cap - taken` of them; more only while slots above that are held. */
  readonly slots: readonly SlotState[];
}

/** What `open` is called with. */
export interface Opening {
  /** The resource that was chosen. */
  readonly resource: string;
  /** The key that was asked for; "" where none was. */
  readonly key: string;
  /** Aborted when nobody wants the value any more, or `openTimeoutMs` is over. A value that comes all the same is closed. */
  readonly signal: AbortSignal;
}

/** What `close` is called with besides the value. */
export interface Closing {
  /** The resource that the slot is a place of. */
  readonly resource: string;
  /** The key that it was opened for; "" where none was. */
  readonly key: string;
  /** Why, in words for a log. */
  readonly reason: string;
}

/** Options of a selector whose slots carry no value: they are places, and nothing else. */
export interface PlainSelectorOptions {
  /** What there is to share; `set` and `remove` change it later. */
  readonly resources: readonly Resource[];
  /**
   * Asks a resource that failed whether it can be used again: after a second, then after growing pauses of up to half a
   * minute. Not given: it is used again after the first pause. A rejection is a no, and so is no answer within half a
   * minute: its signal is aborted then.
   */
  readonly probe?: (resource: string, signal: AbortSignal) => boolean | PromiseLike<boolean>;
  /**
   * How long a slot that nobody holds is kept for the next one that asks for the same key, in ms; it yields at once to
   * whoever waits for a place. Default 0: not at all.
   */
  readonly lingerMs?: number;
  /** Longest wait in the queue of an `acquire` that does not say, in ms. Default `Infinity`. */
  readonly timeoutMs?: number;
  /** Longest time for `open`, in ms. Default `Infinity`. */
  readonly openTimeoutMs?: number;
  /**
   * The last resort: a released slot counts as free after so many ms, although `open` or `close` has not answered. The
   * cap may then be exceeded, so it should be longer than anything can live. Default `Infinity`: the place is held
   * until there is an answer.
   */
  readonly releaseTimeoutMs?: number;
  /**
   * Which of two resources that have room comes first: negative for `a`. What it does not tell apart goes by our order:
   * more free places, then least recently used, then by id.
   */
  readonly rank?: (a: ResourceView, b: ResourceView) => number;
  /** Aborted: the selector is closed, as by `close()`. */
  readonly signal?: AbortSignal;
}

/** Options of a selector whose slots carry a value each. */
export interface SelectorOptions<Value> extends PlainSelectorOptions {
  /**
   * Makes the value of a slot. The place counts from before the call. A rejection sets the resource aside, see `probe`,
   * and another one is tried, three at most.
   */
  readonly open: (opening: Opening) => Value | PromiseLike<Value>;
  /**
   * Undoes `open`. The place is free when it resolves, not before. After a rejection it is called again, with growing
   * pauses of half a second to ten seconds, until it resolves or `releaseTimeoutMs` is over.
   */
  readonly close?: (value: Value, closing: Closing) => void | PromiseLike<void>;
}

/** What an `acquire` asks for. */
export interface AcquireOptions {
  /**
   * Those who ask for one key at the same time share one slot and its value. A key is never open twice on one resource:
   * it waits there until its former slot is closed. Not given: a slot of one's own.
   */
  readonly key?: string;
  /** Aborted before there is a slot: `acquire` rejects with the signal's reason and nothing is held. */
  readonly signal?: AbortSignal;
  /** Longest wait in the queue, in ms; 0: now or never. The time that `open` takes is bounded by `openTimeoutMs`. */
  readonly timeoutMs?: number;
}

/** One's part in a slot, until it is released. */
export interface Slot<Value> extends AsyncDisposable {
  /** The resource that it is a place of. */
  readonly resource: string;
  /** The key that was asked for; "" where none was. */
  readonly key: string;
  /** What `open` made, shared by all who hold this key; `undefined` where there is no `open`. */
  readonly value: Value;
  /** Aborted when the slot is taken back: the selector is closed, or somebody discarded it. A release does not abort it. */
  readonly signal: AbortSignal;
  /**
   * Gives one's part back; a second call changes nothing. Resolves when the place is free, or when there is nothing to
   * wait for: others hold it, it lingers, or `close` failed and is called again. Never rejects.
   */
  release(): Promise<void>;
  /**
   * The value is no good: it is closed now, also where others hold it (their `signal` is aborted), and does not linger.
   * Resolves as `release` does.
   */
  discard(reason?: string): Promise<void>;
}

/** A slot moved from one state to another. */
export interface SlotTransition {
  /** The resource's name. */
  readonly resource: string;
  /** Which of the resource's places, from 0. */
  readonly slot: number;
  /** Its state before. */
  readonly from: SlotState;
  /** Its state from now on. */
  readonly to: SlotState;
  /** The key that it is, or was, held for; "" where none was asked for. */
  readonly key: string;
  /** Why, in words for a log. */
  readonly cause: string;
}

/** Something of the user's own threw or rejected, and the selector went on. */
export interface SelectorFault {
  /** What was being done. */
  readonly during: "open" | "close" | "probe" | "rank" | "listener" | "step";
  /** Null where it has to do with none. */
  readonly resource: string | null;
  /** What was thrown, as it was. */
  readonly error: unknown;
}

/** What a selector tells those who listen. */
export interface SelectorEvents {
  /** A slot moved: free → pending → active → released → free. */
  readonly transition: SlotTransition;
  /** Something of the user's own failed, and the selector went on. */
  readonly fault: SelectorFault;
  /** A resource that failed is used again. */
  readonly recovered: { readonly resource: string };
}

/** Gives out slots of capped resources, in the order in which they were asked for. */
export interface Selector<Value> extends AsyncDisposable {
  /**
   * A slot of some resource, as soon as one has room. First come, first served.
   *
   * @throws {SelectorError} by its `code`; the signal's reason if that was aborted. Always as a rejection.
   *
   * @example
   * ```ts
   * await using slot = await selector.acquire({ timeoutMs: 5_000 });
   * console.log(`on ${slot.resource}`);
   * ```
   */
  acquire(options?: AcquireOptions): Promise<Slot<Value>>;
  /** The resources as they stand now, in the order in which they came. */
  resources(): ResourceView[];
  /** How many `acquire`s wait for a place. Those whose place is being opened do not. */
  readonly waiting: number;
  /**
   * Adds a resource, or changes one: what is not given is the default again. A lower cap, or more that others hold, ends
   * nothing that somebody holds: what lingers above it is closed, and there is nothing new until enough is free.
   */
  set(resource: Resource): void;
  /**
   * Gives nothing new of a resource, and closes what lingers there; who holds a slot of it keeps it. An id that is not
   * there is no error.
   */
  remove(id: string): void;
  /** Calls `listener` with each event of a kind, until the answer is called or the signal aborted. */
  on<Type extends keyof SelectorEvents>(
    type: Type,
    listener: (event: SelectorEvents[Type]) => void,
    options?: { readonly signal?: AbortSignal },
  ): () => void;
  /** Lets nobody new in. Who waits is still served; resolves when everything is free. */
  drain(): Promise<void>;
  /**
   * Takes every slot back: who waits is refused, who holds one has its `signal` aborted, every value is closed.
   * Resolves when everything is free. Calling it again gives the same promise.
   */
  close(): Promise<void>;
}
