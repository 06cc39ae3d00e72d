/** What must hold after every turn of the shell, each with its sentence and the situation that puts it to the test. */

import { type Engine, loadOf, type Stream } from "../../src/slots/index.ts";
import { happenings } from "./happenings.ts";
import { nameOfContent, nameOfEngine, type RealSession } from "./real.ts";
import type { ShellWorld } from "./world.ts";

export interface ShellProperty {
  readonly name: string;
  readonly sentence: string;
  /** `atRest`: asked only when nothing more can happen. */
  readonly kind: "always" | "atRest";
  /** What is wrong, or null. */
  readonly check: (world: ShellWorld) => string | null;
  readonly sometimes: string;
  readonly isReached: (world: ShellWorld) => boolean;
}

const running = (world: ShellWorld): RealSession[] => world.outside.sessions.filter(({ runs }) => runs);
const said = (session: RealSession): string =>
  `${nameOfContent(session.content)} on ${nameOfEngine(session.engine)}`;

function slotOf(world: ShellWorld, session: RealSession) {
  const place = world.state.places.get(session.holder);
  if (place?.engine !== session.engine.id) return undefined;
  return world.state.engines.get(place.engine)?.slots[place.slot];
}

const isUsable = (engine: Engine): boolean => engine.listed && !engine.draining && !engine.resting;

/** Could the engine take the stream now? Written anew here: the core's own word for it is what is checked. */
function couldTake(world: ShellWorld, engine: Engine, stream: Stream): boolean {
  if (!isUsable(engine) || loadOf(engine) >= world.state.cap) return false;
  if (stream.tried.includes(engine.id) && !stream.live) return false;
  const isHere = (keys: readonly string[]): boolean => keys.some((key) => stream.contents.includes(key));
  return !isHere(engine.foreign) && !engine.slots.some(({ session }) => session && isHere(session.contents));
}

/** The first of some items with which something is wrong. */
function first<T>(items: Iterable<T>, wrong: (item: T) => string | null | false | undefined): string | null {
  for (const item of items) {
    const answer = wrong(item);
    if (answer) return answer;
  }
  return null;
}

/** Asking clients of which the selector does not know. */
const unheard = (world: ShellWorld) =>
  [...world.clients.values()].filter(({ id, status }) => status === "asking" && !world.state.clients.has(id));

