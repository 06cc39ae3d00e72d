/**
 * Slots that are shared with other proxies: what they claim counts as load, and what the store refuses or takes back
 * sends its stream to the queue again. Who may claim what is decided in the store; here it is only taken in.
 */
import type { Draft } from "./draft.ts";
import type { SelectorEvent } from "./events.ts";
import { PAST_SESSIONS_MAX } from "./limits.ts";
import type { Stream } from "./state.ts";
import type { Claim, SessionId } from "./words.ts";

export function takeClaims(draft: Draft, event: SelectorEvent & { type: "claims" }): void {
  const claims = event.whole ? new Map<string, readonly Claim[]>() : new Map(draft.state.claims);
  for (const place of event.places)
    if (place.claims.length > 0) claims.set(place.place, place.claims);
    else claims.delete(place.place);
  forgetReleased(draft, event);
  draft.state.claims = claims;
  const ours = heldLeases(draft);
  const told = new Map(event.places.map((place) => [place.place, place]));
  for (const engine of draft.state.engines.values()) {
    const here = told.get(engine.place);
    if (!here && !event.whole) continue;
    // A session that was found before its lease was handed over counts once.
    const others = (here?.claims ?? []).filter(({ lease }) => !ours.has(lease));
    const blocked = here?.blocked ?? false;
    if (others.length > 0 || engine.claims.length > 0 || blocked !== engine.blocked)
      draft.putEngine({ ...engine, claims: others, blocked });
  }
}

/** The names of the leases that our sessions have, or would have. */
export function heldLeases(draft: Draft): Set<string> {
  const names = new Set<string>();
  for (const id of draft.state.places.keys()) {
    const session = draft.held(id)?.session;
    names.add(session?.lease ?? session?.formerLabel ?? `${draft.state.life}${id}`);
  }
  return names;
}

/** Everything that a list may call the sessions of these claims. */
export function claimNames(claims: Iterable<readonly Claim[]>): Set<string> {
  const names = new Set<string>();
  for (const here of claims)
    for (const { lease, playbackSession } of here) {
      names.add(lease);
      if (playbackSession) names.add(playbackSession);
    }
  return names;
}

/**
 * Leases that were given back: a list that lags still shows their streams. What is missing in a whole view may have
 * been forgotten by the store as well: such a stream counts for as long as it is listed.
 */
function forgetReleased(draft: Draft, event: SelectorEvent & { type: "claims" }): void {
  if (event.whole) return;
  const before = claimNames(event.places.map(({ place }) => draft.state.claims.get(place) ?? []));
  if (before.size === 0) return;
  const now = claimNames(event.places.map(({ claims }) => claims));
  const gone = [...before].filter((name) => !now.has(name));
  if (gone.length > 0) draft.state.past = [...draft.state.past, ...gone].slice(-PAST_SESSIONS_MAX);
}

/** Another proxy was faster, or its turn comes first: the stream waits on, and nothing is held against the engine. */
export function leaseRefused(draft: Draft, id: SessionId, message: string): void {
  const held = draft.held(id);
  if (held?.session.start !== "sent") return;
  const stream = held.session.stream === null ? undefined : draft.stream(held.session.stream);
  const waits = stream?.place?.session === id;
  draft.patchSession(id, { start: "failed" });
  if (held.slot.state === "released") draft.parts.settle(draft, id, "never opened");
  else draft.parts.release(draft, id, message);
  // As if it had not left the queue.
  if (stream && waits) requeue(draft, stream, true);
}

/** The sessions are given up, and their streams look for other slots. */
export function leasesLost(draft: Draft, sessions: readonly SessionId[], message: string): void {
  for (const id of sessions) {
    const held = draft.held(id);
    if (!held || held.slot.state === "released") continue;
    const stream = held.session.stream === null ? undefined : draft.stream(held.session.stream);
    draft.parts.release(draft, id, message);
    if (stream?.place?.session === id)
      requeue(draft, draft.patchStream(stream, { lastMessage: message }), false);
  }
}

/** Back to its old place in the queue. `resumed`: its clients have waited all the time, for no longer than they may. */
function requeue(draft: Draft, stream: Stream, resumed: boolean): void {
  const next = draft.patchStream(stream, { phase: "waiting", place: null });
  if (next.clients.length === 0) return draft.parts.end(draft, next, "last client left");
  draft.state.queue = [...draft.state.queue, next.id].sort((a, b) => a - b);
  if (next.live) draft.arm({ kind: "stall", stream: next.id });
  else
    for (const client of next.clients)
      draft.arm(resumed ? { kind: "queue", client, resumed } : { kind: "queue", client });
}
