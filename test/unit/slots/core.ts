/** The selector by itself: what it answers to events, with nothing around it that checks. */
import { expect } from "bun:test";
import {
  type Effect,
  initialState,
  type JournalRecord,
  type ListedEngine,
  type ListedStream,
  type SelectorEvent,
  type Started,
  type State,
  step,
} from "../../../src/slots/index.ts";

export const engine = (id: string, port: number, more: Partial<ListedEngine> = {}): ListedEngine => ({
  id,
  name: `the ${id}`,
  address: { scheme: "http", host: "10.0.0.1", port },
  health: "healthy",
  draining: false,
  forwarded: false,
  usedAtMs: null,
  ...more,
});
export const urlsOf = (session: number) => ({
  playback: `p${session}`,
  stat: `s${session}`,
  command: `c${session}`,
});
export const answer = (session: number, infohash: string | null = null): Started => ({
  urls: urlsOf(session),
  infohash,
  playbackSession: `session ${session}`,
  isLive: true,
});
export const foreign = (engine: string, contents: readonly string[]): ListedStream => ({
  engine,
  contents,
  playbackSession: "theirs",
  label: null,
  urls: null,
});

export function core(options: Partial<Parameters<typeof initialState>[0]>, ...engines: ListedEngine[]) {
  let state = initialState({ cap: 1, ...options });
  let effects: readonly Effect[] = [];
  let records: readonly JournalRecord[] = [];
  const send = (...events: SelectorEvent[]): void => {
    for (const event of events) {
      const taken = step(state, event);
      expect(taken.illegal).toEqual([]);
      ({ state, effects, records } = taken);
    }
  };
  let asked = 0;
  const look = (list: ListedEngine[], streams: ListedStream[] = []): void =>
    send({ type: "snapshot", asked: ++asked, engines: list, streams });
  if (engines.length > 0) look(engines);
  return {
    send,
    look,
    request: (client: number, content: string, who = "tv") =>
      send({ type: "request", client, content, variant: "", who }),
    plays: (session: number) =>
      send({ type: "started", session, answer: answer(session) }, { type: "media", session }),
    get effects() {
      return effects;
    },
    get records() {
      return records;
    },
    get state() {
      return state;
    },
    /** Another state than one that events lead to. */
    put: (change: Partial<State>) => {
      state = { ...state, ...change };
    },
    of: <T extends Effect["type"]>(type: T) =>
      effects.filter((effect): effect is Effect & { type: T } => effect.type === type),
  };
}

export const due = (timer: Extract<SelectorEvent, { type: "timer" }>["timer"]): SelectorEvent => ({
  type: "timer",
  timer,
});
export const refused = (session: number, fault: "engine" | "content" = "engine"): SelectorEvent => ({
  type: "startFailed",
  session,
  fault,
  opened: "no",
  message: "refused",
});
