/**
 * Sessions: a slot is reserved, its stream starts, it is released, and it is free again when there is proof.
 * Every slot of the pool moves through these functions and through no others.
 */
import { type Draft, InvariantError } from "./draft.ts";
import { PAST_SESSIONS_MAX } from "./limits.ts";
import { fitSlots } from "./pool.ts";
import type { Engine, Session, Stream } from "./state.ts";
import type { FormerSession, SessionId, Started, StreamId } from "./words.ts";

/** The slot is pending from here on, before anything leaves the proxy. */
export function reserve(
  draft: Draft,
  stream: Stream,
  engine: Engine,
  instead: SessionId | null = null,
): void {
  const slot = engine.slots.findIndex((candidate) => candidate.state === "free");
  if (slot < 0 || draft.parts.loadOf(engine) >= draft.state.cap)
    throw new InvariantError(`engine ${engine.id} was chosen although it is full`);
  occupy(draft, stream, engine, slot, instead);
}

/** Puts a new session of a stream into a free slot, and starts it. */
export function occupy(
  draft: Draft,
  stream: Stream,
  engine: Engine,
  slot: number,
  instead: SessionId | null = null,
): void {
  const session = newSession(draft, { of: stream.id, stream: stream.id, contents: stream.contents });
  const turn = ++draft.state.turn;
  draft.putEngine({ ...engine, turn });
  draft.move(engine.id, slot, "reserve", "request", session);
  const place = { engine: engine.id, slot, session: session.id };
  draft.putPlace(place);
  draft.patchStream(stream, { phase: "starting", place });
  const content = stream.contents[0];
  if (content === undefined) throw new InvariantError(`stream ${stream.id} has no content`);
  draft.record({
    type: "grant",
    engine: engine.id,
    slot,
    session: session.id,
    stream: stream.id,
    content,
    load: draft.parts.loadOf(draft.engineOf(place)),
  });
  draft.emit({
    type: "start",
    session: session.id,
    stream: stream.id,
    engine: engine.id,
    address: engine.address,
    content,
    variant: stream.variant,
    instead,
  });
  draft.arm({ kind: "start", session: session.id });
}

/** The engine has answered with a session. What comes for a slot that is released already is only to be stopped. */
export function begin(draft: Draft, id: SessionId, answer: Started): Session | null {
  const held = draft.held(id);
  if (held?.session.start !== "sent") return null;
  const infohash = answer.infohash === null ? [] : [`infohash:${answer.infohash}`];
  const session = draft.patchSession(id, {
    start: "answered",
    urls: answer.urls,
    playbackSession: answer.playbackSession,
    isLive: answer.isLive,
    contents: [...new Set([...held.session.contents, ...infohash])],
  });
  if (held.slot.state === "released") {
    // It may have begun only just now: the time after which an unread session is surely over runs from here.
    draft.arm({ kind: "release", session: id });
    draft.emit({ type: "stop", session: id, engine: held.engine.id, urls: answer.urls });
    return null;
  }
  draft.move(held.place.engine, held.place.slot, "started", "started");
  return session;
}

/**
 * The stream needs the session no more. The slot stays held until the engine has let go of it, which is asked
 * for here; a start that is still unanswered is stopped when its answer comes.
 */
export function release(draft: Draft, id: SessionId, cause: string, heir: StreamId | null = null): void {
  const held = draft.held(id);
  if (!held || !draft.move(held.place.engine, held.place.slot, "release", cause)) return;
  draft.patchSession(id, { stream: null, heir, endCause: cause });
  draft.disarm({ kind: "start", session: id });
  if (held.session.start === "failed") {
    draft.parts.settle(draft, id, "never opened");
    return;
  }
  draft.arm({ kind: "release", session: id });
  if (held.session.urls)
    draft.emit({ type: "stop", session: id, engine: held.engine.id, urls: held.session.urls });
}

/** There is proof, or the last resort's time has come: the slot is free. Answers who was to have the place. */
export function settle(draft: Draft, id: SessionId, proof: string): StreamId | null {
  const held = draft.held(id);
  if (!held || !draft.move(held.place.engine, held.place.slot, "stopConfirmed", proof)) return null;
  const { session, place } = held;
  draft.deletePlace(id);
  // No list shows a session under no name: there is nothing to remember.
  for (const name of [session.playbackSession, session.formerLabel])
    if (name) draft.state.past = [...draft.state.past, name].slice(-PAST_SESSIONS_MAX);
  draft.disarm({ kind: "release", session: id });
  if (session.reportedTo !== null)
    draft.emit({
      type: "reportEnded",
      session: id,
      engine: session.reportedTo,
      content: session.contents[0] ?? "",
      label: session.formerLabel,
      reason: session.endCause,
    });
  draft.emit({ type: "settled", session: id, lease: session.lease ?? session.formerLabel });
  fitSlots(draft, place.engine);
  draft.parts.dropIfGone(draft, place.engine);
  return session.heir;
}

/**
 * A session of a former life takes a slot of its engine, released from the first moment: it counts, and is
 * stopped. An engine that is full of them gets a slot above its cap: what is there is there.
 */
export function adopt(draft: Draft, engine: Engine, former: Omit<FormerSession, "name" | "address">): void {
  const urls = former.urls;
  let slot = engine.slots.findIndex((candidate) => candidate.state === "free");
  if (slot < 0) {
    slot = engine.slots.length;
    draft.putEngine({ ...engine, slots: [...engine.slots, { state: "free", session: null }] });
  }
  const session = newSession(draft, {
    of: null,
    stream: null,
    contents: former.contents,
    start: urls ? "answered" : "sent",
    urls,
    playbackSession: former.playbackSession,
    reportedTo: former.reportedAs === null ? null : former.engine,
    formerLabel: former.reportedAs,
    lease: former.lease ?? null,
    // Nothing can be stopped before its URLs are known.
    stopDelayed: urls === null,
  });
  draft.move(engine.id, slot, "reserve", "former life", session);
  draft.putPlace({ engine: engine.id, slot, session: session.id });
  draft.parts.release(draft, session.id, "former life");
}

function newSession(
  draft: Draft,
  given: Partial<Session> & Pick<Session, "of" | "stream" | "contents">,
): Session {
  const id = draft.state.nextSession++;
  return {
    id,
    start: "sent",
    urls: null,
    playbackSession: null,
    isLive: true,
    reportedTo: null,
    formerLabel: null,
    lease: null,
    stopDelayed: false,
    heir: null,
    endCause: "",
    ...given,
  };
}