export const SHELL_PROPERTIES: readonly ShellProperty[] = [
  {
    name: "shell: load within the cap",
    sentence: "No engine ever carries more sessions of ours than the cap allows.",
    kind: "always",
    check: (world) =>
      first(world.outside.engines, (engine) => {
        const carried = running(world).filter((session) => session.engine === engine);
        return (
          carried.length > world.size.cap &&
          `${nameOfEngine(engine)} carries ${carried.map(said).join(", ")}; the cap is ${world.size.cap}`
        );
      }),
    sometimes: "an engine carries as many sessions as it may",
    isReached: (world) =>
      world.outside.engines.some(
        (engine) => running(world).filter((session) => session.engine === engine).length === world.size.cap,
      ),
  },
  {
    name: "shell: no session without a slot",
    sentence: "Every session that an engine carries is held by a slot of that engine.",
    kind: "always",
    check: (world) =>
      first(
        running(world),
        (session) => !slotOf(world, session) && `${said(session)} runs, and no slot holds it`,
      ),
    sometimes: "an engine carries a session whose slot is released",
    isReached: (world) => running(world).some((session) => slotOf(world, session)?.state === "released"),
  },
  {
    name: "shell: one session of a content on an engine",
    sentence: "An engine never carries two sessions of one content.",
    kind: "always",
    check: (world) =>
      first(running(world), (session) => {
        const isTwin = (other: RealSession): boolean =>
          other !== session && other.engine === session.engine && other.content === session.content;
        return running(world).some(isTwin) && `${said(session)} runs twice`;
      }),
    sometimes: "somebody waits for a content whose old session is not gone yet",
    isReached: (world) =>
      [...world.state.streams.values()].some(
        (stream) =>
          stream.phase === "waiting" &&
          running(world).some(({ content }) => stream.contents.includes(content)),
      ),
  },
  {
    name: "shell: written before sent",
    sentence: "An engine hears of a start only when the state file has its session, or cannot have it.",
    kind: "always",
    check: (world) =>
      first(world.outside.unwritten, (session) => `${said(session)} was sent before it was written down`),
    sometimes: "a start waits for the state file",
    isReached: (world) =>
      world.outside.save !== null &&
      [...world.state.places.keys()].some((session) => world.realOf(session) === undefined),
  },
  {
    name: "shell: look and take in one turn",
    sentence: "A request is decided in the turn in which it comes: nothing is awaited between look and take.",
    kind: "always",
    check: (world) => first(unheard(world), ({ id }) => `client ${id} has asked, and nothing was decided`),
    sometimes: "two requests are under way at once",
    isReached: (world) => world.state.streams.size > 1,
  },
  {
    name: "shell: free only with proof",
    sentence:
      "A slot is free only after the engine has let go of its session, never had it, or the release deadline is over.",
    kind: "always",
    check: (world) =>
      first(world.freed, ({ session, event, real }) => {
        const isDeadline = event.type === "timer" && event.timer.kind === "release";
        return (
          real &&
          real.proof === null &&
          !isDeadline &&
          `the slot of session ${session} (${said(real)}) is free`
        );
      }),
    sometimes: "a slot is freed by its engine's proof",
    isReached: (world) => world.freed.some(({ real }) => real?.proof != null),
  },
  {
    name: "shell: stopped before free",
    sentence: "A session of which an engine has told us is asked to stop before its slot is free.",
    kind: "always",
    check: (world) =>
      first(
        world.freed,
        ({ real }) => real?.told === "started" && !real.stopAsked && `${said(real)} was never stopped`,
      ),
    sometimes: "an engine answers a start that nobody wants any more",
    isReached: (world) =>
      running(world).some(
        (session) =>
          session.told === "started" && session.stopAsked && !session.media && !world.isRead(session),
      ),
  },
  {
    name: "shell: proof is heard",
    sentence: "In the turn in which an engine's proof comes, its slot is free.",
    kind: "always",
    check: (world) =>
      first(
        world.outside.sessions,
        (session) =>
          session.proof !== null && slotOf(world, session) && `${said(session)} still holds its slot`,
      ),
    sometimes: "an engine says that it did not begin a session",
    isReached: (world) => world.outside.sessions.some(({ told }) => told === "no"),
  },
  {
    name: "shell: nobody waits while a slot is free",
    sentence:
      "Whoever waits does so only while no usable engine has room for it, whatever else is under way.",
    kind: "always",
    check: (world) => {
      const { engines, streams } = world.state;
      const waiting = [...streams.values()].filter(({ phase }) => phase === "waiting");
      for (const engine of engines.values()) {
        const stream = waiting.find((candidate) => couldTake(world, engine, candidate));
        if (stream) return `stream ${stream.id} waits while ${engine.id} has room`;
        const [client] = unheard(world);
        if (client && isUsable(engine) && loadOf(engine) < world.state.cap)
          return `client ${client.id} is not attended to while ${engine.id} has room`;
      }
      return null;
    },
    sometimes: "somebody waits for a slot",
    isReached: (world) => world.state.queue.length > 0,
  },
  {
    name: "shell: one outcome for each request",
    sentence: "A request gets exactly one outcome: it is served, or it is told why not.",
    kind: "always",
    check: (world) =>
      first(
        world.clients.values(),
        ({ id, outcomes }) => outcomes > 1 && `client ${id} was answered ${outcomes} times`,
      ),
    sometimes: "a request is refused",
    isReached: (world) => [...world.clients.values()].some(({ status }) => status === "rejected"),
  },
  {
    name: "shell: no illegal move",
    sentence:
      "No slot is asked for a move that its machine does not have, and the books never contradict themselves.",
    kind: "always",
    check: (world) => {
      const { illegalMoves } = world.broker.counters;
      return illegalMoves > 0 ? `${illegalMoves} illegal moves` : world.broker.trouble;
    },
    sometimes: "a slot goes through all its states",
    isReached: (world) =>
      world.freed.some(({ real }) => real?.told === "started" && real.proof === "stop confirmed"),
  },
  {
    name: "shell: fair reports",
    sentence:
      "The orchestrator hears at most one start of a session, and its end at most once and only after that.",
    kind: "always",
    check: (world) =>
      first(
        world.outside.sessions,
        ({ reports: { started, ended }, content }) =>
          (started > 1 || ended > started) && `${nameOfContent(content)}: ${started} starts, ${ended} ends`,
      ),
    sometimes: "an end is reported",
    isReached: (world) => world.outside.sessions.some(({ reports }) => reports.ended > 0),
  },
  {
    name: "shell: at rest nothing is left",
    sentence:
      "When nothing more can happen, every slot is free, nothing is under way, everybody has an answer, and all ends are reported.",
    kind: "atRest",
    check: whatIsLeft,
    sometimes: "a world comes to rest after all requests were made",
    isReached: (world) => world.requests === 0 && happenings(world).length === 0,
  },
];

function whatIsLeft(world: ShellWorld): string | null {
  const { outside, state } = world;
  const lists = { start: outside.starts, stop: outside.stops, stat: outside.stats, question: outside.alives };
  return (
    first(state.places.keys(), (session) => `session ${session} holds its slot`) ??
    first(state.streams.keys(), (stream) => `stream ${stream} is left`) ??
    first(state.clients.keys(), (client) => `client ${client} is left`) ??
    first(world.clients.values(), ({ id, status }) => status === "asking" && `client ${id} has no answer`) ??
    first(Object.entries(lists), ([name, list]) => list.length > 0 && `a ${name} is unanswered`) ??
    (outside.save && "the state file is being written") ??
    (outside.look && "a look is under way") ??
    (outside.file.size > 0 && !outside.fileFailed ? "the state file still names sessions" : null) ??
    first(outside.timers, ({ what }) => !isHarmless(what) && `the timer ${what} is armed`) ??
    first(outside.reading.keys(), (stream) => `stream ${stream} is still read`) ??
    first(running(world), (session) => `${said(session)} runs`) ??
    first(
      outside.sessions,
      ({ reports: { started, ended }, content }) =>
        started !== ended && `${nameOfContent(content)}: ${started} starts and ${ended} ends reported`,
    )
  );
}

/** The next look, and what was set once and does nothing when its time comes. */
const isHarmless = (what: string): boolean => what === "look" || /^(doubt|patience) /.test(what);
