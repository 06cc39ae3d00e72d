/**
 * A selector whose clock, hooks and holders are in a test's hands. What is open is counted by the hooks themselves, and
 * every rule that is broken is written down.
 */
import type { Clock } from "../../src/selector/clock.ts";
import { SelectorError } from "../../src/selector/error.ts";
import type { Hooks } from "../../src/selector/runs.ts";
import { Shell } from "../../src/selector/shell.ts";
import type { Closing, Opening, PlainSelectorOptions, Slot } from "../../src/selector/types.ts";

/** How a hook answers: in its call, when the test says so, or when its signal is aborted as well. */
export type Manner = "now" | "throws" | "later" | "heeds";

export interface Value {
  readonly id: number;
  readonly resource: string;
  readonly key: string;
  readonly signal: AbortSignal;
  state: "opening" | "failed" | "open" | "closing" | "closed";
}

export interface Ask {
  readonly key: string | undefined;
  readonly deadlineMs: number;
  readonly controller: AbortController;
  state: "waiting" | "held" | "released" | "refused";
  slot: Slot<Value> | null;
  error: unknown;
  /** Resolves when what `release` or `discard` promised came about. */
  freed: Promise<void> | null;
}

interface Pending {
  readonly value: Value;
  settle(ok: boolean): void;
}

export type Make = (options: PlainSelectorOptions, hooks: Hooks<Value>, clock: Clock) => Shell<Value>;

const shell: Make = (options, hooks, clock) => new Shell<Value>(options, hooks, clock);

/** The selector speaks of its own things only. */
const FOREIGN_WORDS = /engine|stream|client|proxy/i;

export class World implements Clock {
  readonly selector: Shell<Value>;
  readonly wrong: string[] = [];
  readonly values: Value[] = [];
  readonly asks: Ask[] = [];
  readonly opens: Pending[] = [];
  readonly closes: Pending[] = [];
  openManner: Manner = "now";
  closeManner: Manner = "now";
  /** Called once, from within the next hook. */
  inHook: (() => void) | null = null;
  probeAnswer = true;
  lingerMs: number;
  readonly rooms = new Map<string, number>();
  #now = 1_000;
  #timers: { readonly atMs: number; readonly fire: () => void }[] = [];

