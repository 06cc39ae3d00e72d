/** The core speaks of engines, streams and clients; whoever uses the selector has resources, slots and keys. */
import type { SessionId, Slot, State } from "../slots/index.ts";

const LATE_OPEN = "the engine did not answer the start in time";

const CAUSES: Readonly<Record<string, string>> = {
  request: "acquired",
  started: "opened",
  "nobody watches": "nobody holds it",
  "last client left": "nobody holds it",
  "yielded to a waiting request": "yielded to one that waits",
  "stop confirmed": "closed",
  "release deadline": "releaseTimeoutMs is over",
  shutdown: "the selector is closed",
  [LATE_OPEN]: "open did not answer in time",
};

/** The user's own words as the core is told them: none of its own begin so, whatever the user says. */
export const ownWords = (text: string): string => `=${text}`;

/** What was thrown, in its own words. It may be anything, also what has no text. */
export function textOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.message}` : String(thrown);
  } catch {
    return "something that has no text was thrown";
  }
}

/** Why a slot moved. The user's own words stay as they are. */
export const causeWords = (cause: string): string =>
  cause.startsWith("=") ? cause.slice(1) : (CAUSES[cause] ?? cause);

export const places = (count: number): string => `${count} ${count === 1 ? "slot" : "slots"}`;

export const resourcesWords = (count: number): string => `${count} ${count === 1 ? "resource" : "resources"}`;

/** A key as the core is told it. Those without one get one that nobody else can have. */
export const contentOf = (key: string | undefined, ask: number): string =>
  key === undefined ? `#${ask}` : `=${key}`;

/** The key of a content as users know it; "" where none was asked for. */
export const keyOf = (content: string | null | undefined): string =>
  content?.startsWith("=") ? content.slice(1) : "";

/** Was a slot released because its value took too long to open? */
export const isLateOpen = (cause: string): boolean => cause === LATE_OPEN;

/** The slot that a session holds. */
export function sessionIn(state: State, session: SessionId): Slot | undefined {
  const place = state.places.get(session);
  return place && state.engines.get(place.engine)?.slots[place.slot];
}
