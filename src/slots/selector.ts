/**
 * The selector: every decision about slots, one event at a time. Pure, synchronous and total: whatever comes,
 * in whatever order, there is an answer, and the old state stays as it was. Between looking at the loads and
 * taking a slot nothing else can happen, since nothing here waits.
 */
import { Draft, type Parts } from "./draft.ts";
import type { Effect, JournalRecord, SelectorEvent, Timer } from "./events.ts";
import { heldLeases, leaseRefused, leasesLost, takeClaims } from "./leases.ts";
import { QUEUE_LENGTH_MAX } from "./limits.ts";
import { PARTS } from "./parts.ts";
import {
  addEngine,
  engineCalled,
  fitSlots,
  hasCandidate,
  idsByAddress,
  placeKey,
  whyNothingIsFree,
} from "./pool.ts";
import { grant, isShut } from "./queue.ts";
import { takeFallback } from "./snapshot.ts";
import type { Engine, State, Stream } from "./state.ts";
import { dismiss, finish, join, newStream } from "./streams.ts";
import type { EngineId, FormerSession, SessionId } from "./words.ts";

/** What comes of one event. */
export interface Step {
  /** The next state; the old one stays as it was. */
  readonly state: State;
  /** What is to be done now, in this order. */
  readonly effects: readonly Effect[];
  /** What belongs in the journal. */
  readonly records: readonly JournalRecord[];
  /** Moves that a slot's machine does not accept; none of them changed anything. Must stay empty. */
  readonly illegal: readonly string[];
}

/** What clients are told; why it is so names the store, and is for the log and for readiness. */
const LEASE_TROUBLE = "the store that is shared with other proxies grants no slots at present";

/**
 * A selector made of these decisions: one event at a time, taken in. What it answers throws {@link InvariantError} where
 * the state that comes of an event contradicts itself.
 *
 * @example
 * ```ts
 * import { checkSelector, createStep, PARTS, size } from "aceslot/check";
 *
 * // The engine that was used last comes first; where that is the same one, our own order decides.
 * const step = createStep({ ...PARTS, rank: (a, b) => b.turn - a.turn || PARTS.rank(a, b) });
 * console.log(checkSelector({ name: "last first", step, worlds: [size(2, 1, 2)] }).verdict); // "holds"
 * ```
 */
export function createStep(parts: Parts): (state: State, event: SelectorEvent) => Step {
  return (state, event) => {
    const draft = new Draft(state, parts);
    take(draft, event);
    parts.pump(draft);
    if (draft.state.draining && !draft.state.drained && draft.state.places.size === 0) {
      draft.state.drained = true;
      draft.emit({ type: "drained" });
    }
    return { state: draft.finish(), effects: draft.effects, records: draft.records, illegal: draft.illegal };
  };
}

/** The selector that ships: one event, taken in. Throws `InvariantError` if the state that came of it contradicts itself. */
export const step: (state: State, event: SelectorEvent) => Step = createStep(PARTS);

