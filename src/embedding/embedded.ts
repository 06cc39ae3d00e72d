/**
 * One proxy in a program of somebody else's. It listens nowhere and keeps nothing global: requests come in through
 * `fetch`, and two of them in one process do not know of each other. It decides nothing; `src/proxy.ts` puts the parts
 * together.
 */
import { systemClock } from "../broker/index.ts";
import { errorText } from "../foreign.ts";
import type { Peer } from "../http/clients.ts";
import { errorResponse, failureId, internalError } from "../http/errors.ts";
import { clientViews, endedViews, engineViews, streamViews } from "../http/views.ts";
import { RETRY_AFTER_SECONDS } from "../limits.ts";
import { inRooms, type Log, type RoomLogs, SILENT } from "../log.ts";
import { createProxyFrom, type ProxySettings, type RunningProxy } from "../proxy.ts";
import { changed } from "./changes.ts";
import { type Listener, Listeners, type ProxyEvents } from "./events.ts";
import { mustBeHeard } from "./listening.ts";
import type { ProxyChanges, ProxyOptions } from "./options.ts";
import { peerOf } from "./peer.ts";
import { guarded } from "./pool.ts";
import type { AceslotProxy } from "./proxy.ts";
import { safely } from "./rank.ts";
import { type ReadOptions, readOptions } from "./reading.ts";
import { NOTHING_OPEN, type Opened, openAll } from "./store.ts";
import { wrong } from "./values.ts";
import type { ClientView, EndedView, EngineView, StreamView } from "./views.ts";

export class EmbeddedProxy implements AceslotProxy {
  readonly ready: Promise<void>;
  readonly #logs: RoomLogs;
  readonly #log: Log;
  readonly #listeners: Listeners;
  readonly #signal: AbortSignal | null;
  /** Null: it was closed before all was open that had to be opened. */
  readonly #opening: Promise<RunningProxy | null>;
  readonly #closing = new AbortController();
  /** Aborted when nothing is left to be done. */
  readonly #over = new AbortController();
  /** Null until then. */
  #running: RunningProxy | null = null;
  /** Resolves after the first look at the pool. */
  #started: Promise<void> = Promise.resolve();
  #given: ProxyOptions;
  #settings: ProxySettings;
  #warnings: readonly string[];
  #drained: Promise<void> | null = null;
  #closed: Promise<void> | null = null;
  #toldOfCopies = false;
  #stopWaiting: () => void = () => {};

