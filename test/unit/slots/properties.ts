/** What must hold after every step of a `CoreWorld`, each as a function with the sentence that it checks. */
import { type Engine, loadOf, type Slot, type State, type Stream } from "../../../src/slots/index.ts";
import { type CoreWorld, slotOf, timerKey, Violation } from "../../support/core-world.ts";

export interface Property {
  readonly name: string;
  /** Throws nothing: answers what is wrong, or null. */
  readonly check: (world: CoreWorld) => string | null;
}

const engines = (state: State): Engine[] => [...state.engines.values()];
const streams = (state: State): Stream[] => [...state.streams.values()];
const waiting = (state: State): Stream[] => streams(state).filter((stream) => stream.phase === "waiting");

const isUsable = (engine: Engine): boolean => engine.listed && !engine.draining && !engine.resting;

/** Might the engine carry the stream, were there room? `except`: sessions that do not count. */
export function suits(
  state: State,
  engine: Engine,
  stream: Stream,
  except: number | "releasing" = -1,
): boolean {
  const listed = engines(state).filter((candidate) => candidate.listed && !candidate.draining);
  const isUntried = (candidate: Engine): boolean => !stream.tried.includes(candidate.id);
  if (!isUsable(engine)) return false;
  if (!isUntried(engine) && !(stream.live && !listed.some(isUntried))) return false;
  if (engine.foreign.some((key) => stream.contents.includes(key))) return false;
  return !engine.slots.some(
    (slot) =>
      (except === "releasing" ? slot.state !== "released" : slot.session?.id !== except) &&
      slot.session?.contents.some((key) => stream.contents.includes(key)),
  );
}

const first = <T>(
  items: Iterable<T>,
  wrong: (item: T) => string | null | undefined | false,
): string | null => {
  for (const item of items) {
    const answer = wrong(item);
    if (answer) return answer;
  }
  return null;
};

