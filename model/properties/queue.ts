/** The queue and its fairness: who is served, who yields, who is answered. */
import { type Engine, loadOf, type Slot, type State, type Stream } from "../../src/slots/index.ts";
import type { WorldSize } from "../world/size.ts";
import {
  engines,
  first,
  heldSlots,
  type Moment,
  type StateProperty,
  type StepProperty,
  streams,
  unless,
  waiting,
} from "./property.ts";

const isUsable = (engine: Engine): boolean => engine.listed && !engine.draining && !engine.resting;

/** Might the engine carry the stream, were there room? `except`: sessions that do not count. */
export function suits(engine: Engine, stream: Stream, except: number | "releasing" = -1): boolean {
  if (!isUsable(engine)) return false;
  // A stream that has played may come back to an engine that failed it.
  if (stream.tried.includes(engine.id) && !stream.live) return false;
  if (engine.foreign.some((key) => stream.contents.includes(key))) return false;
  return !engine.slots.some(
    (slot) =>
      (except === "releasing" ? slot.state !== "released" : slot.session?.id !== except) &&
      slot.session?.contents.some((key) => stream.contents.includes(key)),
  );
}

const room = (state: State, engine: Engine): boolean => heldSlots(engine) + engine.foreign.length < state.cap;

/** Can one more stream be wanted than there are slots? */
function mayWait({ contents, engines: count, cap }: WorldSize): boolean {
  return contents > count * cap;
}

/** Can two streams wait at once? */
function mayQueue({ contents, engines: count, cap }: WorldSize): boolean {
  return contents > count * cap + 1;
}

export const workConserving: StateProperty = {
  of: "state",
  needs: mayWait,
  name: "nobody waits while there is room",
  sentence: "While a stream waits, every engine that may carry it is full.",
  sometimes: "a stream waits",
  check(state) {
    if (state.draining || state.halted) return false;
    const queue = waiting(state);
    return unless(
      first(queue, (stream) =>
        first(
          engines(state),
          (engine) =>
            room(state, engine) &&
            suits(engine, stream) &&
            `stream ${stream.id} waits, ${engine.id} has room`,
        ),
      ),
      queue.length > 0,
    );
  },
};

export const fifo: StepProperty = {
  of: "step",
  needs: mayQueue,
  name: "first come, first served",
  sentence:
    "A stream is given a slot only if no older waiting stream could have had it, or if it inherits the place from its own client.",
  sometimes: "a stream is given a slot while another one waits",
  check(moment) {
    const { after, effects } = moment;
    let queued = false;
    const wrong = first(effects, (effect) => {
      if (effect.type !== "start") return null;
      const engine = after.engines.get(effect.engine);
      if (!engine || isHeir(moment, effect.stream)) return null;
      queued ||= after.queue.length > 0;
      return first(after.queue, (id) => {
        const older = after.streams.get(id);
        return (
          older !== undefined &&
          id < effect.stream &&
          suits(engine, older, effect.session) &&
          `stream ${effect.stream} overtook ${id} on ${effect.engine}`
        );
      });
    });
    return unless(wrong, queued);
  },
};

/** The session whose slot an event may free. */
export const freedBy = (event: Moment["event"]): number | null =>
  event.type === "stopConfirmed" || event.type === "startFailed"
    ? event.session
    : event.type === "timer" && event.timer.kind === "release"
      ? event.timer.session
      : null;

/** Has the step freed a place that was handed over to this stream? */
export function isHeir({ before, event }: Pick<Moment, "before" | "event">, stream: number): boolean {
  const id = freedBy(event);
  const place = id === null ? undefined : before.places.get(id);
  const session = place && before.engines.get(place.engine)?.slots[place.slot]?.session;
  return session?.heir === stream;
}

const isComing = (slot: Slot): boolean => slot.state === "released" && !slot.session?.stopDelayed;

