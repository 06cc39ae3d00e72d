/** Calls and waits that the tests of the simulated world share. */
import { spyOn } from "bun:test";
import { connect } from "node:net";
import { Timers } from "../../src/sim/clock.ts";
import { bareMedia, type SimEngine, type SimEngineOptions, startSimEngine } from "../../src/sim/index.ts";
import { until } from "../support/until.ts";

/** What simulated servers do later is held back. */
interface HeldTimers extends Disposable {
  /** From now on time passes for it, from its beginning. */
  release(): void;
}

/**
 * Holds back what simulated servers would do later, so that a test sees what is before it, however long it takes
 * itself.
 */
export function holdTimers(): HeldTimers {
  const held = new Set<() => void>();
  const { after } = Timers.prototype;
  const spy = spyOn(Timers.prototype, "after").mockImplementation(function (this: Timers, delayMs, then) {
    if (delayMs <= 0) return after.call(this, delayMs, then);
    let cancel = (): void => void held.delete(begin);
    const begin = (): void => {
      cancel = after.call(this, delayMs, then);
    };
    held.add(begin);
    return () => cancel();
  });
  return {
    release() {
      spy.mockRestore();
      for (const begin of held) begin();
      held.clear();
    },
    [Symbol.dispose]() {
      spy.mockRestore();
    },
  };
}

export const bareEngine = (options: SimEngineOptions = {}): Promise<SimEngine> =>
  startSimEngine({ media: bareMedia, burstMs: 500, ...options });

export interface Started {
  playback_url: string;
  stat_url: string;
  command_url: string;
  infohash: string;
  playback_session_id: string;
}
export interface EngineAnswer<T> {
  response: T | null;
  error: string | null;
}

export const startUrl = (engine: SimEngine, query: string): string =>
  `http://${engine.address}/ace/getstream?format=json&${query}`;

export async function json<T>(url: string, init?: RequestInit): Promise<T> {
  return (await (await fetch(url, init)).json()) as T;
}

export async function start(engine: SimEngine, query: string): Promise<Started> {
  const answer = await json<EngineAnswer<Started>>(startUrl(engine, query));
  if (answer.response === null) throw new Error(`start failed: ${answer.error}`);
  return answer.response;
}

export const stop = (started: Started): Promise<EngineAnswer<string>> =>
  json(`${started.command_url}?method=stop`);

/** Asks for a start that is given up after the engine has got it; resolves when the engine has seen that, too. */
export async function startAndLeave(engine: SimEngine, query: string): Promise<void> {
  const before = engine.counters.starts;
  const leaving = new AbortController();
  const asked = fetch(startUrl(engine, query), { signal: leaving.signal }).catch(() => null);
  await until("the start arrives", () => engine.counters.starts > before);
  leaving.abort();
  await asked;
  // What came before this has been seen when it is answered.
  await fetch(`http://${engine.address}/`);
}

export interface RawAnswer {
  text: string;
  bytes: Uint8Array;
  /** How the connection ended. */
  end: "reset" | "fin" | "refused" | "given up";
}

/** One HTTP exchange over a bare socket, to the end of the connection or until `enough` says so. */
export function raw(url: string, enough: (bytes: Uint8Array) => boolean = () => false): Promise<RawAnswer> {
  const { hostname, port, pathname, search } = new URL(url);
  return new Promise((resolve) => {
    const parts: Uint8Array[] = [];
    let end: RawAnswer["end"] = "fin";
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`);
    });
    socket.on("data", (part: Uint8Array) => {
      parts.push(part);
      if (!enough(Buffer.concat(parts))) return;
      end = "given up";
      socket.destroy();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      end = error.code === "ECONNREFUSED" ? "refused" : "reset";
    });
    socket.on("close", () => {
      const bytes = new Uint8Array(Buffer.concat(parts));
      resolve({ text: Buffer.from(bytes).toString("latin1"), bytes, end });
    });
  });
}

/** The payload of a chunked answer, as far as it came. */
export function unchunked(bytes: Uint8Array): Uint8Array {
  const all = Buffer.from(bytes);
  const parts: Uint8Array[] = [];
  let at = all.indexOf("\r\n\r\n") + 4;
  for (;;) {
    const lineEnd = all.indexOf("\r\n", at);
    const length = lineEnd < 0 ? 0 : Number.parseInt(all.subarray(at, lineEnd).toString("latin1"), 16);
    if (!(length > 0)) return new Uint8Array(Buffer.concat(parts));
    parts.push(all.subarray(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
}

/** Reads media over a bare socket until there are so many bytes of it. */
export async function readMedia(url: string, bytes: number): Promise<Uint8Array> {
  return unchunked((await raw(url, (got) => unchunked(got).length >= bytes)).bytes);
}