export const PROPERTIES: readonly Property[] = [
  {
    name: "real load ≤ cap",
    check: (w) =>
      first(w.engines, (engine) => {
        const load = w.loadAt(engine.port).length;
        return load > w.capMax && `${load} sessions run at ${engine.port}, cap ${w.capMax}`;
      }),
  },
  {
    name: "no under-count",
    check: (w) =>
      first(w.sessions, (real) => {
        if (real.phase !== "sent" && real.phase !== "running") return null;
        const isHeld = [...real.holders].some((id) => {
          const place = w.state.places.get(id);
          return place && w.state.engines.get(place.engine)?.address.port === real.port;
        });
        return !isHeld && `session ${real.key} is ${real.phase} at ${real.port}, and no slot holds it`;
      }),
  },
  {
    name: "conservation",
    check: (w) => {
      const held = new Map<number, string>();
      const wrong = first(engines(w.state), (engine) => {
        if (engine.slots.length < w.state.cap) return `${engine.id} has ${engine.slots.length} slots`;
        for (const [index, slot] of engine.slots.entries()) {
          if ((slot.state === "free") !== (slot.session === null)) return `${engine.id}: ${slot.state} slot`;
          if (!slot.session) continue;
          if (held.has(slot.session.id)) return `session ${slot.session.id} is held twice`;
          held.set(slot.session.id, `${engine.id} ${index}`);
          const place = w.state.places.get(slot.session.id);
          if (place?.engine !== engine.id || place.slot !== index)
            return `session ${slot.session.id} is not where its place says`;
        }
        return null;
      });
      return wrong ?? (held.size === w.state.places.size ? null : "a place without a slot");
    },
  },
  {
    name: "index agrees",
    check: (w) =>
      first(engines(w.state), (engine) => {
        const own = engine.slots.filter((slot) => slot.state !== "free").length;
        return own !== engine.own && `${engine.id}: ${own} held, index ${engine.own}`;
      }),
  },
  {
    name: "free only after proof",
    check: (w) =>
      first(w.before.places.keys(), (id) => {
        if (w.state.places.has(id) || w.event?.type === "recover") return null;
        const { event } = w;
        const isProof =
          (event?.type === "stopConfirmed" && event.session === id) ||
          (event?.type === "startFailed" && event.session === id && event.opened === "no") ||
          (event?.type === "timer" && event.timer.kind === "release" && event.timer.session === id);
        return !isProof && `session ${id} let its slot go after ${event?.type}`;
      }),
  },
  {
    name: "one live session per stream",
    check: (w) => {
      const live = new Map<number, number>();
      for (const engine of engines(w.state))
        for (const { state, session } of engine.slots) {
          if (!session || state === "released") {
            if (session?.stream != null) return `released session ${session.id} has a stream`;
            continue;
          }
          if (session.stream === null) return `session ${session.id} plays for nobody`;
          if (live.has(session.stream)) return `stream ${session.stream} has two sessions`;
          live.set(session.stream, session.id);
        }
      return (
        first(streams(w.state), (stream) => {
          if ((stream.place === null) !== (stream.phase === "waiting"))
            return `${stream.phase} stream ${stream.id} ${stream.place ? "has a" : "has no"} place`;
          if (stream.place && live.get(stream.id) !== stream.place.session)
            return `stream ${stream.id} is placed at session ${stream.place.session}, held ${live.get(stream.id)}`;
          live.delete(stream.id);
          return null;
        }) ?? (live.size > 0 ? `a session of a stream that is gone: ${[...live.keys()]}` : null)
      );
    },
  },
  {
    name: "a stream per content",
    check: (w) => {
      const seen = new Map<string, number>();
      return first(streams(w.state), (stream) =>
        first(stream.contents, (key) => {
          const name = `${key} ${stream.variant}`;
          const other = seen.get(name);
          seen.set(name, stream.id);
          return other !== undefined && other !== stream.id && `${name}: streams ${other} and ${stream.id}`;
        }),
      );
    },
  },
  {
    name: "a content never twice on one engine",
    check: (w) =>
      first(w.effects, (effect) => {
        if (effect.type !== "start") return null;
        const engine = w.state.engines.get(effect.engine);
        const own = engine?.slots.find((slot) => slot.session?.id === effect.session)?.session;
        if (!engine || !own) return null;
        const twice =
          engine.foreign.some((key) => own.contents.includes(key)) ||
          engine.slots.some(
            (slot) =>
              slot.session?.id !== own.id && slot.session?.contents.some((k) => own.contents.includes(k)),
          );
        return twice && `${effect.content} is on ${effect.engine} already`;
      }),
  },
  {
    name: "no client of a dying stream",
    check: (w) =>
      first(w.state.clients, ([id, client]) => {
        const stream = w.state.streams.get(client.stream);
        if (!stream?.clients.includes(id)) return `client ${id} is not in stream ${client.stream}`;
        const slot = stream.place && slotOf(w.state, stream.place.session);
        return slot?.state === "released" && `client ${id} waits for a released session`;
      }) ??
      first(streams(w.state), (stream) =>
        first(stream.clients, (id) => {
          if (stream.clients.indexOf(id) !== stream.clients.lastIndexOf(id)) return `client ${id} twice`;
          return (
            w.state.clients.get(id)?.stream !== stream.id && `client ${id} is not of stream ${stream.id}`
          );
        }),
      ),
  },
  {
    name: "clients are where they believe",
    check: (w) =>
      first(w.clients.values(), (client) => {
        const known = w.state.clients.get(client.id);
        const isHere = client.status === "asking" || client.status === "served";
        if (isHere !== (known !== undefined)) return `client ${client.id} is ${client.status}`;
        if (known && known.served !== (client.status === "served"))
          return `client ${client.id} is ${client.status}, the core says ${known.served}`;
        if (!known) return null;
        const stream = w.state.streams.get(known.stream);
        return (
          stream?.phase === "playing" &&
          !known.served &&
          `client ${client.id} is not served by a playing stream`
        );
      }),
  },
  {
    name: "first come, first served",
    check: (w) =>
      first(w.effects, (effect) => {
        if (effect.type !== "start") return null;
        const engine = w.state.engines.get(effect.engine);
        if (!engine || isHeir(w, effect.stream)) return null;
        return first(w.state.queue, (id) => {
          const older = w.state.streams.get(id);
          return (
            older !== undefined &&
            id < effect.stream &&
            suits(w.state, engine, older, effect.session) &&
            `stream ${effect.stream} overtook ${id} on ${effect.engine}`
          );
        });
      }),
  },
  {
    name: "nobody waits while there is room",
    check: (w) =>
      w.state.draining
        ? null
        : first(waiting(w.state), (stream) =>
            first(
              engines(w.state),
              (engine) =>
                loadOf(engine) < w.state.cap &&
                suits(w.state, engine, stream) &&
                `stream ${stream.id} waits, ${engine.id} is open`,
            ),
          ),
  },
  {
    name: "lingering streams yield",
    check: (w) => {
      if (w.state.draining) return null;
      const isComing = (slot: Slot): boolean => slot.state === "released" && !slot.session?.stopDelayed;
      const releasing = engines(w.state).filter((e) => isUsable(e) && e.slots.some(isComing));
      const places = releasing.flatMap((engine) => engine.slots.filter(isComing)).length;
      const helped: number[] = [];
      for (const stream of streams(w.state)) {
        const engine = stream.place && w.state.engines.get(stream.place.engine);
        if (stream.lingeringSince === null || !engine || loadOf(engine) > w.state.cap) continue;
        for (const waiter of waiting(w.state)) {
          if (!suits(w.state, engine, waiter, stream.place?.session)) continue;
          if (!releasing.some((other) => suits(w.state, other, waiter, "releasing")))
            return `stream ${waiter.id} waits, ${stream.id} lingers on ${engine.id}`;
          helped.push(waiter.id);
        }
      }
      const many = new Set(helped).size;
      return many > places ? `${many} wait for ${places} places while others linger` : null;
    },
  },
  {
    name: "no more streams yield than wait",
    check: (w) => {
      const yielded = w.effects.filter((e) => e.type === "close" && e.reason.startsWith("yielded")).length;
      return yielded > waiting(w.state).length ? `${yielded} yielded` : null;
    },
  },
  {
    name: "queue hygiene",
    check: (w) => {
      const { queue } = w.state;
      if (queue.some((id, index) => index > 0 && id <= (queue[index - 1] ?? 0))) return `queue ${queue}`;
      const ids = waiting(w.state).map((stream) => stream.id);
      if (ids.length !== queue.length || ids.some((id) => !queue.includes(id)))
        return `${ids} wait, the queue is ${queue}`;
      return first(waiting(w.state), (s) => s.clients.length === 0 && `stream ${s.id} waits for nobody`);
    },
  },
  {
    name: "one provisioning at a time",
    check: (w) => {
      if (w.provisions > 1) return `${w.provisions} in flight`;
      const asked = w.effects.some((effect) => effect.type === "provision");
      if (asked && w.state.queue.length === 0) return "asked although nobody waits";
      if (asked && w.state.asked === 0) return "asked before anybody looked at the pool";
      const was = w.before.provisioning;
      const isOver = was.phase === "asked" && (asked || w.state.provisioning.phase === "idle");
      if (!isOver || w.event?.type === "configure") return null;
      const isReady = engines(w.state).some(
        (e) =>
          e.listed &&
          !e.resting &&
          (was.engine === null || e.id === was.engine || e.aliases.includes(was.engine)),
      );
      return isReady ? null : `${was.engine} is not ready, and asking is over`;
    },
  },
  {
    name: "a timer for everything that could wait for ever, and for nothing else",
    check: (w) => {
      if (w.state.drained) return null;
      const due = new Set<string>();
      const may = new Set<string>();
      for (const stream of streams(w.state)) {
        if (stream.phase === "waiting" && !stream.live)
          for (const client of stream.clients) due.add(timerKey({ kind: "queue", client }));
        if (stream.lingeringSince !== null) due.add(timerKey({ kind: "linger", stream: stream.id }));
        if (stream.phase === "starting" && stream.place)
          due.add(timerKey({ kind: "start", session: stream.place.session }));
        if (stream.live && stream.phase === "waiting")
          due.add(timerKey({ kind: "stall", stream: stream.id }));
        if (stream.live && stream.phase === "starting")
          may.add(timerKey({ kind: "stall", stream: stream.id }));
      }
      for (const id of w.state.places.keys())
        if (slotOf(w.state, id)?.state === "released") due.add(timerKey({ kind: "release", session: id }));
      const { phase } = w.state.provisioning;
      if (!w.state.draining && (phase === "asked" || phase === "blocked")) due.add("provision");
      return (
        first(due, (key) => !w.armed.has(key) && `not armed: ${key}`) ??
        first(w.armed.keys(), (key) => !due.has(key) && !may.has(key) && `left armed: ${key}`)
      );
    },
  },
  {
    name: "settled once for each session",
    check: (w) =>
      first(w.settled, ([id, times]) => {
        if (times > 1) return `session ${id}: ${times} times`;
        return w.state.places.has(id) && `session ${id} is held`;
      }) ??
      first(
        w.before.places.keys(),
        (id) =>
          !w.state.places.has(id) &&
          !w.settled.has(id) &&
          w.event?.type !== "recover" &&
          `session ${id}: never`,
      ),
  },
  {
    name: "drained once, and only when nothing is held",
    check: (w) => {
      if (w.drained > 1) return `${w.drained} times`;
      if (w.drained === 1 && !w.state.drained) return "told but not known";
      const isTold = w.effects.some((effect) => effect.type === "drained");
      if (isTold && w.state.places.size > 0) return "slots are held";
      return w.state.draining && !w.state.drained && w.state.places.size === 0 ? "never told" : null;
    },
  },
  {
    name: "draining grants nothing and keeps nobody",
    check: (w) =>
      ((w.state.draining && w.state.streams.size > 0 ? "streams are left" : null) ??
      (w.state.draining &&
        w.effects.some((e) => e.type === "start" || e.type === "provision" || e.type === "serve")))
        ? "something began"
        : null,
  },
  {
    name: "a stream lingers exactly when nobody watches it",
    check: (w) =>
      first(
        streams(w.state),
        (stream) =>
          (stream.lingeringSince !== null) !== (stream.clients.length === 0) &&
          `stream ${stream.id} with ${stream.clients.length} clients`,
      ),
  },
  {
    name: "nobody is sent away because another left",
    check: (w) =>
      w.event?.type === "leave" &&
      w.effects.some((effect) => effect.type === "reject" || effect.type === "drop")
        ? "somebody was"
        : null,
  },
  {
    name: "the pool is as it was listed",
    check: (w) => {
      const { event } = w;
      if (event?.type !== "snapshot" || event.asked <= w.before.asked) return null;
      return first(engines(w.state), (engine) => {
        const names = [engine.id, ...engine.aliases];
        const listed = event.engines.filter((seen) => names.includes(seen.id));
        if (engine.listed !== listed.length > 0) return `${engine.id} is listed ${listed.length} times`;
        return listed.some((seen) => seen.draining !== engine.draining) && `${engine.id} drains, or not`;
      });
    },
  },
  {
    name: "own is not foreign, and foreign is not forgotten",
    check: (w) =>
      first(engines(w.state), (engine) => {
        const shown = w.shown.get(engine.address.port) ?? 0;
        const foreign = engine.foreign.length;
        // After a crash some of ours may be known to nobody; they count all the same.
        return (
          (foreign < shown || (w.crashes === 0 && foreign > shown)) &&
          `${engine.id}: ${foreign}, not ${shown}`
        );
      }),
  },
];

