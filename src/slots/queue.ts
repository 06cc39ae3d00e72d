/** The queue for slots: who is served next, and what is done so that the rest need not wait. */
import type { Draft } from "./draft.ts";
import { candidates, choose, holdsContent, isOpen, isUsable, openEngines } from "./pool.ts";
import { reserve } from "./sessions.ts";
import { type Engine, loadOf, type State, type Stream } from "./state.ts";
import { end } from "./streams.ts";
import type { StreamId } from "./words.ts";

/** Serves whoever can be served, oldest first, then makes room for those who cannot. */
export function pump(draft: Draft): void {
  if (draft.state.draining || draft.state.queue.length === 0) return;
  let open = openEngines(draft.state);
  for (const id of draft.state.queue) {
    if (open.length === 0) break;
    if (grant(draft, id, open)) open = open.flatMap((engine) => stillOpen(draft, engine));
  }
  if (draft.state.queue.length > 0) makeRoom(draft);
}

/** Gives a waiting stream the best of some engines that have room; false if none suits it. */
export function grant(draft: Draft, id: StreamId, open: readonly Engine[]): boolean {
  const stream = draft.stream(id);
  const engine = stream && choose(draft.state, stream, open);
  if (!stream || !engine) return false;
  draft.state.queue = draft.state.queue.filter((other) => other !== id);
  for (const client of stream.clients)
    if (!draft.state.clients.get(client)?.served) draft.disarm({ kind: "queue", client });
  reserve(draft, stream, engine);
  return true;
}

function stillOpen(draft: Draft, engine: Engine): Engine[] {
  const now = draft.engine(engine.id);
  return now && isOpen(now, draft.state.cap) ? [now] : [];
}

/**
 * Nobody should wait for a slot that serves nobody: lingering streams yield, as many as are needed; then the
 * zapping players' own former streams are looked at; then a new engine is asked for, one at a time.
 */
function makeRoom(draft: Draft): void {
  let needed = draft.state.queue.length - placesComing(draft.state);
  for (const stream of lingering(draft.state)) {
    if (needed <= 0) return;
    if (!wouldHelp(draft.state, stream)) continue;
    end(draft, stream, "yielded to a waiting request");
    needed--;
  }
  if (needed <= 0) return;
  for (const id of draft.state.queue) watchFormerStreams(draft, id);
  if (draft.state.provisioning.phase !== "idle") return;
  draft.state.provisioning = { phase: "asked", engine: null, answered: false };
  draft.record({ type: "provision", outcome: "asked", detail: `${needed} waiting` });
  draft.emit({ type: "provision" });
  draft.arm({ kind: "provision" });
}

/** Places that will be free as soon as stops are confirmed that nothing seems to hold up. */
export function placesComing(state: State): number {
  let places = 0;
  for (const engine of state.engines.values()) {
    if (engine.own === 0 || !isUsable(engine)) continue;
    const releasing = engine.slots.filter(
      (slot) => slot.state === "released" && !slot.session?.stopDelayed,
    ).length;
    places += Math.max(0, Math.min(releasing, state.cap - (loadOf(engine) - releasing)));
  }
  return places;
}

/** Streams that nobody watches, those that have lingered longest first. */
function lingering(state: State): Stream[] {
  return [...state.streams.values()]
    .filter((stream) => stream.lingeringSince !== null && stream.place !== null)
    .sort((a, b) => (a.lingeringSince ?? 0) - (b.lingeringSince ?? 0));
}

/** Would the place of a stream be of use to anybody who waits? */
function wouldHelp(state: State, stream: Stream): boolean {
  const engine = stream.place && state.engines.get(stream.place.engine);
  if (!engine || !isUsable(engine) || loadOf(engine) > state.cap) return false;
  return state.queue.some((id) => {
    const waiting = state.streams.get(id);
    return (
      waiting !== undefined &&
      candidates(state, waiting).some((candidate) => candidate.id === engine.id) &&
      !holdsContent(engine, waiting.contents)
    );
  });
}

/** Has a client of this waiting stream left its former stream without saying so? The shell looks. */
function watchFormerStreams(draft: Draft, id: StreamId): void {
  const waiting = draft.stream(id);
  if (!waiting || waiting.live) return;
  for (const rival of waiting.clients) {
    const who = draft.state.clients.get(rival)?.who;
    for (const stream of draft.state.streams.values()) {
      const [only, ...others] = stream.clients;
      if (only === undefined || others.length > 0 || stream.phase !== "playing") continue;
      if (draft.state.clients.get(only)?.who === who) draft.emit({ type: "watch", client: only, rival });
    }
  }
}