function take(draft: Draft, event: SelectorEvent): void {
  switch (event.type) {
    case "request":
      return request(draft, event);
    case "leave":
      return draft.parts.leave(draft, event.client);
    case "started": {
      const session = draft.parts.begin(draft, event.session, event.answer);
      if (session) started(draft, session.id);
      return;
    }
    case "startFailed":
      return startFailed(draft, event);
    case "media":
      return media(draft, event.session);
    case "progress":
      if (currentStream(draft, event.session)?.phase === "starting")
        draft.arm({ kind: "start", session: event.session });
      return;
    case "steady": {
      const stream = currentStream(draft, event.session);
      if (stream && stream.failovers + stream.tried.length > 0)
        draft.patchStream(stream, { failovers: 0, tried: [], contentFaults: 0 });
      return;
    }
    case "sourceEnded": {
      const stream = currentStream(draft, event.session);
      if (!stream?.place) return;
      if (event.fault === "over") return finish(draft, stream, event.message);
      const { engine } = stream.place;
      draft.parts.release(draft, event.session, event.message);
      if (event.fault === "engine") setAside(draft, engine);
      return draft.parts.fail(draft, stream, engine, event.fault, event.message);
    }
    case "stopConfirmed":
      return confirmed(draft, event.session, event.proof);
    case "stopDelayed":
      if (draft.held(event.session)) draft.patchSession(event.session, { stopDelayed: true });
      return;
    case "snapshot":
      return draft.parts.takeSnapshot(draft, event);
    case "fallback":
      return takeFallback(draft, event.engines);
    case "recovered": {
      const engine = draft.engine(event.engine);
      if (engine) draft.putEngine({ ...engine, resting: false });
      return draft.parts.closeProvisioning(draft);
    }
    case "provisioned":
      return provisioned(draft, event.engine);
    case "provisionFailed":
      if (draft.state.provisioning.phase !== "asked") return;
      draft.state.provisioning = { phase: "blocked", blocked: event.blocked };
      draft.record({ type: "provision", outcome: "failed", detail: event.blocked.message });
      draft.arm({ kind: "provision" });
      return;
    case "idle":
      return handOver(draft, event.client, event.rival);
    case "timer":
      return timer(draft, event.timer);
    case "recover":
      return recover(draft, event.sessions);
    case "claims":
      return takeClaims(draft, event);
    case "leasing":
      draft.state.leaseTrouble = event.trouble;
      return;
    case "leaseRefused":
      return leaseRefused(draft, event.session, event.message);
    case "leasesLost":
      return leasesLost(draft, event.sessions, event.message);
    case "configure":
      draft.state.cap = event.cap;
      if (!event.provisioning) {
        draft.state.provisioning = { phase: "impossible" };
        draft.disarm({ kind: "provision" });
      } else if (draft.state.provisioning.phase === "impossible")
        draft.state.provisioning = { phase: "idle" };
      draft.record({ type: "configure", cap: event.cap });
      for (const id of draft.state.engines.keys()) fitSlots(draft, id);
      return;
    case "end": {
      const stream = draft.stream(event.stream);
      if (stream) draft.parts.end(draft, stream, event.reason, { code: "ended", message: event.reason });
      return;
    }
    case "drain":
      return drain(draft);
  }
}

/** The stream that a session plays now; undefined for a session that is over or was replaced. */
function currentStream(draft: Draft, id: SessionId): Stream | undefined {
  const held = draft.held(id);
  if (held?.session.stream == null) return undefined;
  const stream = draft.stream(held.session.stream);
  return stream?.place?.session === id ? stream : undefined;
}

function request(draft: Draft, event: SelectorEvent & { type: "request" }): void {
  const { client, content, variant, who } = event;
  if (draft.state.clients.has(client)) return;
  const refuse = (code: "draining" | "no_capacity", message: string): void => {
    draft.record({ type: "reject", client, content, code, message });
    draft.emit({ type: "reject", client, code, message, retryAfterSeconds: null });
  };
  if (draft.state.draining) return refuse("draining", "the proxy is shutting down");
  if (draft.state.halted) return refuse("no_capacity", "the proxy grants nothing more until it is restarted");
  const known = draft.parts.findStream(draft.state, [content], variant);
  if (!known && draft.state.queue.length >= QUEUE_LENGTH_MAX)
    return refuse("no_capacity", `${QUEUE_LENGTH_MAX} streams wait for a slot already`);
  join(draft, known ?? newStream(draft, content, variant), client, who);
}

/** The slot is active: the pool's source is told, the bytes are fetched. */
function started(draft: Draft, id: SessionId): void {
  const before = currentStream(draft, id);
  const held = draft.held(id);
  const session = held?.session;
  const content = session?.contents[0];
  if (!before || !held || !session?.urls || session.playbackSession === null || content === undefined) return;
  const infohash =
    session.contents.find((key) => key.startsWith("infohash:"))?.slice("infohash:".length) ?? null;
  const { urls, playbackSession, isLive } = session;
  draft.patchSession(id, { reportedTo: held.engine.listedAs });
  draft.emit({
    type: "reportStarted",
    session: id,
    engine: held.engine.listedAs,
    address: held.engine.address,
    content,
    answer: { urls, playbackSession, isLive, infohash },
  });
  const known = draft.patchStream(before, {
    contents: [...new Set([...before.contents, ...session.contents])],
  });
  const stream = draft.parts.collapse(draft, known);
  // Two streams may have turned out to be one. Either this one stays: its session is read, or the other's, which was
  // read for the other until now. Or the other one stays, and is read already unless its place is this session's.
  if (stream.place && (stream.id === before.id || stream.place.session === id))
    play(draft, stream, stream.place.session);
}

