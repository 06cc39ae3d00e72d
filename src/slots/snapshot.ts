/** What a look at the pool changes: which engines there are, and what others run on them. Own slots: never. */
import type { Draft } from "./draft.ts";
import type { SelectorEvent } from "./events.ts";
import { claimNames } from "./leases.ts";
import { idsByAddress, placeKey } from "./pool.ts";
import type { ContentKey, EngineId, ListedEngine, ListedStream } from "./words.ts";

export function takeSnapshot(draft: Draft, event: SelectorEvent & { type: "snapshot" }): void {
  // An answer that was overtaken by a newer one says nothing any more.
  if (event.asked <= draft.state.asked) return;
  draft.state.asked = event.asked;
  const { recordOf, arrived } = takeEngines(draft, event.engines);
  const foreign = sortStreams(draft, event.streams, recordOf);
  const present = new Set(recordOf.values());
  const missing: EngineId[] = [];
  for (const engine of [...draft.state.engines.values()]) {
    const here = foreign.get(engine.id) ?? [];
    const listed = present.has(engine.id);
    if (!listed && engine.listed) missing.push(engine.id);
    if (listed !== engine.listed || !sameKeys(here, engine.foreign))
      draft.putEngine({ ...engine, listed, foreign: here });
    draft.parts.dropIfGone(draft, engine.id);
  }
  draft.record({
    type: "snapshot",
    engines: event.engines.length,
    foreign: Object.fromEntries(
      [...draft.state.engines.values()].flatMap(({ id, foreign: keys }) =>
        keys.length > 0 ? [[id, keys.length]] : [],
      ),
    ),
    missing,
  });
  draft.parts.welcome(draft, arrived);
}

/** Engines to use while the pool's source is down; those known already stay as they are. */
export function takeFallback(draft: Draft, engines: readonly ListedEngine[]): void {
  const idAt = idsByAddress(draft.state);
  for (const seen of engines) {
    const known = draft.engine(seen.id) ?? draft.engine(idAt.get(placeKey(seen.address)) ?? "");
    if (!known?.listed) draft.parts.takeIn(draft, seen, true, idAt);
  }
}

function takeEngines(draft: Draft, engines: readonly ListedEngine[]) {
  const idAt = idsByAddress(draft.state);
  const recordOf = new Map<EngineId, EngineId>();
  const arrived: EngineId[] = [];
  // By id, so that of two entries with one address the same one gives its name every time.
  for (const seen of [...engines].sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const known = draft.engine(seen.id) !== undefined;
    const id = draft.parts.takeIn(draft, seen, false, idAt);
    recordOf.set(seen.id, id);
    if (!known && id === seen.id) arrived.push(id);
  }
  return { recordOf, arrived };
}

/** Counts the streams of others by engine, and takes in those that a former life of ours left running. */
function sortStreams(
  draft: Draft,
  streams: readonly ListedStream[],
  recordOf: ReadonlyMap<EngineId, EngineId>,
) {
  const known = new Set([
    ...heldNames(draft),
    ...draft.state.past,
    ...claimNames(draft.state.claims.values()),
  ]);
  const foreign = new Map<EngineId, ContentKey[]>();
  for (const stream of streams) {
    const engine = draft.engine(recordOf.get(stream.engine) ?? stream.engine);
    if (!engine) continue;
    switch (draft.parts.ownerOf(draft.state, stream, known)) {
      case "known":
        break;
      case "former":
        draft.parts.adopt(draft, engine, { ...stream, reportedAs: stream.label });
        for (const name of [stream.playbackSession, stream.label]) if (name !== null) known.add(name);
        break;
      case "foreign":
        keysOf(foreign, engine.id).push(stream.contents[0] ?? "");
    }
  }
  return foreign;
}

function keysOf(foreign: Map<EngineId, ContentKey[]>, engine: EngineId): ContentKey[] {
  const known = foreign.get(engine);
  if (known) return known;
  const keys: ContentKey[] = [];
  foreign.set(engine, keys);
  return keys;
}

/** What the sessions that we hold are called in lists. */
function heldNames(draft: Draft): Set<string> {
  const names = new Set<string>();
  for (const place of draft.state.places.values()) {
    const session = draft.held(place.session)?.session;
    for (const name of [session?.playbackSession, session?.formerLabel, session?.lease])
      if (name) names.add(name);
  }
  return names;
}

const sameKeys = (a: readonly ContentKey[], b: readonly ContentKey[]): boolean =>
  a.length === b.length && a.every((key, index) => key === b[index]);
