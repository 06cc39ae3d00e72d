/**
 * One connection to a Redis store from its beginning to its end: commands on one socket, changes on another. When
 * either breaks both are over; nothing is sent again, since nobody can tell what the store has taken.
 */

import { KEEP, PROBE, type StoreKeys, VIEW } from "./redis.lua.ts";
import { CONNECT_MS_MAX } from "./redis-limits.ts";
import {
  type Client,
  clientOf,
  cut,
  findServer,
  placeOf,
  type RedisAddress,
  unless,
} from "./redis-target.ts";
import { type Place, StoreError, storeError, tlsHint } from "./redis-words.ts";

export interface LinkOptions {
  readonly address: RedisAddress;
  readonly keys: StoreKeys;
  /** Certificates to trust, in PEM; null: those of the system. */
  readonly ca: string | null;
  /** A connection that owes an answer for so long is broken. */
  readonly answerMs: number;
  /** A message on the channel of changes. */
  readonly heard: (message: string) => void;
}

/** What a connection that is being opened has come to. */
interface Attempt {
  place: Place;
  readonly clients: Client[];
}

interface Scripts {
  readonly keep: string;
  readonly view: string;
}

export class Link {
  readonly place: Place;
  /** INFO's section `memory`, as it was at the beginning. */
  readonly memory: string;
  /** Resolves with the reason when the connection is over. Never rejects. */
  readonly broken: Promise<StoreError>;
  readonly #options: LinkOptions;
  readonly #commands: Client;
  readonly #channel: Client;
  readonly #scripts: Scripts;
  /** When each command was sent that has no answer yet; answers come in order. Monotonic ms. */
  readonly #unanswered: number[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  readonly #pings: ReturnType<typeof setInterval>;
  /** Why it is over; null: it is not. */
  #over: StoreError | null = null;
  #end: (why: StoreError) => void = () => {};

  /** Connects, and shows that the store can be used. Rejects with a `StoreError`, then nothing is left open. */
  static async open(options: LinkOptions, signal: AbortSignal): Promise<Link> {
    const { address } = options;
    const within = Math.min(CONNECT_MS_MAX, options.answerMs);
    const late = AbortSignal.any([signal, AbortSignal.timeout(within)]);
    const under: Attempt = { place: address.hosts.map(placeOf).join(","), clients: [] };
    try {
      // A client that is cut while it connects may never say so.
      return await unless(late, Link.#connect(options, late, under));
    } catch (error) {
      under.clients.forEach(cut);
      const hint = tlsHint(address.tls);
      if (late.aborted && !signal.aborted)
        throw new StoreError(`${under.place} does not answer within ${within} ms${hint}`, true, error);
      throw storeError(error, under.place, address.password, hint);
    }
  }

  static async #connect(options: LinkOptions, signal: AbortSignal, under: Attempt): Promise<Link> {
    const { address, keys, ca } = options;
    const server = await findServer(address, keys.store, ca, signal);
    signal.throwIfAborted();
    under.place = placeOf(server);
    const [commands, channel] = [clientOf(server, address, ca), clientOf(server, address, ca)];
    under.clients.push(commands, channel);
    let failure: unknown = null;
    for (const client of under.clients)
      client.on("error", (error) => {
        failure ??= error;
      });
    await Promise.all([commands.connect(), channel.connect()]);
    // At once, since a store that is slow is slow for each of them.
    const [keep, view, memory] = await Promise.all([
      commands.sendCommand(["SCRIPT", "LOAD", KEEP]),
      commands.sendCommand(["SCRIPT", "LOAD", VIEW]),
      commands.sendCommand(["EVAL", PROBE, "6", ...namesOf(keys), keys.probe, keys.channel]),
      channel.subscribe(keys.channel, options.heard),
    ]);
    if (failure !== null) throw failure;
    signal.throwIfAborted();
    const scripts = { keep: String(keep), view: String(view) };
    return new Link(options, under.place, { commands, channel }, scripts, String(memory));
  }

  private constructor(
    options: LinkOptions,
    place: Place,
    clients: { readonly commands: Client; readonly channel: Client },
    scripts: Scripts,
    memory: string,
  ) {
    this.#options = options;
    this.place = place;
    this.memory = memory;
    this.#commands = clients.commands;
    this.#channel = clients.channel;
    this.#scripts = scripts;
    this.broken = new Promise((resolve) => {
      this.#end = resolve;
    });
    for (const client of [this.#commands, this.#channel])
      client.on("error", (error) => this.close(storeError(error, place, options.address.password)));
    // The connection of changes is silent for long; its own question shows whether it is still one.
    this.#pings = setInterval(() => void this.#ping(), options.answerMs / 2);
  }

  /** Resolves with the script's answer; rejects with a `StoreError`. */
  keep(command: string): Promise<unknown> {
    return this.#evaluate(this.#scripts.keep, [this.#options.keys.channel, command]);
  }

  view(): Promise<unknown> {
    return this.#evaluate(this.#scripts.view, []);
  }

  /** Commands without an answer reject. */
  close(why: StoreError): void {
    if (this.#over !== null) return;
    this.#over = why;
    clearInterval(this.#pings);
    if (this.#timer !== null) clearTimeout(this.#timer);
    cut(this.#commands);
    cut(this.#channel);
    this.#end(why);
  }

  async #evaluate(script: string, args: readonly string[]): Promise<unknown> {
    const { keys } = this.#options;
    this.#unanswered.push(performance.now());
    this.#watch();
    try {
      return await this.#commands.sendCommand(["EVALSHA", script, "5", ...namesOf(keys), ...args]);
    } catch (error) {
      if (this.#over !== null) throw this.#over;
      const known = storeError(error, this.place, this.#options.address.password);
      // Also a script that was forgotten: to load it again here could take commands in another order than they were given.
      if (known.breaks) this.close(known);
      throw known;
    } finally {
      this.#unanswered.shift();
    }
  }

  /** One timer for all that is owed: it looks at the oldest. */
  #watch(): void {
    if (this.#timer !== null || this.#over !== null) return;
    const [oldest] = this.#unanswered;
    if (oldest === undefined) return;
    const { answerMs } = this.#options;
    const left = Math.max(1, oldest + answerMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const [still] = this.#unanswered;
      if (still !== undefined && performance.now() - still >= answerMs) this.#giveUp();
      else this.#watch();
    }, left);
  }

  async #ping(): Promise<void> {
    const timer = setTimeout(() => this.#giveUp(), this.#options.answerMs);
    try {
      await this.#channel.ping();
    } catch {
      // Its own event says so.
    } finally {
      clearTimeout(timer);
    }
  }

  #giveUp(): void {
    this.close(new StoreError(`${this.place} has not answered for ${this.#options.answerMs} ms`, true));
  }
}

const namesOf = (keys: StoreKeys): string[] => [
  keys.store,
  keys.engines,
  keys.members,
  keys.queue,
  keys.freed,
];