/** Has the bytes of an answered session read for a stream; one that is not answered yet is read when it is. */
function play(draft: Draft, stream: Stream, id: SessionId): void {
  const held = draft.held(id);
  if (!held?.session.urls) return;
  const { urls, isLive } = held.session;
  draft.emit({ type: "play", stream: stream.id, session: id, engine: held.engine.id, urls, isLive });
}

function startFailed(draft: Draft, event: SelectorEvent & { type: "startFailed" }): void {
  const held = draft.held(event.session);
  if (held?.session.start !== "sent") return;
  const stream = currentStream(draft, event.session);
  const engine = held.engine.id;
  if (event.opened === "no") {
    draft.patchSession(event.session, { start: "failed" });
    if (held.slot.state === "released") confirmed(draft, event.session, "never opened");
  }
  if (stream) draft.parts.release(draft, event.session, event.message);
  if (event.opened === "unknown") {
    // There is nothing to stop, so only the deadline frees the slot, counted from now: it may have begun just now.
    draft.patchSession(event.session, { stopDelayed: true });
    draft.arm({ kind: "release", session: event.session });
  }
  if (event.fault === "engine") setAside(draft, engine);
  if (stream) draft.parts.fail(draft, stream, engine, event.fault, event.message);
}

/** Real bytes: whoever waits for them is served. */
function media(draft: Draft, id: SessionId): void {
  const before = currentStream(draft, id);
  const held = draft.held(id);
  if (!before || held?.slot.state !== "active" || before.phase !== "starting") return;
  const { engine } = held;
  draft.disarm({ kind: "start", session: id });
  if (before.live) draft.disarm({ kind: "stall", stream: before.id });
  if (engine.faults > 0) draft.putEngine({ ...engine, faults: 0 });
  const stream = draft.patchStream(before, { phase: "playing", live: true });
  for (const client of stream.clients) {
    const waiting = draft.state.clients.get(client);
    if (!waiting || waiting.served) continue;
    draft.putClient(client, { ...waiting, served: true });
    draft.emit({ type: "serve", client, stream: stream.id });
  }
}

/** A slot is free again. A place that a client handed over to itself goes to it, every other one by the queue. */
function confirmed(draft: Draft, id: SessionId, proof: string): void {
  const place = draft.state.places.get(id);
  const heir = draft.parts.settle(draft, id, proof);
  const engine = place && draft.engine(place.engine);
  if (heir === null || !engine || isShut(draft.state) || !draft.parts.isOpen(draft, engine)) return;
  if (draft.stream(heir)?.phase === "waiting") grant(draft, heir, [engine], id);
}

/** An engine that failed rests until it answers a question, asked after a pause that grows. */
function setAside(draft: Draft, id: EngineId): void {
  const engine = draft.engine(id);
  if (!engine || engine.resting) return;
  const faults = engine.faults + 1;
  draft.putEngine({ ...engine, resting: true, faults });
  draft.emit({ type: "probe", engine: id, address: engine.address, faults });
}

function provisioned(draft: Draft, id: EngineId | null): void {
  if (draft.state.provisioning.phase !== "asked") return;
  draft.record({ type: "provision", outcome: "provisioned", detail: id ?? "an engine that is not named" });
  const engine = id ?? draft.state.provisioning.engine;
  draft.state.provisioning = { phase: "asked", engine, answered: true };
  draft.parts.closeProvisioning(draft);
  if (engine === null || !engineCalled(draft.state, engine)?.listed) draft.emit({ type: "refresh" });
}

/** A lease is nobody's twice: its session may have been found before, on disk or in a list. */
function recover(draft: Draft, sessions: readonly FormerSession[]): void {
  const held = heldLeases(draft);
  for (const former of sessions)
    if (former.lease == null || !held.has(former.lease))
      draft.parts.adopt(draft, engineOfFormer(draft, former), former);
}

/** The engine of a former session. One address is one engine, whatever it was called when. */
function engineOfFormer(draft: Draft, former: FormerSession): Engine {
  const at = idsByAddress(draft.state).get(placeKey(former.address));
  return (
    (at === undefined ? undefined : draft.engine(at)) ??
    engineCalled(draft.state, former.engine) ??
    addEngine(draft, { id: former.engine, name: former.name, address: former.address })
  );
}

