/** What of a step the environment notices: the orders that went out, and the new names of what it knows. */
import type { SelectorEvent, State, Step } from "../../src/slots/index.ts";
import {
  type Environment,
  NEW_SESSION,
  putSession,
  type RealSession,
  renameEnvironment,
} from "./environment.ts";
import { contentOf, type Names, playbackName, rowOf } from "./naming.ts";
import { isDetailed, mayLook, type WorldSize } from "./size.ts";

type Order =
  | { readonly to: "start"; readonly session: number; readonly port: number; readonly content: number }
  | { readonly to: "play"; readonly session: number; readonly stream: number }
  | { readonly to: "stop" | "release" | "report start" | "report end"; readonly session: number }
  | { readonly to: "settle"; readonly session: number; readonly past: number }
  /** A listed session that nobody held takes a slot; `name` is what the list calls it. */
  | { readonly to: "adopt"; readonly session: number; readonly name: string; readonly port: number }
  | { readonly to: "close"; readonly stream: number; readonly session: number }
  | { readonly to: "provision" | "look" };

export interface Delta {
  readonly orders: readonly Order[];
  /** Index: number before; value: number now, 0: gone. */
  readonly engines: readonly number[];
  readonly sessions: readonly number[];
  readonly streams: readonly number[];
  readonly contents: readonly number[];
}

export function deltaOf(before: State, event: SelectorEvent, taken: Step, names: Names): Delta {
  const after = taken.state;
  const orders: Order[] = [];
  const started = new Set<number>();
  if (event.type === "snapshot")
    for (const [id, place] of after.places) {
      if (before.places.has(id)) continue;
      const engine = after.engines.get(place.engine);
      const session = engine?.slots[place.slot]?.session;
      orders.push({
        to: "adopt",
        session: id,
        name: session?.playbackSession ?? "",
        port: engine?.address.port ?? 0,
      });
    }
  for (const effect of taken.effects)
    switch (effect.type) {
      case "start":
        started.add(effect.session);
        orders.push({
          to: "start",
          session: effect.session,
          port: effect.address.port,
          content: contentOf(effect.content),
        });
        break;
      case "play":
        orders.push({ to: "play", session: effect.session, stream: effect.stream });
        break;
      case "stop":
        orders.push({ to: "stop", session: effect.session });
        break;
      case "arm":
        if (effect.timer.kind === "release") orders.push({ to: "release", session: effect.timer.session });
        break;
      case "reportStarted":
        orders.push({ to: "report start", session: effect.session });
        break;
      case "reportEnded":
        orders.push({ to: "report end", session: effect.session });
        break;
      case "settled":
        orders.push({
          to: "settle",
          session: effect.session,
          past: after.past.indexOf(playbackName(effect.session)) + 1,
        });
        break;
      case "close":
        orders.push({
          to: "close",
          stream: effect.stream,
          session: before.streams.get(effect.stream)?.place?.session ?? 0,
        });
        break;
      case "provision":
        orders.push({ to: "provision" });
        break;
      case "refresh":
        orders.push({ to: "look" });
        break;
      default:
        break;
    }
  // A session that lost its slot without a word would be carried on as if it held one.
  for (const id of before.places.keys())
    if (
      event.type !== "recover" &&
      !after.places.has(id) &&
      !orders.some((o) => o.to === "settle" && o.session === id)
    )
      orders.push({ to: "settle", session: id, past: 0 });
  return {
    orders,
    engines: Array.from(names.engines, (port) => port ?? 0),
    sessions: rowOf(names.sessions),
    streams: rowOf(names.streams),
    contents: Array.from(names.contents, (content) => content ?? 0),
  };
}

/** Where a stream reads from one session all its life, the session is read or is not. */
const READ = 1;

/** The environment after the orders have gone out, under the new names. */
export function happenTo(env: Environment, delta: Delta, size: WorldSize): Environment {
  let now = env;
  const detailed = isDetailed(size);
  const past: number[] = [];
  const named = mayLook(size);
  const gone: RealSession[] = [];
  for (const order of delta.orders)
    switch (order.to) {
      case "start": {
        const held = now.held.slice();
        held[order.session - 1] = {
          ...NEW_SESSION,
          port: detailed ? order.port : 0,
          content: detailed ? order.content : 0,
          phase: size.crashes > 0 ? "written" : "sent",
        };
        now = { ...now, held };
        break;
      }
      case "adopt":
        now = adopt(now, order);
        break;
      case "play":
        now = detailed
          ? putSession(withoutReader(now, order.stream), order.session, { reader: order.stream })
          : putSession(now, order.session, { reader: READ });
        break;
      case "stop":
        now = putSession(now, order.session, { stopping: true });
        break;
      case "release":
        now = putSession(now, order.session, { released: true, heardSince: false });
        break;
      case "report start":
        if (size.reports) now = putSession(now, order.session, { report: "start sent" });
        break;
      case "report end": {
        const was = now.held[order.session - 1]?.report;
        if (size.reports && was !== undefined && was !== "none")
          now = putSession(now, order.session, { report: was === "listed" ? "end sent" : "both sent" });
        break;
      }
      case "settle": {
        const session = now.held[order.session - 1];
        if (session) gone.push({ ...session, past: named ? order.past : 0 });
        break;
      }
      case "close":
        if (detailed) now = withoutReader(now, order.stream);
        else if (order.session > 0) now = putSession(now, order.session, { reader: 0 });
        break;
      case "provision":
        now = { ...now, provisioning: true };
        break;
      case "look":
        now = { ...now, news: true };
        break;
    }
  return renameEnvironment({ ...now, ended: [...now.ended, ...gone] }, { ...delta, past }, detailed);
}

const withoutReader = (env: Environment, stream: number): Environment => ({
  ...env,
  held: env.held.map((session) => (session.reader === stream ? { ...session, reader: 0 } : session)),
});

const SHADOW: RealSession = { ...NEW_SESSION, phase: "over" };

/** What a list shows of a former life, and nobody held, holds a slot from here on. */
function adopt(env: Environment, order: Order & { readonly to: "adopt" }): Environment {
  const held = env.held.slice();
  const known = /^o(\d+)$/.exec(order.name);
  const at = known ? Number(known[1]) - 1 : -1;
  const former = env.ended[at];
  // One that holds a slot already, under a name that the proxy does not know, gets a second one: nothing runs there.
  held[order.session - 1] = former
    ? { ...former, told: "started" }
    : { ...NEW_SESSION, port: order.port, phase: "over", told: "started", old: true };
  // Others of the same list still go by their place in it: what has moved leaves a shadow that is tidied away.
  return { ...env, held, ended: env.ended.map((session, index) => (index === at ? SHADOW : session)) };
}