  constructor(read: ReadOptions) {
    this.#given = read.given;
    this.#settings = read.settings;
    this.#warnings = read.warnings;
    this.#signal = read.signal;
    this.#logs = read.log === null ? () => SILENT : inRooms(read.log);
    this.#log = this.#logs("aceslot");
    for (const warning of read.warnings) this.#log.warn(warning);
    this.#listeners = new Listeners(this.#log);
    this.#opening = this.#open(read);
    const looked = this.#opening
      .then(() => this.#started)
      .catch((error) => this.#log.error("the proxy could not begin", { error: errorText(error) }));
    const stopped = new Promise<void>((resolve) => {
      this.#stopWaiting = resolve;
    });
    this.ready = Promise.race([looked, stopped]);
    this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (this.#signal?.aborted) this.#onAbort();
  }

  readonly fetch = async (request: Request, connection?: unknown): Promise<Response> => {
    if (typeof request?.url !== "string") return noRequest(request);
    const peer = peerOf(request, connection, this.#tellOfCopies);
    const answer = await this.#answer(request, peer);
    return peer.silence?.answered(answer) ?? answer;
  };

  get waiting(): number {
    return this.#running?.broker.state.queue.length ?? 0;
  }

  on<Type extends keyof ProxyEvents>(
    type: Type,
    listener: Listener<Type>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): () => void {
    mustBeHeard(type, listener, options?.signal);
    return this.#listeners.on(type, listener, options?.signal);
  }

  engines(): EngineView[] {
    return this.#running ? engineViews(this.#running.broker, this.#running.versionOf) : [];
  }

  streams(): StreamView[] {
    const running = this.#running;
    return running ? streamViews(running.broker, (stream) => running.bodies.figures(stream)) : [];
  }

  clients(): ClientView[] {
    return this.#running ? clientViews(this.#running.broker, this.#running.bodies) : [];
  }

  ended(): EndedView[] {
    return this.#running ? endedViews(this.#running.broker) : [];
  }

  endStream(id: number, reason = "ended by the program"): boolean {
    if (typeof reason !== "string") throw wrong("reason", reason, "a string", 'endStream(7, "maintenance")');
    return this.#running?.broker.end(id, reason) ?? false;
  }

  endClient(id: number, reason = "ended by the program"): boolean {
    if (typeof reason !== "string") throw wrong("reason", reason, "a string", 'endClient(7, "maintenance")');
    return this.#running?.broker.endClient(id, reason) ?? false;
  }

  configure(changes: ProxyChanges): void {
    const { given, settings, warnings } = readOptions(changed(this.#given, changes));
    // What is not named stays the very same object: who compares sees no change.
    const names = Object.keys(changes) as (keyof ProxySettings)[];
    this.#settings = { ...this.#settings, ...picked(settings, names) };
    this.#given = given;
    for (const warning of warnings) if (!this.#warnings.includes(warning)) this.#log.warn(warning);
    this.#warnings = warnings;
    if (this.#closed !== null) return;
    this.#log.info("settings changed", { options: names });
    this.#running?.configure(this.#settings);
  }

  readonly drain = (): Promise<void> => {
    this.#drained ??= this.#opening.then(
      (running) => running?.drain(),
      () => {},
    );
    return this.#drained;
  };

  readonly close = (): Promise<void> => {
    this.#closed ??= this.#end();
    return this.#closed;
  };

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(request: Request, peer: Peer): Promise<Response> {
    try {
      // What is being opened is not waited for by those who come after the end.
      const running = this.#running ?? (this.#closed === null ? await this.#opening : null);
      return this.#closed === null && running !== null ? await running.fetch(request, peer) : refusal();
    } catch (error) {
      const id = failureId();
      const { method } = request;
      this.#log.error("a request could not be answered", { id, method, error: errorText(error) });
      return internalError(id);
    }
  }

  async #end(): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#closing.abort();
    this.#stopWaiting();
    await this.drain();
    await this.#running?.close();
    this.#over.abort();
    this.#listeners.close();
  }

  /** Once: it is always so, or never. */
  readonly #tellOfCopies = (): void => {
    if (this.#toldOfCopies) return;
    this.#toldOfCopies = true;
    this.#log.warn(
      "Bun's server does not know a request, which was copied on its way: clients have no address, and it ends those " +
        "that wait for more than its idleTimeout. Hono: app.mount(path, proxy.fetch, { replaceRequest: false }), and " +
        "the same path as basePath",
    );
  };

  readonly #onAbort = (): void => {
    void this.close();
  };

  /** Most proxies have nothing to open, and are there when `createProxy` is over. */
  #open(read: ReadOptions): Promise<RunningProxy | null> {
    if (this.#signal?.aborted) return Promise.resolve(null);
    const name = read.name ?? (read.stateDir === null ? nameOfAKind() : "embedded");
    if (read.stateDir === null && read.leases.lease.kind === "memory")
      return Promise.resolve(this.#assemble(read, name, NOTHING_OPEN));
    return openAll(read, name, this.#logs, this.#closing.signal).then((opened) =>
      opened === null ? null : this.#assemble(read, name, opened),
    );
  }

  #assemble(read: ReadOptions, name: string, opened: Opened): RunningProxy {
    const running = createProxyFrom({
      // They may have changed while the state file was being opened.
      ...this.#settings,
      orchestrator: read.orchestrator,
      pool: read.pool === null ? null : guarded(read.pool, this.#over.signal),
      ...(read.rank === null ? {} : { rank: safely(read.rank, systemClock, this.#logs("broker")) }),
      ...{ name, basePath: read.basePath, logs: this.#logs },
      ...opened,
    });
    this.#listeners.hear(running.broker);
    this.#running = running;
    // In this very turn: whoever asks next finds it at work.
    this.#started = running.start();
    return running;
  }
}

const refusal = (): Response =>
  errorResponse("draining", "the proxy is closed", { retryAfterSeconds: RETRY_AFTER_SECONDS });

/** A program's mistake, told to whoever made it. */
const noRequest = (given: unknown): Response => {
  const fix = 'proxy.fetch(new Request("http://localhost/healthz"))';
  return errorResponse("invalid_parameter", wrong("fetch", given, "a Request", fix).message);
};

const RANDOM_LETTERS = 8;

/** Two proxies must not take each other's streams for their own. */
const nameOfAKind = (): string => `aceslot-${crypto.randomUUID().slice(0, RANDOM_LETTERS)}`;

const picked = <T extends object>(from: T, names: readonly (keyof T)[]): Partial<T> =>
  Object.fromEntries(names.map((name) => [name, from[name]])) as Partial<T>;
