/** Which engine, and who gets a place that was handed over. */
import { type Engine, InvariantError, loadOf, type State, type Stream } from "../../src/slots/index.ts";
import { engines, first, heldSlots, type Moment, type StepProperty, unless } from "./property.ts";
import { freedBy, isHeir, suits } from "./queue.ts";

export const heirGets: StepProperty = {
  of: "step",
  needs: (size) => size.zaps > 0,
  name: "a place that was handed over goes to its heir",
  sentence:
    "When a player gave its own place up for another content, that content gets the place as soon as it is free.",
  sometimes: "a place that was handed over becomes free",
  check(moment) {
    const { before, after, effects } = moment;
    const freed = freedBy(moment.event);
    const place = freed === null ? undefined : before.places.get(freed);
    if (freed === null || !place || after.places.has(freed) || before.draining) return false;
    const engine = before.engines.get(place.engine);
    const heir = engine?.slots[place.slot]?.session?.heir;
    const stream = heir == null ? undefined : before.streams.get(heir);
    if (!engine || stream?.phase !== "waiting") return false;
    const load = heldSlots(engine) - 1 + engine.foreign.length;
    if (load >= before.cap || !suits(engine, stream, freed)) return false;
    const got = effects.some((effect) => effect.type === "start" && effect.stream === heir);
    return unless(!got && `stream ${heir} does not get the place of session ${freed}`, true);
  },
};

export const sameChoice: StepProperty = {
  of: "step",
  needs: (size) => size.engines > 1,
  name: "same choice for the same state",
  sentence: "The order in which engines are listed or kept changes no choice.",
  sometimes: "an engine is chosen among several",
  check({ before, event, effects, step }) {
    const chosen = (all: Moment["effects"]): string =>
      all
        .flatMap((effect) => {
          if (effect.type === "start") return [`stream ${effect.stream} → ${effect.engine}`];
          if (effect.type === "close") return [`stream ${effect.stream} ends`];
          return effect.type === "provision" ? ["a new engine"] : [];
        })
        .join();
    const is = chosen(effects);
    if (is === "" || before.engines.size < 2) return false;
    const reversed: State = { ...before, engines: new Map([...before.engines].reverse()) };
    const heard = event.type === "snapshot" ? { ...event, engines: event.engines.toReversed() } : event;
    let other: string;
    try {
      other = chosen(step(reversed, heard).effects);
    } catch (error) {
      if (!(error instanceof InvariantError)) throw error;
      other = error.message;
    }
    return unless(other !== is && `stream ${is}, or ${other} where the list is turned round`, true);
  },
};

const owes = ({ slots }: Engine): boolean =>
  slots.some(({ state, session }) => state === "released" && session?.stopDelayed);

/** Could the engine have had the stream, at the beginning of the step and at its end? */
function couldHave({ before, after }: Moment, { id }: Engine, stream: Stream): boolean {
  return [before, after].every((state) => {
    const engine = state.engines.get(id);
    if (!engine || engine.blocked || loadOf(engine) >= state.cap) return false;
    const isClaimed = engine.claims.some((claim) =>
      claim.contents.some((key) => stream.contents.includes(key)),
    );
    return !isClaimed && !stream.tried.includes(id) && suits(engine, stream);
  });
}

export const owingLast: StepProperty = {
  of: "step",
  needs: (size) => size.engines > 1 && size.cap > 1 && size.requests > 2 && size.delays > 0,
  name: "an engine that owes an end is asked last",
  sentence:
    "While an engine delays a stop, a stream goes to it only if no other one that has room for it can be tried.",
  sometimes: "a stream is started while an engine that delays a stop has room for it",
  check(moment) {
    const { before, after, effects } = moment;
    let occurred = false;
    const wrong = first(effects, (effect) => {
      const stream = effect.type === "start" ? after.streams.get(effect.stream) : undefined;
      if (effect.type !== "start" || !stream || isHeir(moment, effect.stream)) return null;
      const isOwing = ({ id }: Engine): boolean =>
        [before, after].every((state) => {
          const engine = state.engines.get(id);
          return engine !== undefined && owes(engine);
        });
      const chosen = after.engines.get(effect.engine);
      const others = engines(after).filter((engine) => engine.id !== effect.engine);
      const free = others.filter((engine) => couldHave(moment, engine, stream));
      occurred ||= free.some(isOwing);
      if (!chosen || !isOwing(chosen)) return null;
      const better = free.find((engine) => !owes(engine) && !owes(before.engines.get(engine.id) ?? engine));
      return better !== undefined && `stream ${stream.id} → ${chosen.id}, and ${better.id} has room`;
    });
    return unless(wrong, occurred);
  },
};

/** Which property an assertion of the core speaks of. */
export const propertyOfAssertion = (message: string): string =>
  message.includes("the index says")
    ? "index agrees"
    : message.includes("was chosen although it is full")
      ? "load ≤ cap at every grant"
      : /session|slots/.test(message)
        ? "conservation"
        : "the core never gives up";
