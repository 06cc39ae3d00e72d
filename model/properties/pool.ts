/** The pool, its source and the timers: what is counted as whose, what is reported, what is asked for. */
import type { State, Timer } from "../../src/slots/index.ts";
import { mayLook } from "../world/size.ts";
import {
  engines,
  first,
  type Moment,
  type StateProperty,
  type StepProperty,
  streams,
  unless,
} from "./property.ts";

export const timerKey = (timer: Timer): string =>
  timer.kind === "provision"
    ? "provision"
    : `${timer.kind} ${"client" in timer ? timer.client : "stream" in timer ? timer.stream : timer.session}`;

const NO_TIMERS: Due = { due: new Set(), may: new Set() };

interface Due {
  readonly due: ReadonlySet<string>;
  readonly may: ReadonlySet<string>;
}

/** Timers that a state needs, and those that may run besides. */
function dueTimers(state: State): Due {
  const due = new Set<string>();
  const may = new Set<string>();
  for (const stream of streams(state)) {
    if (stream.phase === "waiting" && !stream.live)
      for (const client of stream.clients) due.add(timerKey({ kind: "queue", client }));
    if (stream.lingeringSince !== null) due.add(timerKey({ kind: "linger", stream: stream.id }));
    if (stream.phase === "starting" && stream.place)
      due.add(timerKey({ kind: "start", session: stream.place.session }));
    const stall = timerKey({ kind: "stall", stream: stream.id });
    if (stream.live && stream.phase === "waiting") due.add(stall);
    if (stream.live && stream.phase === "starting") may.add(stall);
  }
  for (const [id, place] of state.places)
    if (state.engines.get(place.engine)?.slots[place.slot]?.state === "released")
      due.add(timerKey({ kind: "release", session: id }));
  const { phase } = state.provisioning;
  if (!state.draining && (phase === "asked" || phase === "blocked")) due.add("provision");
  return { due, may };
}

export const timers: StepProperty = {
  of: "step",
  name: "a timer for everything that could wait for ever, and for nothing else",
  sentence: "Every wait has its time-out armed, and no time-out is left armed for what is over.",
  sometimes: "a timer is disarmed",
  check({ before, after, event, effects }) {
    if (after.drained) return false;
    const was = event.type === "recover" ? NO_TIMERS : dueTimers(before);
    const armed = new Set(was.due);
    const unsure = new Set(was.may);
    if (event.type === "timer") armed.delete(timerKey(event.timer));
    let disarmed = false;
    for (const effect of effects) {
      if (effect.type === "arm") armed.add(timerKey(effect.timer));
      if (effect.type !== "disarm") continue;
      const key = timerKey(effect.timer);
      disarmed ||= armed.has(key);
      armed.delete(key);
      unsure.delete(key);
    }
    const { due, may } = dueTimers(after);
    const wrong =
      first(due, (key) => !armed.has(key) && !unsure.has(key) && `not armed: ${key}`) ??
      first(armed, (key) => !due.has(key) && !may.has(key) && `left armed: ${key}`) ??
      first(unsure, (key) => !due.has(key) && !may.has(key) && `left armed: ${key}`);
    return unless(wrong, disarmed);
  },
};

export const lateAnswers: StepProperty = {
  of: "step",
  name: "a late answer begins the release deadline anew",
  sentence:
    "When the answer to a start comes after its slot was released, the engine may have begun only now: the deadline is armed again.",
  sometimes: "an answer comes after the release",
  check({ before, event, effects }) {
    const isAnswer = event.type === "started" || (event.type === "startFailed" && event.opened === "unknown");
    const place = isAnswer ? before.places.get(event.session) : undefined;
    const slot = place && before.engines.get(place.engine)?.slots[place.slot];
    if (!isAnswer || slot?.state !== "released" || slot.session?.start !== "sent") return false;
    const key = timerKey({ kind: "release", session: event.session });
    return unless(
      !effects.some((effect) => effect.type === "arm" && timerKey(effect.timer) === key) &&
        `the deadline of session ${event.session} runs from before its answer`,
      true,
    );
  },
};