export const yielding: StateProperty = {
  of: "state",
  needs: (size) => mayWait(size) && size.engines * size.cap > 1,
  name: "lingering streams yield",
  sentence:
    "No stream that nobody watches keeps a place that would serve one that waits, unless a place for that one is being freed already.",
  sometimes: "a stream lingers while another one waits",
  check(state) {
    if (state.draining || state.halted) return false;
    const releasing = engines(state).filter((e) => isUsable(e) && e.slots.some(isComing));
    const places = releasing.flatMap((engine) => engine.slots.filter(isComing)).length;
    const helped = new Set<number>();
    let both = false;
    for (const stream of streams(state)) {
      const engine = stream.place && state.engines.get(stream.place.engine);
      if (stream.lingeringSince === null || !engine || loadOf(engine) > state.cap) continue;
      for (const waiter of waiting(state)) {
        both = true;
        if (!suits(engine, waiter, stream.place?.session)) continue;
        if (!releasing.some((other) => suits(other, waiter, "releasing")))
          return `stream ${waiter.id} waits, ${stream.id} lingers on ${engine.id}`;
        helped.add(waiter.id);
      }
    }
    return unless(
      helped.size > places && `${helped.size} wait for ${places} places while others linger`,
      both,
    );
  },
};

export const noStorm: StepProperty = {
  of: "step",
  needs: mayWait,
  name: "no more streams yield than wait",
  sentence: "For one waiting stream at most one lingering stream gives its place up.",
  sometimes: "a lingering stream yields",
  check({ after, effects }) {
    const yielded = effects.filter((e) => e.type === "close" && e.reason.startsWith("yielded")).length;
    return unless(
      yielded > waiting(after).length && `${yielded} yielded for ${waiting(after).length} that wait`,
      yielded > 0,
    );
  },
};

export const queueHygiene: StateProperty = {
  of: "state",
  ofBooks: true,
  needs: mayQueue,
  name: "queue hygiene",
  sentence:
    "The queue holds exactly the streams that wait, each once, oldest first, and each of them has a client.",
  sometimes: "two streams wait",
  check(state) {
    const { queue } = state;
    const ids = waiting(state).map((stream) => stream.id);
    const isSorted = queue.every((id, index) => index === 0 || id > (queue[index - 1] ?? 0));
    const wrong = !isSorted
      ? `the queue is ${queue}`
      : ids.length !== queue.length || ids.some((id) => !queue.includes(id))
        ? `${ids} wait, the queue is ${queue}`
        : first(waiting(state), (s) => s.clients.length === 0 && `stream ${s.id} waits for nobody`);
    return unless(wrong, queue.length > 1);
  },
};

export const lingerExactly: StateProperty = {
  of: "state",
  ofBooks: true,
  name: "a stream lingers exactly when nobody watches it",
  sentence: "A stream lingers exactly when it has no client.",
  sometimes: "a stream lingers",
  check: (state) =>
    unless(
      first(
        streams(state),
        (stream) =>
          (stream.lingeringSince !== null) !== (stream.clients.length === 0) &&
          `stream ${stream.id} with ${stream.clients.length} clients`,
      ),
      streams(state).some((stream) => stream.lingeringSince !== null),
    ),
};

export const streamPerContent: StateProperty = {
  of: "state",
  ofBooks: true,
  needs: (size) => size.requests > 1,
  name: "a stream per content",
  sentence: "All clients of one content share one stream.",
  sometimes: "two clients share a stream",
  check(state) {
    const seen = new Map<string, number>();
    const wrong = first(streams(state), (stream) =>
      first(stream.contents, (key) => {
        const name = `${key} ${stream.variant}`;
        const other = seen.get(name);
        seen.set(name, stream.id);
        return other !== undefined && other !== stream.id && `${key}: streams ${other} and ${stream.id}`;
      }),
    );
    return unless(
      wrong,
      streams(state).some((stream) => stream.clients.length > 1),
    );
  },
};

export const noDying: StateProperty = {
  of: "state",
  ofBooks: true,
  needs: (size) => size.requests > 1,
  name: "no client of a dying stream",
  sentence: "Every client belongs to a stream that lives: none waits for a session that is being stopped.",
  sometimes: "a client is there while a session is being stopped",
  check(state) {
    const wrong =
      first(state.clients, ([id, client]) => {
        const stream = state.streams.get(client.stream);
        if (!stream?.clients.includes(id)) return `client ${id} is not in stream ${client.stream}`;
        const place = stream.place && state.places.get(stream.place.session);
        const slot = place && state.engines.get(place.engine)?.slots[place.slot];
        return slot?.state === "released" && `client ${id} waits for a released session`;
      }) ??
      first(streams(state), (stream) =>
        first(stream.clients, (id) =>
          stream.clients.indexOf(id) !== stream.clients.lastIndexOf(id)
            ? `client ${id} is twice in stream ${stream.id}`
            : state.clients.get(id)?.stream !== stream.id && `client ${id} is not of stream ${stream.id}`,
        ),
      );
    const stopping = engines(state).some((e) => e.slots.some((slot) => slot.state === "released"));
    return unless(wrong, state.clients.size > 0 && stopping);
  },
};

