/** The broker's state as the API shows it. The schemas that describe it are in `api/schemas.ts`. */
import type { z } from "zod";
import type { Broker } from "../broker/index.ts";
import {
  addressText,
  type Client,
  type ClientId,
  type ContentKey,
  loadOf,
  type StreamId,
} from "../slots/index.ts";
import type { StreamFigures, Watching } from "../stream/index.ts";
import type * as schemas from "./api/schemas.ts";
import { contentObject } from "./content.ts";
import { plainText } from "./plain-text.ts";
import { partsOf } from "./who.ts";

/** What the data plane knows. */
export interface Bodies {
  figures(stream: StreamId): StreamFigures | null;
  watching(client: ClientId): Watching | null;
}

/** `versionOf`: an engine's version, if it is known. */
export function engineViews(
  broker: Broker,
  versionOf: (engine: string) => string | null = () => null,
): z.infer<typeof schemas.EngineView>[] {
  const { state } = broker;
  return [...state.engines.values()]
    .map((engine) => ({
      id: engine.id,
      name: plainText(engine.name),
      address: addressText(engine.address),
      version: plainOrNull(versionOf(engine.id)),
      listed: engine.listed,
      health: engine.health,
      draining: engine.draining,
      forwarded: engine.forwarded,
      resting: engine.resting,
      faults: engine.faults,
      cap: state.cap,
      load: loadOf(engine),
      foreign: engine.foreign.length,
      claims: engine.claims.map(({ lease, contents }) => ({ lease, contents: [...contents] })),
      slots: engine.slots.map((slot, index) => ({
        slot: index,
        state: slot.state,
        forMs: broker.moments.slotMs(engine.id, index),
        stream: slot.session?.stream ?? null,
        content: slot.session?.contents[0] ?? null,
      })),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

export function streamViews(
  { state, moments }: Broker,
  figuresOf: (stream: StreamId) => StreamFigures | null,
): z.infer<typeof schemas.StreamView>[] {
  return [...state.streams.values()].map((stream) => {
    const began = moments.stream(stream.id);
    const engine = stream.place && state.engines.get(stream.place.engine);
    return {
      id: stream.id,
      contents: [...stream.contents],
      variant: stream.variant,
      phase: stream.phase,
      startedAt: began?.at ?? null,
      ageMs: began?.agoMs ?? null,
      lingering: stream.lingeringSince !== null,
      lingeringMs: stream.lingeringSince === null ? null : moments.lingeringMs(stream.id),
      engine: stream.place?.engine ?? null,
      engineName: plainOrNull(engine?.name),
      slot: stream.place?.slot ?? null,
      clients: stream.clients.length,
      failovers: stream.failovers,
      ...figuresView(figuresOf(stream.id)),
    };
  });
}

/** Of a stream that has had no session nothing is counted yet. */
const NO_FIGURES: StreamFigures = {
  ...{ bytesIn: 0, bytesOut: 0, bufferedBytes: 0, bufferedMs: null, bitsPerSecond: null },
  ...{ continuityErrors: 0, resyncs: 0, discardedBytes: 0, transportErrors: 0, scrambledPackets: 0 },
  ...{ skips: 0, holds: 0, fillerPackets: 0, peers: null, status: null },
  ...{ downloadedBytes: null, speedDownKBps: null, speedUpKBps: null },
};

function figuresView(figures: StreamFigures | null): StreamFigures {
  const known = figures ?? NO_FIGURES;
  return { ...known, status: plainOrNull(known.status) };
}

/** The streams that ended last, newest first; at most `most` of them. */
export function endedViews(
  { ended }: Broker,
  most = Number.POSITIVE_INFINITY,
): z.infer<typeof schemas.EndedView>[] {
  return ended.all.slice(0, most).map((one) => ({
    ...one,
    contents: [...one.contents],
    engineName: plainOrNull(one.engineName),
    reason: plainText(one.reason),
    // What was last is of the data plane, which knows more than the port tells.
    last: one.last === null ? null : figuresView({ ...NO_FIGURES, ...one.last }),
  }));
}

export function clientViews(broker: Broker, bodies: Bodies): z.infer<typeof schemas.ClientView>[] {
  return [...broker.state.clients].map(([id, client]) => clientView(broker, bodies, id, client));
}

/** Enough to tell players apart. */
const AGENT_LENGTH_MAX = 100;

function clientView(
  broker: Broker,
  bodies: Bodies,
  id: ClientId,
  client: Client,
): z.infer<typeof schemas.ClientView> {
  const stream = broker.state.streams.get(client.stream);
  const came = broker.moments.client(id);
  const watching = bodies.watching(id);
  const { address, agent } = partsOf(client.who);
  return {
    id,
    stream: client.stream,
    content: stream?.contents[0] ?? null,
    served: client.served,
    kind: watching?.kind ?? null,
    address: plainText(address, AGENT_LENGTH_MAX),
    agent: plainText(agent, AGENT_LENGTH_MAX),
    since: came?.at ?? null,
    ageMs: came?.agoMs ?? null,
    waitedMs: stream?.phase === "waiting" ? broker.waitedMs(id) : null,
    bytes: watching?.bytes ?? 0,
    behindBytes: watching?.behindBytes ?? null,
    behindMs: watching?.behindMs ?? null,
  };
}

export function queueView(broker: Broker): z.infer<typeof schemas.QueueAnswer> {
  const { state } = broker;
  return {
    waiting: state.queue.map((id, index) => {
      const stream = state.streams.get(id);
      const waits = (stream?.clients ?? []).flatMap((client) => broker.waitedMs(client) ?? []);
      return {
        position: index + 1,
        stream: id,
        content: stream?.contents[0] ?? null,
        clients: stream?.clients.length ?? 0,
        waitedMs: waits.length === 0 ? null : Math.max(...waits),
      };
    }),
    provisioning: state.provisioning.phase,
    blocked: state.provisioning.phase === "blocked" ? { ...state.provisioning.blocked } : null,
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

const plainOrNull = (text: string | null | undefined): string | null =>
  text == null ? null : plainText(text);
