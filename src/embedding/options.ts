/** What `createProxy` may be told, and what of it may change while the proxy runs. */
import type { Log } from "../log.ts";
import type { PoolPort } from "../ports.ts";
import type { Comparator } from "../slots/index.ts";

/**
 * Options that may change while the proxy runs, by `proxy.configure`. Times are whole numbers of milliseconds, sizes
 * of bytes. The rules are those of the flags of the same name (`optionTable`).
 *
 * @example
 * ```ts
 * import { createProxy, type ReloadableOptions } from "aceslot";
 *
 * const patient: ReloadableOptions = { queueTimeoutMs: 60_000, lingerMs: 30_000 };
 * await using proxy = createProxy();
 * proxy.configure(patient);
 * ```
 */
export interface ReloadableOptions {
  /**
   * AceStream engines: `host:port`, `http://host:port`, `https://host:port` or `[IPv6]:port`. With an orchestrator
   * they are used while it is down. Default: `["127.0.0.1:6878"]`; with an orchestrator none.
   */
  engines?: readonly string[] | undefined;
  /** Sent to the orchestrator as Bearer. Default: nothing. */
  orchestratorKey?: string | undefined;
  /** The cap: no engine ever carries more streams. 1 to 1000; default: 1. */
  maxStreamsPerEngine?: number | undefined;
  /** Longest wait for a slot, ms; 0: nobody waits. Default: 20000. */
  queueTimeoutMs?: number | undefined;
  /** Longest wait for first media without progress, ms. Default: 60000. */
  startTimeoutMs?: number | undefined;
  /** Silence of a playing engine before another is tried, ms. Default: 20000. */
  stallTimeoutMs?: number | undefined;
  /** A client that takes no byte for so long is dropped, ms. Default: 30000. */
  clientTimeoutMs?: number | undefined;
  /** The same for one that watches by HLS and asks for nothing, ms. Default: as `clientTimeoutMs`. */
  hlsTimeoutMs?: number | undefined;
  /** A stream without clients is kept so long, ms; it yields at once to a waiting request. Default: 5000. */
  lingerMs?: number | undefined;
  /**
   * Longest hold of a released slot without proof that the engine let go, ms. Engines end unread sessions after about
   * a minute: a shorter hold can exceed the cap. Default: 90000.
   */
  releaseTimeoutMs?: number | undefined;
  /** Buffer of each stream that begins from now on, shared by its clients, bytes. 64 KiB to 1 GiB; default: 8 MiB. */
  bufferBytes?: number | undefined;
  /** M3U files and URLs with the channels for `/playlist.m3u`. Default: none. */
  playlists?: readonly string[] | undefined;
  /** XMLTV files and URLs with the programme guide. Default: those that the playlists name. */
  guides?: readonly string[] | undefined;
  /** How often playlists and guides are read again, ms. Default: 3600000 (an hour). */
  playlistRefreshMs?: number | undefined;
  /**
   * All that links which are given out begin with, such as `https://tv.example.org`; a `basePath` is not added to it.
   * Default: as the client asked.
   */
  publicUrl?: string | undefined;
  /** `"on"`: why there is no picture is shown as a picture, instead of an error. Default: `"off"`. */
  slate?: "on" | "off" | undefined;
  /**
   * `"on"`: what the process holds is counted at `/api/v1/debug`, for programs on the same machine alone. Default: `"off"`.
   */
  debug?: "on" | "off" | undefined;
  /** Whether `/ace/getstream` answers HLS as well, as `/ace/manifest.m3u8` does. Default: false. */
  m3u8?: boolean | undefined;
  /** Asked of clients and of the API: 1 to 256 letters, digits and `- . _ ~`. Default: nothing is asked for. */
  token?: string | undefined;
  /** Networks such as `10.0.0.0/8` whose `X-Forwarded-*` headers are believed. Default: none. */
  trustedProxies?: readonly string[] | undefined;
  /** File to append every slot transition to, as JSON lines. Default: none. */
  journal?: string | undefined;
}

/**
 * All that `createProxy` may be told. Everything may be left out: then there is one engine, `127.0.0.1:6878`, with one
 * slot, nothing is written to disk, and nothing is logged.
 *
 * @example
 * ```ts
 * import { createProxy, type ProxyOptions } from "aceslot";
 *
 * const options: ProxyOptions = {
 *   engines: ["127.0.0.1:6878", "127.0.0.1:6879"],
 *   maxStreamsPerEngine: 2,
 *   log: console,
 * };
 * await using proxy = createProxy(options);
 * await proxy.ready;
 * console.log(proxy.engines().length); // 2
 * ```
 */
export interface ProxyOptions extends ReloadableOptions {
  /** Base URL of the orchestrator that lists the engines. Default: the engines are those of `engines`. */
  orchestrator?: string | undefined;
  /** A source of engines of one's own, instead of `engines` and `orchestrator`. It is not closed with the proxy. */
  pool?: PoolPort | undefined;
  /**
   * Which of two engines comes first, of those that have room: negative for the first one, positive for the second.
   * Where it sees no difference (0), or fails, our own ranking decides. Called within a decision: it must be quick, and
   * change nothing. `aceslot/check` takes the same function: `createStep({ ...PARTS, rank })`.
   */
  rank?: Comparator | undefined;
  /**
   * Folder where open sessions survive a crash; made if it is not there. Default: none, nothing is written, and a
   * crash forgets open sessions.
   */
  stateDir?: string | undefined;
  /** Redis or Valkey that several proxies share, as `redis://store:6379`. Default: the slots are this proxy's alone. */
  lease?: string | undefined;
  /** A proxy that is silent for so long loses its leases, ms. 1000 to a day; default: 10000. */
  leaseTtlMs?: number | undefined;
  /** While the store cannot be asked: `"refuse"` new streams, or go on with one's own slots. Default: `"refuse"`. */
  leaseWhenDown?: "refuse" | "local" | undefined;
  /** Begins the names of the keys in the store. Default: `"aceslot"`. */
  leasePrefix?: string | undefined;
  /** The store's password, if it does not stand in `lease`. */
  leasePassword?: string | undefined;
  /** File with the certificates to trust instead of the system's, PEM. */
  leaseCaFile?: string | undefined;
  /**
   * The proxy's name: in the journal, in labels at the orchestrator, of its state file. Two proxies with one name take
   * each other's streams for their own of a former life, and stop them. Default: one of a kind; with `stateDir`
   * `"embedded"`, since it must be the same after a restart.
   */
  name?: string | undefined;
  /** Where log lines go, each with its `room` among the fields. `console` will do. Default: nowhere. */
  log?: Log | undefined;
  /**
   * Path under which the proxy is mounted, such as `"/tv"`: links carry it, and requests are understood with it and
   * without it. Default: none.
   */
  basePath?: string | undefined;
  /** Aborted: the proxy is closed, as by `close()`. */
  signal?: AbortSignal | undefined;
}

/** Changes for a running proxy: a value, or null for the default. What is left out stays as it is. */
export type ProxyChanges = {
  readonly [Name in keyof ReloadableOptions]?: ReloadableOptions[Name] | null;
};
