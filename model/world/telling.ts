/** What happened, in words and as messages between lanes. */
import type { Effect, SelectorEvent, State } from "../../src/slots/index.ts";
import type { EngineNow, Lane, Message, TraceStep } from "../result.ts";
import { type Environment, isLoad, type RealSession, sessionAt } from "./environment.ts";
import { happening } from "./happenings.ts";
import { contentOf } from "./naming.ts";
import type { Told } from "./retell.ts";

const PROXY: Lane = "proxy";
const ORCHESTRATOR: Lane = "orchestrator";
const FILE: Lane = "state file";
const clientLane = (id: number): Lane => `client ${id}`;

const engineLane = (state: State, port: number): Lane => {
  for (const engine of state.engines.values())
    if (engine.address.port === port) return `engine ${engine.id.slice(1)}`;
  return `engine ${port}`;
};
const laneOfId = (id: string): Lane => `engine ${id.slice(1).replace("b", "")}`;

export function tell(told: Told): TraceStep {
  const first = happened(told);
  const sent = (told.taken?.step?.effects ?? []).flatMap((effect) => message(effect, told));
  const { event } = told.taken ?? {};
  return {
    happening: `${happening(told.code).kind}${first.about}`,
    messages: [...first.messages, ...(event ? [] : []), ...sent],
    engines: enginesNow(told.after, told.env),
  };
}

/** What is sent because of it; timers and the like stay inside. */
function message(effect: Effect, { before, after }: Told): Message[] {
  const to = (lane: Lane, text: string): Message[] => [{ from: PROXY, to: lane, text }];
  switch (effect.type) {
    case "start":
      return to(
        laneOfId(effect.engine),
        `start content ${contentOf(effect.content)} (session ${effect.session})`,
      );
    case "stop":
      return to(laneOfId(effect.engine), `stop session ${effect.session}`);
    case "serve":
      return to(clientLane(effect.client), "media");
    case "reject":
      return to(clientLane(effect.client), effect.code);
    case "drop":
      return to(clientLane(effect.client), "connection broken off");
    case "reportStarted":
      return to(ORCHESTRATOR, `session ${effect.session} started`);
    case "reportEnded":
      return to(ORCHESTRATOR, `session ${effect.session} ended`);
    case "provision":
      return to(ORCHESTRATOR, "provision an engine");
    case "refresh":
      return to(ORCHESTRATOR, "list engines and streams");
    case "probe":
      return to(laneOfId(effect.engine), "are you there?");
    case "settled": {
      const place = before.places.get(effect.session) ?? after.places.get(effect.session);
      return place ? [{ from: PROXY, to: PROXY, text: `slot of session ${effect.session} is free` }] : [];
    }
    case "close":
      return [{ from: PROXY, to: PROXY, text: `stream ${effect.stream} is over: ${effect.reason}` }];
    default:
      return [];
  }
}

