/**
 * A selector among several as a short text, and back: streams by age, sessions by place and content, "other proxies"
 * without saying which. What decides nothing about slots is left out: texts for people, counters, who has been served
 * already, whether a stream has played before, in which slot of an engine a session is.
 */
import {
  type Claim,
  type Client,
  type Engine,
  initialState,
  type ListedEngine,
  type Place,
  type Session,
  type Slot,
  type State,
  type Stream,
  step,
} from "../../src/slots/index.ts";

export const keyOf = (content: number): string => `id:${content}`;
export const contentOf = (key: string | undefined): number => Number((key ?? "id:0").slice(3));
const engineId = (place: number): string => `e${place}`;
/** As all proxies know it. */
export const placeName = (place: number): string => `engine:${place}`;
export const URLS = { playback: "playback", stat: "stat", command: "command" };

/** A pool of engines that was looked at once, and nobody there. */
export function emptySelector(engines: number, cap: number): State {
  const listed = Array.from(
    { length: engines },
    (_, index): ListedEngine => ({
      id: engineId(index + 1),
      name: engineId(index + 1),
      address: { scheme: "http", host: "engine", port: index + 1 },
      health: "healthy",
      draining: false,
      forwarded: false,
      usedAtMs: null,
    }),
  );
  const none = initialState({ cap, instance: "me" });
  return step(none, { type: "snapshot", asked: 1, engines: listed, streams: [] }).state;
}

const SLOTS = ["free", "pending", "active", "released"] as const;
const STARTS = ["sent", "answered", "failed"] as const;
const PHASES = ["waiting", "starting", "playing"] as const;

/** Claims have one name for each place and content: two at one place are never of one content. */
export const claimsOf = (place: number, contents: readonly number[]): Claim[] =>
  contents.map((content) => ({ lease: `other/${place}/${content}`, contents: [keyOf(content)] }));

const ascending = (a: number, b: number): number => a - b;

/** All that decides anything; `names`: index is a content's name, value its new one. */
export function encode(state: State, names: readonly number[]): string {
  const named = (keys: readonly string[]): number => names[contentOf(keys[0])] ?? 0;
  const streams = [...state.streams.values()].sort((a, b) => a.id - b.id);
  const streamNames = new Map(streams.map(({ id }, index) => [id, index + 1]));
  const engines = [...state.engines.values()].sort((a, b) => a.address.port - b.address.port);
  const turns = [...new Set(engines.map(({ turn }) => turn))].sort(ascending);
  const sessionNames = new Map<number, number>();
  const out: number[] = [state.leaseTrouble === null ? 0 : 1];
  for (const { turn, claims, slots } of engines) {
    const claimed = claims.map(({ contents }) => named(contents)).sort(ascending);
    const held = slots
      .flatMap(({ state: at, session }) =>
        session ? [{ at, session, content: named(session.contents) }] : [],
      )
      .sort((a, b) => a.content - b.content || a.session.id - b.session.id);
    out.push(turns.indexOf(turn), claimed.length, ...claimed, held.length);
    for (const { at, session, content } of held) {
      sessionNames.set(session.id, sessionNames.size + 1);
      const flags = (session.urls ? 1 : 0) | (session.lease ? 2 : 0) | (session.stopDelayed ? 4 : 0);
      const stream = session.stream === null ? 0 : (streamNames.get(session.stream) ?? 0);
      out.push(SLOTS.indexOf(at), STARTS.indexOf(session.start), content, flags, stream);
    }
  }
  for (const { contents, phase, place, clients } of streams)
    out.push(
      named(contents),
      PHASES.indexOf(phase),
      place ? (sessionNames.get(place.session) ?? 0) : 0,
      clients.length,
    );
  return String.fromCharCode(...out);
}

/** The state that a text stands for; `empty` is the pool when nobody is there. */
export function decode(text: string, empty: State): State {
  let at = 0;
  const next = (): number => text.charCodeAt(at++);
  const trouble = next() === 1;
  const engines = new Map<string, Engine>();
  const places = new Map<number, Place>();
  for (const engine of empty.engines.values()) {
    const turn = next();
    const claimed = Array.from({ length: next() }, next);
    const slots = Array.from({ length: next() }, (_, slot): Slot => {
      const state = SLOTS[next()] ?? "free";
      const session = sessionOf(places.size + 1, next(), next(), next(), next());
      places.set(session.id, { engine: engine.id, slot, session: session.id });
      return { state, session };
    });
    const own = slots.length;
    while (slots.length < empty.cap) slots.push({ state: "free", session: null });
    const claims = claimsOf(engine.address.port, claimed);
    engines.set(engine.id, { ...engine, turn, claims, slots, own });
  }
  const streams = new Map<number, Stream>();
  const clients = new Map<number, Client>();
  while (at < text.length) {
    const stream = streamOf(streams.size + 1, next(), next(), places.get(next()), next(), clients);
    streams.set(stream.id, stream);
  }
  return {
    ...empty,
    engines,
    streams,
    clients,
    places,
    queue: [...streams.values()].filter(({ phase }) => phase === "waiting").map(({ id }) => id),
    leaseTrouble: trouble ? "trouble" : null,
    claims: new Map(
      [...engines.values()].flatMap(({ place, claims }) => (claims.length > 0 ? [[place, claims]] : [])),
    ),
    nextStream: streams.size + 1,
    nextSession: places.size + 1,
    turn: TURN,
  };
}

/** Above all that engines have. */
const TURN = 100;

const sessionOf = (id: number, start: number, content: number, flags: number, stream: number): Session => ({
  id,
  stream: stream === 0 ? null : stream,
  of: null,
  contents: [keyOf(content)],
  start: STARTS[start] ?? "sent",
  urls: (flags & 1) === 0 ? null : URLS,
  playbackSession: (flags & 1) === 0 ? null : "playback",
  isLive: true,
  reportedTo: null,
  formerLabel: null,
  lease: (flags & 2) === 0 ? null : `taken/${id}`,
  stopDelayed: (flags & 4) !== 0,
  heir: null,
  endCause: "",
});

function streamOf(
  id: number,
  content: number,
  phase: number,
  place: Place | undefined,
  count: number,
  clients: Map<number, Client>,
): Stream {
  const numbers = Array.from({ length: count }, () => {
    clients.set(clients.size + 1, { stream: id, who: "tv", served: PHASES[phase] === "playing" });
    return clients.size;
  });
  return {
    id,
    contents: [keyOf(content)],
    variant: "",
    phase: PHASES[phase] ?? "waiting",
    place: place ?? null,
    clients: numbers,
    live: false,
    lingeringSince: null,
    tried: [],
    contentFaults: 0,
    failovers: 0,
    lastMessage: "",
  };
}
