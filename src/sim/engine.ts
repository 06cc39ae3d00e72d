/**
 * A simulated AceStream engine over real HTTP: it starts, plays, tells and stops sessions as a real one does,
 * with all the faults that real ones have, and counts its own load.
 * It never shares code with the proxy, or believes what the proxy says it started.
 * The demo, the tests and the benches may import it.
 */
import { infohashOf } from "./content.ts";
import { type Door, openDoor } from "./door.ts";
import { type EngineFaults, noEngineFaults } from "./engine-faults.ts";
import { Playback } from "./engine-playback.ts";
import { answerRequest, type EngineCounters } from "./engine-routes.ts";
import { type EngineLogEntry, Sessions, type SimSession, type WatchLoad } from "./engine-sessions.ts";
import { openTestStream } from "./media/index.ts";
import type { OpenMedia } from "./source.ts";

/** How a simulated engine is set up. Times are milliseconds. */
export interface SimEngineOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: any. */
  port?: number;
  /** Default `engine-<port>`. */
  name?: string;
  /** From a start's arrival to its answer; default 0. Real ones take 300 ms warm, 10 to 25 s cold. */
  startDelayMs?: number;
  /** From a stop's arrival to the session's end and the answer; default 0. */
  stopDelayMs?: number;
  /** So much media from behind the live edge is sent at LAN speed first; default 2000. */
  burstMs?: number;
  /** A session that nobody reads ends by itself after this time; default 60000. */
  unreadSessionMs?: number;
  /** The host, or host:port, that the URLs in answers name; default: the real one. */
  advertisedHost?: string;
  /** What is played; default: a test picture. `bareMedia` costs less. */
  media?: OpenMedia;
  /** Told of each session that begins or ends. */
  watch?: WatchLoad;
  /** What is wrong with it from the start; `faults` of the engine changes it later. */
  faults?: Partial<EngineFaults>;
}

/** A simulated engine that runs, and what a test can see of it and do to it. */
export interface SimEngine {
  /** As it was named. */
  readonly name: string;
  /** Where it listens. */
  readonly host: string;
  /** Where it listens. */
  readonly port: number;
  /** `host:port`. */
  readonly address: string;
  /** Change at any time. */
  faults: EngineFaults;
  /** Sessions carried now, starting ones included. */
  readonly load: number;
  /** The highest `load` ever, or since `resetPeakLoad()`. */
  readonly peakLoad: number;
  /** Begins `peakLoad` anew, at what it carries now. */
  resetPeakLoad(): void;
  /** What it carries now, by session id. */
  readonly sessions: ReadonlyMap<string, SimSession>;
  /** What happened to it, oldest first; bounded. */
  readonly log: readonly EngineLogEntry[];
  /** Requests by kind, since the start. */
  readonly counters: Readonly<EngineCounters>;
  /** False from `kill()` to `revive()`. */
  readonly alive: boolean;
  /** A player that came by another way starts a content here (taking it over, if it plays); never expires. */
  startForeign(content: string): SimSession;
  /** Accepts connections and answers nothing, sends nothing, until `thaw()`, which makes up for it. */
  freeze(): void;
  /** Ends `freeze()`. */
  thaw(): void;
  /** Requests that have come while it is frozen. */
  readonly held: number;
  /** The process dies: sessions gone, sockets reset, the port refuses. */
  kill(): Promise<void>;
  /** A fresh process on the same port. */
  revive(): Promise<void>;
  /** Ends all sessions and frees the port. */
  close(): Promise<void>;
  /** As `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** As much of an engine as an orchestrator that lists it needs: it may as well run in another process. */
export type ListedEngine = Pick<SimEngine, "name" | "host" | "port" | "address" | "kill">;

/**
 * Starts an engine on a port of this machine. Rejects with the system's error where the port cannot be used.
 *
 * @example
 * ```ts
 * import { startSimEngine } from "aceslot/sim";
 *
 * await using engine = await startSimEngine({ startDelayMs: 300 });
 * console.log(engine.address, engine.load);
 * ```
 */
export async function startSimEngine(options: SimEngineOptions = {}): Promise<SimEngine> {
  const sessions = new Sessions(options.unreadSessionMs ?? 60_000, options.watch);
  const counters: EngineCounters = { starts: 0, stops: 0, stats: 0, plays: 0 };
  const faults: EngineFaults = { ...noEngineFaults(), ...options.faults };
  const heldWhileFrozen: (() => void)[] = [];

  const door: Door = await openDoor({
    host: options.host ?? "127.0.0.1",
    port: options.port ?? 0,
    handle: (request, response, url) => {
      const answer = (): void => answerRequest(place, request, response, url);
      if (playback.frozen) heldWhileFrozen.push(answer);
      else answer();
    },
  });
  const name = options.name ?? `engine-${door.port}`;
  const playback = new Playback({
    sessions,
    openMedia: options.media ?? openTestStream,
    burstMs: options.burstMs ?? 2000,
    caption: name,
  });
  const advertised = options.advertisedHost ?? door.host;
  const place = {
    sessions,
    playback,
    counters,
    startDelayMs: options.startDelayMs ?? 0,
    stopDelayMs: options.stopDelayMs ?? 0,
    origin: `http://${advertised.includes(":") ? advertised : `${advertised}:${door.port}`}`,
    faults: () => engine.faults,
  };

  async function die(how: "reset" | "close"): Promise<void> {
    heldWhileFrozen.length = 0;
    playback.frozen = false;
    const shut = door.shut(how);
    sessions.forgetAll();
    playback.stop();
    await shut;
  }

  const engine: SimEngine = {
    name,
    host: door.host,
    port: door.port,
    address: `${door.host}:${door.port}`,
    faults,
    get load() {
      return sessions.load;
    },
    get peakLoad() {
      return sessions.peakLoad;
    },
    resetPeakLoad: () => {
      sessions.peakLoad = sessions.load;
    },
    sessions: sessions.byId,
    log: sessions.log,
    counters,
    get alive() {
      return door.open;
    },
    startForeign: (content) => sessions.beginForeign(content),
    freeze: () => {
      playback.frozen = true;
    },
    thaw: () => {
      playback.frozen = false;
      for (const answer of heldWhileFrozen.splice(0)) answer();
    },
    get held() {
      return heldWhileFrozen.length;
    },
    kill: () => die("reset"),
    revive: async () => {
      await door.reopen();
      sessions.note("revive");
    },
    close: () => die("close"),
    [Symbol.asyncDispose]: () => die("close"),
  };
  return engine;
}

export { infohashOf };