/** The happening itself: what it is about, and the message that it is. */
function happened(told: Told): { readonly about: string; readonly messages: Message[] } {
  const { kind, a } = happening(told.code);
  const session = sessionAt(told.envBefore, a);
  const at = session ? laneOf(told, session, a) : "engine";
  const own = (about: string, from: Lane, to: Lane, text: string) => ({
    about,
    messages: [{ from, to, text }],
  });
  const event = told.taken?.event;
  switch (kind) {
    case "request":
      if (event?.type !== "request") break;
      return own(
        `: client ${event.client} asks for content ${a}`,
        clientLane(event.client),
        PROXY,
        `play content ${a}`,
      );
    case "leave":
      if (event?.type !== "leave") break;
      return own(`: client ${event.client}`, clientLane(event.client), PROXY, "leaves");
    case "player stops reading":
      if (event?.type !== "idle") break;
      return own(
        `: client ${event.client}, which waits as client ${event.rival}`,
        clientLane(event.client),
        PROXY,
        "takes no byte",
      );
    case "queue time-out":
    case "linger time-out":
    case "start time-out":
    case "stall time-out":
    case "provisioning time-out":
    case "release deadline":
      return own(aboutTimer(event), PROXY, PROXY, kind);
    case "ended by hand":
    case "plays steadily":
    case "shutdown":
      return own("", PROXY, PROXY, kind);
    case "cap changed":
      return own(`: to ${a}`, PROXY, PROXY, `the cap is ${a}`);
    case "engine answers again":
      return own(`: ${engineLane(told.before, a)}`, engineLane(told.before, a), PROXY, "I am here");
    case "engine begins":
    case "engine refuses":
    case "engine never begins":
    case "unread session ends":
    case "stop takes effect":
    case "session breaks":
      return own(`: session ${a} at ${at}`, at, at, `${kind} (session ${a})`);
    case "start answered":
    case "start refused":
    case "stop confirmed":
    case "media":
    case "session gets on":
    case "source ends":
      return own(`: session ${a} at ${at}${faultOf(event)}`, at, PROXY, `${kind} (session ${a})`);
    case "start answer lost":
    case "stop delayed":
      return own(`: session ${a} at ${at}`, PROXY, PROXY, `no answer from ${at} (session ${a})`);
    case "start sent":
      return own(`: session ${a}`, PROXY, at, `start arrives (session ${a})`);
    case "start not sent":
      return own(`: session ${a}`, PROXY, PROXY, `start of session ${a} is not sent`);
    case "state written":
      return own("", PROXY, FILE, "open sessions");
    case "crash":
      return own("", FILE, PROXY, "crash; the next life reads the open sessions");
    case "look taken":
      return own("", ORCHESTRATOR, ORCHESTRATOR, "the list is made");
    case "list cannot be had":
      return own(
        `: ${engineLane(told.before, a)} is the fallback`,
        PROXY,
        ORCHESTRATOR,
        "no answer; the fallback is used",
      );
    case "look delivered":
      return own(overtaken(event), ORCHESTRATOR, PROXY, "list of engines and streams");
    case "report taken in":
    case "orchestrator notices an end":
      return own("", ORCHESTRATOR, ORCHESTRATOR, kind);
    case "message comes again":
      return own(event ? `: ${event.type}` : "", PROXY, PROXY, `${event?.type ?? kind} again`);
    case "new engine begins":
    case "provisioned, named":
    case "provisioned, not named":
    case "provisioning refused":
      return own("", ORCHESTRATOR, PROXY, kind);
    default:
      return own(
        `: ${engineLane(told.before, a)}`,
        engineLane(told.before, a),
        engineLane(told.before, a),
        kind,
      );
  }
  return { about: "", messages: [] };
}

/** Where a session is: its slot tells, else the environment. */
function laneOf(told: Told, session: RealSession, id: number): Lane {
  const place = told.before.places.get(id);
  return place ? laneOfId(place.engine) : engineLane(told.before, session.port);
}

function aboutTimer(event: SelectorEvent | undefined): string {
  if (event?.type !== "timer") return "";
  const { timer } = event;
  if ("client" in timer) return `: client ${timer.client}`;
  if ("stream" in timer) return `: stream ${timer.stream}`;
  return "session" in timer ? `: session ${timer.session}` : "";
}

const faultOf = (event: SelectorEvent | undefined): string =>
  event?.type === "startFailed" || event?.type === "sourceEnded" ? `, ${event.fault}` : "";

const overtaken = (event: SelectorEvent | undefined): string =>
  event?.type === "snapshot" && event.asked < 2 ? ": overtaken" : "";

export function enginesNow(state: State, env: Environment): EngineNow[] {
  return [...state.engines.values()].map((engine) => ({
    name: `engine ${engine.id.slice(1)}`,
    slots: engine.slots.map((slot) => slot.state),
    foreign: engine.foreign.length,
    carries: engine.slots.filter(({ session }) => {
      const real = session && env.held[session.id - 1];
      return real ? isLoad(real) : false;
    }).length,
  }));
}