/** The same player wants something else and has stopped reading: it may have its own place. */
function handOver(draft: Draft, client: number, rival: number): void {
  const wanted = draft.state.clients.get(rival);
  const watched = draft.state.clients.get(client);
  const waiting = wanted && draft.stream(wanted.stream);
  const stream = watched && draft.stream(watched.stream);
  if (draft.state.leaseTrouble !== null) return;
  if (!waiting || !stream || waiting.phase !== "waiting" || stream.phase !== "playing") return;
  if (stream.id === waiting.id || stream.clients.length !== 1 || wanted.who !== watched.who) return;
  if (!draft.parts.wouldHelp(draft, stream, waiting)) return;
  draft.parts.end(draft, stream, "handed over to the same client", undefined, waiting.id);
}

function timer(draft: Draft, due: Timer): void {
  switch (due.kind) {
    case "queue":
      return queueTimeout(draft, due.client);
    case "linger": {
      const stream = draft.stream(due.stream);
      if (stream && stream.lingeringSince !== null) draft.parts.end(draft, stream, "nobody watches");
      return;
    }
    case "start": {
      const stream = currentStream(draft, due.session);
      const held = draft.held(due.session);
      if (stream?.phase !== "starting" || !held) return;
      const answered = held.session.start === "answered";
      const message = answered
        ? "the engine found nothing to play in time"
        : "the engine did not answer the start in time";
      draft.parts.release(draft, due.session, message);
      if (!answered) {
        draft.patchSession(due.session, { stopDelayed: true });
        setAside(draft, held.engine.id);
      }
      // An engine that answered is not at fault: another one would find nothing either.
      if (answered && !stream.live) {
        const over = draft.patchStream(stream, { place: null });
        return draft.parts.end(draft, over, message, { code: "engine_timeout", message });
      }
      return draft.parts.fail(draft, stream, held.engine.id, "timeout", message);
    }
    case "release":
      if (draft.held(due.session)?.slot.state === "released")
        confirmed(draft, due.session, "release deadline");
      return;
    case "stall": {
      const stream = draft.stream(due.stream);
      if (stream?.live && stream.phase !== "playing")
        draft.parts.end(draft, stream, `no engine took over in time: ${stream.lastMessage}`);
      return;
    }
    case "provision":
      if (draft.state.provisioning.phase === "blocked") draft.state.provisioning = { phase: "idle" };
      if (draft.state.provisioning.phase !== "asked") return;
      draft.state.provisioning = {
        phase: "blocked",
        blocked: {
          code: "timeout",
          message: "the new engine did not appear in time",
          retryAfterSeconds: null,
        },
      };
      draft.record({ type: "provision", outcome: "failed", detail: "the new engine did not appear in time" });
      draft.arm({ kind: "provision" });
      return;
  }
}

/** A client has waited long enough for a slot; others may go on waiting for the same stream. */
function queueTimeout(draft: Draft, id: number): void {
  const client = draft.state.clients.get(id);
  const stream = client && draft.stream(client.stream);
  if (!stream || client.served || stream.phase !== "waiting") return;
  const { provisioning, leaseTrouble } = draft.state;
  const failure = stream.lastMessage === "" ? "" : `; the last one tried failed: ${stream.lastMessage}`;
  if (failure !== "" && !hasCandidate(draft.state, stream))
    dismiss(draft, id, { code: "engine_error", message: stream.lastMessage }, "timeout");
  else if (provisioning.phase === "blocked") {
    const { message, retryAfterSeconds } = provisioning.blocked;
    dismiss(draft, id, { code: "provisioning_blocked", message, retryAfterSeconds }, "timeout");
  } else
    dismiss(
      draft,
      id,
      {
        code: "no_capacity",
        message: leaseTrouble === null ? `${whyNothingIsFree(draft.state.engines)}${failure}` : LEASE_TROUBLE,
      },
      "timeout",
    );
  const rest = draft.patchStream(stream, { clients: stream.clients.filter((other) => other !== id) });
  if (rest.clients.length === 0) draft.parts.end(draft, rest, "nobody waits any more");
}

function drain(draft: Draft): void {
  if (draft.state.draining) return;
  draft.state.draining = true;
  // What is on its way is not waited for.
  draft.state.provisioning = { phase: "impossible" };
  draft.disarm({ kind: "provision" });
  const refusal = { code: "draining", message: "the proxy is shutting down" } as const;
  for (const stream of draft.state.streams.values()) draft.parts.end(draft, stream, "shutdown", refusal);
}