export const fairAccounting: StepProperty = {
  of: "step",
  needs: (size) => size.reports,
  name: "fair accounting",
  sentence:
    "A start is reported once, after the engine has begun; an end once, when the slot is free, and only for a start that was reported.",
  sometimes: "an end is reported",
  check({ before, after, event, effects }) {
    if (event.type === "recover") return false;
    const sessionOf = (state: State, id: number) => {
      const place = state.places.get(id);
      return place && state.engines.get(place.engine)?.slots[place.slot]?.session;
    };
    let ended = false;
    const told = new Set<string>();
    const wrong =
      first(effects, (effect) => {
        if (effect.type !== "reportStarted" && effect.type !== "reportEnded") return null;
        const key = `${effect.type} ${effect.session}`;
        if (told.has(key)) return `${key}: twice`;
        told.add(key);
        const was = sessionOf(before, effect.session);
        if (effect.type === "reportStarted") {
          if (was?.reportedTo) return `session ${effect.session} is reported a second time`;
          if (event.type !== "started" || event.session !== effect.session)
            return `session ${effect.session} is reported before its engine has begun`;
          return null;
        }
        ended = true;
        if (!was?.reportedTo) return `an end is reported for session ${effect.session}, whose start was not`;
        return (
          after.places.has(effect.session) &&
          `session ${effect.session} is reported ended while it holds its slot`
        );
      }) ??
      first(
        before.places.keys(),
        (id) =>
          !after.places.has(id) &&
          Boolean(sessionOf(before, id)?.reportedTo) &&
          !told.has(`reportEnded ${id}`) &&
          `the end of session ${id} is never reported`,
      );
    return unless(wrong, ended);
  },
};

/** A snapshot that is newer than what was taken in. */
const newer = ({ before, event }: Moment) =>
  event.type === "snapshot" && event.asked > before.asked ? event : null;

export const ownIsNotForeign: StepProperty = {
  of: "step",
  needs: (size) => mayLook(size),
  name: "own is not foreign, and foreign is not forgotten",
  sentence:
    "A listed stream of ours is never counted as somebody else's, however old the list; a foreign one counts from the moment the list shows it.",
  sometimes: "a list shows a stream of ours that is over, or one of somebody else",
  check(moment) {
    const seen = newer(moment);
    if (!seen) return false;
    let interesting = false;
    const wrong = first(engines(moment.after), (engine) => {
      const names = [engine.id, ...engine.aliases];
      const here = seen.streams.filter((stream) => names.includes(stream.engine));
      const foreign = here.filter((stream) => stream.playbackSession?.startsWith("f") ?? false).length;
      // One that no slot of this life was ever held for, and no label tells, cannot be told from a foreign one.
      const unknown = here.filter(
        (stream) => /^[oh]/.test(stream.playbackSession ?? "") && stream.label === null,
      ).length;
      interesting ||= foreign > 0 || here.some((stream) => stream.playbackSession?.startsWith("x"));
      return (
        (engine.foreign.length < foreign || engine.foreign.length > foreign + unknown) &&
        `${engine.id} counts ${engine.foreign.length} foreign streams, the list shows ${foreign}`
      );
    });
    return unless(wrong, interesting);
  },
};

export const asListed: StepProperty = {
  of: "step",
  needs: (size) => size.vanishings > 0,
  name: "the pool is as it was listed",
  sentence: "After a look, exactly the engines that the list names may get something new.",
  sometimes: "a look no longer names an engine",
  check(moment) {
    const seen = newer(moment);
    if (!seen) return false;
    let missing = false;
    const wrong = first(engines(moment.after), (engine) => {
      const names = [engine.id, ...engine.aliases];
      const listed = seen.engines.filter((one) => names.includes(one.id));
      missing ||= listed.length === 0;
      if (engine.listed !== listed.length > 0) return `${engine.id} is listed ${listed.length} times`;
      return listed.some((one) => one.draining !== engine.draining) && `${engine.id} drains, or not`;
    });
    const known = new Set(engines(moment.after).map((engine) => engine.address.port));
    const gone = [...moment.before.engines.values()].some((engine) => !known.has(engine.address.port));
    return unless(
      wrong ??
        first(
          seen.engines,
          (one) => !known.has(one.address.port) && `${one.id} is listed, and not in the pool`,
        ),
      missing || gone,
    );
  },
};

