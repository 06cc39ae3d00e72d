/** Streams and their clients: joining, leaving, lingering, failing, ending. */
import type { Draft } from "./draft.ts";
import type { Fault, RejectCode } from "./events.ts";
import { CONTENT_TRIES_MAX, ENGINE_TRIES_MAX, FAILOVERS_MAX } from "./limits.ts";
import { hasCandidate } from "./pool.ts";
import type { State, Stream } from "./state.ts";
import type { ClientId, ContentKey, EngineId, StreamId } from "./words.ts";

/** The stream that plays a content, or will. One that is over is in no list any more. */
export function findStream(
  state: State,
  contents: readonly ContentKey[],
  variant: string,
  not?: StreamId,
): Stream | undefined {
  for (const stream of state.streams.values())
    if (
      stream.id !== not &&
      stream.variant === variant &&
      stream.contents.some((key) => contents.includes(key))
    )
      return stream;
  return undefined;
}

export function newStream(draft: Draft, content: ContentKey, variant: string): Stream {
  const stream: Stream = {
    id: draft.state.nextStream++,
    contents: [content],
    variant,
    phase: "waiting",
    place: null,
    clients: [],
    live: false,
    lingeringSince: null,
    tried: [],
    contentFaults: 0,
    failovers: 0,
    lastMessage: "",
  };
  draft.putStream(stream);
  draft.state.queue = [...draft.state.queue, stream.id];
  return stream;
}

/** A client takes part in a stream: served at once if it plays, else as soon as it does. */
export function join(draft: Draft, stream: Stream, client: ClientId, who: string): void {
  if (stream.lingeringSince !== null) draft.disarm({ kind: "linger", stream: stream.id });
  draft.patchStream(stream, { clients: [...stream.clients, client], lingeringSince: null });
  const playing = stream.phase === "playing";
  draft.putClient(client, { stream: stream.id, who, served: playing });
  if (playing) draft.emit({ type: "serve", client, stream: stream.id });
  else if (stream.phase === "waiting" && !stream.live) draft.arm({ kind: "queue", client });
}

/** A client is gone. A stream that nobody watches lingers; one that has not begun is not begun. */
export function leave(draft: Draft, id: ClientId): void {
  const client = draft.state.clients.get(id);
  if (!client) return;
  draft.deleteClient(id);
  draft.disarm({ kind: "queue", client: id });
  const before = draft.stream(client.stream);
  if (!before) return;
  const stream = draft.patchStream(before, { clients: before.clients.filter((other) => other !== id) });
  if (stream.clients.length > 0) return;
  if (stream.phase === "waiting") {
    draft.parts.end(draft, stream, "last client left");
    return;
  }
  draft.patchStream(stream, { lingeringSince: ++draft.state.turn });
  draft.arm({ kind: "linger", stream: stream.id });
}

/** The stream is over for everybody who is left. `refusal` is what a client hears that was not served yet. */
export function end(
  draft: Draft,
  stream: Stream,
  reason: string,
  refusal: { readonly code: RejectCode; readonly message: string } = {
    code: "engine_error",
    message: reason,
  },
  heir: StreamId | null = null,
  clean = false,
): void {
  for (const id of stream.clients) dismiss(draft, id, refusal, reason);
  if (stream.lingeringSince !== null) draft.disarm({ kind: "linger", stream: stream.id });
  if (stream.live) draft.disarm({ kind: "stall", stream: stream.id });
  draft.state.queue = draft.state.queue.filter((id) => id !== stream.id);
  draft.deleteStream(stream.id);
  draft.emit({ type: "close", stream: stream.id, reason, clean });
  if (stream.place) draft.parts.release(draft, stream.place.session, reason, heir);
}

/** The content has been played to its end: whoever was served needs the broker no more. */
export function finish(draft: Draft, stream: Stream, reason: string): void {
  for (const id of stream.clients) if (draft.state.clients.get(id)?.served) draft.deleteClient(id);
  draft.parts.end(draft, stream, reason, undefined, null, true);
}

/** Sends one client away: refused if nothing was sent to it yet, else broken off. */
export function dismiss(
  draft: Draft,
  id: ClientId,
  refusal: {
    readonly code: RejectCode;
    readonly message: string;
    readonly retryAfterSeconds?: number | null;
  },
  reason: string,
): void {
  const client = draft.state.clients.get(id);
  if (!client) return;
  draft.deleteClient(id);
  if (client.served) {
    draft.emit({ type: "drop", client: id, reason });
    return;
  }
  draft.disarm({ kind: "queue", client: id });
  const content = draft.stream(client.stream)?.contents[0] ?? "";
  draft.record({ type: "reject", client: id, content, code: refusal.code, message: refusal.message });
  draft.emit({
    type: "reject",
    client: id,
    code: refusal.code,
    message: refusal.message,
    retryAfterSeconds: refusal.retryAfterSeconds ?? null,
  });
}

