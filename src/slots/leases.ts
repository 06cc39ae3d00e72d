/**
 * Slots that are shared with other proxies: what they claim counts as load, and what the store refuses or takes back
 * sends its stream to the queue again. Who may claim what is decided in the store; here it is only taken in.
 */
import type { Draft } from "./draft.ts";
import type { SelectorEvent } from "./events.ts";
import { SIBLINGS_MAX } from "./limits.ts";
import type { Stream } from "./state.ts";
import type { Claim, SessionId } from "./words.ts";

export function takeClaims(draft: Draft, event: SelectorEvent & { type: "claims" }): void {
  const claims = event.whole ? new Map<string, readonly Claim[]>() : new Map(draft.state.claims);
  for (const place of event.places)
    if (place.claims.length > 0) claims.set(place.place, place.claims);
    else claims.delete(place.place);
  draft.state.claims = claims;
  meetSiblings(draft, event);
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

/** Remembers whose streams have leases: the lives of other proxies, by their labels' beginnings. */
function meetSiblings(draft: Draft, event: SelectorEvent & { type: "claims" }): void {
  const { siblings, life } = draft.state;
  const known = new Set(siblings);
  for (const { claims } of event.places)
    for (const { lease } of claims) {
      const other = lease.slice(0, lease.lastIndexOf("/") + 1);
      if (other !== "" && other !== life) known.add(other);
    }
  if (known.size > siblings.length) draft.state.siblings = [...known].slice(-SIBLINGS_MAX);
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
  if (stream && waits) requeue(draft, stream, message);
}

/** The sessions are given up, and their streams look for other slots. */
export function leasesLost(draft: Draft, sessions: readonly SessionId[], message: string): void {
  for (const id of sessions) {
    const held = draft.held(id);
    if (!held || held.slot.state === "released") continue;
    const stream = held.session.stream === null ? undefined : draft.stream(held.session.stream);
    draft.parts.release(draft, id, message);
    if (stream?.place?.session === id) requeue(draft, stream, message);
  }
}

/** Back to its old place in the queue: its clients wait on as if it had not left. */
function requeue(draft: Draft, stream: Stream, message: string): void {
  const next = draft.patchStream(stream, { phase: "waiting", place: null, lastMessage: message });
  if (next.clients.length === 0) return draft.parts.end(draft, next, message);
  draft.state.queue = [...draft.state.queue, next.id].sort((a, b) => a - b);
  if (next.live) draft.arm({ kind: "stall", stream: next.id });
  else for (const client of next.clients) draft.arm({ kind: "queue", client, resumed: true });
}
