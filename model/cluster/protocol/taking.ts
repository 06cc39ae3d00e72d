/** What comes of a step. */
import { Doing } from "./doing.ts";
import { proxyOf, type State } from "./state.ts";
import { type Step, sessionsOf } from "./steps.ts";
import { type LeaseWorld, PROTOCOLS } from "./variants.ts";

export function take(world: LeaseWorld, state: State, step: Step): State {
  const doing = new Doing(world, state);
  const { stages, reals, engines, lapsed, modes, left } = doing.now;
  const { atomic, checks } = PROTOCOLS[world.protocol];
  switch (step.type) {
    case "ask":
      engines[step.session] = step.engine;
      stages[step.session] = "asked";
      break;
    case "take":
      if (atomic) doing.claim(step.session);
      else stages[step.session] = doing.isFull(step.session) ? "done" : "room";
      break;
    case "set":
      doing.claim(step.session);
      break;
    case "takeLate": {
      const after = stages[step.session] === "lost" ? "proved" : "done";
      doing.claim(step.session);
      stages[step.session] = after;
      break;
    }
    case "hear":
      stages[step.session] = "granted";
      break;
    case "check":
      stages[step.session] = checks && lapsed[proxyOf(world, step.session)] ? "proved" : "checked";
      break;
    case "send":
      stages[step.session] = "playing";
      reals[step.session] = "sent";
      break;
    case "begin":
      reals[step.session] = "carried";
      break;
    case "finish":
      stages[step.session] = "stopping";
      break;
    case "stop":
      reals[step.session] = "over";
      break;
    case "prove":
      stages[step.session] = "proved";
      break;
    case "release":
      doing.release(proxyOf(world, step.session), step.session);
      stages[step.session] = stages[step.session] === "lost" ? "stray" : "done";
      break;
    case "settle":
      doing.release(step.proxy, step.session);
      doing.tell(step.proxy, step.session, false);
      break;
    case "lapse":
      lapsed[step.proxy] = true;
      doing.now.left = { ...left, lapses: left.lapses - 1 };
      break;
    case "notice":
      for (const session of sessionsOf(world, step.proxy)) doing.giveUp(session);
      break;
    case "renew":
    case "renewUnseen":
      doing.renew(step.proxy, step.type === "renewUnseen");
      break;
    case "look":
      doing.look(step.proxy);
      break;
    case "end":
      doing.end(step.proxy);
      break;
    case "adopt":
      for (const session of doing.adopt(step.proxy)) doing.tell(step.proxy, session, true);
      break;
    case "adoptUnheard":
      doing.adopt(step.proxy);
      doing.breakLine(step.proxy);
      break;
    case "break":
      doing.breakLine(step.proxy);
      break;
    case "pause":
      modes[step.proxy] = "paused";
      doing.now.left = { ...left, pauses: left.pauses - 1 };
      break;
    case "resume":
      modes[step.proxy] = "runs";
      break;
    case "crash":
      doing.crash(step.proxy);
      break;
  }
  return doing.tidied();
}