  constructor(options: PlainSelectorOptions, make: Make = shell) {
    for (const { id, cap = 1, taken = 0 } of options.resources) this.rooms.set(id, Math.max(0, cap - taken));
    this.lingerMs = options.lingerMs ?? 0;
    this.selector = make(
      { probe: () => this.probeAnswer, ...options },
      { open: (opening) => this.#open(opening), close: (value, closing) => this.#close(value, closing) },
      this,
    );
    this.selector.on("transition", ({ cause }) => this.#hear(cause));
    this.selector.on("fault", ({ during, error }) => {
      if (during === "step" || during === "rank") this.wrong.push(`${during}: ${String(error)}`);
    });
  }

  nowMs(): number {
    return this.#now;
  }

  after(delayMs: number, fire: () => void): () => void {
    const timer = { atMs: this.#now + delayMs, fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get timers(): number {
    return this.#timers.length;
  }

  /** Lets time pass; each timer fires at its moment, and what awaits it goes on before the next one. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ atMs }) => atMs <= end).sort((a, b) => a.atMs - b.atMs);
      if (!next) break;
      this.#now = Math.max(this.#now, next.atMs);
      this.#timers = this.#timers.filter((other) => other !== next);
      next.fire();
      await this.flush();
    }
    this.#now = end;
  }

  /** Lets everything go on that waits for nothing but its turn. */
  async flush(): Promise<void> {
    for (let turn = 0; turn < 12; turn++) await null;
  }

  acquire(key: string | undefined, timeoutMs = Number.POSITIVE_INFINITY): Ask {
    const ask: Ask = {
      key,
      deadlineMs: this.#now + timeoutMs,
      controller: new AbortController(),
      state: "waiting",
      slot: null,
      error: null,
      freed: null,
    };
    this.asks.push(ask);
    this.selector
      .acquire({ ...(key === undefined ? {} : { key }), timeoutMs, signal: ask.controller.signal })
      .then(
        (slot) => this.#granted(ask, slot),
        (error: unknown) => {
          ask.state = "refused";
          ask.error = error;
          if (error instanceof Error) this.#hear(error.message);
          if (error instanceof SelectorError && error.code === "no_capacity" && ask.deadlineMs > this.#now)
            this.wrong.push(`${ask.key} was refused before its time`);
          if (error instanceof DOMException && !ask.controller.signal.aborted)
            this.wrong.push(`${ask.key} was refused for another's sake`);
        },
      );
    return ask;
  }

  release(ask: Ask | undefined, how: "release" | "discard" = "release"): void {
    if (!ask?.slot || ask.state !== "held") return;
    ask.state = "released";
    ask.freed = how === "release" ? ask.slot.release() : ask.slot.discard();
    if (ask.slot.release() !== ask.freed) this.wrong.push("a second release is not the first one");
  }

  abort(ask: Ask | undefined): void {
    ask?.controller.abort(new DOMException("changed my mind", "AbortError"));
  }

  held(): Ask[] {
    return this.asks.filter(({ state }) => state === "held");
  }

  set(id: string, cap: number, taken: number): void {
    this.rooms.set(id, Math.max(0, cap - taken));
    this.selector.set({ id, cap, taken });
  }

  remove(id: string): void {
    this.rooms.delete(id);
    this.selector.remove(id);
  }

  /** Has `open` failed for a key, or taken too long? It does not go to the same resource again. */
  hasFailedFor(key: string): boolean {
    return this.values.some(
      ({ key: of, state, signal }) =>
        of === key && (signal.aborted ? signal.reason.name === "TimeoutError" : state === "failed"),
    );
  }

  /** Values of a resource that are there, or may be. */
  busy(resource: string): number {
    return this.values.filter((one) => one.resource === resource && isThere(one)).length;
  }

  /** To be called when nothing moves any more by itself. */
  look(): void {
    const views = this.selector.resources();
    const opening = this.values.filter(({ state }) => state === "opening");
    const isOpening = (key: string | undefined) =>
      opening.some((value) => value.key === key && !value.signal.aborted);
    for (const { id, held, slots } of views) {
      if (held !== this.busy(id)) this.wrong.push(`${id}: ${held} are said to be held, ${this.busy(id)} are`);
      const kept = slots.filter((state) => state === "pending" || state === "active").length;
      if (kept > Math.max(this.rooms.get(id) ?? 0, this.#inUse(id)))
        this.wrong.push(`${id} keeps ${kept}, and nobody holds what is above its room`);
    }
    for (const ask of this.asks) {
      if (ask.state !== "waiting" || ask.key === undefined) continue;
      if (isOpening(ask.key)) continue;
      if (ask.deadlineMs <= this.#now) this.wrong.push(`${ask.key} waits longer than it should`);
      if (ask.controller.signal.aborted) this.wrong.push(`${ask.key} waits although it was aborted`);
      if (this.hasFailedFor(ask.key) || this.#isShared(ask.key)) continue;
      for (const { id, resting, removed } of views)
        if (!resting && !removed && this.busy(id) < (this.rooms.get(id) ?? 0))
          this.wrong.push(`${ask.key} waits while ${id} has room`);
    }
    for (const value of opening)
      if (this.lingerMs === 0 && value.key !== "" && !value.signal.aborted && !this.#isWanted(value.key))
        this.wrong.push(`nobody wants ${value.key}, and its open is not told`);
  }

  /** Everybody gives back what they hold, and every hook answers. */
  async windDown(): Promise<void> {
    this.probeAnswer = true;
    this.inHook = null;
    [this.openManner, this.closeManner] = ["now", "now"];
    for (let round = 0; round < 40; round++) {
      for (const open of this.opens.splice(0)) open.settle(true);
      for (const close of this.closes.splice(0)) close.settle(true);
      await this.flush();
      for (const ask of this.held()) this.release(ask);
      await this.flush();
      this.look();
      await this.advance(5_000);
    }
  }

  /** To be called when all is over: nothing is open, nobody is without an answer. */
  lookAtTheEnd(): void {
    for (const { id, resource, state } of this.values)
      if (state !== "closed" && state !== "failed")
        this.wrong.push(`value ${id} of ${resource} is still ${state}`);
    for (const { id, held, slots } of this.selector.resources())
      if (held > 0 || slots.some((state) => state !== "free")) this.wrong.push(`${id} is not free: ${slots}`);
    if (this.selector.waiting > 0) this.wrong.push(`${this.selector.waiting} still wait`);
    for (const ask of this.asks)
      if (ask.state === "waiting") this.wrong.push(`the acquire of ${ask.key} has no answer`);
  }

  #open(opening: Opening): Value | Promise<Value> {
    const { resource, key, signal } = opening;
    const value: Value = { id: this.values.length, resource, key, signal, state: "opening" };
    this.values.push(value);
    const room = this.rooms.get(resource);
    if (room === undefined) this.wrong.push(`${resource} was opened although it is removed`);
    else if (this.busy(resource) > room)
      this.wrong.push(`${resource} carries ${this.busy(resource)}, and has room for ${room}`);
    if (
      key !== "" &&
      this.values.some(
        (other) => other !== value && other.resource === resource && other.key === key && isThere(other),
      )
    )
      this.wrong.push(`${key} is open twice on ${resource}`);
    const manner = this.openManner;
    this.#callInHook();
    if (manner === "throws") {
      value.state = "failed";
      throw new Error("cannot open");
    }
    if (manner === "now") {
      value.state = "open";
      return value;
    }
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        value,
        settle: (ok) => {
          signal.removeEventListener("abort", heed);
          if (ok) {
            value.state = "open";
            resolve(value);
          } else {
            value.state = "failed";
            reject(new Error("cannot open"));
          }
        },
      };
      const heed = (): void => {
        this.opens.splice(this.opens.indexOf(pending), 1);
        value.state = "failed";
        reject(signal.reason);
      };
      this.opens.push(pending);
      if (manner === "heeds") signal.addEventListener("abort", heed);
    });
  }

  #close(value: Value, { resource, key, reason }: Closing): void | Promise<void> {
    this.#hear(reason);
    if (value.state !== "open") this.wrong.push(`value ${value.id} was closed while it was ${value.state}`);
    if (value.resource !== resource || value.key !== key) this.wrong.push("close was told of another value");
    for (const ask of this.held())
      if (ask.slot?.value === value && !ask.slot.signal.aborted)
        this.wrong.push(`value ${value.id} was closed while somebody held it`);
    const manner = this.closeManner;
    this.#callInHook();
    if (manner === "throws") throw new Error("cannot close");
    if (manner === "now") {
      value.state = "closed";
      return;
    }
    value.state = "closing";
    return new Promise((resolve, reject) => {
      this.closes.push({
        value,
        settle(ok) {
          value.state = ok ? "closed" : "open";
          if (ok) resolve();
          else reject(new Error("cannot close"));
        },
      });
    });
  }

  #granted(ask: Ask, slot: Slot<Value>): void {
    if (ask.state !== "waiting") this.wrong.push(`a ${ask.state} acquire was granted`);
    ask.state = "held";
    ask.slot = slot;
    if (slot.signal.aborted) return;
    if (slot.value.state !== "open") this.wrong.push(`got a value that is ${slot.value.state}`);
    if (slot.key !== (ask.key ?? "")) this.wrong.push(`asked for ${ask.key}, got ${slot.key}`);
    if (slot.value.key !== slot.key || slot.value.resource !== slot.resource)
      this.wrong.push("the value is another slot's");
    for (const other of this.held()) {
      if (other === ask || !other.slot || other.slot.signal.aborted) continue;
      const isSame = ask.key !== undefined && other.key === ask.key;
      if (isSame !== (other.slot.value === slot.value))
        this.wrong.push(isSame ? `two values for ${ask.key}` : `one value for ${ask.key} and ${other.key}`);
    }
  }

  /** Values of a resource that are being opened, or that somebody holds. */
  #inUse(resource: string): number {
    const held = new Set(this.held().map(({ slot }) => slot?.value));
    return this.values.filter(
      (value) => value.resource === resource && (value.state === "opening" || held.has(value)),
    ).length;
  }

  #isShared(key: string): boolean {
    return key.startsWith("shared");
  }

  #isWanted(key: string): boolean {
    return this.asks.some(
      (ask) => ask.key === key && ask.state === "waiting" && !ask.controller.signal.aborted,
    );
  }

  #callInHook(): void {
    const call = this.inHook;
    this.inHook = null;
    call?.();
  }

  #hear(text: string): void {
    if (FOREIGN_WORDS.test(text)) this.wrong.push(`foreign words: ${text}`);
  }
}

const isThere = ({ state }: Value): boolean => state !== "failed" && state !== "closed";