/** Has the step freed a place that was handed over to this stream? */
function isHeir(world: CoreWorld, stream: number): boolean {
  const { event } = world;
  const id =
    event?.type === "stopConfirmed" || event?.type === "startFailed"
      ? event.session
      : event?.type === "timer" && event.timer.kind === "release"
        ? event.timer.session
        : null;
  return id !== null && slotOf(world.before, id)?.session?.heir === stream;
}

export function checkAll(world: CoreWorld): void {
  for (const property of PROPERTIES) {
    const wrong = property.check(world);
    if (wrong !== null) throw new Violation(property.name, wrong);
  }
}

/** After everything has ended: nothing is left anywhere. */
export function checkRest(world: CoreWorld): void {
  const { state } = world;
  const wrong =
    first(engines(state), (engine) => engine.own > 0 && `${engine.id} holds ${engine.own} slots`) ??
    first(streams(state), (stream) => `stream ${stream.id} is left`) ??
    first(state.clients.keys(), (client) => `client ${client} is left`) ??
    first(world.armed.keys(), (key) => `timer ${key} is left`) ??
    first(world.reading.keys(), (stream) => `stream ${stream} is still read`) ??
    first(world.clients.values(), (c) => c.status === "asking" && `client ${c.id} was never answered`) ??
    first(world.begun, (id) => world.settled.get(id) !== 1 && `session ${id} was not settled`) ??
    first(world.reports, ([label, n]) => {
      if (!label.startsWith(state.life)) return null;
      return n.started !== n.ended && `${label}: ${n.started} starts, ${n.ended} ends reported`;
    }) ??
    first(world.view.keys(), (label) => `the orchestrator still lists ${label}`);
  if (wrong !== null) throw new Violation("at rest nothing is left", wrong);
}
