/** What `configure` is told, laid over what is in force. */
import { ConfigError, type ConfigErrorCode } from "../config/error.ts";
import { FIELDS, RELOADABLE } from "./fields.ts";
import type { ProxyChanges, ProxyOptions } from "./options.ts";
import { PARTS } from "./parts.ts";
import { unknownName } from "./reader.ts";
import { wrong } from "./values.ts";

/** All options as they are to be. Throws a `ConfigError` for names that there are not, and that cannot change. */
export function changed(given: ProxyOptions, changes: ProxyChanges): ProxyOptions {
  if (typeof changes !== "object" || changes === null || Array.isArray(changes))
    throw wrong("changes", changes, "an object", "configure({ lingerMs: 30000 })");
  const faults: (readonly [ConfigErrorCode, string])[] = [];
  const next: Record<string, unknown> = { ...given };
  for (const [name, value] of Object.entries(changes)) {
    if (!RELOADABLE.has(name))
      faults.push(
        Object.hasOwn(FIELDS, name) || Object.hasOwn(PARTS, name)
          ? ["not_reloadable", `${name}: it cannot change while the proxy runs; make a new proxy with it`]
          : ["unknown_name", unknownName(name)],
      );
    // Null is the default, as if it had never been given.
    if (value !== undefined) next[name] = value ?? undefined;
  }
  const [first, ...more] = faults.map(([code, message]) => new ConfigError(code, message));
  if (first !== undefined) throw new ConfigError(first.code, first.message, more);
  return next;
}