export const overtaken: StepProperty = {
  of: "step",
  needs: (size) => size.looks > 1,
  name: "an overtaken look changes nothing",
  sentence: "A list that was asked for before one that was taken in already is thrown away.",
  sometimes: "an overtaken look is delivered",
  check({ before, after, event }) {
    if (event.type !== "snapshot" || event.asked > before.asked) return false;
    const isSame =
      after.engines === before.engines && after.places === before.places && after.streams === before.streams;
    return unless(!isSame && "it was taken in", true);
  },
};

export const keepsSlots: StepProperty = {
  of: "step",
  needs: (size) => size.vanishings > 0,
  name: "a look wipes no slot",
  sentence:
    "What a list shows or does not show never changes an own slot: an engine that is missing keeps what it holds.",
  sometimes: "an engine that holds a slot is missing in a look",
  check(moment) {
    const seen = newer(moment);
    if (!seen) return false;
    const listed = new Set(seen.engines.map((engine) => engine.address.port));
    const missing = engines(moment.before).some((e) => !listed.has(e.address.port) && e.own > 0);
    const wrong = first(moment.before.places, ([id, place]) => {
      const now = moment.after.places.get(id);
      if (!now) return `session ${id} lost its slot`;
      const was = moment.before.engines.get(place.engine)?.slots[place.slot]?.state;
      const is = moment.after.engines.get(now.engine)?.slots[now.slot]?.state;
      return was !== is && was === "released" && `the slot of session ${id} went from ${was} to ${is}`;
    });
    return unless(wrong, missing);
  },
};

export const oneProvisioning: StepProperty = {
  of: "step",
  needs: (size) => size.spares > 0,
  name: "one provisioning at a time",
  sentence:
    "A new engine is asked for only while somebody waits, one at a time, until it is there and ready.",
  sometimes: "an engine is asked for",
  check({ before, after, event, effects }) {
    const asks = effects.filter((effect) => effect.type === "provision").length;
    const was = before.provisioning;
    if (asks > 1) return "two are asked for at once";
    if (asks === 1 && after.queue.length === 0) return "asked although nobody waits";
    if (asks === 1 && after.asked === 0) return "asked before anybody looked at the pool";
    const isOver = was.phase === "asked" && (asks === 1 || after.provisioning.phase === "idle");
    if (!isOver || event.type === "configure") return asks === 1;
    // Until the source says which engine it started, the first one that appeared is taken for it.
    const named = (event.type === "provisioned" ? event.engine : null) ?? was.engine;
    const isReady = engines(after).some(
      (e) => e.listed && !e.resting && (named === null || e.id === named || e.aliases.includes(named)),
    );
    return isReady ? asks === 1 : `${named ?? "the new engine"} is not ready, and asking is over`;
  },
};

export const restsNew: StepProperty = {
  of: "step",
  needs: (size) => size.spares > 0,
  name: "a new engine gets nothing before it answers",
  sentence:
    "An engine that appears in a list while one is being provisioned is asked whether it is ready before it gets a stream.",
  sometimes: "an engine appears while one is asked for",
  check({ before, after, event, effects }) {
    // A fallback engine is not the new one: somebody named it.
    if (before.provisioning.phase !== "asked" || event.type === "fallback") return false;
    const arrived = engines(after).filter(
      (e) => !engines(before).some((known) => known.address.port === e.address.port),
    );
    return unless(
      first(
        effects,
        (effect) =>
          effect.type === "start" &&
          arrived.some((engine) => engine.id === effect.engine) &&
          `${effect.engine} gets a stream at once`,
      ) ?? first(arrived, (engine) => !engine.resting && engine.own === 0 && `${engine.id} is not asked`),
      arrived.length > 0,
    );
  },
};

export const oneEngine: StateProperty = {
  of: "state",
  needs: (size) => size.twins > 0,
  name: "one engine, one cap",
  sentence: "An engine that is listed under two ids is one engine with one cap.",
  sometimes: "an engine is known under two ids",
  check(state) {
    const ports = engines(state).map((engine) => engine.address.port);
    return unless(
      first(
        ports,
        (port) => ports.indexOf(port) !== ports.lastIndexOf(port) && `port ${port} is in the pool twice`,
      ),
      engines(state).some((engine) => engine.aliases.length > 0),
    );
  },
};

