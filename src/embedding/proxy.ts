/** A proxy as a value: what can be asked of it. `embedded.ts` is what answers. */
import type { Listener, ProxyEvents } from "./events.ts";
import type { ProxyChanges } from "./options.ts";
import type { ClientView, EndedView, EngineView, StreamView } from "./views.ts";

/**
 * A proxy that runs. Made by `createProxy`.
 *
 * @example
 * ```ts
 * import { createProxy } from "aceslot";
 *
 * await using proxy = createProxy({ engines: ["127.0.0.1:6878"] });
 * const off = proxy.on("ended", ({ contents, reason }) => console.log(`${contents[0]} ended: ${reason}`));
 * const answer = await proxy.fetch(new Request("http://localhost/readyz"));
 * console.log(answer.status, proxy.streams().length, proxy.waiting);
 * proxy.configure({ maxStreamsPerEngine: 3 });
 * off();
 * ```
 */
export interface AceslotProxy extends AsyncDisposable {
  /**
   * Answers one request; give it to a server as it is. It never rejects, and waits until the proxy has opened what it
   * was told to open.
   *
   * `connection`: what the server hands on beside the request, from which the client's address is known. Deno's info,
   * Bun's server, the bindings of `@hono/node-server` and of a Hono app that passes them on, or `{ address }`. Without
   * it clients have no address: none of them takes the place of another, and nobody may end streams without a token.
   */
  readonly fetch: (request: Request, connection?: unknown) => Promise<Response>;
  /** Resolves after the first look at the pool, whatever it saw, or when the proxy is closed before; never rejects. */
  readonly ready: Promise<void>;
  /** Streams that wait for a slot; all who wait for the same one count as one. */
  readonly waiting: number;
  /**
   * Hears one kind of event from now on. The answer takes the listener off again, and so does `signal`. A listener
   * that throws is logged, and harms nobody. After `close()` there are no more events. Throws a `ConfigError` for an
   * event that there is not.
   */
  on<Type extends keyof ProxyEvents>(
    type: Type,
    listener: Listener<Type>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): () => void;
  /** The engines and their slots, by name, as `/api/v1/engines` shows them. */
  engines(): EngineView[];
  /** The streams that wait, start or play, as `/api/v1/streams` shows them. */
  streams(): StreamView[];
  /** Everyone who watches or waits, as `/api/v1/clients` shows them. */
  clients(): ClientView[];
  /** The last streams that ended, newest first, each with its reason; 200 are kept. */
  ended(): EndedView[];
  /** Ends a stream by hand, for all its clients; false if there is none with this number. `reason`: for people. */
  endStream(id: number, reason?: string): boolean;
  /** Ends one client by hand, whether it watches or waits; false if there is none with this number. */
  endClient(id: number, reason?: string): boolean;
  /**
   * Goes on with other settings; whoever watches or waits notices nothing. Null is the default, what is left out stays.
   * Throws a `ConfigError`, and changes nothing, if anything in it is wrong or cannot change while the proxy runs.
   */
  configure(changes: ProxyChanges): void;
  /**
   * No new streams; those that run are ended, and everything is given back. Resolves when the engines have confirmed,
   * or after 6.5 s: what is not proved gone by then stays in the state file, if there is one. Calling it again waits
   * for the same end. Bound, as `fetch` is.
   */
  readonly drain: () => Promise<void>;
  /**
   * Drains, then ends all that the proxy does. From now on every request is refused with 503 (`draining`). Resolves
   * after 8 s at the latest; calling it again waits for the same end. Bound: `process.once("SIGTERM", proxy.close)`.
   */
  readonly close: () => Promise<void>;
}
