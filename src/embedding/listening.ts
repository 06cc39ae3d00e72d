/** Whether there is anything to hear under a name: plain JavaScript has no types that would say so. */
import { ConfigError, quoted } from "../config/error.ts";
import { nearest } from "../config/nearest.ts";
import type { ProxyEvents } from "./events.ts";
import { PARTS } from "./parts.ts";
import { shown, wrong } from "./values.ts";

const EVENTS: Readonly<Record<keyof ProxyEvents, true>> = {
  ...{ transition: true, grant: true, reject: true, snapshot: true, engine_seen: true, engine_gone: true },
  ...{ provision: true, configure: true, lease: true, journal: true, ended: true },
};

/** Throws a `ConfigError` for an event that there is not, for what is no listener, and for what is no signal. */
export function mustBeHeard(type: unknown, listener: unknown, signal: unknown): void {
  const names = Object.keys(EVENTS);
  if (typeof type !== "string" || !names.includes(type)) {
    const meant = typeof type === "string" ? nearest(type, names) : null;
    const fix = meant === null ? `there are ${names.join(", ")}` : `did you mean ${meant}?`;
    throw new ConfigError("unknown_name", `on: ${shown(type)} is no event; ${fix}`);
  }
  if (typeof listener !== "function")
    throw wrong("on", listener, "a function", `on(${quoted(type)}, (event) => console.log(event))`);
  if (signal !== undefined) PARTS.signal("signal", signal);
}
