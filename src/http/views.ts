/** The broker's state as the API shows it. */
import type { Broker } from "../broker/index.ts";
import { addressText, type ContentKey, loadOf, type StreamId } from "../slots/index.ts";
import type { StreamFigures } from "../stream/index.ts";
import { contentObject } from "./content.ts";
import { leaseReadiness } from "./leases.ts";

export function engineViews(broker: Broker) {
  const { state } = broker;
  return [...state.engines.values()]
    .map((engine) => ({
      id: engine.id,
      name: engine.name,
      address: addressText(engine.address),
      listed: engine.listed,
      health: engine.health,
      draining: engine.draining,
      forwarded: engine.forwarded,
      resting: engine.resting,
      faults: engine.faults,
      cap: state.cap,
      load: loadOf(engine),
      foreign: engine.foreign.length,
      claims: engine.claims,
      slots: engine.slots.map((slot, index) => ({
        slot: index,
        state: slot.state,
        stream: slot.session?.stream ?? null,
        content: slot.session?.contents[0] ?? null,
      })),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

export function streamViews(broker: Broker, figures: (stream: StreamId) => StreamFigures | null) {
  return [...broker.state.streams.values()].map((stream) => ({
    id: stream.id,
    contents: stream.contents,
    phase: stream.phase,
    lingering: stream.lingeringSince !== null,
    engine: stream.place?.engine ?? null,
    slot: stream.place?.slot ?? null,
    clients: stream.clients.length,
    failovers: stream.failovers,
    ...figures(stream.id),
  }));
}

export function clientViews(broker: Broker) {
  return [...broker.state.clients].map(([id, client]) => ({
    id,
    stream: client.stream,
    content: broker.state.streams.get(client.stream)?.contents[0] ?? null,
    served: client.served,
  }));
}

export function queueView(broker: Broker) {
  const { state } = broker;
  return {
    waiting: state.queue.map((id, index) => {
      const stream = state.streams.get(id);
      return {
        position: index + 1,
        stream: id,
        content: stream?.contents[0] ?? null,
        clients: stream?.clients.length ?? 0,
      };
    }),
    provisioning: state.provisioning.phase,
    blocked: state.provisioning.phase === "blocked" ? state.provisioning.blocked : null,
  };
}

/** acexy's `/ace/status`: totals, or one stream; null for a content that is not played. */
export function statusView(broker: Broker, content: ContentKey | null) {
  const streams = [...broker.state.streams.values()];
  if (content === null) {
    const clients = streams.reduce((sum, stream) => sum + stream.clients.length, 0);
    return { clients, streams: streams.length, streamId: null, stat_url: "" };
  }
  const stream = streams.find(({ contents }) => contents.includes(content));
  if (!stream) return null;
  const place = stream.place;
  const session = place && broker.state.engines.get(place.engine)?.slots[place.slot]?.session;
  return {
    clients: stream.clients.length,
    streams: null,
    streamId: contentObject(content),
    stat_url: session?.urls?.stat ?? "",
  };
}

/** Can a stream be taken now? If not, each reason as a sentence. */
export function readiness(broker: Broker, stateTrouble: string | null) {
  const { state, looking } = broker;
  const reasons: string[] = [];
  const warnings: string[] = [];
  if (state.draining) reasons.push("the proxy is shutting down");
  if (broker.trouble !== null) reasons.push(broker.trouble);
  const leasing = leaseReadiness(broker);
  if (leasing !== null && leasing.reason !== null) reasons.push(leasing.reason);
  if (broker.saveTrouble !== null) warnings.push(broker.saveTrouble);
  if (stateTrouble !== null) warnings.push(stateTrouble);
  if (leasing !== null) warnings.push(...leasing.warnings);
  const { up, ageMs, error } = looking.health;
  if (!up)
    warnings.push(
      error === null
        ? "the pool's source has not answered yet"
        : `the pool's source does not answer: ${error}`,
    );
  const engines = [...state.engines.values()];
  const usable = engines.filter((engine) => engine.listed && !engine.draining && !engine.resting);
  const warnOf = (words: string, of: readonly { readonly name: string }[]): void => {
    if (of.length > 0) warnings.push(`${words}: ${of.map((engine) => engine.name).join(", ")}`);
  };
  const resting = engines.filter((engine) => engine.resting);
  warnOf(
    "set aside after faults",
    resting.filter((engine) => engine.faults > 0),
  );
  // One that was started for us is asked before it gets its first stream.
  warnOf(
    "new, and has not answered yet",
    resting.filter((engine) => engine.faults === 0),
  );
  const places = usable.reduce((sum, engine) => sum + Math.max(0, state.cap - loadOf(engine)), 0);
  if (usable.length === 0) reasons.push(engines.length === 0 ? "no engine is known" : "no engine is usable");
  else if (places === 0 && state.provisioning.phase === "impossible") reasons.push("all engines are full");
  else if (places === 0 && state.provisioning.phase === "blocked")
    reasons.push(`all engines are full and no new one can be started: ${state.provisioning.blocked.message}`);
  return {
    ready: reasons.length === 0,
    reasons,
    warnings,
    engines: { known: engines.length, usable: usable.length },
    places,
    illegal_moves: broker.counters.illegalMoves,
    snapshot_age_ms: ageMs === null ? null : Math.round(ageMs),
    lease: leasing?.lease ?? null,
  };
}
