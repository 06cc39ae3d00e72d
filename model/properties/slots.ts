/** Safety of the slots: the cap, the books, and when a slot may become free. */
import { isLoad } from "../world/environment.ts";
import {
  type EnvironmentProperty,
  engines,
  first,
  heldSlots,
  type LoadProperty,
  type StateProperty,
  type StepProperty,
  streams,
  unless,
} from "./property.ts";

export const realLoad: LoadProperty = {
  of: "load",
  name: "real load ≤ cap",
  sentence: "No engine ever carries more of our sessions than the cap, as the engines themselves count.",
  sometimes: "an engine carries as many as it may",
  check: (load, size) =>
    unless(
      load > size.cap + size.recaps &&
        `an engine carries ${load} sessions, the cap is ${size.cap + size.recaps}`,
      load >= size.cap,
    ),
};

export const noUnderCount: EnvironmentProperty = {
  of: "environment",
  name: "no under-count",
  sentence: "Every session that runs, or may run, at an engine holds a slot.",
  sometimes: "a session runs",
  check: (env) =>
    unless(
      first(env.ended, (session) => isLoad(session) && "a session runs, and no slot holds it"),
      env.held.some(isLoad),
    ),
};

export const capAtGrant: StepProperty = {
  of: "step",
  name: "load ≤ cap at every grant",
  sentence:
    "When a stream is given a slot, the engine's load (own slots that are not free + foreign streams) is at most the cap.",
  sometimes: "a stream is given the last place of an engine",
  check({ after, effects }) {
    let last = false;
    const wrong = first(effects, (effect) => {
      if (effect.type !== "start") return null;
      const engine = after.engines.get(effect.engine);
      if (!engine) return `a start goes to ${effect.engine}, which is not in the pool`;
      const held = heldSlots(engine) + engine.foreign.length;
      last ||= held === after.cap;
      return held > after.cap && `${effect.engine} has ${held} of ${after.cap} places taken`;
    });
    return unless(wrong, last);
  },
};

export const conservation: StateProperty = {
  of: "state",
  ofBooks: true,
  name: "conservation",
  sentence:
    "free + pending + active + released = slots; a slot has a session exactly when it is not free; each session has one slot.",
  sometimes: "a slot is held",
  check(state) {
    const held = new Set<number>();
    const wrong = first(engines(state), (engine) => {
      if (engine.slots.length < state.cap) return `${engine.id} has ${engine.slots.length} slots`;
      for (const [index, slot] of engine.slots.entries()) {
        if ((slot.state === "free") !== (slot.session === null))
          return `a ${slot.state} slot of ${engine.id} ${slot.session ? "has a" : "has no"} session`;
        if (!slot.session) continue;
        if (held.has(slot.session.id)) return `session ${slot.session.id} is held twice`;
        held.add(slot.session.id);
        const place = state.places.get(slot.session.id);
        if (place?.engine !== engine.id || place.slot !== index)
          return `session ${slot.session.id} is not where the books say`;
      }
      return null;
    });
    return unless(
      wrong ?? (held.size === state.places.size ? null : "the books have a place without a slot"),
      held.size > 0,
    );
  },
};

export const indexAgrees: StateProperty = {
  of: "state",
  ofBooks: true,
  name: "index agrees",
  sentence: "The counter that is asked instead of the slots says how many of them are held.",
  sometimes: "the counter is above 0",
  check: (state) =>
    unless(
      first(engines(state), (engine) => {
        const held = heldSlots(engine);
        return held !== engine.own && `${engine.id} holds ${held} slots, its counter says ${engine.own}`;
      }),
      engines(state).some((engine) => engine.own > 0),
    ),
};

export const legality: StepProperty = {
  of: "step",
  name: "no illegal move",
  sentence: "No slot is ever sent an event that its state does not accept.",
  sometimes: "a slot moves",
  check: ({ illegal, records }) =>
    unless(
      illegal.join("; "),
      records.some((record) => "from" in record),
    ),
};

export const rightEngine: StepProperty = {
  of: "step",
  name: "right engine",
  sentence: "A start, a stop and a report go to the engine whose slot the session holds.",
  sometimes: "a start or a stop goes out",
  check({ before, after, effects }) {
    let sent = false;
    const wrong = first(effects, (effect) => {
      if (effect.type !== "start" && effect.type !== "stop" && effect.type !== "reportStarted") return null;
      sent = true;
      const place = after.places.get(effect.session) ?? before.places.get(effect.session);
      const engine = place && (after.engines.get(place.engine) ?? before.engines.get(place.engine));
      if (!engine) return `${effect.type} for session ${effect.session}, which holds no slot`;
      const names = [engine.id, ...engine.aliases, engine.listedAs];
      if (!names.includes(effect.engine))
        return `${effect.type} for session ${effect.session} goes to ${effect.engine}, its slot is at ${engine.id}`;
      return (
        effect.type === "start" &&
        effect.address.port !== engine.address.port &&
        `session ${effect.session} of ${engine.id} is started at port ${effect.address.port}`
      );
    });
    return unless(wrong, sent);
  },
};