/** A stream's session failed it: try another engine while that makes sense, else tell its clients. */
export function fail(draft: Draft, stream: Stream, engine: EngineId, fault: Fault, message: string): void {
  const next = draft.patchStream(stream, {
    phase: "waiting",
    place: null,
    tried: stream.tried.includes(engine) ? stream.tried : [...stream.tried, engine],
    contentFaults: stream.contentFaults + (fault === "content" ? 1 : 0),
    failovers: stream.failovers + (stream.live ? 1 : 0),
    lastMessage: message,
  });
  if (next.clients.length === 0) {
    draft.parts.end(draft, next, message);
    return;
  }
  if (!mayTryAgain(draft.state, next, fault)) {
    const code = fault === "timeout" ? "engine_timeout" : "engine_error";
    draft.parts.end(draft, next, message, { code, message });
    return;
  }
  draft.state.queue = [...draft.state.queue, next.id].sort((a, b) => a - b);
  if (next.live) draft.arm({ kind: "stall", stream: next.id });
  else for (const client of next.clients) draft.arm({ kind: "queue", client });
}

function mayTryAgain(state: State, stream: Stream, fault: Fault): boolean {
  if (stream.contentFaults >= CONTENT_TRIES_MAX) return false;
  // Its clients wait for whatever engine comes, as long as the stall time-out lets them.
  if (stream.live) return stream.failovers <= FAILOVERS_MAX;
  // A start that nobody answers for so long is worth one engine more: the client has waited already.
  if (fault === "timeout" && stream.tried.length > 1) return false;
  if (stream.tried.length >= ENGINE_TRIES_MAX) return false;
  return (
    hasCandidate(state, stream) || state.provisioning.phase === "idle" || state.provisioning.phase === "asked"
  );
}

/**
 * Two streams turn out to play one content (its id and its infohash were asked for): one of them stays. On one
 * engine the session that was started last has taken the content over, so that one goes on, answered or not; on
 * two engines the stream that plays longer stays as it is.
 */
export function collapse(draft: Draft, newer: Stream): Stream {
  const other = draft.parts.findStream(draft.state, newer.contents, newer.variant, newer.id);
  if (!other) return newer;
  const contents = [...new Set([...other.contents, ...newer.contents])];
  const [kept, gone] = other.phase === "playing" ? [other, newer] : [newer, other];
  let { place, phase } = kept;
  let retired = gone.place;
  if (kept.place && gone.place?.engine === kept.place.engine && gone.place.session > kept.place.session) {
    place = gone.place;
    phase = "starting";
    retired = kept.place;
    draft.patchSession(place.session, { stream: kept.id });
  }
  draft.state.queue = draft.state.queue.filter((id) => id !== gone.id);
  if (gone.lingeringSince !== null) draft.disarm({ kind: "linger", stream: gone.id });
  if (gone.live) draft.disarm({ kind: "stall", stream: gone.id });
  const clients = [...kept.clients, ...gone.clients];
  let merged: Stream = {
    ...kept,
    live: kept.live || gone.live,
    contents,
    place,
    phase,
    clients,
    tried: [...new Set([...kept.tried, ...gone.tried])],
    contentFaults: Math.max(kept.contentFaults, gone.contentFaults),
    failovers: Math.max(kept.failovers, gone.failovers),
  };
  if (kept.lingeringSince !== null && clients.length > 0) {
    draft.disarm({ kind: "linger", stream: kept.id });
    merged = { ...merged, lingeringSince: null };
  }
  draft.deleteStream(gone.id);
  draft.putStream(merged);
  for (const id of gone.clients) {
    const client = draft.state.clients.get(id);
    if (!client) continue;
    const playing = phase === "playing";
    draft.putClient(id, { ...client, stream: kept.id, served: client.served || playing });
    if (!client.served) draft.disarm({ kind: "queue", client: id });
    if (client.served) draft.emit({ type: "move", client: id, stream: kept.id });
    else if (playing) draft.emit({ type: "serve", client: id, stream: kept.id });
  }
  draft.emit({ type: "close", stream: gone.id, reason: "same content", clean: false });
  if (retired) draft.parts.release(draft, retired.session, "same content");
  // All names of the content, so that none of them brings it to this engine a second time.
  if (place) draft.patchSession(place.session, { contents });
  return merged;
}