export const answeredOnce: StepProperty = {
  of: "step",
  name: "answered once",
  sentence: "Each client hears exactly one answer, serve or reject, and is dropped only after it was served.",
  sometimes: "a client is answered",
  check({ before, after, event, effects }) {
    if (event.type === "recover") return false;
    const heard = new Map<number, string[]>();
    for (const effect of effects)
      if (effect.type === "serve" || effect.type === "reject" || effect.type === "drop")
        heard.set(effect.client, [...(heard.get(effect.client) ?? []), effect.type]);
    const isClean = effects.some((effect) => effect.type === "close" && effect.clean);
    const everybody = new Set([...before.clients.keys(), ...after.clients.keys(), ...heard.keys()]);
    if (event.type === "request") everybody.add(event.client);
    const wrong = first(everybody, (id) => {
      const was = before.clients.get(id);
      const is = after.clients.get(id);
      const got = heard.get(id)?.join(" then ") ?? "nothing";
      const isNew = event.type === "request" && event.client === id && !was;
      if (!was && !isNew) return `client ${id} is not there and hears ${got}`;
      const wasServed = was?.served ?? false;
      if (is) {
        const due = is.served && !wasServed ? "serve" : "nothing";
        return got !== due && `client ${id} hears ${got}, due is ${due}`;
      }
      if (event.type === "leave" && event.client === id)
        return got !== "nothing" && `client ${id} left and hears ${got}`;
      if (wasServed && isClean && got === "nothing") return null;
      const due = wasServed ? "drop" : "reject";
      return got !== due && `client ${id} is gone and hears ${got}, due is ${due}`;
    });
    return unless(
      wrong ??
        first(
          streams(after),
          (stream) =>
            stream.phase === "playing" &&
            first(
              stream.clients,
              (id) => !after.clients.get(id)?.served && `client ${id} of a playing stream is not served`,
            ),
        ),
      heard.size > 0,
    );
  },
};

export const noCollateral: StepProperty = {
  of: "step",
  needs: (size) => size.requests > 1,
  name: "nobody is sent away because another left",
  sentence: "When a client leaves, no other client is refused or dropped.",
  sometimes: "a client leaves while another one stays",
  check: ({ before, event, effects }) =>
    event.type !== "leave"
      ? false
      : unless(
          effects.some((effect) => effect.type === "reject" || effect.type === "drop") && "somebody was",
          before.clients.size > 1,
        ),
};

export const watches: StepProperty = {
  of: "step",
  needs: mayWait,
  name: "a zapping player is looked at",
  sentence:
    "When a player waits while its only other stream plays, it is looked at whether it still reads that one.",
  sometimes: "a player waits while its own stream plays",
  check({ before, after, effects }) {
    if (after.draining || after.halted) return false;
    let seen = false;
    const pairs = (state: State): Set<string> => {
      const found = new Set<string>();
      for (const former of streams(state)) {
        const [client] = former.clients;
        if (former.phase !== "playing" || former.clients.length !== 1 || client === undefined) continue;
        for (const waiter of waiting(state)) {
          if (waiter.live) continue;
          for (const rival of waiter.clients)
            if (state.clients.get(rival)?.who === state.clients.get(client)?.who)
              found.add(`${client} ${rival}`);
        }
      }
      return found;
    };
    if (after.queue.length === 0) return false;
    const now = pairs(after);
    if (now.size === 0) return false;
    const old = pairs(before);
    const told = new Set(effects.flatMap((e) => (e.type === "watch" ? [`${e.client} ${e.rival}`] : [])));
    const wrong = first(now, (pair) => {
      seen = true;
      return (
        !old.has(pair) &&
        !told.has(pair) &&
        `nobody looks at ${pair.replace(" ", " while its player waits as ")}`
      );
    });
    return unless(wrong, seen);
  },
};