export const freeAfterProof: StepProperty = {
  of: "step",
  name: "free only after proof",
  sentence:
    "A slot becomes free only when its own session is proved over: stop confirmed, never opened, or the release deadline.",
  sometimes: "a slot becomes free",
  check({ before, after, event }) {
    if (event.type === "recover") return false;
    let freed = false;
    const wrong = first(before.places.keys(), (id) => {
      if (after.places.has(id)) return null;
      freed = true;
      const isProof =
        (event.type === "stopConfirmed" && event.session === id) ||
        (event.type === "startFailed" && event.session === id && event.opened === "no") ||
        (event.type === "timer" && event.timer.kind === "release" && event.timer.session === id);
      return !isProof && `session ${id} lets its slot go after ${event.type}`;
    });
    return unless(wrong, freed);
  },
};

export const freshSessions: StepProperty = {
  of: "step",
  needs: (size) => size.contents > 1 && size.cap * size.engines > 1,
  name: "fresh sessions",
  sentence:
    "Every run of a stream has a session number that was never used before, so that late answers of earlier runs find nobody.",
  sometimes: "a second session is started",
  check: ({ before, effects }) =>
    unless(
      first(
        effects,
        (effect) =>
          effect.type === "start" &&
          effect.session < before.nextSession &&
          `session ${effect.session} is started again`,
      ),
      before.places.size > 0 && effects.some((effect) => effect.type === "start"),
    ),
};

export const oneSession: StateProperty = {
  of: "state",
  ofBooks: true,
  needs: (size) => size.contents > 1 && size.cap * size.engines > 1,
  name: "one live session per stream",
  sentence:
    "A stream that has a place has exactly one session that is not released, and every such session has its stream.",
  sometimes: "a stream has a place while another session of the pool is released",
  check(state) {
    const live = new Map<number, number>();
    let released = false;
    const wrong = first(engines(state), (engine) =>
      first(engine.slots, ({ state: at, session }) => {
        if (!session) return null;
        if (at === "released") {
          released = true;
          return (
            session.stream !== null && `released session ${session.id} still has stream ${session.stream}`
          );
        }
        if (session.stream === null) return `session ${session.id} plays for nobody`;
        if (live.has(session.stream)) return `stream ${session.stream} has two sessions`;
        live.set(session.stream, session.id);
        return null;
      }),
    );
    const many = live.size;
    return unless(
      wrong ??
        first(streams(state), (stream) => {
          if ((stream.place === null) !== (stream.phase === "waiting"))
            return `${stream.phase} stream ${stream.id} ${stream.place ? "has a" : "has no"} place`;
          if (stream.place && live.get(stream.id) !== stream.place.session)
            return `stream ${stream.id} is placed at session ${stream.place.session}, which is not its own`;
          live.delete(stream.id);
          return null;
        }) ??
        (live.size > 0 ? `a session of stream ${[...live.keys()]}, which is gone` : null),
      many > 0 && released,
    );
  },
};

export const contentOnce: StepProperty = {
  of: "step",
  needs: (size) => size.engines > 1 && size.requests > 1,
  name: "a content never twice on one engine",
  sentence:
    "A content is never started on an engine that still holds it, or on which somebody else plays it.",
  sometimes: "a content is started again while an engine still holds its former session",
  check({ after, effects }) {
    let again = false;
    const wrong = first(effects, (effect) => {
      if (effect.type !== "start") return null;
      const all = engines(after);
      const sessions = all.flatMap((engine) => engine.slots.flatMap((slot) => slot.session ?? []));
      const own = sessions.find((session) => session.id === effect.session);
      if (!own) return null;
      const same = (keys: readonly string[]): boolean => keys.some((key) => own.contents.includes(key));
      again ||= sessions.some((session) => session.id !== own.id && same(session.contents));
      const engine = after.engines.get(effect.engine);
      const isTwice =
        engine?.foreign.some((key) => own.contents.includes(key)) ||
        engine?.slots.some(({ session }) => session && session.id !== own.id && same(session.contents));
      return isTwice ? `${effect.content} is on ${effect.engine} already` : null;
    });
    return unless(wrong, again);
  },
};

export const settledOnce: StepProperty = {
  of: "step",
  name: "settled once for each session",
  sentence: "What waits for a session is told exactly once that it holds its slot no more.",
  sometimes: "a session is settled",
  check({ before, after, event, effects }) {
    if (event.type === "recover") return false;
    const told = effects.flatMap((effect) => (effect.type === "settled" ? [effect.session] : []));
    const wrong =
      first(told, (id) =>
        told.indexOf(id) !== told.lastIndexOf(id)
          ? `session ${id} is settled twice`
          : after.places.has(id) && `session ${id} is settled and held`,
      ) ??
      first(told, (id) => !before.places.has(id) && `session ${id} is settled, and was not held`) ??
      first(
        before.places.keys(),
        (id) => !after.places.has(id) && !told.includes(id) && `session ${id} is never settled`,
      );
    return unless(wrong, told.length > 0);
  },
};