export const resting: StepProperty = {
  of: "step",
  needs: (size) => size.refusals + size.losses + size.deaths > 0,
  name: "a resting engine is asked until it answers",
  sentence: "An engine that is set aside is being asked, and gets nothing until it has answered.",
  sometimes: "an engine is set aside",
  check({ before, after, event, effects }) {
    const asked = new Set(effects.flatMap((effect) => (effect.type === "probe" ? [effect.engine] : [])));
    let rests = false;
    const wrong = first(engines(after), (engine) => {
      const was = before.engines.get(engine.id);
      if (engine.resting && !was?.resting) {
        rests = true;
        if (!asked.has(engine.id)) return `${engine.id} rests, and nobody asks it`;
      }
      if (was?.resting && !engine.resting && !(event.type === "recovered" && event.engine === engine.id))
        return `${engine.id} rests no more after ${event.type}`;
      return (
        engine.resting &&
        was?.resting === true &&
        effects.some((effect) => effect.type === "start" && effect.engine === engine.id) &&
        `${engine.id} rests and gets a stream`
      );
    });
    return unless(wrong, rests);
  },
};

export const formerLife: StepProperty = {
  of: "step",
  needs: (size) => size.crashes > 0,
  name: "a former life counts",
  sentence:
    "After a crash every session in the state file holds a slot of its engine, released, until there is proof.",
  sometimes: "a session of a former life is taken over",
  check({ after, event }) {
    if (event.type !== "recover") return false;
    const held = [...after.places.values()].flatMap((place) => {
      const slot = after.engines.get(place.engine)?.slots[place.slot];
      return slot?.state === "released" ? [after.engines.get(place.engine)?.address.port] : [];
    });
    const wrong = first(new Set(event.sessions.map((session) => session.address.port)), (port) => {
      const due = event.sessions.filter((session) => session.address.port === port).length;
      const has = held.filter((one) => one === port).length;
      return has !== due && `${has} slots are held at port ${port}, the file has ${due} sessions`;
    });
    return unless(wrong, event.sessions.length > 0);
  },
};

export const capKept: StepProperty = {
  of: "step",
  needs: (size) => size.recaps > 0,
  name: "a change of the cap moves no slot",
  sentence:
    "When the cap changes, held slots stay as they are; slots above a lower cap go as soon as they are free.",
  sometimes: "the cap falls below an engine's load",
  check({ before, after, event }) {
    if (event.type !== "configure") return false;
    const lower = engines(after).some((engine) => engine.own > after.cap);
    const wrong =
      after.cap !== event.cap
        ? `the cap is ${after.cap}`
        : (first(before.places.keys(), (id) => !after.places.has(id) && `session ${id} lost its slot`) ??
          first(
            engines(after),
            (engine) =>
              engine.slots.length > Math.max(after.cap, engine.own) &&
              engine.slots.at(-1)?.state === "free" &&
              `${engine.id} has ${engine.slots.length} slots`,
          ));
    return unless(wrong, lower);
  },
};

export const drainedOnce: StepProperty = {
  of: "step",
  needs: (size) => size.drains > 0,
  name: "drained once, and only when nothing is held",
  sentence: "The end of a shutdown is told once, as soon as no slot is held any more.",
  sometimes: "a shutdown ends",
  check({ before, after, effects }) {
    const told = effects.filter((effect) => effect.type === "drained").length;
    const wrong =
      told > 0 && before.drained
        ? "it was told before"
        : told > 0 && after.places.size > 0
          ? "slots are held"
          : after.draining && !before.drained && after.places.size === 0 && told !== 1
            ? `told ${told} times`
            : null;
    return unless(wrong, told > 0);
  },
};

export const drainGrants: StepProperty = {
  of: "step",
  needs: (size) => size.drains > 0,
  name: "draining grants nothing and keeps nobody",
  sentence: "During a shutdown nothing is started, nobody is served, and no stream is left.",
  sometimes: "somebody asks during a shutdown",
  check({ after, event, effects }) {
    if (!after.draining) return false;
    const began = effects.find((e) => e.type === "start" || e.type === "provision" || e.type === "serve");
    return unless(
      after.streams.size > 0 ? "streams are left" : began && `there was a ${began.type}`,
      event.type === "request",
    );
  },
};
