/** The orchestrator of the incident: what it lists lags behind what the engines carry. */
import type { ListedEngine, ListedStream } from "../../src/slots/index.ts";

/**
 * From a start, or an end, until it is listed. The log itself bounds it: an end is no longer seen after 142 ms
 * (engine 19003, at 216.333 s), a start not yet seen after 11 s and more, while it waits for the lock.
 */
const LAG_MS = 100;

/** A session as the engines have it: known here from its start, listed a while later, and a while longer than it runs. */
export interface RealSession {
  readonly id: number;
  readonly port: number;
  readonly name: string;
  readonly digits: string;
  /** Null: the engine has not begun it. */
  startedMs: number | null;
  endedMs: number | null;
}

export interface KnownEngine {
  readonly id: string;
  readonly port: number;
}

export const addressOf = (port: number) => ({ scheme: "http", host: "10.0.0.1", port }) as const;

/** Engines as listed; an engine was used when a start there was last listed. */
export const listEngines = (
  engines: readonly KnownEngine[],
  sessions: readonly RealSession[],
  now: number,
): ListedEngine[] =>
  engines.map(({ id, port }) => {
    const starts = sessions.flatMap((one) =>
      one.port === port && isKnown(one, now) ? [one.startedMs ?? 0] : [],
    );
    return {
      id,
      name: `${port}`,
      address: addressOf(port),
      health: "healthy",
      draining: false,
      forwarded: false,
      usedAtMs: starts.length === 0 ? null : Math.max(...starts),
    };
  });

const isKnown = ({ startedMs }: RealSession, now: number): boolean =>
  startedMs !== null && startedMs + LAG_MS <= now;

const isListed = (session: RealSession, now: number): boolean =>
  isKnown(session, now) && (session.endedMs === null || session.endedMs + LAG_MS > now);

/**
 * Streams as listed. Of the engine that the log tells of at this moment exactly as many as it says were seen there, as
 * far as there are that many: the newest are not in the list yet, or the ones that ended last are still in it.
 */
export function listStreams(
  engines: readonly KnownEngine[],
  sessions: readonly RealSession[],
  now: number,
  told: { readonly port: number; readonly seen: number } | null,
): ListedStream[] {
  return engines.flatMap(({ id, port }) => {
    const here = sessions.filter((one) => one.port === port);
    let listed = here.filter((one) => isListed(one, now));
    if (told?.port === port) {
      const others = here.filter((one) => one.startedMs !== null && !listed.includes(one));
      others.sort((a, b) => (b.endedMs ?? now) - (a.endedMs ?? now));
      listed = [...listed, ...others].slice(0, told.seen);
    }
    return listed.map((one) => ({
      engine: id,
      contents: [`id:${one.digits}`],
      playbackSession: one.name,
      label: null,
      urls: null,
    }));
  });
}
