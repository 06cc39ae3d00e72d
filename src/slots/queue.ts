/** The queue for slots: who is served next, and what is done so that the rest need not wait. */
import type { Draft } from "./draft.ts";
import { choose, isUsable, mayCarry, openEngines } from "./pool.ts";
import type { Engine, Slot, State, Stream } from "./state.ts";
import type { ClientId, SessionId, StreamId } from "./words.ts";

/** Serves whoever can be served, oldest first, then makes room for those who cannot. */
export function pump(draft: Draft): void {
  if (isShut(draft.state) || draft.state.queue.length === 0) return;
  const open = openEngines(draft);
  for (const id of draft.state.queue) {
    if (open.length === 0) break;
    const taken = grant(draft, id, open);
    if (taken) refreshOpen(draft, open, taken);
  }
  if (draft.state.queue.length > 0) draft.parts.makeRoom(draft);
}

/** Is nothing granted at present, to anybody? */
export function isShut({ draining, halted, leaseTrouble }: State): boolean {
  return draining || halted || leaseTrouble !== null;
}

/**
 * Gives a waiting stream the best of some engines that have room, and says which; null if none suits it. `instead`:
 * the session that handed its place over.
 */
export function grant(
  draft: Draft,
  id: StreamId,
  open: readonly Engine[],
  instead: SessionId | null = null,
): Engine | null {
  const stream = draft.stream(id);
  const engine = stream && choose(draft, stream, open);
  if (!stream || !engine) return null;
  draft.state.queue = draft.state.queue.filter((other) => other !== id);
  for (const client of stream.clients)
    if (!draft.state.clients.get(client)?.served) draft.disarm({ kind: "queue", client });
  draft.parts.reserve(draft, stream, engine, instead);
  return engine;
}

/** Writes into the list of open engines what a grant has changed: one of them, and no other. */
function refreshOpen(draft: Draft, open: Engine[], taken: Engine): void {
  const now = draft.engine(taken.id);
  open.splice(open.indexOf(taken), 1, ...(now && draft.parts.isOpen(draft, now) ? [now] : []));
}

/**
 * Nobody should wait for a slot that serves nobody. For each waiting stream, oldest first: a place that is
 * about to be free will do; else a lingering stream yields. For those who are left the zapping players' own
 * former streams are looked at, and a new engine is asked for, one at a time.
 */
export function makeRoom(draft: Draft): void {
  const { parts } = draft;
  watchFormerStreams(draft);
  const coming = placesComing(draft);
  const lingering = lingeringStreams(draft.state);
  let unmet = 0;
  for (const id of draft.state.queue) {
    const waiting = draft.stream(id);
    if (!waiting || takePlace(draft, coming, waiting)) continue;
    const yielding = lingering.findIndex((stream) => parts.wouldHelp(draft, stream, waiting));
    const [stream] = yielding < 0 ? [] : lingering.splice(yielding, 1);
    if (stream) parts.end(draft, stream, "yielded to a waiting request");
    else unmet++;
  }
  // Before the first look at the pool nobody knows what is lacking.
  if (unmet === 0 || draft.state.asked === 0 || draft.state.provisioning.phase !== "idle") return;
  draft.state.provisioning = { phase: "asked", engine: null, answered: false };
  draft.record({ type: "provision", outcome: "asked", detail: `${unmet} waiting` });
  draft.emit({ type: "provision" });
  draft.arm({ kind: "provision" });
}

const isComing = (slot: Slot): boolean => slot.state === "released" && !slot.session?.stopDelayed;

/**
 * Places that will be free as soon as stops are confirmed that nothing seems to hold up, by engine: the best first,
 * so that who waits for which of them does not depend on the order in which engines came.
 */
function placesComing({ state, parts }: Draft): Map<Engine, number> {
  const coming = new Map<Engine, number>();
  const held = [...state.engines.values()].filter(
    (engine) => (engine.own > 0 || engine.blocked) && isUsable(engine),
  );
  for (const engine of held.sort(parts.rank)) {
    const releasing = engine.slots.filter(isComing).length;
    const left = state.cap - (parts.loadOf(engine) - releasing);
    // A blocked one may have room as it is, in a moment.
    const places = engine.blocked ? left : Math.min(releasing, left);
    if (places > 0) coming.set(engine, places);
  }
  return coming;
}

/** Counts one coming place as this stream's; false if none of them is of use to it. */
function takePlace({ parts }: Draft, coming: Map<Engine, number>, waiting: Stream): boolean {
  if (coming.size === 0) return false;
  const may = mayCarry(waiting);
  for (const [engine, places] of coming) {
    // Better than the engine that has just failed it is any other.
    if (places === 0 || !may(engine) || waiting.tried.includes(engine.id)) continue;
    if (parts.holdsContent(engine, waiting.contents, isComing)) continue;
    coming.set(engine, places - 1);
    return true;
  }
  return false;
}

/** Streams that nobody watches, those that have lingered longest first. */
function lingeringStreams(state: State): Stream[] {
  const lingering: Stream[] = [];
  for (const stream of state.streams.values())
    if (stream.lingeringSince !== null && stream.place !== null) lingering.push(stream);
  return lingering.sort((a, b) => (a.lingeringSince ?? 0) - (b.lingeringSince ?? 0));
}

/** Would the place of a stream be of use to one that waits? */
export function wouldHelp({ state, parts }: Draft, stream: Stream, waiting: Stream): boolean {
  const { place } = stream;
  const engine = place && state.engines.get(place.engine);
  if (!engine || !isUsable(engine) || parts.loadOf(engine) > state.cap) return false;
  if (!mayCarry(waiting)(engine)) return false;
  return !parts.holdsContent(
    engine,
    waiting.contents,
    (slot) => slot.session?.id === place.session || isComing(slot),
  );
}

/**
 * Has a client of a waiting stream left its former stream without saying so? The shell is told each pair once,
 * when it comes about: the waiting one asked, or the other's stream began to play or lost its other clients.
 */
function watchFormerStreams(draft: Draft): void {
  for (const stream of draft.touchedStreams()) {
    if (isAlone(stream)) for (const id of draft.state.queue) watchPairs(draft, stream, draft.stream(id));
    else if (stream.phase === "waiting")
      for (const former of draft.state.streams.values())
        if (isAlone(former)) watchPairs(draft, former, stream);
  }
}

const isAlone = (stream: Stream): boolean => stream.phase === "playing" && stream.clients.length === 1;

function watchPairs(draft: Draft, former: Stream, waiting: Stream | undefined): void {
  const [client] = former.clients;
  if (client === undefined || waiting?.phase !== "waiting" || waiting.live) return;
  const who = draft.state.clients.get(client)?.who;
  for (const rival of waiting.clients)
    if (draft.state.clients.get(rival)?.who === who && !wasWatched(draft.old, client, rival))
      draft.emit({ type: "watch", client, rival });
}

/** Was it the same before this step? */
function wasWatched(old: State, client: ClientId, rival: ClientId): boolean {
  const streamOf = (id: ClientId) => old.streams.get(old.clients.get(id)?.stream ?? -1);
  const former = streamOf(client);
  const waiting = streamOf(rival);
  return former !== undefined && isAlone(former) && waiting?.phase === "waiting" && !waiting.live;
}
